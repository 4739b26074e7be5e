"""Gestures on several joints, of one person or of many: a band that chooses them, and moving them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glpose_core.labels.changes import Edit
from glpose_core.labels.joints import move_joints
from glpose_core.labels.poses import Source
from glpose_core.labels.state import ProjectState

from .gestures import Gesture, box_between


class MoveJoints(Gesture):
    """Joints that move together, by a drag that began at ``start`` or by a burst of arrow keys."""

    def __init__(
        self, rows: Sequence[Any], joints: Mapping[int, Sequence[int]], start: ArrayLike = (0, 0)
    ) -> None:
        """``rows``: the poses of all people in ``joints``, which are slots by person."""
        self._joints = joints
        self._before = [row.copy() for row in rows]
        self._rows = [row.copy() for row in rows]
        self._start = np.asarray(start, dtype=np.float64)
        self._offset = np.zeros(2)
        for row in self._rows:
            row["source"][list(joints[int(row["person"])])] = Source.PLACED

    @property
    def rows(self) -> list[Any]:
        return self._rows

    def by(self, dx: float, dy: float) -> None:
        """Shift them by (dx, dy) picture pixels."""
        self._offset = np.add(self._offset, (dx, dy))
        for before, row in zip(self._before, self._rows, strict=True):
            slots = list(self._joints[int(row["person"])])
            row["xy"][slots] = before["xy"][slots] + self._offset

    def move(self, point: ArrayLike) -> None:
        dx, dy = np.asarray(point, dtype=np.float64) - self._start - self._offset
        self.by(float(dx), float(dy))

    def finish(self, state: ProjectState) -> Edit | None:
        if not self._rows:
            return None
        dx, dy = self._offset
        frame = int(self._rows[0]["frame"])
        return move_joints(state, frame, self._joints, float(dx), float(dy))


class Band(Gesture):
    """A band around joints that are to be chosen; changes nothing of the project."""

    chooses = True

    def __init__(self, start: ArrayLike) -> None:
        self._start = np.asarray(start, dtype=np.float64)
        self.box = np.concatenate([self._start, np.zeros(2)])

    def move(self, point: ArrayLike) -> None:
        self.box = box_between(self._start, np.asarray(point, dtype=np.float64))

    def finish(self, state: ProjectState) -> Edit | None:
        return None
