"""The menu Help."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices

from glpose_core.home import glpose_home

from ..actions import ACTIONS
from .base import CommandGroup


class HelpCommands(CommandGroup):
    """The menu Help."""

    def palette(self) -> None:
        from ..palette import choose_action

        chosen = choose_action(self._actions(), self._window)
        if chosen is not None:
            chosen.trigger()

    def show_guideline(self) -> None:
        self._window.toggle_guideline()

    def show_keys(self) -> None:
        from ..keys import KeySheet

        sheet = KeySheet(self._window)
        try:
            change = sheet.exec() == KeySheet.CHANGE
        finally:
            sheet.deleteLater()
        if change:
            self.change_keys()

    def change_keys(self) -> None:
        from ..dialogs.shortcuts import change_keys

        change_keys(self._window)

    def show_messages(self) -> None:
        from ..dialogs.notices import show_notices

        show_notices(self._window.notices.said, self._window, self.open_logs)

    def show_hints(self) -> None:
        self._window.hints.again()
        if self._session.project is None:
            self._session.notice("info", "The hints are back: the next clip begins with them.")

    def open_logs(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(glpose_home() / "logs")))

    def about(self) -> None:
        from ..dialogs.about import show_about

        show_about(self._window)

    def _actions(self) -> list[QAction]:
        return [self._window.bound[action.id] for action in ACTIONS if action.listed]
