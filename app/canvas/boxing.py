"""The tool Box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from ..naming import brief
from .gestures import DrawBox, Gesture, ResizeBox
from .hit import Part
from .tools import Hint, Press, Tool, hint_parts, move_whole

if TYPE_CHECKING:
    from ..session import Session


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
            return move_whole(session, press)
        return DrawBox(self._whose(session, press.shift), session.frame, press.point)

    def _whose(self, session: Session, again: bool) -> int | None:
        absent = session.person is not None and session.pose() is None
        return session.person if absent or again else None

    def hint(self, session: Session) -> Hint:
        whose = self._whose(session, again=False)
        if whose is not None:
            return hint_parts(
                "", f"Drag a box for {brief(session.person_name(whose))}  ·  ", "Esc", " done"
            )
        redraw = hint_parts("Shift", "+drag draws this person’s again  ·  ")
        return [
            *hint_parts("", "Drag a box around a new person  ·  "),
            *(redraw if session.person is not None else []),
            *hint_parts("Esc", " done"),
        ]
