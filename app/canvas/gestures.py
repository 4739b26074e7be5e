"""Gestures: what a drag will do, shown while it lasts, and one edit when it ends.

A gesture never touches the project. It keeps a changed copy of the pose for the preview; letting go
turns it into an edit, Escape just forgets it. Points are picture pixels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glpose_core.labels import edits
from glpose_core.labels.changes import Edit
from glpose_core.labels.poses import JOINTS, Source, Visibility, empty_pose, seen_box
from glpose_core.labels.state import ProjectState

Floats = NDArray[np.float64]

SMALLEST_BOX = 4.0
"""Pixels: a box with a shorter side was a slip of the hand."""


class Gesture:
    """A drag in progress.

    Attributes:
        row: the pose to show instead of the real one (a row of POSE_DTYPE), or ``None``.
        box: the box that is being drawn, ``[4]``, or ``None``.
        whose: the person that ``box`` is of, or ``None`` for somebody new.
        added: id of the person that the finished edit adds, or ``None``.
        by_click: whether letting go without having moved counts.
        held: slot of the joint of ``row`` that the pointer holds, or ``None``.
        chooses: whether ``box`` is a band around joints that are to be chosen.
    """

    row: Any = None
    box: Floats | None = None
    whose: int | None = None
    added: int | None = None
    by_click = False
    held: int | None = None
    chooses = False

    @property
    def words(self) -> str:
        """What has been done so far, for the line of help."""
        return ""

    @property
    def rows(self) -> list[Any]:
        """Every pose to show instead of the real one: at most one of each person."""
        return [] if self.row is None else [self.row]

    @property
    def people(self) -> list[int]:
        """Whose poses it changes; somebody new is left out."""
        found = [int(row["person"]) for row in self.rows]
        if not found and self.whose is not None:
            found = [self.whose]
        return [person for person in found if person >= 0]

    def move(self, point: ArrayLike) -> None:
        """The pointer is at ``point`` (``[2]``, picture pixels) now."""
        raise NotImplementedError

    def finish(self, state: ProjectState) -> Edit | None:
        """The edit that this gesture amounts to, or ``None``."""
        raise NotImplementedError


class MoveJoint(Gesture):
    """Drag one joint; it keeps its distance to the pointer, so that grabbing it never moves it."""

    def __init__(self, row: Any, joint: int, start: ArrayLike) -> None:
        self.row = row.copy()
        self._joint = self.held = joint
        self._grip = np.array(row["xy"][joint]) - np.asarray(start, dtype=np.float64)
        self.row["source"][joint] = Source.PLACED

    def move(self, point: ArrayLike) -> None:
        self.row["xy"][self._joint] = np.asarray(point, dtype=np.float64) + self._grip

    def finish(self, state: ProjectState) -> Edit | None:
        person, frame = int(self.row["person"]), int(self.row["frame"])
        return edits.move_joint(state, person, frame, self._joint, self.row["xy"][self._joint])


class MovePerson(Gesture):
    """Drag a whole pose with its boxes."""

    def __init__(self, row: Any, start: ArrayLike) -> None:
        self._before = row.copy()
        self.row = row.copy()
        self._start = np.asarray(start, dtype=np.float64)
        self._offset = np.zeros(2)

    def move(self, point: ArrayLike) -> None:
        self._offset = np.asarray(point, dtype=np.float64) - self._start
        self.row["xy"] = self._before["xy"] + self._offset
        for field in ("box", "head_box"):
            self.row[field] = self._before[field] + (*self._offset, 0.0, 0.0)

    def finish(self, state: ProjectState) -> Edit | None:
        dx, dy = self._offset
        person, frame = int(self.row["person"]), int(self.row["frame"])
        return edits.move_person(state, person, frame, float(dx), float(dy))


class ResizeBox(Gesture):
    """Drag a handle of a person's box; the opposite edge stays."""

    def __init__(self, row: Any, handle: tuple[int, int], start: ArrayLike) -> None:
        box = seen_box(row)
        assert box is not None
        self.row = row.copy()
        self._handle = handle
        self._start = np.asarray(start, dtype=np.float64)
        self._low, self._high = box[:2].copy(), box[:2] + box[2:]

    def move(self, point: ArrayLike) -> None:
        offset = np.asarray(point, dtype=np.float64) - self._start
        handle = np.array(self._handle)
        low = self._low + np.where(handle < 0, offset, 0.0)
        high = self._high + np.where(handle > 0, offset, 0.0)
        self.row["box"] = box_between(low, high)

    def finish(self, state: ProjectState) -> Edit | None:
        if self.row["box"][2:].min() < SMALLEST_BOX:
            return None
        person, frame = int(self.row["person"]), int(self.row["frame"])
        return edits.set_box(state, person, frame, self.row["box"])


class DrawBox(Gesture):
    """Draw a box from corner to corner: of ``person``, or of somebody new (``None``)."""

    def __init__(self, person: int | None, frame: int, start: ArrayLike) -> None:
        self.whose, self._frame = person, frame
        self._start = np.asarray(start, dtype=np.float64)
        self.box = np.concatenate([self._start, np.zeros(2)])

    def move(self, point: ArrayLike) -> None:
        self.box = box_between(self._start, np.asarray(point, dtype=np.float64))

    def finish(self, state: ProjectState) -> Edit | None:
        assert self.box is not None
        if self.box[2:].min() < SMALLEST_BOX:
            return None
        if self.whose is not None:
            return edits.set_box(state, self.whose, self._frame, self.box)
        edit, self.added = edits.add_person(state, self._frame, box=self.box)
        return edit


class PlaceJoint(Gesture):
    """Put one joint where the pointer is let go; of ``row``'s person, or of somebody new."""

    by_click = True

    def __init__(
        self, row: Any | None, frame: int, joint: int, visibility: Visibility, start: ArrayLike
    ) -> None:
        self._person = None if row is None else int(row["person"])
        self.row = (empty_pose(-1, frame) if row is None else row).copy()
        self.joint, self._frame, self._visibility = joint, frame, visibility
        self.held = joint
        self.row["visibility"][joint] = visibility
        self.row["source"][joint] = Source.PLACED
        self.move(start)

    def move(self, point: ArrayLike) -> None:
        self.row["xy"][self.joint] = np.asarray(point, dtype=np.float64)

    def finish(self, state: ProjectState) -> Edit | None:
        shown = np.zeros(JOINTS, dtype=np.uint8)
        shown[self.joint] = self._visibility
        xy = self.row["xy"]
        if self._person is None:
            edit, self.added = edits.add_person(state, self._frame, xy=xy, visibility=shown)
            return edit
        edit = edits.add_pose(state, self._person, self._frame, xy, shown)
        return replace(edit, title=f"Place {edits.joint_title(self.joint)}")


class GrabOrPlace(Gesture):
    """A press on a joint that is there while another is to be placed: a click places, a drag moves."""

    by_click = True

    def __init__(self, place: PlaceJoint, grab: MoveJoint) -> None:
        self._grab = grab
        self.chosen: Gesture = place
        self.row = grab.row

    def move(self, point: ArrayLike) -> None:
        self.chosen = self._grab
        self._grab.move(point)

    def finish(self, state: ProjectState) -> Edit | None:
        return self.chosen.finish(state)


def box_between(a: Floats, b: Floats) -> Floats:
    """The box ``[4]`` with opposite corners ``a`` and ``b``, ``[2]``."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.concatenate([low, high - low])
