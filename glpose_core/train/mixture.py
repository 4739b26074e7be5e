"""Several data sets, drawn from by weight: which pose comes next, whatever happened before.

The draws are numbered from 0. Draw t belongs to epoch t // N, a shuffled list that holds every set by
its weight; so a resumed training needs no memory of what was drawn, and each of W processes takes its
own piece of a step's draws. Where draws are kept, the first M of them are repeated in ever new order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from .views import PoseSet, Sample, View

PLAN, REPEAT, LOOK = 1, 2, 3
"""Tell the streams of random numbers apart that spring from one seed."""


@dataclass(frozen=True)
class Part:
    """A data set, and how often each of its poses is drawn relative to those of the others."""

    poses: PoseSet
    weight: float = 1.0


@dataclass(frozen=True)
class Pick:
    """One draw: pose ``row`` of part ``part``; ``entropy`` seeds all that is random in how it is seen."""

    part: int
    row: int
    entropy: tuple[int, ...]


class Mixture:
    """Data sets with weights, as one endless stream of draws.

    Args:
        parts: with the same joints, at least one pose in all.
        seed: decides the stream.
        kept: how many draws are repeated; 0 draws anew every time.

    Raises:
        UsageError: if nothing can be drawn, or the joints differ.
    """

    def __init__(self, parts: Sequence[Part], seed: int, kept: int = 0) -> None:
        if any(part.weight < 0 for part in parts):
            raise UsageError("weights cannot be negative", field="data")
        self.parts = tuple(part for part in parts if len(part.poses))
        if not self.parts or not any(part.weight > 0 for part in self.parts):
            raise UsageError("no labelled pose to learn from", field="data")
        self.joints = self.parts[0].poses.joints
        if any(part.poses.joints != self.joints for part in self.parts):
            raise UsageError("the data sets have different joints", field="data")
        self.seed, self.kept = seed, kept
        # Draws go through the epochs in order, but kept draws jump between those that they come from.
        self._plan = lru_cache(maxsize=2 + kept // len(self))(self._draw_plan)
        self._order = lru_cache(maxsize=2)(self._draw_order)

    def __len__(self) -> int:
        """Draws in an epoch: as many as there are poses."""
        return sum(len(part.poses) for part in self.parts)

    def describe(self) -> list[tuple[str, int, float]]:
        """Name, number of poses and share of the draws of each part."""
        mass = np.array([len(part.poses) * part.weight for part in self.parts])
        return [
            (part.poses.name, len(part.poses), float(share))
            for part, share in zip(self.parts, mass / mass.sum(), strict=True)
        ]

    def picks(self, start: int, stop: int) -> list[Pick]:
        """Draws ``start`` … ``stop`` − 1 of the stream."""
        return [self._pick(number) for number in range(start, stop)]

    def see(self, pick: Pick, view: View) -> Sample:
        """Draw the sample that a pick stands for."""
        poses = self.parts[pick.part].poses
        return poses.draw(pick.row, view, np.random.default_rng(pick.entropy))

    def _pick(self, number: int) -> Pick:
        if self.kept:
            time, place = divmod(number, self.kept)
            number = int(self._order(time)[place])
        epoch, place = divmod(number, len(self))
        part, row = (int(value) for value in self._plan(epoch)[place])
        return Pick(part, row, (self.seed, LOOK, number))

    def _draw_order(self, time: int) -> NDArray[np.int64]:
        """The order in which the kept draws come for the ``time``-th time."""
        return np.random.default_rng((self.seed, REPEAT, time)).permutation(self.kept)

    def _draw_plan(self, epoch: int) -> NDArray[np.int64]:
        """(part, row) of every draw of an epoch, ``[N, 2]``."""
        rng = np.random.default_rng((self.seed, PLAN, epoch))
        mass = np.array([len(part.poses) * part.weight for part in self.parts])
        ends = np.round(np.cumsum(mass) / mass.sum() * len(self)).astype(int)
        rows = []
        for number, (part, count) in enumerate(
            zip(self.parts, np.diff(ends, prepend=0), strict=True)
        ):
            # Whole passes over the set, and the last one as far as the quota goes.
            passes = max(1, -(-int(count) // len(part.poses)))
            order = np.concatenate([rng.permutation(len(part.poses)) for _ in range(passes)])
            rows.append(np.stack([np.full(count, number), order[:count]], axis=1))
        return rng.permutation(np.concatenate(rows))
