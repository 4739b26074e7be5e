"""The list of what is missing before the labels are exported. A click, or an arrow key, goes there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStyledItemDelegate, QStyleOptionViewItem

from glpose_core.labels.coverage import Finding, Gap

from ..coverage import Coverage
from ..theme import PALETTE, aside_font, reading_font
from .panel import MARGIN, Panel, RowView, paint_row

if TYPE_CHECKING:
    from ..session import Session

_Index = QModelIndex | QPersistentModelIndex

ROW = 62
NOT_YET = "File → Check Before Export lists here what is missing in the frames to be labelled"
CHECKING = "Checking …"
COMPLETE = "Nothing is missing: every person in the frames to be labelled is labelled or in an ignore region"


class CoverageModel(QAbstractListModel):
    """The findings of one kind, or all."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.rows: Sequence[Finding] = ()

    def show(self, rows: Sequence[Finding]) -> None:
        """Show other findings; the same ones stay as they are."""
        if list(rows) != list(self.rows):
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def title(self, row: Finding) -> str:
        """ "person 2 · No head box"."""
        if row.person is None:
            return row.gap.value
        return f"{self._session.person_name(row.person)} · {row.gap.value}"

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"Frame {row.frame}: {row.sentence}"
        return None


class CoverageDelegate(QStyledItemDelegate):
    """Who lacks what, in which frame; below it what to do, in two lines."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, CoverageModel)
        row: Finding = index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        painter.save()
        chosen = paint_row(painter, option)
        room = rect.adjusted(MARGIN, 6, -MARGIN, -4)
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.quiet))
        frame = str(row.frame)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(room, right, frame)
        below = room.adjusted(0, 20, 0, 0)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(below, flags, row.sentence)
        width = room.width() - painter.fontMetrics().horizontalAdvance(frame) - 8
        painter.setFont(reading_font())
        painter.setPen(QColor(PALETTE.bright if chosen else PALETTE.text))
        title = painter.fontMetrics().elidedText(
            model.title(row), Qt.TextElideMode.ElideRight, width
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
        painter.restore()


class CoveragePanel(Panel):
    """What the coverage check found, all of it or one kind."""

    def __init__(self, session: Session, coverage: Coverage) -> None:
        self.session = session
        self.coverage = coverage
        self.model = CoverageModel(session)
        view = RowView("coverage")
        view.setAccessibleName("What is missing before export")
        view.setModel(self.model)
        view.setItemDelegate(CoverageDelegate(view))
        super().__init__("Check", view)
        self.kinds = QComboBox()
        self.kinds.setAccessibleName("Kind of finding")
        self.kinds.setFont(reading_font())
        self.kinds.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        line = QHBoxLayout()
        line.setContentsMargins(MARGIN, 8, MARGIN, 8)
        line.addWidget(self.kinds)
        self.column.insertLayout(1, line)
        self.kinds.currentIndexChanged.connect(lambda _at: self._list())
        view.selectionModel().currentChanged.connect(lambda now, _before: self._go(now))
        view.clicked.connect(self._go)
        coverage.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the last answer."""
        found = self.coverage.found
        kind = self.kinds.currentData()
        counts = Counter(one.gap for one in found or ())
        self.kinds.blockSignals(True)
        self.kinds.clear()
        self.kinds.addItem(f"Everything · {len(found or ())}", None)
        for gap in Gap:
            if counts[gap] or gap is kind:
                self.kinds.addItem(f"{gap.value} · {counts[gap]}", gap)
        self.kinds.setCurrentIndex(max(self.kinds.findData(kind), 0))
        self.kinds.blockSignals(False)
        self.kinds.setVisible(bool(found))
        self._list()

    def _list(self) -> None:
        found, kind = self.coverage.found, self.kinds.currentData()
        rows = [one for one in found or () if kind is None or one.gap is kind]
        self.model.show(rows)
        if found is None:
            self.show_empty(NOT_YET)
        elif not found:
            self.show_empty(COMPLETE)
        else:
            self.show_empty(None if rows else f"{kind.value}: none left")

    def _go(self, index: _Index) -> None:
        if index.isValid():
            row = self.model.rows[index.row()]
            self.session.pause()
            self.session.go_to(row.frame)
            self.session.select(row.person)
