"""Clips made in memory: textured figures moving over a textured background, with exact boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from glpose_core.geometry import Floats
from glpose_core.people.find import Detections

SIZE = (320, 240)


def texture(width: int, height: int, seed: int, hue: int = -1) -> NDArray[np.uint8]:
    """Smooth noise; with a hue, mostly of that colour."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (height, width, 3)), (0, 0), 1.5)
    noise = (noise / noise.std() * 35 + 128).clip(0, 255).astype(np.uint8)
    if hue >= 0:
        hsv = cv2.cvtColor(noise, cv2.COLOR_RGB2HSV)
        hsv[..., 0], hsv[..., 1] = hue, 200
        noise = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return noise


@dataclass
class Figure:
    """A textured rectangle: where it is in each frame (x, y, w, h; None: not there), and its colour."""

    path: Callable[[int], tuple[float, float, float, float] | None]
    hue: int = 20
    seed: int = 1


@dataclass
class Clip:
    """Pictures on demand, and the truth."""

    frames: int
    figures: list[Figure]
    cut: int | None = None

    def __call__(self, frame: int) -> NDArray[np.uint8]:
        place = 100 if self.cut is None or frame < self.cut else 200
        hue = -1 if self.cut is None or frame < self.cut else 150
        picture = texture(*SIZE, place, hue)
        for figure in self.figures:
            box = figure.path(frame)
            if box is None:
                continue
            x, y, w, h = box
            skin = texture(40, 80, figure.seed, figure.hue)
            # Edges at centre ± size/2, so the first pixel of the texture is centred half a pixel in.
            to = np.array([[w / 40, 0, x + w / 80], [0, h / 80, y + h / 160]])
            drawn = cv2.warpAffine(skin, to, SIZE, flags=cv2.INTER_LINEAR)
            inside = cv2.warpAffine(np.ones((80, 40), np.uint8), to, SIZE, flags=cv2.INTER_NEAREST)
            picture = np.where(inside[..., None] > 0, drawn, picture)
        return picture

    def truth(self, figure: int, frame: int) -> Floats:
        box = self.figures[figure].path(frame)
        assert box is not None
        return np.array(box, dtype=np.float64)


class TruthDetector:
    """Sees exactly the figures of a clip; which frame it is shown is told by ``now``."""

    name = "truth"

    def __init__(self, clip: Clip, score: float = 0.9) -> None:
        self.clip, self.score, self.now = clip, score, 0

    def picture(self, frame: int) -> NDArray[np.uint8]:
        """The clip's picture; remembers the frame, because a detector is only shown pictures."""
        self.now = frame
        return self.clip(frame)

    def find(self, picture: NDArray[np.uint8]) -> Detections:
        boxes = [figure.path(self.now) for figure in self.clip.figures]
        found = np.array([box for box in boxes if box is not None], dtype=np.float64).reshape(-1, 4)
        return Detections(found, np.full(len(found), self.score))


@pytest.fixture
def make_clip() -> Callable[..., Clip]:
    return Clip


@pytest.fixture
def make_figure() -> Callable[..., Figure]:
    return Figure


@pytest.fixture
def truth_detector() -> Callable[..., TruthDetector]:
    return TruthDetector
