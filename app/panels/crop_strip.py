"""A strip of crops with their weights: a model, the delegate that paints a cell, and the keys that walk it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ..naming import plain_tip
from ..theme import PALETTE, PersonColours, aside_font, colour
from .crop_paint import CORNER, paint_crop, paint_skeleton

_Index = QModelIndex | QPersistentModelIndex

KEY = -1
"""The slot of the key crop, which cannot be removed."""
GAP = 3
"""Pixels round a crop."""
FOOT = 18
"""Pixels below a crop, for its weight."""
SWITCH = 16
"""Pixels of the switch in a crop's corner."""
REMOVED = 0.22
"""Opacity of a crop that is removed."""
_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Space,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
    Qt.Key.Key_S,
    Qt.Key.Key_R,
)


@dataclass(frozen=True, eq=False)
class Cell:
    """One crop of the strip.

    Attributes:
        slot: which reference it is, in the order of Eq. 4; ``KEY`` for the key crop.
        tag: what is written on it: "−2", "key", "90".
        frame: where a click goes. person: whose crop it is, if that is known.
        picture: the crop. weight: its weight, and share of the largest one of its kind, 0 … 1.
        words: what a screen reader and the tip say.
        joints: shares of the crop ``[17, 2]``, placed ``[17]``; None where the pose is not known.
    """

    slot: int
    tag: str
    frame: int
    person: int | None
    picture: QImage
    weight: float | None
    share: float
    words: str
    colours: PersonColours
    joints: NDArray[np.float64] | None = None
    placed: NDArray[np.bool_] | None = None


class StripModel(QAbstractListModel):
    """The cells of one strip, and which of them are removed."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: Sequence[Cell] = ()
        self.removed: frozenset[int] = frozenset()
        self.skeletons = True

    def show(self, cells: Sequence[Cell], removed: frozenset[int]) -> None:
        """Show other cells, or the same with other weights."""
        if len(cells) == len(self.cells):
            self.cells, self.removed = cells, removed
            if cells:
                self.dataChanged.emit(self.index(0), self.index(len(cells) - 1))
            return
        self.beginResetModel()
        self.cells, self.removed = cells, removed
        self.endResetModel()

    def show_skeletons(self, shown: bool) -> None:
        """Draw skeletons on the crops, or leave them bare."""
        self.skeletons = shown
        if self.cells:
            self.dataChanged.emit(self.index(0), self.index(len(self.cells) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.cells)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cell = self.cells[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return cell
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            gone = " (removed)" if cell.slot in self.removed else ""
            said = f"{cell.words}{gone}"
            return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None


class StripDelegate(QStyledItemDelegate):
    """Paints a crop, its tag, its switch, and below it its weight as a bar and a number."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        view = self.parent()
        assert isinstance(view, QListView)
        return view.gridSize()

    @staticmethod
    def crop_at(rect: QRect) -> QRectF:
        """Where the picture lies in a cell."""
        return QRectF(rect.adjusted(GAP, GAP, -GAP, -FOOT))

    @classmethod
    def switch_at(cls, rect: QRect) -> QRectF:
        """Where the switch lies in a cell."""
        crop = cls.crop_at(rect)
        return QRectF(crop.right() - SWITCH - 2, crop.top() + 2, SWITCH, SWITCH)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        cell: Cell = index.data(Qt.ItemDataRole.UserRole)
        model = index.model()
        assert isinstance(model, StripModel)
        state: QStyle.StateFlag = option.state
        rect: QRect = option.rect
        crop, gone = self.crop_at(rect), cell.slot in model.removed
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_crop(painter, crop, cell.picture, REMOVED if gone else 1.0)
        if model.skeletons and not gone and cell.joints is not None and cell.placed is not None:
            paint_skeleton(painter, crop, cell.joints, cell.placed, cell.colours, 1.4)
        self._paint_tag(painter, crop, cell)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if cell.slot != KEY:
            self._paint_switch(painter, self.switch_at(rect), on=not gone, strong=hovered)
        self._paint_weight(painter, rect, cell, faint=gone)
        edge = QColor(cell.colours.light) if cell.slot == KEY else None
        if hovered:
            edge = QColor(PALETTE.text)
        if state & QStyle.StateFlag.State_HasFocus:
            edge = QColor(PALETTE.bright)
        if edge is not None:
            painter.setPen(QPen(edge, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(crop, CORNER, CORNER)
        painter.restore()

    @staticmethod
    def _paint_tag(painter: QPainter, crop: QRectF, cell: Cell) -> None:
        painter.setFont(aside_font())
        width = painter.fontMetrics().horizontalAdvance(cell.tag) + 8
        plate = QRectF(crop.left() + 2, crop.bottom() - 18, width, 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(PALETTE.ground, 0.8))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(QColor(PALETTE.text))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, cell.tag)

    @staticmethod
    def _paint_switch(painter: QPainter, box: QRectF, *, on: bool, strong: bool) -> None:
        painter.setPen(QPen(QColor(PALETTE.bright if strong else PALETTE.quiet), 1.2))
        painter.setBrush(colour(PALETTE.accent_fill if on else PALETTE.ground, 0.9))
        painter.drawRoundedRect(box.adjusted(1.5, 1.5, -1.5, -1.5), 3, 3)
        if on:
            x, y = box.center().x(), box.center().y()
            painter.setPen(QPen(QColor(PALETTE.bright), 1.6))
            tick = [QPointF(x - 3, y), QPointF(x - 0.8, y + 2.4), QPointF(x + 3.2, y - 2.4)]
            painter.drawPolyline(tick)

    @staticmethod
    def _paint_weight(painter: QPainter, rect: QRect, cell: Cell, *, faint: bool) -> None:
        if cell.weight is None:
            return
        text = figure(cell.weight)
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.disabled if faint else PALETTE.quiet))
        width = painter.fontMetrics().horizontalAdvance("0.00")
        foot = QRect(rect.left() + GAP, rect.bottom() - FOOT + 1, rect.width() - 2 * GAP, FOOT)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(foot, right, text)
        room = max(foot.width() - width - 5, 0)
        bar = QRectF(foot.left(), foot.center().y() - 1, room, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(PALETTE.edge))
        painter.drawRoundedRect(bar, 2, 2)
        bar.setWidth(room * cell.share)
        painter.setBrush(QColor(PALETTE.disabled if faint else cell.colours.light))
        painter.drawRoundedRect(bar, 2, 2)


def figure(weight: float) -> str:
    """A weight as it is written: ".20", "1.0"."""
    return f"{weight:.2f}".removeprefix("0") if weight < 0.995 else "1.0"


class StripView(QListView):
    """A strip. A click goes there, a click on the switch removes or brings back; so do Enter and Space."""

    went = Signal(int)
    """The row that was clicked."""
    switched = Signal(int)
    left = Signal(int)
    """The keyboard goes on past the strip: −1 before it, 1 after it, 0 away from the panel."""
    shuffle_wanted = Signal()
    restore_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setItemDelegate(StripDelegate(self))
        self.strip = StripModel()
        self.setModel(self.strip)
        self._columns, self._aspect = 4, 4 / 3

    def arrange(self, columns: int, aspect: float) -> None:
        """Put ``columns`` cells in a row, whose crops are ``aspect`` times as high as wide."""
        self._columns, self._aspect = max(columns, 1), aspect
        self._fit()

    def _fit(self) -> None:
        width = self.width() // self._columns
        height = round((width - 2 * GAP) * self._aspect) + GAP + FOOT
        self.setGridSize(QSize(width, height))
        rows = -(-len(self.strip.cells) // self._columns)
        self.setFixedHeight(rows * height)

    def cell(self, row: int) -> Cell:
        """One of the cells shown."""
        return self.strip.cells[row]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() is Qt.MouseButton.LeftButton:
            if self._over_switch(event.position()):
                self.switched.emit(index.row())
            else:
                self.went.emit(index.row())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = self.indexAt(event.position().toPoint()).isValid()
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def _over_switch(self, point: QPointF) -> bool:
        index = self.indexAt(point.toPoint())
        if not index.isValid() or self.cell(index.row()).slot == KEY:
            return False
        box = StripDelegate.switch_at(self.visualRect(index))
        return box.adjusted(-3, -3, 3, 3).contains(point)

    def event(self, event: QEvent) -> bool:
        """Keep the keys of the strip, when the keyboard is here, from being shortcuts."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in _KEYS
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.currentIndex().row(), event.key()
        last = len(self.strip.cells) - 1
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.went.emit(row)
        elif key == Qt.Key.Key_Space and row >= 0:
            self.switched.emit(row)
        elif key == Qt.Key.Key_S:
            self.shuffle_wanted.emit()
        elif key == Qt.Key.Key_R:
            self.restore_wanted.emit()
        elif key == Qt.Key.Key_Escape:
            self.left.emit(0)
        elif key == Qt.Key.Key_Left:
            self._walk(row - 1)
        elif key == Qt.Key.Key_Right:
            self._walk(row + 1)
        elif key == Qt.Key.Key_Up:
            self._walk(row - self._columns)
        elif key == Qt.Key.Key_Down:
            # Into a last row that is not full: to its end.
            full = row // self._columns == last // self._columns
            self._walk(row + self._columns if full else min(row + self._columns, last))
        else:
            super().keyPressEvent(event)

    def _walk(self, row: int) -> None:
        if row < 0:
            self.left.emit(-1)
        elif row >= len(self.strip.cells):
            self.left.emit(1)
        else:
            self.setCurrentIndex(self.strip.index(row))

    def enter(self, row: int) -> None:
        """Bring the keyboard here, to a row (−1: the last)."""
        if self.strip.cells:
            self.setFocus()
            self.setCurrentIndex(self.strip.index(row % len(self.strip.cells)))
