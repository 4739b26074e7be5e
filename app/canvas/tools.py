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

from glpose_core.labels.poses import Visibility, empty_pose, is_human
from glpose_core.skeleton import EARS, POSETRACK17

from .gestures import (
    DrawBox,
    Gesture,
    GrabOrPlace,
    MoveJoint,
    MovePerson,
    PlaceJoint,
    ResizeBox,
)
from .hit import HitTarget, Part
from .paint import joint_words

if TYPE_CHECKING:
    from ..session import Session

Floats = NDArray[np.float64]
Hint = list[tuple[str, bool]]

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
    cursor = Qt.CursorShape.ArrowCursor
    handles = False

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


def _move_whole(session: Session, press: Press) -> Gesture | None:
    """By the name tag, by a limb of the chosen person, or anywhere on a person with Ctrl."""
    target = press.target
    if target.person is None or not (moves_whole(session, target) or press.control):
        return None
    row = session.pose(target.person)
    session.select(target.person)
    return None if row is None else MovePerson(row, press.point)


class SelectTool(Tool):
    """Choose people and joints; drag a joint, or a person by a limb or the name tag."""

    name = "select"

    def press(self, session: Session, press: Press) -> Gesture | None:
        whole = None if press.secondary else _move_whole(session, press)
        if whole is not None:
            return whole
        target = press.target
        if target.part is not Part.JOINT or target.joint is None or press.secondary:
            return None
        session.select(target.person, target.joint)
        row = session.pose(target.person)
        return None if row is None else MoveJoint(row, target.joint, press.point)

    def hint(self, session: Session) -> Hint:
        if session.person is not None and session.pose() is None:
            return _hint_of_absence(session, session.person)
        if session.joint is not None:
            return [
                *hint_parts("1", " visible   ", "2", " hidden   ", "3", " absent"),
                *hint_parts("", "  ·  arrows nudge  ·  ", "Tab", " next joint  ·  "),
                *hint_parts("Shift+Enter", " accept pose"),
            ]
        if session.person is not None:
            return [
                *hint_parts("", "Click a joint  ·  drag a limb to move the person  ·  "),
                *hint_parts("J", " place joints   ", "Shift+Enter", " accept pose"),
            ]
        return hint_parts(
            "", "Click a person  ·  ", "B", " draw a box   ", "Enter", " accept frame"
        )


class BoxTool(Tool):
    """Draw a box: of the chosen person where it has none in this frame, else of somebody new."""

    name = "box"
    cursor = Qt.CursorShape.CrossCursor
    handles = True

    def press(self, session: Session, press: Press) -> Gesture | None:
        if press.secondary:
            return None
        target = press.target
        if target.part is Part.HANDLE and target.handle is not None:
            row = session.pose(target.person)
            return None if row is None else ResizeBox(row, target.handle, press.point)
        if target.part is Part.TAG:
            return _move_whole(session, press)
        return DrawBox(self._whose(session, press.shift), session.frame, press.point)

    def _whose(self, session: Session, again: bool) -> int | None:
        absent = session.person is not None and session.pose() is None
        return session.person if absent or again else None

    def hint(self, session: Session) -> Hint:
        whose = self._whose(session, again=False)
        if whose is not None:
            return hint_parts(
                "", f"Drag a box for {session.person_name(whose)}  ·  ", "Esc", " done"
            )
        redraw = hint_parts("Shift", "+drag draws this person's again  ·  ")
        return [
            *hint_parts("", "Drag a box around a new person  ·  "),
            *(redraw if session.person is not None else []),
            *hint_parts("Esc", " done"),
        ]


class PlaceTool(Tool):
    """One click a joint, in order; the right button places a hidden one. The joint that the next click
    places is the chosen one."""

    name = "place"
    cursor = Qt.CursorShape.CrossCursor

    def press(self, session: Session, press: Press) -> Gesture | None:
        row, joint = session.pose(), self.joint(session)
        if row is None and session.person is not None:
            row = empty_pose(session.person, session.frame)
        seen = Visibility.OCCLUDED if press.secondary else Visibility.VISIBLE
        target = press.target
        grabbed = target.joint if target.person == session.person is not None else None
        if joint is None:
            return None if grabbed is None else MoveJoint(row, grabbed, press.point)
        place = PlaceJoint(row, session.frame, joint, seen, press.point)
        if grabbed is None or grabbed == joint:
            return place
        return GrabOrPlace(place, MoveJoint(row, grabbed, press.point))

    def click(self, session: Session, press: Press) -> None:
        """Everything is placed: a click chooses another person, or a joint to be placed again."""
        if press.target.person is not None:
            select_hit(session, press.target)

    def finished(self, session: Session, gesture: Gesture) -> None:
        if isinstance(gesture, GrabOrPlace):
            gesture = gesture.chosen
        person = session.person if gesture.added is None else gesture.added
        if isinstance(gesture, PlaceJoint):
            session.select(person, joint_to_place(session.pose(person), gesture.joint))

    def after(self, session: Session, joint: int | None) -> int | None:
        return joint_to_place(session.pose(), joint)

    def next_up(self, session: Session) -> int | None:
        return self.joint(session)

    def joint(self, session: Session) -> int | None:
        """The joint that the next click places: the chosen one, or the first that is open; ``None``
        where a person has seen to all of them."""
        return session.joint if session.joint is not None else joint_to_place(session.pose())

    def propose(self, session: Session) -> None:
        """Choose the joint that the next click places, so that it is named and keys judge it."""
        if session.person is not None:
            session.select(session.person, joint_to_place(session.pose()))

    def hint(self, session: Session) -> Hint:
        joint = self.joint(session)
        if joint is None:
            return [
                *hint_parts("", "All joints are placed: drag one to move it  ·  "),
                *hint_parts("E", " on to the next frame with this pose   ", "Esc", " done"),
            ]
        who = "a new person" if session.person is None else session.person_name(session.person)
        return [
            *hint_parts(
                "", f"Click the {joint_words(joint)} of {who}  ·  right click if it is hidden  ·  "
            ),
            *hint_parts("3", " absent   ", "Tab", " next   ", "Esc", " done"),
        ]


def _hint_of_absence(session: Session, person: int) -> Hint:
    """What to do about a chosen person who is not in this frame."""
    before = session.pose_before(person)
    copy = [] if before is None else hint_parts("Ctrl+D", f" copies the pose of frame {before}   ")
    return [
        *hint_parts("", f"{session.person_name(person)} is not in this frame  ·  "),
        *copy,
        *hint_parts("B", " draws a box   ", "J", " places joints"),
    ]


def hint_parts(*parts: str) -> Hint:
    """Alternating key, text, key, text …"""
    return [(part, i % 2 == 0) for i, part in enumerate(parts) if part]
