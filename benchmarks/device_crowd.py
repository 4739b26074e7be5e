"""Many people in pictures that are in memory, for timing the predictor without a video."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from glpose_core.bench.clock import wait_for
from glpose_core.geometry import Floats
from glpose_core.predict.engine import Engine
from glpose_core.predict.job import Mode
from glpose_core.predict.predictor import Predictor
from glpose_core.predict.references import PersonFrame

PICTURES = 8
"""Different pictures, shown in turn: others would fill the memory."""

FRAMES_AT_ONCE, ROWS_AT_ONCE = 4, 16
"""As the prediction job asks: frames whose people are taken in at a time, and poses at a time."""

STAGES = ("_cut", "_choose", "_stale", "_gather", "_decode")
ENGINE_STAGES = ("features", "heatmaps", "pooled", "fuse")


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


def predicted(engine: Engine, crowd: Crowd, mode: Mode, stages: bool = False) -> dict[str, float]:
    """Predict everybody as the job does.

    Returns:
        ``each``: seconds a person-frame. With ``stages``, the seconds of some of its parts too, each waited for, which
        takes longer in all.
    """
    predictor = Predictor(engine, crowd, mode=mode)
    spent: dict[str, float] = {}
    if stages:
        for name in STAGES:
            _time(predictor, name, spent)
        for name in ENGINE_STAGES:
            _time(engine, name, spent)
    keys = crowd.keys
    wait_for(engine.device)
    began = time.perf_counter()
    taken = FRAMES_AT_ONCE * crowd.people
    for start in range(0, len(keys), taken):
        predictor.absorb(keys[start : start + taken])
    for start in range(0, len(keys), ROWS_AT_ONCE):
        predictor.predict_with_references(keys[start : start + ROWS_AT_ONCE])
    wait_for(engine.device)
    spent["each"] = time.perf_counter() - began
    for name in ENGINE_STAGES if stages else ():
        vars(engine).pop(name, None)
    return {name: seconds / len(keys) for name, seconds in spent.items()}


def _time(owner: Predictor | Engine, name: str, spent: dict[str, float]) -> None:
    """Have a method of an object take its own time."""
    method: Callable[..., object] = getattr(owner, name)

    def timed(*args: object, **more: object) -> object:
        wait_for(device)
        began = time.perf_counter()
        outcome = method(*args, **more)
        wait_for(device)
        spent[name] = spent.get(name, 0.0) + time.perf_counter() - began
        return outcome

    device = owner.device if isinstance(owner, Engine) else owner.engine.device
    setattr(owner, name, timed)
