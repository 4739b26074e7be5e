"""Drawings for the guideline: a body with its bones and joints, a glass over one joint, a body seen from the side.

The body stands 200 units high with y downwards and x = 0 in its middle, and looks at us: its own left is at the
right. Only paints; what is shown is told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from glpose_core.skeleton import POSETRACK17

from ..theme import PALETTE, aside_font, colour, person_colours

log = logging.getLogger(__name__)

HEIGHT = 200.0
Point = tuple[float, float]

_MIDDLE: dict[str, Point] = {"nose": (0, 26), "head_bottom": (0, 38), "head_top": (0, 7)}
_LEFT: dict[str, Point] = {
    "ear": (11, 24),
    "shoulder": (18, 50),
    "elbow": (25, 80),
    "wrist": (29, 106),
    "hip": (8.5, 101),
    "knee": (10, 145),
    "ankle": (10, 184),
}


def _joints() -> dict[int, Point]:
    places = {POSETRACK17.index(name): at for name, at in _MIDDLE.items()}
    for name, (x, y) in _LEFT.items():
        places[POSETRACK17.index(f"left_{name}")] = (x, y)
        places[POSETRACK17.index(f"right_{name}")] = (-x, y)
    return places


JOINTS: dict[int, Point] = _joints()
"""Where each joint lies on the body seen from the front."""
_BONES = (
    ((0, 38), (0, 97)),
    ((2, 46), (18, 50)),
    ((18, 50), (25, 80)),
    ((25, 80), (29, 106)),
    ((0, 97), (8.5, 101)),
    ((8.5, 101), (10, 145)),
    ((10, 145), (10, 184)),
)
_FLESH = (
    ((18, 50), (25, 80), 10.0),
    ((25, 80), (29, 106), 7.5),
    ((29, 106), (31, 116), 7.0),
    ((8.5, 101), (10, 145), 16.0),
    ((10, 145), (10, 184), 11.0),
    ((10, 186), (13, 192), 8.0),
)
_TORSO = ((5, 36), (6, 43), (21, 46), (19, 64), (14, 84), (17, 104), (9, 109), (0, 108))
_SKULL = QRectF(-11, 7, 22, 31)

_FROM_SIDE = (
    ("far arm", ((-6, 50), (0, 76), (-24, 88))),
    ("far leg", ((-3, 100), (-15, 142), (-21, 182), (-27, 190))),
    ("near leg", ((2, 101), (8, 143), (20, 180), (14, 190))),
    ("near arm", ((3, 51), (12, 80), (2, 104))),
)
_HIDDEN_FROM_SIDE = ((-6, 50), (0, 76), (-3, 100))
_SEEN_FROM_SIDE = (
    (-24, 88),
    (-15, 142),
    (-21, 182),
    (2, 101),
    (8, 143),
    (20, 180),
    (3, 51),
    (12, 80),
    (2, 104),
)


def _capsule(start: Point, end: Point, width: float) -> QPainterPath:
    line = QPainterPath(QPointF(*start))
    line.lineTo(QPointF(*end))
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    return stroker.createStroke(line)


@lru_cache(maxsize=1)
def _body() -> QPainterPath:
    """The outline of the body seen from the front."""
    path = QPainterPath()
    path.addEllipse(_SKULL)
    torso = QPainterPath()
    right = [QPointF(x, y) for x, y in _TORSO]
    left = [QPointF(-x, y) for x, y in reversed(_TORSO)]
    torso.addPolygon(QPolygonF([*right, *left]))
    torso.closeSubpath()
    path = path.united(torso)
    for (x1, y1), (x2, y2), width in _FLESH:
        for side in (1, -1):
            path = path.united(_capsule((side * x1, y1), (side * x2, y2), width))
    return path.simplified()


def paint_body(painter: QPainter, chosen: int | None, *, scale: float) -> None:
    """The body from the front in its own units; ``scale``: pixels a unit, so that lines stay thin."""
    painter.setPen(QPen(QColor(PALETTE.disabled), 1.2 / scale))
    painter.setBrush(QColor(PALETTE.edge))
    painter.drawPath(_body())
    painter.setPen(QPen(colour(PALETTE.text, 0.35), 2.2 / scale, c=Qt.PenCapStyle.RoundCap))
    for (x1, y1), (x2, y2) in _BONES:
        for mirror in (1, -1):
            painter.drawLine(QLineF(mirror * x1, y1, mirror * x2, y2))
    tones = person_colours(1)
    for joint, (x, y) in JOINTS.items():
        side = POSETRACK17.sides[joint]
        tone = {"left": tones.light, "right": tones.deep}.get(side, tones.pale)
        _dot(painter, (x, y), 2.6 / scale, tone)
    if chosen is not None:
        _dot(painter, JOINTS[chosen], 4.2 / scale, PALETTE.middling)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(PALETTE.bright), 1.8 / scale))
        painter.drawEllipse(QPointF(*JOINTS[chosen]), 8 / scale, 8 / scale)


def _dot(painter: QPainter, at: Point, radius: float, tone: str) -> None:
    painter.setPen(QPen(QColor(PALETTE.ground), radius * 0.4))
    painter.setBrush(QColor(tone))
    painter.drawEllipse(QPointF(*at), radius, radius)


class _Figure(QWidget):
    """A drawing that never takes the program with it: an exception that leaves a paint event would."""

    failed = False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        try:
            self.draw(painter)
        except Exception:
            if not self.failed:
                log.exception("a figure of the guideline could not be drawn")
            self.failed = True
        finally:
            painter.end()

    def draw(self, painter: QPainter) -> None:
        """Paint it."""
        raise NotImplementedError


class BodyFigure(_Figure):
    """The body with one joint marked, and a glass over that joint. A click on a joint chooses it."""

    picked = Signal(int)
    """The slot of the joint that was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.joint: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("A body with the joint marked")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(280, 264)

    def show_joint(self, joint: int | None) -> None:
        """Mark a joint, or none."""
        if joint != self.joint:
            self.joint = joint
            self.update()

    @property
    def _scale(self) -> float:
        return (self.height() - 36) / HEIGHT

    def _origin(self) -> QPointF:
        """Where (0, 0) of the body lies: at the left, and in the middle while there is no glass."""
        share = 0.5 if self.joint is None else 0.28
        return QPointF(self.width() * share, 10.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = (event.position() - self._origin()) / self._scale
        away = {
            joint: QLineF(at, QPointF(*place)).length() * self._scale
            for joint, place in JOINTS.items()
        }
        nearest = min(away, key=lambda joint: away[joint])
        if away[nearest] <= 12:
            self.picked.emit(nearest)

    def draw(self, painter: QPainter) -> None:
        origin, scale = self._origin(), self._scale
        painter.save()
        painter.translate(origin)
        painter.scale(scale, scale)
        paint_body(painter, self.joint, scale=scale)
        painter.restore()
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.quiet))
        foot = QRectF(0, self.height() - 20, origin.x() - 4, 18)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, "right")
        painter.drawText(foot.translated(origin.x() + 4, 0), Qt.AlignmentFlag.AlignLeft, "left")
        if self.joint is not None:
            self._paint_glass(painter, self.joint)

    def _paint_glass(self, painter: QPainter, joint: int) -> None:
        origin, scale = self._origin(), self._scale
        radius = min(self.width() * 0.21, 72.0)
        centre = QPointF(self.width() - radius - 12, self.height() / 2 - 10)
        at = QPointF(*JOINTS[joint])
        enlarged = scale * 3.2
        seen = radius / 3.2
        place = origin + at * scale
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(PALETTE.focus, 0.7), 1.2))
        painter.drawEllipse(place, seen, seen)
        way = QLineF(place, centre)
        length = max(way.length(), 1.0)
        painter.drawLine(way.pointAt(seen / length), way.pointAt(1 - radius / length))
        painter.save()
        hole = QPainterPath()
        hole.addEllipse(centre, radius, radius)
        painter.fillPath(hole, QColor(PALETTE.ground))
        painter.setClipPath(hole)
        painter.translate(centre)
        painter.scale(enlarged, enlarged)
        painter.translate(-at)
        paint_body(painter, joint, scale=enlarged)
        painter.restore()
        painter.setPen(QPen(QColor(PALETTE.focus), 1.6))
        painter.drawEllipse(centre, radius, radius)


class SideFigure(_Figure):
    """A body seen from its left side: what it hides itself is a ring, what is seen is filled."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("A body from the side: the far shoulder, elbow and hip are hidden")

    def sizeHint(self) -> QSize:
        return QSize(280, 210)

    def draw(self, painter: QPainter) -> None:
        scale = (self.height() - 12) / HEIGHT
        painter.save()
        painter.translate(self.width() * 0.3, 6)
        painter.scale(scale, scale)
        self._paint(painter, scale)
        painter.restore()
        self._paint_words(painter, scale)

    def _paint(self, painter: QPainter, scale: float) -> None:
        parts = dict(_FROM_SIDE)
        near, far = QColor(PALETTE.edge), QColor(PALETTE.hover)
        for name in ("far arm", "far leg"):
            self._limb(painter, parts[name], far, scale)
        painter.setPen(QPen(QColor(PALETTE.disabled), 1.2 / scale))
        painter.setBrush(near)
        trunk = _capsule((0, 54), (0, 97), 24).united(_capsule((0, 36), (0, 50), 10))
        head = QPainterPath()
        head.addEllipse(QRectF(-14, 7, 26, 31))
        head = head.united(_capsule((-13, 25), (-15, 27), 4))
        painter.drawPath(trunk.united(head).simplified())
        for name in ("near leg", "near arm"):
            self._limb(painter, parts[name], near, scale)
        for at in _SEEN_FROM_SIDE:
            _dot(painter, at, 3.4 / scale, person_colours(1).light)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for at in _HIDDEN_FROM_SIDE:
            painter.setPen(QPen(QColor(PALETTE.ground), 4.0 / scale))
            painter.drawEllipse(QPointF(*at), 4 / scale, 4 / scale)
            painter.setPen(QPen(QColor(PALETTE.middling), 2.0 / scale))
            painter.drawEllipse(QPointF(*at), 4 / scale, 4 / scale)

    def _limb(self, painter: QPainter, points: Iterable[Point], fill: QColor, scale: float) -> None:
        places = list(points)
        path = QPainterPath()
        width = 13.0 if len(places) == 4 else 8.5
        for start, end in pairwise(places):
            path = path.united(_capsule(start, end, width))
            width *= 0.8
        painter.setPen(QPen(QColor(PALETTE.disabled), 1.2 / scale))
        painter.setBrush(fill)
        painter.drawPath(path.simplified())

    def _paint_words(self, painter: QPainter, scale: float) -> None:
        """Which is which, at the right."""
        painter.setFont(aside_font())
        left = self.width() * 0.3 + 34 * scale
        words = (
            (40.0, "far shoulder, elbow", True),
            (58.0, "and hip: hidden by", None),
            (76.0, "the body itself", None),
            (106.0, "everything else,", False),
            (124.0, "the far wrist, too:", None),
            (142.0, "visible", None),
        )
        for y, text, hidden in words:
            if hidden is not None:
                at = (left + 4, y + 8)
                if hidden:
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.setPen(QPen(QColor(PALETTE.middling), 2.0))
                    painter.drawEllipse(QPointF(*at), 4, 4)
                else:
                    _dot(painter, at, 4.0, person_colours(1).light)
            painter.setPen(QColor(PALETTE.text))
            painter.drawText(QRectF(left + 16, y, self.width() - left - 16, 18), text)
