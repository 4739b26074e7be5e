"""Whole prediction runs from a video file in which all that a graphics processor does takes no time.

What is left is the host's work: decoding, following given boxes, bookkeeping, choosing references, rows, events. The
network's outcomes are made beforehand; cutting, laying out, resampling and reading joints return something of the
right shape. Works with older checkouts of this project, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glpose_core.job import pipeline, run
from glpose_core.network import GLPose, GLPoseConfig, HRNet, save_weights
from glpose_core.predict import cutting, slots
from glpose_core.predict.engine import Engine
from glpose_core.predict.job import Event, Finished, KnownBoxes, PredictRequest, Rows, Started
from glpose_core.video import write_video

SIZE = (192, 256)
PICTURE = (640, 360)
BATCH = 16
"""What the engine chooses for W48 on a CUDA device."""
KINDS = ("glpose", "hrnet")


@dataclass(frozen=True)
class Ran:
    """Milliseconds for a person and frame by the clock and of processor time, and by the clock to the first pose."""

    clock: float
    processor: float
    first: float


def make_clip(frames: int, folder: Path) -> Path:
    """A short encoded clip of a blurred ground that moves."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{frames}.mp4"
    if not path.exists():
        rng = np.random.default_rng(0)
        ground = rng.integers(0, 256, (PICTURE[1] + 60, PICTURE[0] + 60, 3), dtype=np.uint8)
        ground = np.asarray(cv2.GaussianBlur(ground, (0, 0), 3), np.uint8)
        with write_video(path, *PICTURE, 25) as writer:
            for frame in range(frames):
                at = int(30 + 25 * np.sin(frame / 9))
                part = ground[at : at + PICTURE[1], at : at + PICTURE[0]]
                writer.write(np.ascontiguousarray(part))
    return path


def given_boxes(people: int, frames: int) -> KnownBoxes:
    """Boxes of everybody in every frame, who walk to and fro."""
    rng = np.random.default_rng(1)
    height = rng.uniform(80, 160, people)
    left, top = rng.uniform(0, 500, people), rng.uniform(0, 200, people)
    frame, who = np.repeat(np.arange(frames), people), np.tile(np.arange(people), frames)
    shift = 10 * np.sin(frame / 9 + who)
    sides = [left[who] + shift, top[who] + 0.1 * shift, 0.4 * height[who], height[who]]
    return KnownBoxes.of(who, frame, np.stack(sides, axis=1), human=True)


def make_weights(kind: str, folder: Path) -> Path:
    """A small untrained network."""
    path = folder / f"{kind}.safetensors"
    if not path.exists():
        torch.manual_seed(0)
        if kind == "glpose":
            config = GLPoseConfig(width=18, input_size=SIZE, modules=(1, 1, 0))
            save_weights(GLPose(config), path)
        else:
            model = HRNet(18, 17, (1, 1, 1))
            model.record["input_size"] = list(SIZE)
            save_weights(model, path, dict(model.record))
    return path


class Hollow(Engine):
    """An engine that knows everything beforehand."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._made = torch.zeros(4096, 18, 1, 1, dtype=self.kept_as)
        self._maps = torch.zeros(4096, len(self.joints), 1, 1)
        embeddings = np.random.default_rng(0).random((4096, 18), dtype=np.float32)
        self._embedded = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)

    def features(self, crops: Any) -> Tensor:
        """See ``Engine``; the same holds below."""
        parts = self.in_batches(len(crops), lambda part: self._made[: len(crops[part])])
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def maps_of(self, crops: Any) -> Tensor:
        return torch.cat(self.in_batches(len(crops), lambda part: self._maps[: len(crops[part])]))

    def maps_alone(self, values: Tensor) -> Tensor:
        return self._maps[: len(values)]

    def maps_fused(self, key: Tensor, local: Tensor, nonlocal_: Tensor) -> tuple[Tensor, Tensor]:
        return self._maps[: len(key)], self._maps[: len(key), 0, 0]

    def pooled_soon(self, values: Tensor) -> Callable[[], NDArray[np.float32]]:
        return lambda: self._embedded[: len(values)]

    def read(self, maps: Tensor) -> Callable[[], tuple[NDArray[np.float64], NDArray[np.float64]]]:
        shape = (len(maps), len(self.joints))
        return lambda: (np.zeros((*shape, 2)), np.full(shape, 0.5))


def hollow_out(engine: type[Engine] = Hollow) -> None:
    """From now on, runs in this process take such an engine, and cut and lay out nothing."""
    crops, keys = torch.empty(4096, 0, dtype=torch.uint8), torch.empty(4096, 0)

    def cut(self: Any, frames: Any, matrices: Any) -> Tensor:
        for frame in dict.fromkeys(frames):
            self._picture(frame)
        return crops[: len(frames)]

    def laid_out(self: Any, part: slice) -> tuple[Tensor, Tensor, Tensor]:
        return (keys[: len(self.keys[part])],) * 3

    room: Any = pipeline
    room.Engine = engine
    cutting.Cutter.cut = cut  # type: ignore[method-assign]
    slots.Slots.laid_out = laid_out  # type: ignore[method-assign]


def predict(
    kind: str, people: int, frames: int, folder: Path, *, batch: int = BATCH, beside: bool = False
) -> Ran:
    """Predict everybody in a clip, once :func:`hollow_out` has been called."""
    request = PredictRequest(
        make_clip(frames, folder), str(make_weights(kind, folder)), known=given_boxes(people, frames),
        find_people=False, device="cpu", precision="bfloat16", batch=batch,
    )  # fmt: skip
    at: dict[str, NDArray[np.float64]] = {}
    poses = 0

    def hear(event: Event) -> None:
        nonlocal poses
        name = type(event).__name__
        if isinstance(event, Started | Finished | Rows) and name not in at:  # asking is slow
            at[name] = np.array([time.perf_counter(), time.process_time()])
        if isinstance(event, Rows):
            poses += len(event.rows)

    run(request, hear, lambda: False, beside=beside)
    assert poses == people * frames
    spent = 1000 * (at["Finished"] - at["Started"])
    first = 1000 * float(at["Rows"][0] - at["Started"][0])
    return Ran(float(spent[0]) / poses, float(spent[1]) / poses, first)
