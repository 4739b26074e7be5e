"""Tools: what a press, a drag and a click mean. They hold no state of their own.

A tool looks at what was hit and answers with a gesture (or none: then a drag moves the view). The
canvas feeds the gesture and applies its edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from glpose_core.labels.poses import Visibility, is_human
from glpose_core.skeleton import EARS, POSETRACK17

from .gestures import (
    Gesture,
    MovePerson,
)
from .hit import HitTarget, Part

if TYPE_CHECKING:
    from ..session import Session

Floats = NDArray[np.float64]
Hint = list[tuple[str, bool]]

RESIZE = {
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
}
"""What the pointer looks like over a handle, by its column and row."""
PLACING_ORDER = tuple(j for j in range(len(POSETRACK17)) if j not in EARS)
"""Slots in the order in which joints are placed and walked through; nobody labels the ears."""


@dataclass(frozen=True)
class Press:
    """A button went down.

    Attributes:
        target: what was hit.
        point: where, in picture pixels ``[2]``.
        secondary: the right button.
        control, shift: modifier keys.
        zoom: screen pixels per picture pixel.
    """

    target: HitTarget
    point: Floats
    secondary: bool = False
    control: bool = False
    shift: bool = False
    zoom: float = 1.0


def following_joint(joint: int | None, step: int = 1) -> int:
    """The joint after (or before) ``joint`` in the order of placing, going round."""
    if joint not in PLACING_ORDER:
        return PLACING_ORDER[0] if step > 0 else PLACING_ORDER[-1]
    return PLACING_ORDER[(PLACING_ORDER.index(joint) + step) % len(PLACING_ORDER)]


def joint_to_place(row: Any | None, after: int | None = None) -> int | None:
    """The joint that placing goes on with: in order and going round, the next one after ``after`` that is
    missing and that nobody has judged; where none is missing, the next one that only a machine has
    placed; ``None`` where a person has seen to all of them.

    Args:
        row: the pose as it is seen (a row of POSE_DTYPE), or ``None`` where there is none.
        after: a slot of PLACING_ORDER, or ``None`` to begin with the first.
    """
    at = 0 if after not in PLACING_ORDER else PLACING_ORDER.index(after) + 1
    order = PLACING_ORDER[at:] + PLACING_ORDER[:at]
    if row is None:
        return order[0]
    left = [joint for joint in order if not is_human(row["source"][joint])]
    missing = [joint for joint in left if row["visibility"][joint] == Visibility.ABSENT]
    return next(iter(missing or left), None)


class Tool:
    """The way the pointer works at the moment."""

    name = ""
    button = ""
    """The name of the tool that is shown as taken up; "" for its own."""
    cursor = Qt.CursorShape.ArrowCursor
    handles = False
    once = False
    """Whether it is put away when it has done one thing."""

    def press(self, session: Session, press: Press) -> Gesture | None:
        """Start what a press starts; ``None`` lets a drag move the view."""
        raise NotImplementedError

    def click(self, session: Session, press: Press) -> None:
        """A press without a drag, where no gesture took it."""
        select_hit(session, press.target)

    def finished(self, session: Session, gesture: Gesture) -> None:
        """A gesture of this tool has become an edit: somebody new is chosen."""
        if gesture.added is not None:
            session.select(gesture.added)

    def propose(self, session: Session) -> None:
        """The tool has been taken up, or the frame or the person has changed."""

    def after(self, session: Session, joint: int | None) -> int | None:
        """The joint to go on with when ``joint`` has been judged by a key."""
        return following_joint(joint)

    def grips(self, session: Session) -> bool:
        """Whether the chosen person can be turned and scaled by grips."""
        return False

    def cursor_at(self, session: Session, press: Press) -> Qt.CursorShape:
        """What the pointer looks like where a press would be, unless it is on somebody's handle."""
        return self.cursor

    def grips_in_picture(self, session: Session) -> Floats:
        """Where this tool has something of its own to take hold of, in picture pixels ``[N, 2]``."""
        return np.zeros((0, 2))

    def next_up(self, session: Session) -> int | None:
        """The joint that a click places, or ``None`` where a click places nothing."""
        return None

    def hint(self, session: Session) -> Hint:
        """The line at the bottom: text, and whether it is a key."""
        raise NotImplementedError


def select_hit(session: Session, target: HitTarget) -> None:
    """Choose what was clicked; a click on nothing lets go of the joint first, then of the person."""
    if target.part is Part.NOTHING:
        session.select(session.person if session.joint is not None else None)
    else:
        session.select(target.person, target.joint)


def moves_whole(session: Session, target: HitTarget) -> bool:
    """Whether dragging there with the Select tool moves a whole person."""
    limb = target.part is Part.LIMB and target.person == session.person
    return target.part is Part.TAG or limb


def move_whole(session: Session, press: Press) -> Gesture | None:
    """By the name tag, by a limb of the chosen person, or anywhere on a person with Ctrl."""
    target = press.target
    if target.person is None or not (moves_whole(session, target) or press.control):
        return None
    row = session.pose(target.person)
    session.select(target.person)
    return None if row is None else MovePerson(row, press.point)


def hint_parts(*parts: str) -> Hint:
    """Alternating key, text, key, text …"""
    return [(part, i % 2 == 0) for i, part in enumerate(parts) if part]
