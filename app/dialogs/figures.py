"""Tables of figures on the screen: a model over a data frame, and cells that hold a bar."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ..naming import plain_tip
from ..theme import PALETTE, ROW_HEIGHT, aside_font, reading_font

if TYPE_CHECKING:
    import pandas as pd

Index = QModelIndex | QPersistentModelIndex
Bar = Sequence[tuple[float, str]]
"""Parts of a bar from the left: (share of the whole, colour)."""

BAR_ROLE = Qt.ItemDataRole.UserRole + 1
SORT_ROLE = Qt.ItemDataRole.UserRole + 2
_NONE = "–"
_ROOT = QModelIndex()
_BAR_HEIGHT = 10
LEAST_COLUMN = 56


@dataclass(frozen=True)
class Column:
    """A column of the table on the screen.

    Attributes:
        title: its heading.
        value: from a row (its index, its values) to what it is sorted by; NaN or ``None`` is nothing.
        text: from that value to what is written.
        tip: a sentence about it.
        bar: from a row to a bar, or ``None``: then text is written.
        words: whether the values are words, which stand at the left; "" is nothing.
    """

    title: str
    value: Callable[[Any, pd.Series[Any]], Any]
    text: Callable[[Any], str] = str
    tip: str = ""
    bar: Callable[[pd.Series[Any]], Bar] | None = None
    words: bool = False


def count(value: float) -> str:
    """ "1,204", or a dash for none at all."""
    return f"{int(value):,}" if value else _NONE


def percent(value: float) -> str:
    """ "34 %"."""
    return f"{value:.0%}".replace("%", " %")


class FigureModel(QAbstractTableModel):
    """Rows of a data frame under columns of our own."""

    def __init__(self, table: pd.DataFrame, columns: Sequence[Column]) -> None:
        super().__init__()
        self._columns = columns
        rows = [(name, row) for name, row in table.iterrows()]
        self._values = [[one.value(name, row) for one in columns] for name, row in rows]
        self._bars = [[one.bar(row) if one.bar else None for one in columns] for _, row in rows]

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._values)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value, column = self._values[index.row()][index.column()], self._columns[index.column()]
        nothing = value in (None, "") or (isinstance(value, float) and math.isnan(value))
        if role == Qt.ItemDataRole.DisplayRole:
            return _NONE if nothing else column.text(value)
        if role == SORT_ROLE:
            return value if isinstance(value, str) else -1.0 if nothing else float(value)
        if role == BAR_ROLE:
            return self._bars[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and column.words:
            return plain_tip(value)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() and not column.words:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and nothing:
            return QColor(PALETTE.disabled)
        return None

    def headerData(
        self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if way == Qt.Orientation.Vertical:
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            left = not section or column.words
            side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class _Bars(QStyledItemDelegate):
    """Paints a bar where a cell has one, with its text to the right."""

    TEXT_ROOM = 56

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        parts = index.data(BAR_ROLE)
        if parts is None:
            return
        rect = QRectF(option.rect).adjusted(8, 0, -self.TEXT_ROOM, 0)
        left, top = rect.left(), rect.center().y() - _BAR_HEIGHT / 2
        painter.save()
        painter.fillRect(QRectF(left, top, rect.width(), _BAR_HEIGHT), QColor(PALETTE.line))
        for share, tint in parts:
            wide = max(share, 0.0) * rect.width()
            painter.fillRect(QRectF(left, top, wide, _BAR_HEIGHT), QColor(tint))
            left += wide
        painter.restore()


class FigureTable(QTableView):
    """A table to be read and sorted; the columns with bars take the room that is left."""

    def __init__(
        self, table: pd.DataFrame, columns: Sequence[Column], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = FigureModel(table, columns)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(SORT_ROLE)
        self.setModel(self._sorted)
        self.setItemDelegate(_Bars(self))
        self.setFont(reading_font())
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT + 2)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setFont(aside_font())
        head.setMinimumSectionSize(LEAST_COLUMN)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for at, column in enumerate(columns):
            if column.bar:
                head.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
        # As the rows come, until somebody chooses a column.
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
