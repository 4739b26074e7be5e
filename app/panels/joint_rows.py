"""Rows of the joint inspector: a model over one pose, and the delegate that paints a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from glpose_core.labels import Source, Visibility
from glpose_core.skeleton import EARS, POSETRACK17

from ..theme import (
    PALETTE,
    aside_font,
    confidence_colour,
    confidence_word,
    reading_font,
)
from .panel import MARGIN, paint_row

_Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole.UserRole

ROW = 24
SHOWN_ORDER = (*(slot for slot in range(len(POSETRACK17)) if slot not in EARS), *EARS)
"""The slots in the order of the rows: PoseTrack's, with the ears at the end."""

STATES = (Visibility.VISIBLE, Visibility.OCCLUDED, Visibility.ABSENT)
"""The dots from left to right, in the order of their keys 1, 2 and 3."""
STATE_WORDS = {
    Visibility.VISIBLE: "visible",
    Visibility.OCCLUDED: "hidden",
    Visibility.ABSENT: "absent",
}
SOURCE_WORDS = {
    Source.NONE: "–",
    Source.MODEL: "model",
    Source.INTERPOLATED: "proposed",
    Source.ACCEPTED: "accepted",
    Source.PLACED: "you",
}
_SOURCE_TIPS = {
    Source.NONE: "nobody has looked",
    Source.MODEL: "placed by the model",
    Source.INTERPOLATED: "proposed from what you placed: a head box, or poses before and after",
    Source.ACCEPTED: "placed by the model, accepted by you",
    Source.PLACED: "placed by you",
}

_SOURCE_WIDTH = 66
_BAR_WIDTH = 36
_FIGURE_WIDTH = 34
_DOT_STEP = 16
_DOT_RADIUS = 4.0
_WIDE = 306
"""From this width on there is room for the confidence in figures."""


@dataclass(frozen=True)
class JointRow:
    """What one row shows. ``visibility`` is ``None`` where there is no pose."""

    joint: int
    name: str
    visibility: Visibility | None
    score: float
    source: Source

    @property
    def tip(self) -> str:
        """State, confidence and origin in words."""
        if self.visibility is None:
            return self.name
        parts = [self.name, STATE_WORDS[self.visibility]]
        if self.score > 0:
            parts.append(f"confidence {self.score:.2f}, {confidence_word(self.score)}")
        parts.append(_SOURCE_TIPS[self.source])
        if self.joint in EARS:
            parts.append("not used by PoseTrack")
        return " · ".join(parts)


def _row(pose: np.void | None, joint: int) -> JointRow:
    """What is said of a slot of a pose (a row of POSE_DTYPE), or of nobody's."""
    name = POSETRACK17.joints[joint].replace("_", " ")
    if pose is None:
        return JointRow(joint, name, None, 0.0, Source.NONE)
    source = Source(int(pose["source"][joint]))
    # How sure a machine was of where the joint is no longer says nothing of where a person has put it.
    score = 0.0 if source is Source.PLACED else float(pose["score"][joint])
    return JointRow(joint, name, Visibility(int(pose["visibility"][joint])), score, source)


class JointModel(QAbstractListModel):
    """The joints of one pose."""

    def __init__(self) -> None:
        super().__init__()
        self._pose: np.void | None = None
        self._count = len(SHOWN_ORDER) - len(EARS)
        self.rows: list[JointRow] = []
        self._make_rows()

    def show(self, pose: np.void | None) -> None:
        """Show another pose (a row of POSE_DTYPE): one signal from the first row that changed to the last."""
        before = self.rows
        self._pose = pose
        self._make_rows()
        changed = [at for at, row in enumerate(self.rows) if row != before[at]]
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def show_ears(self, shown: bool) -> None:
        """Show the ears at the end of the list, or leave them out."""
        self.beginResetModel()
        self._count = len(SHOWN_ORDER) - (0 if shown else len(EARS))
        self._make_rows()
        self.endResetModel()

    def index_of(self, joint: int | None) -> QModelIndex:
        """The index of a slot, invalid if it is not shown."""
        if joint is None or joint not in SHOWN_ORDER[: self._count]:
            return QModelIndex()
        return self.index(SHOWN_ORDER.index(joint))

    def _make_rows(self) -> None:
        self.rows = [_row(self._pose, joint) for joint in SHOWN_ORDER[: self._count]]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._count

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return row.tip
        return row if role == _ROLE else None


class JointDelegate(QStyledItemDelegate):
    """Name, three dots (visible, hidden, absent), a confidence bar, and who says so."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(240, ROW)

    @staticmethod
    def dots_at(rect: QRect) -> list[QPointF]:
        """The middles of the three dots in a row."""
        right = _bar_left(rect) - 16
        y = rect.center().y() + 0.5
        return [QPointF(right - _DOT_STEP * (2 - at), y) for at in range(3)]

    @classmethod
    def state_at(cls, rect: QRect, point: QPointF) -> Visibility | None:
        """The state whose dot is under ``point``, or ``None``."""
        for state, dot in zip(STATES, cls.dots_at(rect), strict=True):
            if abs(point.x() - dot.x()) <= _DOT_STEP / 2:
                return state
        return None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: JointRow = index.data(_ROLE)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = paint_row(painter, option)
        dots = self.dots_at(rect)
        self._paint_name(painter, rect, row, chosen, dots[0].x())
        if row.visibility is not None:
            for kind, dot in zip(STATES, dots, strict=True):
                paint_dot(painter, dot, kind, row.visibility is kind)
        self._paint_score(painter, rect, row)
        self._paint_source(painter, rect, row)
        painter.restore()

    def _paint_name(
        self, painter: QPainter, rect: QRect, row: JointRow, chosen: bool, stop: float
    ) -> None:
        dim = row.joint in EARS
        painter.setFont(reading_font())
        painter.setPen(QColor(PALETTE.bright if chosen else PALETTE.quiet if dim else PALETTE.text))
        room = QRect(rect.left() + MARGIN, rect.top(), int(stop) - rect.left() - MARGIN - 10, ROW)
        name = QFontMetrics(reading_font()).elidedText(
            row.name, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_score(self, painter: QPainter, rect: QRect, row: JointRow) -> None:
        if row.score <= 0 or row.visibility is Visibility.ABSENT:
            return
        left = _bar_left(rect)
        bar = QRectF(left, rect.center().y() - 1.5, _BAR_WIDTH, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(PALETTE.edge))
        painter.drawRoundedRect(bar, 2, 2)
        bar.setWidth(max(_BAR_WIDTH * min(row.score, 1.0), 4))
        painter.setBrush(confidence_colour(row.score))
        painter.drawRoundedRect(bar, 2, 2)
        if rect.width() >= _WIDE:
            painter.setFont(aside_font())
            painter.setPen(QColor(PALETTE.quiet))
            room = QRect(left + _BAR_WIDTH + 8, rect.top(), _FIGURE_WIDTH, rect.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, f"{row.score:.2f}")

    def _paint_source(self, painter: QPainter, rect: QRect, row: JointRow) -> None:
        human = row.source in (Source.ACCEPTED, Source.PLACED)
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.sure if human else PALETTE.quiet))
        painter.drawText(
            rect.adjusted(0, 0, -MARGIN, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            SOURCE_WORDS[row.source],
        )

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: _Index,
    ) -> bool:
        if not index.isValid():
            return False
        rect: QRect = option.rect
        state = self.state_at(rect, QPointF(event.pos()))
        row: JointRow = index.data(_ROLE)
        text = row.tip
        if state is not None and row.visibility is not None:
            text = f"{STATE_WORDS[state]} (key {STATES.index(state) + 1})"
        QToolTip.showText(event.globalPos(), text, view)
        return True


def _bar_left(rect: QRect) -> int:
    figure = _FIGURE_WIDTH if rect.width() >= _WIDE else 0
    return rect.right() - MARGIN - _SOURCE_WIDTH - figure - _BAR_WIDTH


def paint_dot(painter: QPainter, at: QPointF, kind: Visibility, chosen: bool) -> None:
    """One of the three dots. The chosen one is bright and shaped: filled, a ring, a cross."""
    if not chosen:
        painter.setPen(QPen(QColor(PALETTE.disabled), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, _DOT_RADIUS - 0.5, _DOT_RADIUS - 0.5)
        return
    bright = QColor(PALETTE.bright)
    painter.setPen(QPen(bright, 1.6))
    painter.setBrush(bright if kind is Visibility.VISIBLE else Qt.BrushStyle.NoBrush)
    if kind is Visibility.ABSENT:
        arm = _DOT_RADIUS - 1
        painter.drawLine(at + QPointF(-arm, -arm), at + QPointF(arm, arm))
        painter.drawLine(at + QPointF(-arm, arm), at + QPointF(arm, -arm))
    else:
        painter.drawEllipse(at, _DOT_RADIUS, _DOT_RADIUS)
