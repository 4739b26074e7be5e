"""What the canvas says when there is no picture: what to do next, or how far opening has come."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from .. import theme
from ..opening import Opening
from ..theme import PALETTE
from .paint import paint_message


def paint_empty(painter: QPainter, area: QRectF) -> None:
    """The drop area: a dashed frame and two lines."""
    width, height = min(area.width() - 48, 440.0), min(area.height() - 48, 220.0)
    frame = QRectF(0, 0, width, height)
    frame.moveCenter(area.center())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    pen = QPen(QColor(PALETTE.edge), 1.5)
    pen.setDashPattern([5, 4])
    painter.setPen(pen)
    painter.setBrush(QColor(PALETTE.ground))
    painter.drawRoundedRect(frame, 10, 10)
    _paint_film(painter, QPointF(frame.center().x(), frame.center().y() - 56))
    below = frame.adjusted(0, 28, 0, 28)
    paint_message(
        painter,
        below,
        "Drop a video here or press Ctrl+O",
        "A folder of pictures or a .glpose project will do as well",
    )


def _paint_film(painter: QPainter, centre: QPointF) -> None:
    """A small picture of a frame with a play mark."""
    painter.setPen(QPen(QColor(PALETTE.quiet), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    frame = QRectF(0, 0, 52, 36)
    frame.moveCenter(centre)
    painter.drawRoundedRect(frame, 5, 5)
    x, y = centre.x(), centre.y()
    painter.drawPolygon([QPointF(x - 6, y - 8), QPointF(x + 9, y), QPointF(x - 6, y + 8)])


def paint_opening(painter: QPainter, area: QRectF, opening: Opening) -> None:
    """How far the frame index has come, and how to give up."""
    known = opening.fraction > 0
    text = f"counting frames, {opening.fraction:.0%}" if known else "counting frames"
    paint_message(painter, area, f"{opening.title}…", f"{text}  ·  Esc cancels")
    bar = QRectF(0, 0, min(280.0, area.width() - 48), 4)
    bar.moveCenter(QPointF(area.center().x(), area.center().y() + 44))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.line))
    painter.drawRoundedRect(bar, 2, 2)
    if known:
        done = QRectF(bar)
        done.setWidth(bar.width() * min(opening.fraction, 1.0))
        painter.setBrush(QColor(theme.PALETTE.accent))
        painter.drawRoundedRect(done, 2, 2)
