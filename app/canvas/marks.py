"""The mark of a joint, drawn once per look and kept: filled where it is visible, a ring where it is
hidden, with white where a person has judged it.

Three hundred antialiased circles cost several milliseconds; as kept pictures they cost a fraction.
Each is kept at quarter-pixel offsets, so that marks do not jump while the view moves.
"""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from ..theme import PALETTE, colour

PHASES = 4
REACH = 9
"""Half the side of a kept picture; room for the largest mark and its edge."""


def paint_mark(
    painter: QPainter,
    x: float,
    y: float,
    shade: str,
    *,
    size: float,
    hidden: bool,
    human: bool,
    ratio: float,
) -> None:
    """Paint a joint at (x, y), screen pixels.

    Args:
        shade: the colour, ``#RRGGBB``.
        size: radius in screen pixels.
        hidden: a ring instead of a disc.
        human: placed or accepted by a person.
        ratio: device pixels per screen pixel.
    """
    left, top = math.floor(x * PHASES) / PHASES, math.floor(y * PHASES) / PHASES
    whole_x, whole_y = math.floor(left), math.floor(top)
    mark = _mark(
        shade,
        size,
        hidden,
        human,
        ratio,
        round((left - whole_x) * PHASES),
        round((top - whole_y) * PHASES),
    )
    painter.drawPixmap(QPointF(whole_x - REACH, whole_y - REACH), mark)


@lru_cache(maxsize=4096)
def _mark(
    shade: str, size: float, hidden: bool, human: bool, ratio: float, phase_x: int, phase_y: int
) -> QPixmap:
    side = math.ceil((2 * REACH + 1) * ratio)
    pixmap = QPixmap(side, side)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    half = 0.5 / PHASES
    at = QPointF(REACH + phase_x / PHASES + half, REACH + phase_y / PHASES + half)
    white, edge = QColor(PALETTE.bright), QColor(PALETTE.ground)
    if hidden:
        painter.setBrush(colour(PALETTE.ground, 0.5))
        for pen in (QPen(edge, 4.0), QPen(QColor(shade), 1.8)):
            painter.setPen(pen)
            painter.drawEllipse(at, size + 0.4, size + 0.4)
        if human:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(white)
            painter.drawEllipse(at, 1.5, 1.5)
    else:
        if human:
            painter.setPen(QPen(colour(PALETTE.ground, 0.6), 1.0))
            painter.drawEllipse(at, size + 1.2, size + 1.2)
        painter.setPen(QPen(white if human else edge, 1.4))
        painter.setBrush(QColor(shade))
        painter.drawEllipse(at, size, size)
    painter.end()
    return pixmap
