"""What the three dots of a joint mean, in one quiet line below the list."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import PALETTE, aside_font
from .joint_rows import STATE_WORDS, STATES, paint_dot

_HEIGHT, _DOT, _GAP = 20, 16, 14


class Legend(QWidget):
    """Each state's mark, key and word, in the order of the dots."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(", ".join(f"{key} {word}" for key, word in self.entries()))
        self.setToolTip("A click on a dot, or the key where the joint is chosen")

    @staticmethod
    def entries() -> list[tuple[int, str]]:
        """Keys and words."""
        return [(key, STATE_WORDS[state]) for key, state in enumerate(STATES, start=1)]

    def sizeHint(self) -> QSize:
        words = " ".join(f"{key} {word}" for key, word in self.entries())
        width = QFontMetrics(aside_font()).horizontalAdvance(words)
        return QSize(width + len(STATES) * (_DOT + _GAP), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(aside_font())
        metrics = QFontMetrics(aside_font())
        left = 2
        for state, (key, word) in zip(STATES, self.entries(), strict=True):
            paint_dot(painter, QPointF(left + 5, self.height() / 2), state, True)
            left += _DOT
            painter.setPen(QColor(PALETTE.quiet))
            text = f"{key} {word}"
            width = metrics.horizontalAdvance(text)
            room = QRect(left, 0, width + 2, self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
            left += width + _GAP
        painter.end()
