"""The tool Select."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..naming import brief
from .gestures import Gesture, MoveJoint
from .hit import Part
from .several import Band, MoveJoints
from .tools import Hint, Press, Tool, hint_parts, move_whole, select_hit
from .whole import DragGrip

if TYPE_CHECKING:
    from ..session import Session


class SelectTool(Tool):
    """Choose people and joints; drag a joint, several, or a person by a limb, the name tag or a grip."""

    name = "select"

    def press(self, session: Session, press: Press) -> Gesture | None:
        if press.secondary:
            return None
        if press.shift and not press.control:
            return Band(press.point)
        target = press.target
        if target.part in (Part.TURN, Part.SCALE):
            return _drag_grip(session, press)
        whole = move_whole(session, press)
        if whole is not None:
            return whole
        if target.part is not Part.JOINT or target.person is None or target.joint is None:
            return None
        if (target.person, target.joint) in session.group.members:
            return several(session, press)
        session.select(target.person, target.joint)
        row = session.pose(target.person)
        return None if row is None else MoveJoint(row, target.joint, press.point)

    def click(self, session: Session, press: Press) -> None:
        """With Shift, a joint is chosen in addition, or no longer."""
        target = press.target
        if not press.shift:
            session.group.clear()
            select_hit(session, target)
        elif target.person is not None and target.joint is not None:
            session.group.toggle((target.person, target.joint))

    def grips(self, session: Session) -> bool:
        return session.person is not None and session.joint is None

    def hint(self, session: Session) -> Hint:
        if session.group:
            return [
                *hint_parts("", f"{session.group.words()}: drag or nudge them  ·  "),
                *hint_parts("1", " visible   ", "2", " hidden   ", "3", " absent   "),
                *hint_parts("C", " accept   ", "Del", " delete  ·  ", "Esc", " one alone"),
            ]
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
                *hint_parts("", "Click a joint  ·  drag a limb to move the person, "),
                *hint_parts("", "a corner to scale it, the ring to turn it  ·  "),
                *hint_parts("J", " place joints   ", "Shift+Enter", " accept pose"),
            ]
        return hint_parts(
            "", "Click a person  ·  ", "B", " draw a box   ", "Enter", " accept frame"
        )


def several(session: Session, press: Press | None = None) -> MoveJoints | None:
    """Moving the joints that are chosen together, by a drag from a press or by keys."""
    joints = session.group.here()
    rows = [row for row in session.poses() if int(row["person"]) in joints]
    if not rows:
        return None
    return MoveJoints(rows, joints) if press is None else MoveJoints(rows, joints, press.point)


def _drag_grip(session: Session, press: Press) -> Gesture | None:
    row, info = session.pose(press.target.person), session.info
    if row is None or info is None:
        return None
    turns = press.target.part is Part.TURN
    return DragGrip(row, info.pixel_aspect, press.point, turns=turns)


def _hint_of_absence(session: Session, person: int) -> Hint:
    """What to do about a chosen person who is not in this frame."""
    before = session.pose_before(person)
    copy = [] if before is None else hint_parts("Ctrl+D", f" copies the pose of frame {before}   ")
    return [
        *hint_parts("", f"{brief(session.person_name(person))} is not in this frame  ·  "),
        *copy,
        *hint_parts("B", " draws a box   ", "J", " places joints"),
    ]
