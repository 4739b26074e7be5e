"""Keys as they look on the screen: a small cap with a letter, and a button that shows its key."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFontMetrics, QIcon, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from .actions import BY_ID
from .shortcuts import in_use, key_text, shortcuts
from .theme import PALETTE, aside_font, colour, reading_font

_ICON, _PAD, _GAP = 16, 12, 8


class Keycap(QLabel):
    """One key in a little frame."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        """``key``: as in the table; the one in use in its place is shown."""
        super().__init__(in_use(key), parent)
        self._key = key
        shortcuts.changed.connect(self._follow)
        self.setFont(aside_font())
        self.setProperty("role", "key")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def _follow(self) -> None:
        self.setText(in_use(self._key))


class KeyPushButton(QPushButton):
    """A push button for an action: its icon, a text of its own, and quieter the key that does the same."""

    def __init__(
        self,
        action: QAction,
        text: str,
        parent: QWidget | None = None,
        *,
        primary_look: bool = False,
    ) -> None:
        super().__init__(parent)
        self.label = text
        self.key = ""
        self._action = action
        self._primary = primary_look
        self.setAccessibleName(text.removesuffix("…"))
        self.setAutoDefault(False)
        if primary_look:
            self.setProperty("role", "primary")
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        key = key_text(BY_ID[self._action.objectName()])
        if key != self.key:
            self.key = key
            self.updateGeometry()
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses it, as the space bar does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        width = 2 * _PAD + QFontMetrics(reading_font()).horizontalAdvance(self.label)
        if self.key:
            width += _GAP + 2 + QFontMetrics(aside_font()).horizontalAdvance(self.key)
        if not self._action.icon().isNull():
            width += _ICON + _GAP
        return QSize(width, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        option.icon = QIcon()
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        left = _PAD
        if not self._action.icon().isNull():
            mode = QIcon.Mode.Active if self._primary else QIcon.Mode.Normal
            box = QRect(left, (self.height() - _ICON) // 2, _ICON, _ICON)
            self._action.icon().paint(
                painter, box, mode=mode if self.isEnabled() else QIcon.Mode.Disabled
            )
            left += _ICON + _GAP
        room = QRect(left, 0, self.width() - left - _PAD, self.height())
        bright, quiet = (PALETTE.bright,) * 2 if self._primary else (PALETTE.text, PALETTE.quiet)
        painter.setPen(QColor(bright if self.isEnabled() else PALETTE.disabled))
        painter.setFont(reading_font())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.label)
        if self.key:
            painter.setPen(colour(quiet if self.isEnabled() else PALETTE.disabled, 0.85))
            painter.setFont(aside_font())
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(room.adjusted(0, 1, 0, 1), flags, self.key)
