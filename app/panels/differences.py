"""Where two models differ: a list, the greatest expected gain first. A click, or Enter, goes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from glpose_core.review.compare import short_name
from glpose_core.review.items import Item

from ..comparing import Comparing, Comparison
from ..naming import name_and, plain_tip
from ..theme import PALETTE, aside_font, reading_font
from .panel import MARGIN, Panel, RowView, paint_row

if TYPE_CHECKING:
    from ..session import Session

_Index = QModelIndex | QPersistentModelIndex

ROW = 44
NUMBER = 44
"""Pixels for the number of the frame."""
NOT_YET = (
    "Predict → Compare with Another Model lists here where two models disagree: look there first"
)


class DifferenceModel(QAbstractListModel):
    """The items of one comparison."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.items: Sequence[Item] = ()

    def show(self, items: Sequence[Item]) -> None:
        """Show other items."""
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def name(self, item: Item) -> str:
        """What the person of a row is called."""
        return self._session.person_name(item.person)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return item
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            span = (
                f"frame {item.frame}"
                if item.stop - item.frame == 1
                else f"frames {item.frame} to {item.stop - 1}"
            )
            said = f"{span}: {self.name(item)} · {item.what}, {item.words}"
            return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None


class DifferenceDelegate(QStyledItemDelegate):
    """Paints the frame, and beside it two lines."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, DifferenceModel)
        item: Item = index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        painter.save()
        paint_row(painter, option)
        left = rect.left() + MARGIN
        upper = QRect(left + NUMBER, rect.top() + 5, rect.width() - NUMBER - 2 * MARGIN, 18)
        painter.setFont(reading_font())
        painter.setPen(QColor(PALETTE.quiet))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(left, upper.top(), NUMBER, 18), middle, str(item.look))
        painter.setPen(QColor(PALETTE.text))
        first = name_and(model.name(item), item.what, painter.fontMetrics(), upper.width())
        painter.drawText(upper, middle, first)
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.quiet))
        lower, right = upper.translated(0, 18), Qt.TextElideMode.ElideRight
        second = painter.fontMetrics().elidedText(item.words, right, lower.width())
        painter.drawText(lower, middle, second)
        painter.restore()


class DifferencePanel(Panel):
    """The list of the last comparison."""

    pointed = Signal(object)
    """Where the second model has the joints of the row that was gone to (an Opinion), or ``None``."""

    def __init__(
        self, session: Session, comparing: Comparing, parent: QWidget | None = None
    ) -> None:
        self.session = session
        self.model = DifferenceModel(session)
        self._comparison: Comparison | None = None
        view = RowView("differences")
        view.setAccessibleName("Where two models differ")
        view.setModel(self.model)
        view.setItemDelegate(DifferenceDelegate(view))
        super().__init__("Differ", view, parent)
        self.show_empty(NOT_YET)
        view.selectionModel().currentChanged.connect(lambda now, _before: self._go(now))
        view.clicked.connect(self._go)
        comparing.listed.connect(self.show_comparison)

    def show_comparison(self, found: object) -> None:
        """Show what was found; ``None`` empties the list."""
        self._comparison = found if isinstance(found, Comparison) else None
        self.pointed.emit(None)
        if not isinstance(found, Comparison):
            self.model.show(())
            self.set_heading("Differ")
            self.show_empty(NOT_YET)
            return
        self.model.show(found.items)
        places = len(found.items)
        self.set_heading("Differ", str(places))
        told = f"{short_name(found.first)} and {short_name(found.second)} agree wherever nobody has checked."
        self.show_empty(None if found.items else told)

    def _go(self, index: _Index) -> None:
        if index.isValid():
            item = self.model.items[index.row()]
            if self._comparison is not None:
                self.pointed.emit(self._comparison.opinion(item))
            self.session.pause()
            self.session.go_to(item.look)
            self.session.select(item.person, item.joints[0] if item.joints else None)
