"""Crossings on the timeline: a strip of marks above the lanes, and thin links between the lanes they are of.

Marks that would touch become one, so that a long clip costs no more than the screen is wide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from glpose_core.labels import PoseRows

from ..theme import PALETTE, colour, person_colours
from .scale import TimeScale

HEIGHT = 16
"""The strip's height; it takes no room where nobody crosses."""
HALF = 6.0
APART = 2 * HALF + 4
"""Marks that are closer become one."""
REACH = 8.0
"""So far from a mark's middle the pointer still meets it."""
MOST_LINKS = 60
"""With more marks in view their links would hide the lanes."""

Middle = Callable[[int], float | None]
"""The y of the middle of a person's lane, or ``None`` if it is not there."""


@dataclass(frozen=True)
class Mark:
    """One mark on the screen: where, and the crossings it stands for (CROSSING_DTYPE, by frame)."""

    x: float
    crossings: PoseRows

    @property
    def main(self) -> np.void:
        """The crossing that a click goes to: an exchange before a meeting, then the first."""
        first: np.void = self.crossings[int(np.argmax(self.crossings["exchanged"]))]
        return first


def marks(found: PoseRows, scale: TimeScale) -> list[Mark]:
    """The marks in view; ``found`` is by frame."""
    low, high = np.searchsorted(found["frame"], (scale.first, scale.stop))
    shown = found[low:high]
    if not len(shown):
        return []
    xs = scale.left + (shown["frame"] + 0.5 - scale.start) * scale.per_frame
    made, at = [], 0
    while at < len(shown):
        # From the first of each group: a crowd must not become a single mark.
        stop = int(np.searchsorted(xs, xs[at] + APART))
        here = shown[at:stop]
        made.append(Mark(float(xs[at + int(np.argmax(here["exchanged"]))]), here))
        at = stop
    return made


def mark_at(found: PoseRows, scale: TimeScale, x: float) -> Mark | None:
    """The mark that the pointer means, or ``None``."""
    near = [mark for mark in marks(found, scale) if abs(mark.x - x) <= REACH]
    return min(near, key=lambda mark: abs(mark.x - x)) if near else None


def paint_crossings(
    painter: QPainter, found: PoseRows, scale: TimeScale, strip: QRect, lanes: QRect, middle: Middle
) -> None:
    """The links, and the marks above them."""
    shown = marks(found, scale)
    if len(shown) <= MOST_LINKS:
        painter.save()
        painter.setClipRect(lanes)
        for mark in shown:
            _paint_link(painter, mark, middle)
        painter.restore()
    for mark in shown:
        _paint_mark(painter, mark, strip.center().y() + 0.5)


def _paint_mark(painter: QPainter, mark: Mark, y: float) -> None:
    """Two paths that change places, in the colours of the two; an exchange lies on a plate of its own."""
    main = mark.main
    if main["exchanged"]:
        painter.setPen(QPen(QColor(PALETTE.middling), 1.2))
        painter.setBrush(colour(PALETTE.middling, 0.25))
        painter.drawEllipse(QPointF(mark.x, y), HALF + 1.5, HALF + 1.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for person, rise in ((int(main["a"]), -3.5), (int(main["b"]), 3.5)):
        path = QPainterPath(QPointF(mark.x - HALF, y + rise))
        path.cubicTo(mark.x, y + rise, mark.x, y - rise, mark.x + HALF, y - rise)
        painter.setPen(QPen(QColor(person_colours(person).light), 1.8))
        painter.drawPath(path)


def _paint_link(painter: QPainter, mark: Mark, middle: Middle) -> None:
    """From lane to lane: dots at the two, a dotted line over those between."""
    first, second = (middle(int(mark.main[name])) for name in ("a", "b"))
    if first is None or second is None:
        return
    pen = QPen(colour(PALETTE.bright, 0.65), 1.2, Qt.PenStyle.DotLine)
    painter.setPen(pen)
    painter.drawLine(QPointF(mark.x, first), QPointF(mark.x, second))
    painter.setPen(QPen(QColor(PALETTE.ground), 1))
    painter.setBrush(QColor(PALETTE.bright))
    for y in (first, second):
        painter.drawEllipse(QPointF(mark.x, y), 3, 3)
