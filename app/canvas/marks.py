"""What is small and painted often, drawn once per look and kept: the mark of a joint (filled where it is
visible, a ring where it is hidden, with white where a person has judged it), rings around joints, the
dashes of boxes, plates with text.

Three hundred antialiased circles cost several milliseconds; as kept pictures they cost a fraction.
Each is kept at quarter-pixel offsets, so that marks do not jump while the view moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from ..theme import PALETTE, colour

PHASES = 4
REACH = 9
"""Half the side of a kept picture; room for the largest mark and its edge."""


@contextmanager
def painting_on(pixmap: QPixmap) -> Iterator[QPainter]:
    """A painter on a pixmap that is ended whatever happens: one that is not takes the process with it."""
    painter = QPainter(pixmap)
    try:
        yield painter
    finally:
        painter.end()


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
    pixmap = _blank(2 * REACH + 1, 2 * REACH + 1, ratio)
    with painting_on(pixmap) as painter:
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
    return pixmap


Ring = tuple[float, tuple[tuple[str, float, float], ...]]
"""Radius, and (colour, opacity, width) of the circles drawn over one another, in screen pixels."""


def paint_ring(painter: QPainter, x: float, y: float, ring: Ring) -> None:
    """Paint circles around (x, y), screen pixels."""
    left, top = math.floor(x * PHASES) / PHASES, math.floor(y * PHASES) / PHASES
    whole_x, whole_y = math.floor(left), math.floor(top)
    phases = round((left - whole_x) * PHASES), round((top - whole_y) * PHASES)
    reach = _ring_reach(ring)
    pixmap = _ring(ring, painter.device().devicePixelRatio(), *phases)
    painter.drawPixmap(QPointF(whole_x - reach, whole_y - reach), pixmap)


def _ring_reach(ring: Ring) -> int:
    radius, circles = ring
    return math.ceil(radius + max(width for _, _, width in circles) / 2) + 1


@lru_cache(maxsize=256)
def _ring(ring: Ring, ratio: float, phase_x: int, phase_y: int) -> QPixmap:
    reach = _ring_reach(ring)
    pixmap = _blank(2 * reach + 1, 2 * reach + 1, ratio)
    with painting_on(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        half = 0.5 / PHASES
        at = QPointF(reach + phase_x / PHASES + half, reach + phase_y / PHASES + half)
        radius, circles = ring
        for shade, opacity, width in circles:
            painter.setPen(QPen(colour(shade, opacity), width))
            painter.drawEllipse(at, radius, radius)
    return pixmap


DASH, GAP = 4, 3


def paint_dashes(painter: QPainter, box: QRectF, shade: QColor, ground: QColor) -> None:
    """Paint a box of dashes, one pixel wide, on a line of ``ground`` that keeps them apart from a bright
    picture. Qt's own dashes cost more than a millisecond a box."""
    left, top = round(box.left()), round(box.top())
    wide, high = max(round(box.width()), 1), max(round(box.height()), 1)
    ratio = painter.device().devicePixelRatio()
    across = _dashes(shade.rgba(), ground.rgba(), ratio, True)
    down = _dashes(shade.rgba(), ground.rgba(), ratio, False)
    for y in (top, top + high):
        painter.drawTiledPixmap(left, y, wide + 1, 1, across)
    for x in (left, left + wide):
        painter.drawTiledPixmap(x, top + 1, 1, high - 1, down)


@lru_cache(maxsize=256)
def _dashes(shade: int, ground: int, ratio: float, across: bool) -> QPixmap:
    wide, high = (DASH + GAP, 1) if across else (1, DASH + GAP)
    pixmap = _blank(wide, high, ratio)
    with painting_on(pixmap) as painter:
        painter.fillRect(0, 0, wide, high, QColor.fromRgba(ground))
        painter.fillRect(0, 0, DASH if across else 1, 1 if across else DASH, QColor.fromRgba(shade))
    return pixmap


Part = tuple[str, QFont, str]
"""A piece of text, its font and its colour."""


def paint_plate(
    painter: QPainter,
    plate: QRectF,
    parts: Sequence[Part],
    fill: QColor,
    radius: float,
    left: float,
) -> None:
    """Paint a rounded plate with a line of text that begins ``left`` pixels from its left edge."""
    key = tuple((text, font.key(), shade) for text, font, shade in parts)
    size = math.ceil(plate.width()), math.ceil(plate.height())
    look = (key, size, fill.rgba(), radius, left, painter.device().devicePixelRatio())
    pixmap = _plates.get(look)
    if pixmap is None:
        if len(_plates) >= MOST_PLATES:
            _plates.clear()
        pixmap = _plates[look] = _plate(size, parts, fill, radius, left, look[-1])
    painter.drawPixmap(round(plate.left()), round(plate.top()), pixmap)


MOST_PLATES = 256
_plates: dict[object, QPixmap] = {}


def _plate(
    size: tuple[int, int],
    parts: Sequence[Part],
    fill: QColor,
    radius: float,
    left: float,
    ratio: float,
) -> QPixmap:
    pixmap = _blank(*size, ratio)
    with painting_on(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(0, 0, *size), radius, radius)
        for text, font, shade in parts:
            wide = QFontMetricsF(font).horizontalAdvance(text)
            painter.setFont(font)
            painter.setPen(QColor(shade))
            room = QRectF(left, 0, wide + 2, size[1])
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            left += wide
    return pixmap


def _blank(width: int, height: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap
