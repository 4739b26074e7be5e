"""Painting of what the hand can take: grips of a pose, handles of a box, rings around joints chosen together."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ..theme import PALETTE, colour
from .hit import box_handles, pose_grips
from .marks import Ring, paint_ring
from .scene import Figure, Scene

DARK = colour(PALETTE.ground, 0.85)
MEMBER: Ring = (8.0, ((PALETTE.ground, 0.6, 4.6), (PALETTE.bright, 1.0, 2.2)))
GRIP = 4.5
KNOB = 6.0


def paint_handles(painter: QPainter, figure: Figure) -> None:
    """Eight squares by which a box is resized."""
    assert figure.box is not None
    painter.setPen(QPen(DARK, 1.0))
    painter.setBrush(QColor(PALETTE.bright))
    for x, y in box_handles(figure.box)[1]:
        painter.drawRect(QRectF(x - 3.5, y - 3.5, 7, 7))


def paint_grips(painter: QPainter, figure: Figure) -> None:
    """Four dots by which a pose is scaled, and above them, on a stem, a ring by which it is turned."""
    found = None if figure.box is None else pose_grips(figure.box)
    if found is None or figure.box is None:
        return
    _, corners, knob = found
    _, top, _, high = figure.box.tolist()
    at = QPointF(*knob.tolist())
    above = at.y() < top
    foot = QPointF(at.x(), _stem_from(figure, at.x(), top) if above else top + high)
    stem = QLineF(foot, at + QPointF(0, KNOB if above else -KNOB))
    for pen in (QPen(DARK, 3.0), QPen(QColor(PALETTE.bright), 1.2)):
        painter.setPen(pen)
        painter.drawLine(stem)
    painter.setPen(QPen(DARK, 1.2))
    painter.setBrush(QColor(PALETTE.bright))
    for x, y in corners.tolist():
        painter.drawEllipse(QPointF(x, y), GRIP, GRIP)
    painter.setBrush(DARK)
    for pen in (QPen(DARK, 4.0), QPen(QColor(PALETTE.bright), 1.8)):
        painter.setPen(pen)
        painter.drawEllipse(at, KNOB, KNOB)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _stem_from(figure: Figure, x: float, top: float) -> float:
    """Where the stem above a box begins: on the name tag, where one is in its way."""
    if figure.tag is None:
        return top
    left, tag_top, wide, _ = figure.tag.tolist()
    return min(top, tag_top) if left <= x <= left + wide else top


def paint_members(painter: QPainter, scene: Scene, members: Iterable[tuple[int, int]]) -> None:
    """A ring around every joint that is chosen together with others."""
    figures = {figure.person: figure for figure in scene.figures}
    for person, joint in members:
        figure = figures.get(person)
        if figure is not None and figure.placed[joint]:
            x, y = figure.joints[joint].tolist()
            paint_ring(painter, x, y, MEMBER)
