"""Rows of the list of people: a model over the living people, the delegate that paints a row, the view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from glpose_core.labels import edits

from ..naming import plain_tip
from ..scheduling import scheduled
from ..shortcuts import in_use
from ..theme import PALETTE, aside_font, icon, person_colours, reading_font
from .panel import MARGIN, RowView, paint_row

if TYPE_CHECKING:
    from ..session import Session

ROW = 28
ICON = 16
SWITCHES = 2 * ICON + 14
"""Room for the two icons at the right of a row."""
_ENDS_TYPING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_ROLE = Qt.ItemDataRole.UserRole

_Index = QModelIndex | QPersistentModelIndex


class Switch(Enum):
    """The icons of a row that are clicked, each by the names of its pictures: off and on."""

    HIDE = ("eye", "eye-off")
    LOCK = ("lock-open", "lock")


@dataclass(frozen=True)
class PersonRow:
    """What one row shows. ``first`` and ``last`` are −1 for a person without frames; with a schedule, ``seen`` and
    ``labelled`` count scheduled frames alone."""

    person: int
    name: str
    first: int
    last: int
    seen: int
    labelled: int
    hidden: bool = False
    locked: bool = False
    scheduled: bool = False

    @property
    def aside(self) -> str:
        """The frames, or with a schedule how far the work has come: "12 of 20"."""
        return f"{self.labelled} of {self.seen}" if self.scheduled else self.span

    @property
    def span(self) -> str:
        """ "25–229", "25" or ""."""
        if self.first < 0:
            return ""
        return f"{self.first}" if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def tip(self) -> str:
        """Everything about this person in one line."""
        of = " scheduled" if self.scheduled else ""
        frames = f"1{of} frame" if self.seen == 1 else f"{self.seen}{of} frames"
        said = f"{self.name} · seen in {frames} ({self.span}) · labelled in {self.labelled}"
        return said + " · hidden" * self.hidden + " · locked" * self.locked


class PeopleModel(QAbstractListModel):
    """Rows of the living people, with the name editable."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.rows: list[PersonRow] = []
        self.here: frozenset[int] = frozenset()

    def refresh(self) -> None:
        """Read people and their frames again; rows that stay keep their place in the view."""
        rows = [self._row(person) for person in self._session.people()]
        if [row.person for row in rows] == [row.person for row in self.rows]:
            self.rows = rows
        else:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        self.refresh_here(force=True)

    def refresh_here(self, force: bool = False) -> None:
        """Note who is seen in the present frame."""
        poses = self._session.poses()
        here = frozenset(poses["person"].tolist() if len(poses) else ())
        if (force or here != self.here) and self.rows:
            self.here = here
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def index_of(self, person: int | None) -> QModelIndex:
        """The index of a person, invalid if there is none."""
        for at, row in enumerate(self.rows):
            if row.person == person:
                return self.index(at)
        return QModelIndex()

    def _row(self, person: Any) -> PersonRow:
        assert self._session.project is not None
        state = self._session.project.state
        frames = state.frames_of(person.id)
        first, last = (int(frames[0]), int(frames[-1])) if len(frames) else (-1, -1)
        name = person.name or f"person {person.id}"
        labelled, wanted = state.marks(person.id).labelled, scheduled(self._session)
        if wanted is not None:
            frames, labelled = np.intersect1d(frames, wanted), np.intersect1d(labelled, wanted)
        return PersonRow(
            person=person.id,
            name=name,
            first=first,
            last=last,
            seen=len(frames),
            labelled=len(labelled),
            hidden=person.id in self._session.hiding.people,
            locked=person.locked,
            scheduled=wanted is not None,
        )

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return plain_tip(row.tip) if role == Qt.ItemDataRole.ToolTipRole else row.tip
        return row if role == _ROLE else None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a person: one edit, which can be undone."""
        name = " ".join(str(value).split())
        row = self.rows[index.row()]
        if not name or name == row.name or self._session.project is None:
            return False
        return self._session.apply(
            edits.rename_person(self._session.project.state, row.person, name)
        )

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable


class PersonDelegate(QStyledItemDelegate):
    """A dot (a ring where the person is not in the present frame), the name, the frames; an eye and a lock
    where the person is hidden or locked, or the pointer is over the row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = {
            name: icon(name, tone).pixmap(ICON, ICON)
            for name, tone in (
                ("eye", PALETTE.quiet),
                ("eye-off", PALETTE.text),
                ("lock-open", PALETTE.quiet),
                ("lock", PALETTE.middling),
            )
        }

    @staticmethod
    def switch_at(rect: QRect, point: QPoint) -> Switch | None:
        """Which of the two icons of a row in ``rect`` lies under a point."""
        for switch, box in _switch_boxes(rect).items():
            if box.adjusted(-2, -ROW, 2, ROW).contains(point) and rect.contains(point):
                return switch
        return None

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: _Index,
    ) -> bool:
        """Each icon says what it would do; the rest of the row what is known of the person."""
        switch = self.switch_at(option.rect, event.pos()) if index.isValid() else None
        if switch is None:
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), plain_tip(tip_of(switch, index.data(_ROLE))), view)
        return True

    def _paint_switches(
        self, painter: QPainter, rect: QRect, row: PersonRow, *, offered: bool
    ) -> None:
        for switch, box in _switch_boxes(rect).items():
            on = row.hidden if switch is Switch.HIDE else row.locked
            if on or offered:
                off_name, on_name = switch.value
                painter.drawPixmap(box.topLeft(), self._icons[on_name if on else off_name])

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: PersonRow = index.data(_ROLE)
        model = index.model()
        assert isinstance(model, PeopleModel)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = paint_row(painter, option)
        tone = QColor(person_colours(row.person).light)
        if chosen:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), tone)
        here = row.person in model.here
        painter.setPen(QPen(tone, 1.5))
        painter.setBrush(tone if here else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(rect.left() + MARGIN + 4, rect.center().y() + 0.5), 4, 4)
        span = QFontMetrics(aside_font()).horizontalAdvance(row.aside)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        self._paint_switches(painter, rect, row, offered=over or chosen)
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.quiet))
        room = rect.adjusted(MARGIN, 0, -MARGIN - SWITCHES, 0)
        painter.drawText(
            room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.aside
        )
        painter.setFont(reading_font())
        plain = PALETTE.quiet if row.hidden else PALETTE.text
        painter.setPen(QColor(PALETTE.bright if chosen else plain))
        room = rect.adjusted(MARGIN + 18, 0, -MARGIN - SWITCHES - span - 8, 0)
        name = QFontMetrics(reading_font()).elidedText(
            row.name, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: _Index
    ) -> QLineEdit:
        editor = QLineEdit(parent)
        editor.setFont(reading_font())
        editor.setMaxLength(80)
        editor.setProperty("role", "inline")
        return editor

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """While a name is being typed, Return and Tab end it; they are not the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)
            if event.key() in _ENDS_TYPING:
                event.accept()
                return True
        return super().eventFilter(editor, event)

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        assert isinstance(editor, QLineEdit)
        editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
        editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: _Index) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        rect: QRect = option.rect
        editor.setGeometry(rect.adjusted(MARGIN + 12, 1, -MARGIN - SWITCHES + 6, -1))


def _switch_boxes(rect: QRect) -> dict[Switch, QRect]:
    top = rect.center().y() - ICON // 2 + 1
    right = rect.right() - MARGIN + 2
    return {
        Switch.HIDE: QRect(right - 2 * ICON - 6, top, ICON, ICON),
        Switch.LOCK: QRect(right - ICON, top, ICON, ICON),
    }


def tip_of(switch: Switch, row: PersonRow) -> str:
    """What a click on an icon would do, and its key."""
    if switch is Switch.HIDE:
        said = f"Show {row.name}" if row.hidden else f"Hide {row.name} in the picture"
        return f"{said} ({in_use('Ctrl+H')})"
    said = f"Unlock {row.name}" if row.locked else f"Lock {row.name}: nothing changes their poses"
    return f"{said} ({in_use('Ctrl+L')})"


class PeopleView(RowView):
    """The list; a press on one of a row's icons switches it, and chooses nobody."""

    switched = Signal(int, object)
    """(person, Switch): an icon was clicked."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._switch(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self._switch(event):
            super().mouseDoubleClickEvent(event)

    def _switch(self, event: QMouseEvent) -> bool:
        point = event.position().toPoint()
        index = self.indexAt(point)
        if not index.isValid() or event.button() is not Qt.MouseButton.LeftButton:
            return False
        switch = PersonDelegate.switch_at(self.visualRect(index), point)
        if switch is not None:
            self.switched.emit(index.data(_ROLE).person, switch)
        return switch is not None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        point = event.position().toPoint()
        index = self.indexAt(point)
        over = index.isValid() and PersonDelegate.switch_at(self.visualRect(index), point)
        hand, arrow = Qt.CursorShape.PointingHandCursor, Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(hand if over else arrow)
