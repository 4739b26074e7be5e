"""A magnifier beside a joint that is placed or dragged, never over it."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from .. import theme
from ..theme import PALETTE, colour
from .backdrop import SHARP_FROM
from .mapping import LARGEST, Mapping

SIDE = 168.0
POWER = 4.0
"""How much larger than on the screen."""
APART = 36.0
"""Screen pixels between the joint and the magnifier."""
MARGIN = 8.0
_HOLE, _ARM = 5.0, 26.0


def loupe_place(at: QPointF, view: QRectF) -> QRectF:
    """Where the magnifier for a point of the view lies: to the right and above where there is room, else
    below, so that the joint's name is read too; beside the point in any case."""
    right = at.x() + APART + SIDE + MARGIN <= view.right()
    x = at.x() + APART if right else at.x() - APART - SIDE
    low, high = view.top() + MARGIN, view.bottom() - MARGIN - SIDE
    y = at.y() - APART - SIDE
    if y < low:
        y = at.y() + APART
    return QRectF(round(x), round(min(max(y, low), max(high, low))), SIDE, SIDE)


def paint_loupe(
    painter: QPainter, image: QImage, mapping: Mapping, at: QPointF, place: QRectF
) -> None:
    """Paint what lies around ``at`` (screen pixels) larger into ``place``, with a cross at ``at`` itself."""
    power = max(min(POWER, LARGEST / mapping.zoom), 1.0)
    scale = mapping.scale * power
    x, y = (mapping.to_picture((at.x(), at.y())) + 0.5).tolist()
    wide, high = (SIDE / scale).tolist()
    source = QRectF(x - wide / 2, y - high / 2, wide, high)
    painter.setOpacity(1.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setRenderHint(
        QPainter.RenderHint.SmoothPixmapTransform, mapping.zoom * power < SHARP_FROM
    )
    edge = QPainterPath()
    edge.addRoundedRect(place, theme.RADIUS, theme.RADIUS)
    painter.setClipPath(edge)
    painter.fillRect(place, QColor(PALETTE.picture))
    painter.drawImage(place, image, source)
    _paint_cross(painter, place.center())
    painter.setClipping(False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(colour(PALETTE.ground, 0.8), 3.0), QPen(QColor(PALETTE.quiet), 1.2)):
        painter.setPen(pen)
        painter.drawPath(edge)


def _paint_cross(painter: QPainter, at: QPointF) -> None:
    """Four arms that leave the middle free, white on dark, so that they are seen on any ground."""
    arms = [
        QLineF(at + QPointF(dx * _HOLE, dy * _HOLE), at + QPointF(dx * _ARM, dy * _ARM))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    for pen in (QPen(colour(PALETTE.ground, 0.7), 3.0), QPen(QColor(PALETTE.bright), 1.0)):
        painter.setPen(pen)
        painter.drawLines(arms)
