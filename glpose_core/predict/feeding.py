"""Crops of person-frames on their way to the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from ..geometry import Floats
from ..network.pixels import Crops
from .cutting import Cutter
from .engine import Engine
from .lane import Lane

Result = TypeVar("Result")

CUT_AT_ONCE = 8
"""Crops that are cut before the network begins with them, unless its batches are larger."""


class Feeder:
    """Has crops cut and gives them to a network, some at a time: while it is at those the next are cut."""

    def __init__(self, engine: Engine, cutter: Cutter, lane: Lane) -> None:
        self._engine = engine
        self._cutter = cutter
        self._lane = lane

    def give(
        self, frames: Sequence[int], matrices: Floats, work: Callable[[Crops], Result]
    ) -> list[Future[Result]]:
        """Have crops cut and worked on in the lane.

        Args:
            frames: one for each crop; they may repeat.
            matrices: picture → crop, ``[N, 2, 3]``.
            work: what is done with a part of the crops.

        Returns:
            What comes of each part, in order.
        """
        step = self._engine.batch * max(CUT_AT_ONCE // self._engine.batch, 1)
        given = []
        for start in range(0, len(frames), step):
            crops = self._cutter.cut(frames[start : start + step], matrices[start : start + step])
            given.append(self._lane.give(partial(work, crops)))
        return given
