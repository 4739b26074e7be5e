"""The menus Edit and View."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from ..bound import NO_JOINT
from ..panels.panel import RowView
from ..shortcuts import spelled
from ..timeline.curves import Kind
from .base import CommandGroup

ZOOM_STEP = 1.25


class EditCommands(CommandGroup):
    """The menus Edit and View."""

    def undo(self) -> None:
        """Take the last corner of a region that is being drawn back, or else the last edit."""
        if self._session.regions.draft:
            self._session.regions.take_corner_back()
        else:
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

    def your_name(self) -> None:
        from ..dialogs.your_name import ask_name

        name = ask_name(self._session.annotator, self._window)
        if name is not None and name != self._session.annotator:
            self._session.set_annotator(name)
            self._session.notice(
                "info",
                f"Edits from now on are noted as those of “{name}”."
                if name
                else "Edits from now on say nothing of who made them.",
            )

    def escape(self) -> None:
        """Leave a list for the picture; give up the opening, a drag, a polygon, the chosen region; then what the
        canvas has in hand."""
        session = self._session
        if isinstance(QApplication.focusWidget(), RowView):
            self._canvas.setFocus()
        elif session.opening is not None:
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

    def next_curve(self) -> None:
        timeline = self._window.timeline
        kinds = list(Kind)
        timeline.show_curve(kinds[(kinds.index(timeline.curve_kind) + 1) % len(kinds)])
        if self._session.joint is None:
            self._session.notice("info", spelled(NO_JOINT))

    def fit_timeline(self) -> None:
        self._window.timeline_height.follow_people()

    def actual_size(self) -> None:
        self._canvas.actual_size()

    def dim_others(self) -> None:
        self._toggle("dim")
        if self._session.view.aids.dim and self._session.person is None:
            self._session.notice("info", "Choose a person, and all others are dimmed.")

    def ghost_poses(self) -> None:
        self._toggle("onion")

    def joint_trail(self) -> None:
        self._toggle("trails")
        if self._session.view.aids.trails and self._session.joint is None:
            self._session.notice("info", "Choose a joint, and its trail is shown.")

    def magnifier(self) -> None:
        self._toggle("loupe")

    def _toggle(self, aid: str) -> None:
        self._canvas.toggle_aid(aid)

    def show_aids(self) -> None:
        """Tick in the menu what is shown."""
        aids = self._session.view.aids
        for name, on in (
            ("dim_others", aids.dim),
            ("ghost_poses", aids.onion),
            ("joint_trail", aids.trails),
            ("magnifier", aids.loupe),
        ):
            self._window.bound[name].setChecked(on)

    def adjust_light(self) -> None:
        self._canvas.light.toggle()
