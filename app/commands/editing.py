"""The menus Edit and View."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import CommandGroup

if TYPE_CHECKING:
    pass

ZOOM_STEP = 1.25


class EditCommands(CommandGroup):
    """The menus Edit and View."""

    def undo(self) -> None:
        self._session.undo()

    def redo(self) -> None:
        self._session.redo()

    def tool_select(self) -> None:
        self._canvas.set_tool("select")

    def tool_box(self) -> None:
        self._canvas.set_tool("box")

    def tool_place(self) -> None:
        self._canvas.set_tool("place")

    def tool_head(self) -> None:
        self._canvas.set_tool("head")

    def tool_region(self) -> None:
        self._canvas.set_tool("region")

    def keep_region(self) -> None:
        self._session.regions.keep()

    def escape(self) -> None:
        """Give up the opening, a drag, a polygon, the chosen region; then what the canvas has in hand."""
        session = self._session
        if session.opening is not None:
            session.cancel_opening()
        elif self._canvas.pointer.gesture is not None:
            self._canvas.escape()
        elif session.regions.drop_draft():
            return
        elif session.regions.chosen is not None:
            session.regions.choose(None)
        else:
            self._canvas.escape()

    def fit(self) -> None:
        self._canvas.fit()

    def zoom_person(self) -> None:
        self._canvas.zoom_to_person()

    def zoom_in(self) -> None:
        self._canvas.zoom_by(ZOOM_STEP)

    def zoom_out(self) -> None:
        self._canvas.zoom_by(1 / ZOOM_STEP)

    def actual_size(self) -> None:
        self._canvas.actual_size()
