"""A short clip of two textured figures on disk, a tiny network, and a detector that sees the figures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from glpose_core.network import GLPose, GLPoseConfig, load_weights, save_weights
from glpose_core.people.find import DETECTORS, Detections
from glpose_core.video import write_video

FRAMES = 36
SIZE = (160, 120)
HUES = (10, 100)


def box_of(figure: int, frame: int) -> np.ndarray:
    """Where a figure is: one goes to the right, one stands."""
    return np.array([20.0 + frame, 30, 24, 56]) if figure == 0 else np.array([110.0, 40, 24, 56])


def picture(frame: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    ground = cv2.GaussianBlur(rng.normal(0, 60, (SIZE[1], SIZE[0])), (0, 0), 2) * 4 + 128
    hsv = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    hsv[..., 2] = ground.clip(0, 255)
    for figure, hue in enumerate(HUES):
        x, y, w, h = box_of(figure, frame).astype(int)
        skin = np.random.default_rng(figure + 5).normal(0, 60, (h, w))
        hsv[y : y + h, x : x + w, 0] = hue
        hsv[y : y + h, x : x + w, 1] = 220
        hsv[y : y + h, x : x + w, 2] = (cv2.GaussianBlur(skin, (0, 0), 1.5) * 3 + 150).clip(0, 255)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


class ColourDetector:
    """Finds the figures by their colours."""

    name = "colour"

    def find(self, picture: np.ndarray) -> Detections:
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        boxes = []
        for hue in HUES:
            near = (np.abs(hsv[..., 0].astype(int) - hue) < 12) & (hsv[..., 1] > 120)
            near = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5)))
            if near.sum() > 100:
                boxes.append(cv2.boundingRect(near))
        found = np.array(boxes, dtype=np.float64).reshape(-1, 4) - (0.5, 0.5, 0, 0)
        return Detections(found, np.full(len(found), 0.9))


@pytest.fixture(autouse=True)
def colour_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DETECTORS, "colour", ColourDetector)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "figures.mp4"
    with write_video(path, *SIZE, 25) as writer:
        for frame in range(FRAMES):
            writer.write(picture(frame))
    return path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GLPose with next to no channels; its heatmaps say nothing, as an untrained network's do."""
    torch.manual_seed(1)
    config = GLPoseConfig(width=4, k=2, n=2, modules=(1, 1, 0), input_size=(32, 48))
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_weights(GLPose(config), path)
    return path


@pytest.fixture(scope="session")
def placing(tiny: Path) -> Path:
    """The same network, but one that places every joint, if not surely."""
    model = load_weights(tiny)
    with torch.no_grad():
        list(model.head.parameters())[-1].fill_(0.15)
    path = tiny.with_name("placing.safetensors")
    save_weights(model, path)
    return path
