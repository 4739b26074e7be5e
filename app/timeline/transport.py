"""The small buttons at the top left of the timeline: first, back, play, on, last."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from .arrangement import RULER_HEIGHT

_SIDE = 24


class Transport(QWidget):
    """A row of buttons; hidden until it is given some."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()

    @property
    def right(self) -> int:
        """Where it ends in its parent, 0 while there are no buttons."""
        return 0 if self.isHidden() else self.geometry().right() + 1

    def set_actions(self, actions: list[QAction]) -> None:
        """Show a button for each action."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for action in actions:
            button = QToolButton(self)
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setIconSize(QSize(16, 16))
            button.setProperty("role", "transport")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setFixedSize(_SIDE, _SIDE)
            row.addWidget(button)
        self.setGeometry(8, (RULER_HEIGHT - _SIDE) // 2, _SIDE * len(actions), _SIDE)
        self.show()
