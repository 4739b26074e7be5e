"""The small buttons at the left of the timeline: first, back, play, on, last."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

BUTTON = 24


class Transport(QWidget):
    """A row of buttons; hidden until it is given some."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()

    def show_actions(self, actions: list[QAction], left: int, top: int) -> None:
        """A button for each action, side by side from (left, top)."""
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
            button.setFixedSize(BUTTON, BUTTON)
            row.addWidget(button)
        self.setGeometry(left, top, BUTTON * len(actions), BUTTON)
        self.show()
