"""Many people in pictures that are in memory, for timing the predictor without a video."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import closing

import numpy as np
import torch
from numpy.typing import NDArray

from glpose_core.bench.clock import wait_for
from glpose_core.geometry import Floats
from glpose_core.job.pipeline import ROWS_AT_ONCE, UNDER_WAY
from glpose_core.predict.engine import Engine
from glpose_core.predict.job import Mode
from glpose_core.predict.lane import Lane
from glpose_core.predict.predictor import Begun, Predictor
from glpose_core.predict.references import PersonFrame

PICTURES = 8
"""Different pictures, shown in turn: others would fill the memory."""

FRAMES_AT_ONCE = 4
"""Frames whose people are taken in at a time, as the prediction job does."""

STAGES = ("_choose", "_filled")
ENGINE_STAGES = ("features", "pooled_soon", "maps_of", "maps_fused", "read")


class Crowd:
    """A ``Scene`` of ``people`` who walk to and fro in front of noise."""

    def __init__(self, people: int, frames: int, size: tuple[int, int] = (1280, 720)) -> None:
        self.people, self.frames, self.size = people, frames, size
        rng = np.random.default_rng(0)
        self._pictures = [
            rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8) for _ in range(PICTURES)
        ]
        height = rng.uniform(0.2, 0.5, people) * size[1]
        self._boxes = np.stack(
            [
                rng.uniform(0, 0.8, people) * size[0],
                rng.uniform(0, 0.5, people) * size[1],
                0.4 * height,
                height,
            ],
            axis=1,
        )

    def picture(self, frame: int) -> NDArray[np.uint8]:
        """See ``Scene``."""
        return self._pictures[frame % PICTURES]

    def box(self, track: int, frame: int) -> Floats:
        """See ``Scene``."""
        shift = 0.02 * self.size[0] * np.sin(frame / 9 + track)
        return self._boxes[track] + np.array([shift, 0.1 * shift, 0, 0])

    def score(self, track: int, frame: int) -> float:
        """See ``Scene``."""
        return 0.9

    def shot(self, frame: int) -> tuple[int, int]:
        """See ``Scene``."""
        return 0, self.frames

    @property
    def keys(self) -> list[PersonFrame]:
        """Every person in every frame."""
        return [(track, frame) for frame in range(self.frames) for track in range(self.people)]


def predicted(
    engine: Engine, crowd: Crowd, mode: Mode, stages: bool = False, beside: bool = True
) -> dict[str, float]:
    """Predict everybody as the job does, the network being at work ``beside`` its caller, or not.

    Returns:
        ``each``: seconds a person-frame. With ``stages``, the seconds of some of its parts too, each waited for and
        nothing beside it, which takes longer in all.
    """
    with closing(Lane(beside=beside and not stages)) as lane:
        predictor = Predictor(engine, crowd, mode=mode, lane=lane)
        spent: dict[str, float] = {}
        if stages:
            _time(predictor._cutter, "cut", spent, engine.device)
            _time(predictor._maker, "_stale", spent, engine.device)
            for name in STAGES:
                _time(predictor, name, spent, engine.device)
            for name in ENGINE_STAGES:
                _time(engine, name, spent, engine.device)
        wait_for(engine.device)
        began = time.perf_counter()
        _predict(predictor, crowd)
        wait_for(engine.device)
        spent["each"] = time.perf_counter() - began
    for name in ENGINE_STAGES if stages else ():
        vars(engine).pop(name, None)
    return {name: seconds / len(crowd.keys) for name, seconds in spent.items()}


def _predict(predictor: Predictor, crowd: Crowd) -> None:
    """Take everybody in and predict them, as many at a time and as many parts under way as the job has."""
    keys, taken = crowd.keys, FRAMES_AT_ONCE * crowd.people
    for start in range(0, len(keys), taken):
        predictor.absorb(keys[start : start + taken])
    at_once = max(ROWS_AT_ONCE, predictor.engine.batch)
    coming: deque[Begun] = deque()
    for start in range(0, len(keys), at_once):
        coming.append(predictor.begin(keys[start : start + at_once]))
        while len(coming) > UNDER_WAY:
            coming.popleft().end()
    for begun in coming:
        begun.end()


def _time(owner: object, name: str, spent: dict[str, float], device: torch.device) -> None:
    """Have a method of an object take its own time."""
    method: Callable[..., object] = getattr(owner, name)

    def timed(*args: object, **more: object) -> object:
        wait_for(device)
        began = time.perf_counter()
        outcome = method(*args, **more)
        wait_for(device)
        spent[name] = spent.get(name, 0.0) + time.perf_counter() - began
        return outcome

    setattr(owner, name, timed)
