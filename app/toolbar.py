"""The toolbar: icon, text and key of each action, giving way step by step where room is short.

A wide window shows everything; a narrower one first leaves out icons, then keys; then the last
buttons move into a menu at the end of the row. Nothing is ever unreachable.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QFontMetrics,
    QIcon,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QMenu,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolBar,
    QToolButton,
    QWidget,
)

from .actions import BY_ID, label
from .shortcuts import key_text, shortcuts
from .theme import PALETTE, aside_font, colour, icon, reading_font

PRIMARY = "predict"
HEIGHT = 32
_ICON = 16
_PAD = 10
_GAP = 6
_GROUP_GAP = 24


class Detail(IntEnum):
    """How much a button shows."""

    TEXT = 0
    KEY = 1
    ALL = 2


class KeyButton(QToolButton):
    """A button with an icon, a name and, quieter, the key that does the same."""

    def __init__(self, action: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        entry = BY_ID[action.objectName()]
        self.label = label(entry)
        self._entry = entry
        self.primary = entry.id == PRIMARY
        self.detail = Detail.ALL
        self.setDefaultAction(action)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.label)
        if self.primary:
            self.setProperty("role", "primary")

    @property
    def key(self) -> str:
        """The key that does the same, or ""."""
        return key_text(self._entry)

    def width_at(self, detail: Detail) -> int:
        """The width that the button needs at a level of detail."""
        width = 2 * _PAD + QFontMetrics(reading_font()).horizontalAdvance(self.label)
        if detail >= Detail.KEY and self.key:
            width += _GAP + 2 + QFontMetrics(aside_font()).horizontalAdvance(self.key)
        if detail >= Detail.ALL and not self.icon().isNull():
            width += _GAP + _ICON
        return width

    def sizeHint(self) -> QSize:
        return QSize(self.width_at(self.detail), HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        option.icon = QIcon()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        left = _PAD
        if self.detail >= Detail.ALL and not self.icon().isNull():
            mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
            if self.isEnabled() and (self.primary or self.isChecked()):
                mode = QIcon.Mode.Active
            box = QRect(left, (self.height() - _ICON) // 2, _ICON, _ICON)
            self.icon().paint(painter, box, mode=mode)
            left += _ICON + _GAP
        room = QRect(left, 0, self.width() - left - _PAD, self.height())
        painter.setPen(self._ink(PALETTE.text))
        painter.setFont(reading_font())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.label)
        if self.detail >= Detail.KEY and self.key:
            painter.setPen(self._ink(PALETTE.quiet))
            painter.setFont(aside_font())
            painter.drawText(
                room.adjusted(0, 1, 0, 1),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                self.key,
            )

    def _ink(self, plain: str) -> QColor:
        if not self.isEnabled():
            return QColor(PALETTE.disabled)
        if self.primary:
            return colour(PALETTE.bright, 1.0 if plain == PALETTE.text else 0.85)
        return QColor(PALETTE.bright if self.isChecked() and plain == PALETTE.text else plain)


class Strip(QWidget):
    """Groups of buttons from the left and one button at the right end, laid out by hand."""

    def __init__(self, groups: Sequence[Sequence[QAction]], last: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self.groups = [[KeyButton(action, self) for action in group] for group in groups]
        self.last = KeyButton(last, self)
        self.more = QToolButton(self)
        self.more.setIcon(icon("more"))
        self.more.setToolTip("More actions")
        self.more.setAccessibleName("More actions")
        self.more.setProperty("role", "more")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self.more))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        shortcuts.changed.connect(self.arrange)

    @property
    def buttons(self) -> list[KeyButton]:
        """The buttons of the groups, from left to right."""
        return [button for group in self.groups for button in group]

    def sizeHint(self) -> QSize:
        return QSize(self.width_at(Detail.ALL), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.last.width_at(Detail.TEXT) + HEIGHT + _GROUP_GAP, HEIGHT)

    def width_at(self, detail: Detail) -> int:
        """The width that all buttons together need at a level of detail."""
        width = sum(button.width_at(detail) + _GAP for button in [*self.buttons, self.last])
        return width + _GROUP_GAP * len(self.groups)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    def arrange(self) -> None:
        """Show as much as there is room for; what has none goes into the menu."""
        fitting = [detail for detail in reversed(Detail) if self.width_at(detail) <= self.width()]
        detail = fitting[0] if fitting else Detail.TEXT
        limit = self.width() - self.last.width_at(detail)
        self._place(self.last, limit, detail)
        limit -= _GROUP_GAP if fitting else HEIGHT + 2 * _GAP
        left = 0
        hidden: list[KeyButton] = []
        for group in self.groups:
            for button in group:
                if hidden or left + button.width_at(detail) > limit:
                    hidden.append(button)
                    button.hide()
                else:
                    left += self._place(button, left, detail) + _GAP
            left += _GROUP_GAP - _GAP
        menu = self.more.menu()
        menu.clear()
        menu.addActions([button.defaultAction() for button in hidden])
        self.more.setVisible(bool(hidden))
        self.more.setGeometry(limit + _GAP, 0, HEIGHT, HEIGHT)
        self.update()

    def _place(self, button: KeyButton, left: int, detail: Detail) -> int:
        width = button.width_at(detail)
        button.detail = detail
        button.setGeometry(left, 0, width, HEIGHT)
        button.show()
        return width

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines between the groups."""
        painter = QPainter(self)
        painter.setPen(QColor(PALETTE.edge))
        for before, after in zip(self.groups, self.groups[1:], strict=False):
            if before and after and not after[0].isHidden():
                x = (before[-1].geometry().right() + after[0].geometry().left()) // 2
                painter.drawLine(x, 6, x, self.height() - 7)
        painter.end()


class ToolBar(QToolBar):
    """The main toolbar: groups of actions, and the search of actions at the right end."""

    def __init__(
        self, groups: Sequence[Sequence[QAction]], search: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__("Toolbar", parent)
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setFloatable(False)
        self.strip = Strip(groups, search, self)
        self.addWidget(self.strip)
