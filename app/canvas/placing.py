"""The tool Place Joints, and placing a single joint that was called by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from glpose_core.labels.poses import Visibility, empty_pose, is_human
from glpose_core.skeleton import POSETRACK17

from ..naming import brief
from .gestures import Gesture, GrabOrPlace, MoveJoint, PlaceJoint
from .paint import joint_words
from .tools import Hint, Press, Tool, hint_parts, joint_to_place, select_hit

if TYPE_CHECKING:
    from ..session import Session


PARTS: dict[str, tuple[int, ...]] = {
    "head": tuple(POSETRACK17.index(name) for name in ("nose", "head_top", "head_bottom")),
    **{
        part: tuple(POSETRACK17.index(f"{side}_{part}") for side in ("left", "right"))
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    },
}
"""Slots by the part of the body that a key calls."""


def called(part: str, chosen: int | None, *, again: bool) -> int:
    """The slot that a key for a part of the body means.

    Args:
        chosen: the joint that is chosen. If it is of that part it is meant itself, else the one on its side
            of the body; the left one where nothing says which.
        again: the key is pressed once more: the part's next joint is meant.
    """
    slots = PARTS[part]
    if chosen in slots:
        return slots[(slots.index(chosen) + again) % len(slots)]
    side = "" if chosen is None else POSETRACK17.sides[chosen]
    return next((slot for slot in slots if POSETRACK17.sides[slot] == side), slots[0])


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
        person = session.person
        who = "a new person" if person is None else brief(session.person_name(person))
        right = hint_parts("C", " right as it is   ") if _may_be_right(session, joint) else []
        return [
            *hint_parts(
                "", f"Click the {joint_words(joint)} of {who}  ·  right click: it is hidden  ·  "
            ),
            *right,
            *hint_parts("3", " absent   ", "Tab", " next   ", "Esc", " done"),
        ]


def _may_be_right(session: Session, joint: int) -> bool:
    """Whether a machine has placed the joint, so that it can be accepted where it is."""
    row = session.pose()
    if row is None or row["visibility"][joint] == Visibility.ABSENT:
        return False
    return not is_human(row["source"][joint])


class PickTool(PlaceTool):
    """The next click places the chosen joint, wherever it was; then the tool before is taken up again."""

    name = "pick"
    button = "select"
    once = True

    def finished(self, session: Session, gesture: Gesture) -> None:
        if isinstance(gesture, GrabOrPlace):
            gesture = gesture.chosen
        if isinstance(gesture, PlaceJoint):
            session.select(session.person, gesture.joint)

    def after(self, session: Session, joint: int | None) -> int | None:
        return joint

    def joint(self, session: Session) -> int | None:
        """The one that was called; nothing is placed that was not."""
        return session.joint

    def propose(self, session: Session) -> None:
        """What was called stays called, in other frames too."""

    def hint(self, session: Session) -> Hint:
        joint = session.joint
        if joint is None or session.person is None:
            return hint_parts(
                "", "Call a joint: ", "4", " head … ", "0", " ankle  ·  ", "Esc", " done"
            )
        who = brief(session.person_name(session.person))
        return [
            *hint_parts(
                "", f"Click the {joint_words(joint)} of {who}  ·  right click: it is hidden  ·  "
            ),
            *hint_parts("", "the key again: its other side  ·  ", "Esc", " leaves it"),
        ]
