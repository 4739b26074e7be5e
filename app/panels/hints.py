"""The card of the next step, at the foot of the left column, where it covers no picture; short where the column is."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFont, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..actions import BY_ID, label
from ..hints import HINTS, Hints
from ..keycaps import Keycap
from ..shortcuts import shortcuts, spelled
from ..theme import GRID, aside_font, heading_font, icon, reading_font

LISTS = 240
"""Pixels of the column that the lists need: where the whole card would leave them less, it is short."""


class HintedColumn(QWidget):
    """Panels, and the card below them."""

    def __init__(self, panels: QWidget, card: HintCard) -> None:
        super().__init__()
        self.setObjectName("left column")
        self._card = card
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(panels, 1)
        rows.addWidget(card)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._card.fit(self.size())


class HintCard(QWidget):
    """Shows the hint that is due; hidden while there is none."""

    def __init__(
        self, hints: Hints, actions: Mapping[str, QAction], parent: QWidget | None = None
    ) -> None:
        """``actions``: the bound table, for the button that takes the step."""
        super().__init__(parent)
        self.hints, self._actions = hints, actions
        self._column, self._short = QSize(), False
        self._heading = QLabel()
        self._mark = QLabel()
        self._mark.setPixmap(icon("hint", "#5EC8FF").pixmap(QSize(16, 16)))
        self._title = QLabel()
        self._title.setFont(reading_font(QFont.Weight.DemiBold))
        self._text = QLabel()
        self._text.setFont(reading_font())
        self._text.setWordWrap(True)
        self._text.setProperty("role", "quiet")
        self._keys = QHBoxLayout()
        self._keys.setSpacing(GRID // 2)
        self.do = QPushButton()
        self.do.clicked.connect(self._take)
        self.skip = QPushButton("Next hint")
        self.skip.setToolTip("Put this hint away and show the next one")
        self.skip.clicked.connect(hints.dismiss)
        self.never = QPushButton("No more hints")
        self.never.setProperty("role", "quiet")
        self.never.setToolTip("Help → Show Hints Again brings them back")
        self.never.clicked.connect(hints.dismiss_all)
        self.close_button = QToolButton()
        self.close_button.setIcon(icon("cancel"))
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setProperty("role", "transport")
        self.close_button.setFixedSize(24, 24)
        self.close_button.setToolTip("Put this hint away")
        self.close_button.setAccessibleName("Put this hint away")
        self.close_button.clicked.connect(hints.dismiss)
        for button in (self.do, self.skip, self.never, self.close_button):
            # The keyboard stays with the picture.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._card = self._lay_out()
        hints.changed.connect(self.refresh)
        shortcuts.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> QFrame:
        card = QFrame()
        card.setProperty("role", "hint")
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 4, 4, 12)
        column.setSpacing(GRID)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._mark)
        head.addWidget(self._heading, 1)
        head.addLayout(self._keys)
        head.addWidget(self.close_button)
        column.addLayout(head)
        column.addWidget(self._title)
        column.addWidget(self._text)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 4, 0, 0)
        buttons.setSpacing(GRID // 2)
        for button in (self.do, self.skip):
            button.setFont(reading_font())
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.never.setFont(aside_font())
        buttons.addWidget(self.never)
        column.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID, GRID, GRID, GRID)
        outer.addWidget(card)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        return card

    def fit(self, column: QSize) -> None:
        """Say as much as the lists of a column so large leave room for; what is left out, the pointer shows."""
        self._column = column
        if self._crowds() != self._short:
            self.refresh()

    def _crowds(self) -> bool:
        """Whether the card with its text would leave the lists less than they need."""
        column = self._column
        return column.isValid() and column.height() - self._whole_height(column.width()) < LISTS

    def _whole_height(self, width: int) -> int:
        """How high the card is with its text, in a column ``width`` pixels wide."""
        frame, outer = self._card.layout(), self.layout()
        assert frame is not None
        assert outer is not None
        inside, around = frame.contentsMargins(), outer.contentsMargins()
        sides = inside.left() + inside.right() + around.left() + around.right()
        ends = inside.top() + inside.bottom() + around.top() + around.bottom()
        rows = (
            self.close_button.height(),
            self._title.sizeHint().height(),
            self._text.heightForWidth(width - sides),
            self.do.sizeHint().height() + 4,
        )
        return ends + sum(rows) + GRID * (len(rows) - 1)

    def refresh(self) -> None:
        """Say the hint that is due, or hide."""
        hint = self.hints.current
        self.setVisible(hint is not None)
        if hint is None:
            return
        self._title.setText(hint.title)
        self._text.setText(spelled(hint.text))
        self._short = self._crowds()
        step = f"Step {self.hints.number} of {len(HINTS)}"
        self._heading.setText(hint.title if self._short else step.upper())
        self._heading.setFont(
            reading_font(QFont.Weight.DemiBold) if self._short else heading_font()
        )
        self._heading.setProperty("role", "" if self._short else "quiet")
        self._heading.style().polish(self._heading)
        self._card.setToolTip(f"{step}: {spelled(hint.text)}" if self._short else "")
        self._mark.setVisible(not self._short)
        self._title.setVisible(not self._short)
        self._text.setVisible(not self._short)
        while (item := self._keys.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for key in hint.keys:
            self._keys.addWidget(Keycap(key))
        self.do.setVisible(bool(hint.action))
        if hint.action:
            self.do.setText(label(BY_ID[hint.action]))
            self.do.setToolTip(self._actions[hint.action].toolTip())
        self.skip.setVisible(not hint.action)

    def _take(self) -> None:
        hint = self.hints.current
        if hint is not None and hint.action:
            self._actions[hint.action].trigger()
