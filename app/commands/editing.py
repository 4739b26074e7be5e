"""The menus Edit and View."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..bound import NO_JOINT
from ..shortcuts import spelled
from ..timeline.curves import Kind
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

    def escape(self) -> None:
        if self._session.opening is not None:
            self._session.cancel_opening()
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

    def next_curve(self) -> None:
        timeline = self._window.timeline
        kinds = list(Kind)
        timeline.show_curve(kinds[(kinds.index(timeline.curve_kind) + 1) % len(kinds)])
        if self._session.joint is None:
            self._session.notice("info", spelled(NO_JOINT))

    def actual_size(self) -> None:
        self._canvas.actual_size()
