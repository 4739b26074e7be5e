"""Frames that a decoder passes on its way: shown as a preview, and the moment to turn round.

To reach one frame a decoder runs through all those since the last key frame, half a second of work in the
worst case. A wish that comes meanwhile is looked at with every frame that is passed, instead of at the end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from glpose_core.video import FrameCache
from glpose_core.video.cache import CachedPicture, Picture

PATIENCE_SECONDS = 0.03
"""A frame that is there sooner needs no preview."""
EVERY_SECONDS = 0.12
"""How often a decoder on its way shows where it is: each preview costs it some milliseconds."""


class Overtaken(Exception):
    """A later wish is not on the way to the frame that is being decoded."""


class WatchedCache(FrameCache):
    """A cache that tells of each frame that is decoded, kept or not; the listener may raise."""

    def __init__(self, budget_bytes: int, passed: Callable[[int], None]) -> None:
        super().__init__(budget_bytes)
        self._passed = passed

    def put(self, n: int, frame: Picture | CachedPicture) -> None:
        super().put(n, frame)
        self._passed(n)

    def pass_by(self, n: int) -> None:
        self._passed(n)


def on_the_way(
    aim: int, wish: int, passed: int, key_of: NDArray[np.int64], held: Callable[[int], bool]
) -> bool:
    """Whether a decoder that has come to ``passed`` on its way to ``aim`` should go on, though ``wish`` is wanted now.

    It should if the aim lies between here and there, with no key frame to start from in between.
    """
    return passed <= aim <= wish and bool(key_of[wish] == key_of[aim]) and not held(wish)


def nearest(held: NDArray[np.int64], frame: int) -> int | None:
    """The frame among ``held`` (ascending) that is nearest to ``frame``, or ``None``."""
    if not len(held):
        return None
    at = int(np.searchsorted(held, frame))
    around = held[max(at - 1, 0) : at + 1]
    return int(around[np.argmin(np.abs(around - frame))])
