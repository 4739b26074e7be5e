"""Where the second of two compared models has a joint, beside where it is seen. Only paints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from .. import theme
from ..theme import PALETTE, colour
from .marks import paint_plate

RADIUS = 6.0
_ARM = 10.0
_LONGEST = 160
"""Screen pixels of a model's name."""


@dataclass(frozen=True)
class Marks:
    """What to paint, in screen pixels: where each joint is seen ``[J, 2]`` (NaN: nowhere), where the second model has
    it ``[J, 2]``, and the model's name."""

    seen: NDArray[np.float64]
    second: NDArray[np.float64]
    model: str


def paint_opinion(painter: QPainter, marks: Marks) -> None:
    """Cross-hairs where the second model has the joints, a dotted line to each from where it is seen, and the name."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setOpacity(1.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    points = [QPointF(x, y) for x, y in marks.second.tolist()]
    ways = [
        QLineF(QPointF(*seen), point)
        for seen, point in zip(marks.seen.tolist(), points, strict=True)
        if np.isfinite(seen).all()
    ]
    dotted = QPen(QColor(PALETTE.bright), 1.6, Qt.PenStyle.DotLine)
    for pen, plain in (
        (QPen(colour(PALETTE.ground, 0.7), 4.0), True),
        (QPen(QColor(PALETTE.bright), 1.8), False),
    ):
        painter.setPen(pen if plain else dotted)
        painter.drawLines(ways)
        painter.setPen(pen)
        for point in points:
            painter.drawEllipse(point, RADIUS, RADIUS)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                arm = QPointF(dx * _ARM, dy * _ARM)
                painter.drawLine(QLineF(point + arm * 0.4, point + arm))
    _paint_name(painter, max(points, key=lambda point: point.y()), marks.model)


def _paint_name(painter: QPainter, at: QPointF, model: str) -> None:
    """Below the lowest point: what is said of a joint stands beside it."""
    font = theme.aside_font(QFont.Weight.Normal)
    metrics = QFontMetricsF(font)
    text = metrics.elidedText(model, Qt.TextElideMode.ElideRight, _LONGEST)
    wide = metrics.horizontalAdvance(text) + 10
    plate = QRectF(round(at.x() - wide / 2), round(at.y() + _ARM + 4), round(wide), 18)
    paint_plate(painter, plate, [(text, font, PALETTE.text)], colour(PALETTE.ground, 0.8), 3, 5)
