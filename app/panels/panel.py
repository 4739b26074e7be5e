"""What the docks have in common: a heading with an aside, a list, and an empty state."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListView,
    QStackedLayout,
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ..naming import plain_tip
from ..shortcuts import shortcuts, spelled
from ..theme import PALETTE, aside_font, heading_font

LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_F2)

HEADER_HEIGHT = 36
MARGIN = 12


class Header(QWidget):
    """The line above a list: a title that gives way, and an aside at its right that is never cut short.

    It places both by itself: a layout would have the whole window laid out anew at every change of their
    text, which names the frame.
    """

    def __init__(self, title: QLabel, aside: QLabel) -> None:
        super().__init__()
        self._title, self._aside = title, aside
        self._said, self._kept = title.text(), ""
        for label in (title, aside):
            label.setParent(self)
        self.setFixedHeight(HEADER_HEIGHT)

    @property
    def said(self) -> str:
        """The whole title, however much of it there is room for."""
        return self._said + self._kept

    def say(self, title: str, kept: str) -> None:
        """Write the title: ``kept`` stands behind it and is cut last."""
        self._said, self._kept = title, kept
        self.place()

    def place(self) -> None:
        """Give both the room that they have now."""
        aside = self._aside.sizeHint().width()
        left = self.width() - MARGIN - aside
        self._aside.setGeometry(left, 0, aside, HEADER_HEIGHT)
        room = max(left - 8 - MARGIN, 0)
        self._title.setGeometry(MARGIN, 0, room, HEADER_HEIGHT)
        font, right = QFontMetrics(self._title.font()), Qt.TextElideMode.ElideRight
        beside = room - font.horizontalAdvance(self._kept)
        title = font.elidedText(self._said, right, max(beside, 0)) + self._kept
        self._title.setText(font.elidedText(title, right, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()


class Panel(QWidget):
    """A heading in capitals, a quiet aside at its right, and below them a view or an empty state."""

    heading_changed = Signal()

    def __init__(self, title: str, view: QListView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self._title = QLabel(title.upper())
        self._title.setFont(heading_font())
        self._title.setProperty("role", "quiet")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._aside = QLabel()
        self._aside.setFont(aside_font())
        self._aside.setProperty("role", "quiet")
        self._aside.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence = ""
        self._empty = QLabel()
        self._empty.setProperty("role", "quiet")
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._empty.setContentsMargins(MARGIN, 8, MARGIN, 8)
        self._lay_out()
        shortcuts.changed.connect(self._spell)
        self.setAutoFillBackground(True)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(PALETTE.panel))
        self.setPalette(palette)

    def _lay_out(self) -> None:
        self.header = Header(self._title, self._aside)
        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(body, 1)
        self.column = column

    @property
    def title(self) -> str:
        """The heading as it is written."""
        return self.header.said

    @property
    def aside(self) -> str:
        """The quiet text at the right of the heading."""
        return self._aside.text()

    @property
    def empty_text(self) -> str | None:
        """What the empty state says, or ``None`` while the list is shown."""
        return self._empty.text() if self._stack.currentWidget() is self._empty else None

    def set_heading(self, title: str, aside: str = "", kept: str = "") -> None:
        """Write the heading (in capitals) and the aside; ``kept`` ends the heading and outlives a title that has no
        room."""
        self._title.setToolTip(plain_tip(title + kept))
        self._aside.setText(aside)
        self.header.say(title.upper(), kept.upper())
        self.heading_changed.emit()

    def show_empty(self, sentence: str | None) -> None:
        """Show one sentence, keys in backquotes, in place of the list; ``None`` shows the list."""
        if sentence is not None:
            self._sentence = sentence
            self._spell()
        self._stack.setCurrentWidget(self.view if sentence is None else self._empty)

    def _spell(self) -> None:
        self._empty.setText(spelled(self._sentence))


def keeps_list_key(event: QEvent) -> bool:
    """Keep a key that walks through a list from being a shortcut; whether ``event`` asked about such a key."""
    if (
        isinstance(event, QKeyEvent)
        and event.type() == QEvent.Type.ShortcutOverride
        and event.key() in LIST_KEYS
    ):
        event.accept()
        return True
    return False


class RowView(QListView):
    """A list of rows that their delegate paints whole, with one row per item and no frame."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        # A click leaves the keyboard with the picture; only Tab brings it here.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        """Its keys are its own while the keyboard is in it."""
        return keeps_list_key(event) or super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(264, 200)


def paint_row(painter: QPainter, option: QStyleOptionViewItem) -> bool:
    """The ground of a delegate's row as its state says. Returns whether the row is chosen."""
    state: QStyle.StateFlag = option.state
    chosen = bool(state & QStyle.StateFlag.State_Selected)
    paint_row_ground(
        painter,
        option.rect,
        chosen=chosen,
        hovered=bool(state & QStyle.StateFlag.State_MouseOver),
        focused=bool(state & QStyle.StateFlag.State_HasFocus)
        and bool(state & QStyle.StateFlag.State_KeyboardFocusChange),
    )
    return chosen


def paint_row_ground(
    painter: QPainter, rect: QRect, *, chosen: bool, hovered: bool, focused: bool
) -> None:
    """The ground of a row: chosen rows are lighter, the keyboard's row has a ring."""
    if chosen:
        painter.fillRect(rect, QColor(PALETTE.selected))
    elif hovered:
        painter.fillRect(rect, QColor(PALETTE.control))
    if focused:
        painter.setPen(QColor(PALETTE.focus))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
