"""The list of what is missing before the labels are exported: a click, or an arrow key, goes there, another click to
the next frame that lacks the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStyledItemDelegate, QStyleOptionViewItem

from glpose_core.labels.coverage import Finding, Gap

from ..coverage import Coverage
from ..naming import name_and, plain_tip
from ..theme import PALETTE, aside_font, reading_font
from .panel import MARGIN, Panel, RowView, paint_row

if TYPE_CHECKING:
    from ..session import Session

_Index = QModelIndex | QPersistentModelIndex

LINE = 20
"""Pixels from the first line of a row to what is below it."""
ABOVE, UNDER = 6, 8
NOT_YET = "File → Check Before Export lists here what is missing in the frames to be labelled"
CHECKING = "Checking …"
COMPLETE = "Nothing is missing: every person in the frames to be labelled is labelled or in an ignore region"
SAID_OF_ALL = {
    Gap.UNREVIEWED: "They count as unlabelled: accept each when it is done.",
    Gap.PARTIAL: "Only the confirmed joints are written: accept the others, or take them away.",
}
"""What is said once of several frames, where the sentences of each name it or count in it."""


@dataclass(frozen=True)
class Group:
    """What is missing in the same way in several frames: one row.

    Attributes:
        gap, person: as in each :class:`Finding` of it.
        frames: where, ascending.
        sentence: what is missing, and what to do.
    """

    gap: Gap
    person: int | None
    frames: tuple[int, ...]
    sentence: str

    @property
    def where(self) -> str:
        """ "20", or "27 frames"."""
        return str(self.frames[0]) if len(self.frames) == 1 else f"{len(self.frames)} frames"

    def after(self, frame: int) -> int:
        """The next of its frames behind this one; behind the last it is the first."""
        return next((one for one in self.frames if one > frame), self.frames[0])


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Findings that differ by their frame alone, put together, in the order of the first of each."""
    together: dict[tuple[Gap, int | None, str], list[Finding]] = {}
    for one in findings:
        said = SAID_OF_ALL.get(one.gap, one.sentence)
        together.setdefault((one.gap, one.person, said), []).append(one)
    return [
        Group(
            gap,
            person,
            tuple(sorted(one.frame for one in found)),
            found[0].sentence if len(found) == 1 else said,
        )
        for (gap, person, said), found in together.items()
    ]


class CoverageModel(QAbstractListModel):
    """The findings of one kind, or all, in groups."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.rows: Sequence[Group] = ()

    def show(self, rows: Sequence[Group]) -> None:
        """Show other groups; the same ones stay as they are."""
        if list(rows) != list(self.rows):
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def title(self, row: Group, font: QFontMetrics, width: int) -> str:
        """ "person 2 · No head box" within ``width`` pixels, where the name gives way."""
        if row.person is None:
            return font.elidedText(row.gap.value, Qt.TextElideMode.ElideRight, width)
        return name_and(self._session.person_name(row.person), row.gap.value, font, width)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            said = f"Frame {row.frames[0]}: {row.sentence}"
            if len(row.frames) > 1:
                frames = spoken_frames(row.frames)
                said = f"{row.sentence}\nFrames {frames}. Click again to go to the next."
            return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None


def spoken_frames(frames: Sequence[int], most: int = 12) -> str:
    """The first numbers of a list: "4, 12, 20 …"."""
    return ", ".join(map(str, frames[:most])) + (" …" if len(frames) > most else "")


class CoverageDelegate(QStyledItemDelegate):
    """Who lacks what, in which frame; below it what to do, in as many lines as that takes."""

    def __init__(self, view: RowView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        row: Group = index.data(Qt.ItemDataRole.UserRole)
        # As if the scroll bar were there: it comes after rows have been measured, and then they would be too low.
        bar = self._view.verticalScrollBar().sizeHint().width()
        width = max(self._view.width() - bar - 2 * MARGIN, 80)
        words = QFontMetrics(aside_font()).boundingRect(
            QRect(0, 0, width, 1000), Qt.TextFlag.TextWordWrap, row.sentence
        )
        return QSize(200, ABOVE + LINE + words.height() + UNDER)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, CoverageModel)
        row: Group = index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        painter.save()
        chosen = paint_row(painter, option)
        room = rect.adjusted(MARGIN, ABOVE, -MARGIN, 0)
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.quiet))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(room, right, row.where)
        below = room.adjusted(0, LINE, 0, 0)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(below, flags, row.sentence)
        width = room.width() - painter.fontMetrics().horizontalAdvance(row.where) - 8
        painter.setFont(reading_font())
        painter.setPen(QColor(PALETTE.bright if chosen else PALETTE.text))
        title = model.title(row, painter.fontMetrics(), width)
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
        view.setUniformItemSizes(False)
        view.setResizeMode(RowView.ResizeMode.Adjust)
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
        self._arrived: int | None = None
        view.selectionModel().currentChanged.connect(lambda now, _before: self._arrive(now))
        view.clicked.connect(self._go_on)
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
        self.model.show(grouped(rows))
        if found is None:
            self.show_empty(NOT_YET)
        elif not found:
            self.show_empty(COMPLETE)
        else:
            self.show_empty(None if rows else f"{kind.value}: none left")

    def _arrive(self, index: _Index) -> None:
        """Go to the first frame of a row that is not behind this one."""
        self._arrived = index.row() if index.isValid() else None
        self._go(index, self.session.frame - 1)

    def _go_on(self, index: _Index) -> None:
        """A click on the row that one stands in goes to its next frame; the click that chose it has gone already."""
        if index.row() == self._arrived:
            self._arrived = None
        else:
            self._go(index, self.session.frame)

    def _go(self, index: _Index, behind: int) -> None:
        if index.isValid():
            row = self.model.rows[index.row()]
            self.session.pause()
            self.session.go_to(row.after(behind))
            self.session.select(row.person)
