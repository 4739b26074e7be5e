"""The review list: what may be wrong, in plain words, the greatest gain first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QFontMetrics, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from glpose_core.review import TAGS, Item, Reason

from ..naming import plain_tip
from ..theme import GRID, PALETTE, aside_font, person_colours, reading_font
from ..toolbar import KeyButton
from .panel import MARGIN, Panel, RowView, paint_row
from .review_filters import ReviewFilters

if TYPE_CHECKING:
    from ..reviewing import Reviewing

NO_VIDEO = "Open a video, and what may be wrong in its poses is listed here"
NO_POSES = (
    "Once people are predicted (`P`), what may be wrong is listed here, the most rewarding first"
)
LOOKING = "Looking at every pose …"
NOTHING = "Nothing looks wrong that is not reviewed yet"
FAILED = "The list could not be made: the log says why (Help → Show Log Folder)"
NARROWED = "Nothing like that looks wrong: choose fewer filters"
ROW = 48
_MOVES, _PLACES, _OTHERS = "#FFC36B", "#8FC7F2", "#6FCF97"
TONES = {
    Reason.UNSURE: _MOVES,
    Reason.JUMPS: _MOVES,
    Reason.GAP: _MOVES,
    Reason.BONES: _PLACES,
    Reason.SIDES: _PLACES,
    Reason.OUTSIDE: _PLACES,
    Reason.TWO_PEOPLE: _OTHERS,
    Reason.TWINS: _OTHERS,
    Reason.MODELS: _OTHERS,
    Reason.REFERENCES: _OTHERS,
}
"""Tags: what is unsteady, what is in the wrong place, what contradicts another. The word says it, too."""
_ROLE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class ReviewModel(QAbstractListModel):
    """The items as the controller has them."""

    def __init__(self, reviewing: Reviewing) -> None:
        super().__init__()
        self._reviewing = reviewing
        self.items: Sequence[Item] = ()

    def refresh(self) -> None:
        """Take over the present list."""
        self.beginResetModel()
        self.items = self._reviewing.items
        self.endResetModel()

    def name(self, person: int) -> str:
        """What a person is called."""
        return self._reviewing.session.person_name(person)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.items[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self.name(item.person)}, {item.what}, {frames_of(item)}: {item.words}"
        if role == Qt.ItemDataRole.ToolTipRole:
            also = ", ".join(TAGS[reason] for reason in item.also)
            whole = f"{self.name(item.person)} · {item.what} · {frames_of(item)}\n{item.words}"
            return plain_tip(f"{whole}\nAlso: {also}" if also else whole)
        return item if role == _ROLE else None


def frames_of(item: Item) -> str:
    """ "frame 52" or "frames 52–57"."""
    last = item.stop - 1
    return f"frame {item.frame}" if last == item.frame else f"frames {item.frame}–{last}"


class ReviewDelegate(QStyledItemDelegate):
    """Two lines: whose joint and when; and why, in words and as a tag to find others of the kind by."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        item: Item = index.data(_ROLE)
        model = index.model()
        assert isinstance(model, ReviewModel)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = paint_row(painter, option)
        tone = QColor(person_colours(item.person).light)
        if chosen:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), tone)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone)
        painter.drawEllipse(QPointF(rect.left() + MARGIN + 4, rect.top() + 15.5), 4, 4)
        room = rect.adjusted(MARGIN + 18, 5, -MARGIN, -5)
        when = f"{item.frame}" if item.stop - item.frame == 1 else f"{item.frame}–{item.stop - 1}"
        aside, reading = QFontMetrics(aside_font()), QFontMetrics(reading_font())
        painter.setFont(aside_font())
        tag = QRect(0, room.top() - 1, aside.horizontalAdvance(item.tag) + 2 * GRID, 19)
        tag.moveRight(room.right())
        tint = QColor(TONES[item.reason])
        painter.setBrush(QColor(tint.red(), tint.green(), tint.blue(), 38))
        painter.drawRoundedRect(tag, 9.5, 9.5)
        painter.setPen(tint)
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, item.tag)
        painter.setPen(QColor(PALETTE.quiet))
        low = Qt.AlignmentFlag.AlignBottom
        beside = room.width() - aside.horizontalAdvance(when) - GRID
        if aside.horizontalAdvance(item.words) <= beside:
            painter.drawText(room, low | Qt.AlignmentFlag.AlignRight, when)
        else:  # why, before when: that is on the timeline, too
            beside = room.width()
        words = aside.elidedText(item.words, Qt.TextElideMode.ElideRight, beside)
        painter.drawText(room, low | Qt.AlignmentFlag.AlignLeft, words)
        painter.setFont(reading_font())
        painter.setPen(QColor(PALETTE.bright if chosen else PALETTE.text))
        width = room.width() - tag.width() - GRID
        top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, top, upper_line(model.name(item.person), item.what, reading, width))
        painter.restore()


def upper_line(name: str, what: str, font: QFontMetrics, width: int) -> str:
    """Whose joint it is, within ``width`` pixels. Where there is no room for both it is the joint that is said:
    the dot beside it has the person's colour."""
    whole = f"{name} · {what}"
    said = whole if font.horizontalAdvance(whole) <= width else what
    return font.elidedText(said, Qt.TextElideMode.ElideRight, width)


class ReviewPanel(Panel):
    """The list with its filters above it and the three verdicts below."""

    leave = Signal()
    """The keyboard goes back to the picture."""

    def __init__(
        self, reviewing: Reviewing, actions: Mapping[str, QAction], parent: QWidget | None = None
    ) -> None:
        """``actions``: the bound table, for the buttons."""
        self.reviewing = reviewing
        self.model = ReviewModel(reviewing)
        view = RowView("review")
        view.setAccessibleName("What may be wrong")
        view.setModel(self.model)
        view.setItemDelegate(ReviewDelegate(view))
        view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        super().__init__("Review", view, parent)
        self.filters = ReviewFilters(reviewing)
        self.filters.taken.connect(self._look)
        self.filters.left.connect(self.leave)
        self.column.insertWidget(1, self.filters)
        self._add_verdicts(actions)
        self._next = actions["doubt_next"]
        view.selectionModel().currentChanged.connect(self._choose)
        reviewing.changed.connect(self.refresh)
        reviewing.current_changed.connect(self._show_current)
        reviewing.session.poses_changed.connect(self._note_people)
        reviewing.session.project_changed.connect(self.filters.fill_people)
        self.filters.fill_people()
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.filters.count()
        self.reviewing.watch()

    # -- putting together ----------------------------------------------------------------------

    def _add_verdicts(self, actions: Mapping[str, QAction]) -> None:
        row = QWidget()
        buttons = QHBoxLayout(row)
        buttons.setContentsMargins(MARGIN, GRID, MARGIN, GRID)
        buttons.setSpacing(GRID // 2)
        for name in ("doubt_right", "doubt_skip", "doubt_next"):
            button = KeyButton(actions[name], row)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.column.addWidget(row)
        self._verdicts = row

    # -- what is shown -------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the present list, or one sentence that says why there is none."""
        reviewing = self.reviewing
        self.model.refresh()
        shown, total = len(reviewing.items), reviewing.total
        self.set_heading("Review", self._count(shown, total))
        self.show_empty(None if shown else self._why_empty())
        if total == 0 and self.filters.has_keyboard:
            self.leave.emit()  # Qt would give it to whatever comes next
        self.filters.setVisible(total > 0)
        if self.isVisible():
            self.filters.count()
        self._verdicts.setVisible(total > 0)
        self._show_current()

    @staticmethod
    def _count(shown: int, total: int) -> str:
        if total == 0:
            return ""
        return f"{total}" if shown == total else f"{shown} of {total}"

    def _why_empty(self) -> str:
        session = self.reviewing.session
        if session.project is None:
            return NO_VIDEO
        if not session.people():
            return NO_POSES
        if self.reviewing.busy:
            return LOOKING
        if self.reviewing.failed:
            return FAILED
        return NARROWED if self.reviewing.total else NOTHING

    def _show_current(self) -> None:
        current = self.reviewing.current
        at = self.reviewing.items.index(current) if current in self.reviewing.items else -1
        selection = self.view.selectionModel()
        selection.blockSignals(True)
        if at >= 0:
            self.view.setCurrentIndex(self.model.index(at))
            self.view.scrollTo(self.model.index(at))
        else:
            self.view.clearSelection()
            self.view.setCurrentIndex(QModelIndex())
        selection.blockSignals(False)
        self.view.viewport().update()

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.reviewing.go(self.model.items[index.row()])

    # -- filters -------------------------------------------------------------------------------

    def take_keyboard(self) -> bool:
        """Bring the keyboard to the filters. Returns whether there is anything to be filtered."""
        there = self.reviewing.total > 0
        if there:
            self.filters.take_keyboard()
        return there

    def _look(self) -> None:
        """What is wanted has been chosen: back to the picture, and to the first that is listed."""
        self.leave.emit()
        self.reviewing.begin_anew()
        self._next.trigger()

    def _note_people(self, change: Any) -> None:
        if change.people or change.runs:
            self.filters.fill_people()
