"""A wish for the keyboard that cannot be fulfilled at once, and that whatever the hand does meanwhile takes back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

_HAND = (
    QEvent.Type.ShortcutOverride,  # comes before every key, those of shortcuts too
    QEvent.Type.MouseButtonPress,
)


class FocusWish(QObject):
    """Whether somebody has asked for the keyboard and done nothing since: else it would come while they type."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wished = False

    def make(self) -> None:
        """Ask for it, until it is there or the hand does something else."""
        self._wished = True
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def drop(self) -> None:
        """Nobody asks for it any more."""
        app = QApplication.instance()
        if self._wished and app is not None:
            app.removeEventFilter(self)
        self._wished = False

    def take(self) -> bool:
        """Whether it is still asked for; from now on it is not."""
        wished = self._wished
        self.drop()
        return wished

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _HAND:
            self.drop()
        return False
