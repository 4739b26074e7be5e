"""Tools: what a press, a drag and a click mean. They hold no state of their own.

A tool looks at what was hit and answers with a gesture (or none: then a drag moves the view). The
canvas feeds the gesture and applies its edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from glpose_core.labels.poses import Visibility, empty_pose
from glpose_core.skeleton import EARS, POSETRACK17

from .gestures import DrawBox, Gesture, MoveJoint, MovePerson, PlaceJoint, ResizeBox
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
    """

    target: HitTarget
    point: Floats
    secondary: bool = False
    control: bool = False
    shift: bool = False


def following_joint(joint: int | None, step: int = 1) -> int:
    """The joint after (or before) ``joint`` in the order of placing, going round."""
    if joint not in PLACING_ORDER:
        return PLACING_ORDER[0] if step > 0 else PLACING_ORDER[-1]
    return PLACING_ORDER[(PLACING_ORDER.index(joint) + step) % len(PLACING_ORDER)]


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

    def hint(self, session: Session) -> Hint:
        """The line at the bottom: text, and whether it is a key."""
        raise NotImplementedError


def select_hit(session: Session, target: HitTarget) -> None:
    """Choose what was clicked; a click on nothing lets go of the joint first, then of the person."""
    if target.part is Part.NOTHING:
        session.select(session.person if session.joint is not None else None)
    else:
        session.select(target.person, target.joint)


def _move_whole(session: Session, press: Press) -> Gesture | None:
    """By the name tag, or anywhere on a person with Ctrl."""
    target = press.target
    if target.person is None or not (target.part is Part.TAG or press.control):
        return None
    row = session.pose(target.person)
    session.select(target.person)
    return None if row is None else MovePerson(row, press.point)


class SelectTool(Tool):
    """Choose people and joints; drag a joint, or a person by the name tag."""

    name = "select"

    def press(self, session: Session, press: Press) -> Gesture | None:
        whole = _move_whole(session, press)
        if whole is not None:
            return whole
        target = press.target
        if target.part is not Part.JOINT or target.joint is None or press.secondary:
            return None
        session.select(target.person, target.joint)
        row = session.pose(target.person)
        return None if row is None else MoveJoint(row, target.joint, press.point)

    def hint(self, session: Session) -> Hint:
        if session.joint is not None:
            return [
                *_keys("1", " visible   ", "2", " hidden   ", "3", " absent"),
                *_keys("", "  ·  arrows nudge  ·  ", "Tab", " next joint  ·  "),
                *_keys("Shift+Enter", " accept pose"),
            ]
        if session.person is not None:
            return [
                *_keys("", "Click a joint  ·  drag the name tag to move  ·  "),
                *_keys("J", " place joints   ", "Shift+Enter", " accept pose"),
            ]
        return _keys("", "Click a person  ·  ", "B", " draw a box   ", "Enter", " accept frame")


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
            return _keys("", f"Drag a box for {session.person_name(whose)}  ·  ", "Esc", " done")
        redraw = _keys("Shift", "+drag draws this person's again  ·  ")
        return [
            *_keys("", "Drag a box around a new person  ·  "),
            *(redraw if session.person is not None else []),
            *_keys("Esc", " done"),
        ]


class PlaceTool(Tool):
    """One click a joint, in order; the right button places a hidden one."""

    name = "place"
    cursor = Qt.CursorShape.CrossCursor

    def press(self, session: Session, press: Press) -> Gesture | None:
        row = session.pose()
        if row is None and session.person is not None:
            row = empty_pose(session.person, session.frame)
        seen = Visibility.OCCLUDED if press.secondary else Visibility.VISIBLE
        return PlaceJoint(row, session.frame, self.joint(session), seen, press.point)

    def finished(self, session: Session, gesture: Gesture) -> None:
        assert isinstance(gesture, PlaceJoint)
        person = session.person if gesture.added is None else gesture.added
        session.select(person, following_joint(gesture.joint))

    def joint(self, session: Session) -> int:
        """The joint that the next click places: the chosen one, or the first that is open."""
        if session.joint is not None:
            return session.joint
        row = session.pose()
        if row is not None:
            for joint in PLACING_ORDER:
                if row["visibility"][joint] == Visibility.ABSENT:
                    return joint
        return PLACING_ORDER[0]

    def hint(self, session: Session) -> Hint:
        name = joint_words(self.joint(session))
        who = "a new person" if session.person is None else session.person_name(session.person)
        return [
            *_keys("", f"Click the {name} of {who}  ·  right click if it is hidden  ·  "),
            *_keys("3", " absent   ", "Tab", " next   ", "Esc", " done"),
        ]


def _keys(*parts: str) -> Hint:
    """Alternating key, text, key, text …"""
    return [(part, i % 2 == 0) for i, part in enumerate(parts) if part]


TOOLS: dict[str, Tool] = {tool.name: tool for tool in (SelectTool(), BoxTool(), PlaceTool())}
