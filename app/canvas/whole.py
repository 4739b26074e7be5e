"""Gestures that turn or scale a whole pose about its middle: by its grips, or by a burst of keys."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glpose_core.labels.changes import Edit
from glpose_core.labels.state import ProjectState
from glpose_core.labels.transform import (
    Transform,
    middle,
    transform_pose,
    transformed,
    turned_and_scaled,
)

from .gestures import Gesture

LEAST = 0.05
"""No gesture makes a pose smaller than this share of what it was: it could not be grabbed again."""


class TurnAndScale(Gesture):
    """Turns and scales; what is shown and what is kept come from the same transform."""

    def __init__(self, row: Any, stretch: float) -> None:
        """``stretch``: width / height of one picture pixel."""
        about = middle(row)
        assert about is not None
        self._before, self._about, self._stretch = row.copy(), about, stretch
        self._degrees, self._factor = 0.0, 1.0
        self.row = row.copy()

    def by(self, degrees: float, factor: float) -> None:
        """Turn further, clockwise as seen, and scale further."""
        self._set(self._degrees + degrees, self._factor * factor)

    def _set(self, degrees: float, factor: float) -> None:
        self._degrees = (degrees + 180.0) % 360.0 - 180.0
        self._factor = max(factor, LEAST)
        self.row = transformed(self._before, self._transform())

    def _transform(self) -> Transform:
        return turned_and_scaled(self._about, self._degrees, self._factor, self._stretch)

    @property
    def words(self) -> str:
        """What has been done so far: "Turned by 12° · 104 %"."""
        said = []
        if self._degrees:
            said.append(f"turned by {self._degrees:+.0f}°")
        if self._factor != 1.0:
            said.append(f"{self._factor * 100:.0f} % of its size")
        return " · ".join(said).capitalize()

    def finish(self, state: ProjectState) -> Edit | None:
        if not self._degrees and self._factor == 1.0:
            return None
        title = "Scale pose" if not self._degrees else "Turn pose"
        person, frame = int(self.row["person"]), int(self.row["frame"])
        return transform_pose(state, person, frame, self._transform(), title)


class DragGrip(TurnAndScale):
    """A grip is dragged: round the middle, or away from it and towards it."""

    def __init__(self, row: Any, stretch: float, start: ArrayLike, *, turns: bool) -> None:
        super().__init__(row, stretch)
        self._turns = turns
        self._start = self._arm(start)

    def move(self, point: ArrayLike) -> None:
        arm, start = self._arm(point), self._start
        if self._turns:
            degrees = np.rad2deg(np.arctan2(arm[1], arm[0]) - np.arctan2(start[1], start[0]))
            self._set(float(degrees), 1.0)
        else:
            # Along the way from the middle: a hand that strays to the side changes nothing.
            self._set(0.0, float(arm @ start) / max(float(start @ start), 1e-9))

    def _arm(self, point: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """From the middle to a point, in the proportions of the screen, ``[2]``."""
        arm = np.asarray(point, dtype=np.float64) - self._about
        return np.asarray(arm * (self._stretch, 1.0))
