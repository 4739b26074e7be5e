"""How the timeline is drawn. Functions of data and a painter; they look nothing up and keep nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF

from ..colours import PersonColours
from ..theme import PALETTE, aside_font, colour, reading_font
from .curves import Kind, Track
from .lanes import Lane
from .scale import TimeScale, minor_step, tick_step, ticks
from .stretches import Floats, Ints, clusters, envelope, merged, visible

BAR_HEIGHT = 12
KEY_RADIUS = 5.5
TICK_SPACING = 64
SCHEDULED_HEIGHT = 4
NAME_LEFT = 12
_UNSEEN_GAP = 1.0


@dataclass(frozen=True)
class Areas:
    """Where the parts of the timeline lie, in widget pixels."""

    names: QRect
    ruler: QRect
    cached: QRect
    crossings: QRect
    lanes: QRect
    curve: QRect

    @property
    def time(self) -> QRect:
        """Everything that has a time axis."""
        return self.ruler.united(self.curve if self.curve.height() > 0 else self.lanes)


def paint_ruler(painter: QPainter, areas: Areas, scale: TimeScale) -> None:
    """Numbers at sensible steps, ticks between them, and faint lines down through the lanes."""
    step = tick_step(scale.per_frame, TICK_SPACING)
    minor = minor_step(step)
    bottom = areas.ruler.bottom()
    painter.setPen(QColor(PALETTE.edge))
    if minor * scale.per_frame >= 5:
        for frame in ticks(scale, minor):
            x = round(scale.x_of(frame))
            painter.drawLine(x, bottom - 2, x, bottom)
    painter.setFont(aside_font())
    metrics = QFontMetrics(aside_font())
    for frame in ticks(scale, step):
        x = round(scale.x_of(frame))
        painter.setPen(QColor(PALETTE.line))
        painter.drawLine(x, areas.ruler.bottom() + 1, x, areas.time.bottom())
        painter.setPen(QColor(PALETTE.disabled))
        painter.drawLine(x, bottom - 5, x, bottom)
        text = f"{frame}"
        width = metrics.horizontalAdvance(text)
        left = min(max(x - width // 2, areas.ruler.left()), areas.ruler.right() - width)
        painter.setPen(QColor(PALETTE.quiet))
        painter.drawText(left, areas.ruler.top() + 8 + metrics.ascent(), text)


def paint_scheduled(painter: QPainter, runs: Ints, areas: Areas, scale: TimeScale) -> None:
    """Blocks at the foot of the ruler: the frames that are to be labelled."""
    edges = bars(runs, scale)
    if scale.per_frame >= 4:  # far enough apart to be counted
        edges = np.add(edges, (1.0, -1.0))
    top = areas.ruler.bottom() - SCHEDULED_HEIGHT + 1
    paint_bars(painter, edges, top, SCHEDULED_HEIGHT, colour(PALETTE.focus, 0.85), 0.5)


def bars(runs: Ints, scale: TimeScale) -> Floats:
    """Visible stretches as bars on the screen, cut to the strip and joined where no gap would show."""
    runs = visible(runs, scale.first, scale.stop)
    edges = scale.left + (runs - scale.start) * scale.per_frame
    edges = np.clip(edges, scale.left, scale.left + scale.width)
    return merged(edges, _UNSEEN_GAP)


def paint_bars(
    painter: QPainter, edges: Floats, top: float, height: float, fill: QColor, radius: float = 2.0
) -> None:
    """Fill ``[N, 2]`` (left, right) bars; each is at least one and a half pixels wide."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    for left, right in edges.tolist():
        bar = QRectF(left, top, max(right - left, 1.5), height)
        if bar.width() > 6:
            painter.drawRoundedRect(bar, radius, radius)
        else:
            painter.drawRect(bar)


def paint_lane(
    painter: QPainter, lane: Lane, tones: PersonColours, scale: TimeScale, row: QRect
) -> None:
    """Predicted stretches translucent, reviewed ones solid, human key frames as diamonds."""
    top = row.center().y() - BAR_HEIGHT / 2 + 0.5
    paint_bars(painter, bars(lane.seen, scale), top, BAR_HEIGHT, colour(tones.deep, 0.45))
    paint_bars(painter, bars(lane.reviewed, scale), top, BAR_HEIGHT, colour(tones.light, 0.85))
    margin = KEY_RADIUS / scale.per_frame
    low, high = np.searchsorted(lane.keys, (scale.first - margin, scale.stop + margin))
    middles = scale.left + (lane.keys[low:high] + 0.5 - scale.start) * scale.per_frame
    paint_keys(painter, clusters(middles, 2 * KEY_RADIUS), row.center().y() + 0.5)


def paint_proposed(painter: QPainter, runs: Ints, scale: TimeScale, row: QRect) -> None:
    """A bright frame round the stretches that a correction would change."""
    painter.setBrush(colour(PALETTE.focus, 0.25))
    painter.setPen(QPen(QColor(PALETTE.focus), 1.2))
    for left, right in bars(runs, scale).tolist():
        box = QRectF(left, row.top() + 3.5, max(right - left, 3.0), row.height() - 7)
        painter.drawRoundedRect(box, 3, 3)


def paint_keys(painter: QPainter, groups: Floats, y: float) -> None:
    """One diamond a key; keys that would touch become a thin line between two diamonds, so that what
    lies below (reviewed or not) still shows."""
    for first, last in groups.tolist():
        wide = last - first > 2 * KEY_RADIUS
        if wide:
            painter.fillRect(QRectF(first, y - 1, last - first, 2), colour(PALETTE.bright, 0.8))
        painter.setPen(QPen(QColor(PALETTE.ground), 1.2))
        painter.setBrush(QColor(PALETTE.bright))
        for x in (first, last) if wide else ((first + last) / 2,):
            painter.drawPolygon(diamond(x, y))


def diamond(x: float, y: float) -> QPolygonF:
    """A square on its corner about (x, y)."""
    radius = KEY_RADIUS
    return QPolygonF(
        [
            QPointF(x, y - radius),
            QPointF(x + radius, y),
            QPointF(x, y + radius),
            QPointF(x - radius, y),
        ]
    )


def paint_name(
    painter: QPainter, row: QRect, name: str, tones: PersonColours, chosen: bool
) -> None:
    """The person's dot and name at the left of a lane."""
    if chosen:
        painter.fillRect(QRect(row.left(), row.top(), 3, row.height()), QColor(tones.light))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tones.light))
    painter.drawEllipse(QPointF(row.left() + NAME_LEFT + 4, row.center().y() + 0.5), 4, 4)
    painter.setFont(reading_font())
    painter.setPen(QColor(PALETTE.bright if chosen else PALETTE.text))
    room = row.adjusted(NAME_LEFT + 16, 0, -8, 0)
    text = QFontMetrics(reading_font()).elidedText(name, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)


def paint_curve(painter: QPainter, track: Track, tone: str, scale: TimeScale, area: QRect) -> None:
    """A figure against time in the person's colour, over the dashed line of its mark; doubtful confidence is red."""
    low, high = np.searchsorted(track.frames, (scale.first - 1, scale.stop + 1))
    lines = _curve_lines(track.frames[low:high], track.heights[low:high], scale, area)
    parts = [(QRectF(area), tone)]
    if track.mark is not None:
        doubtful = track.kind is Kind.CONFIDENCE
        y = _height_of(track.mark / track.top, area)
        tint = colour(PALETTE.doubt, 0.55) if doubtful else QColor(PALETTE.disabled)
        painter.setPen(QPen(tint, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(scale.left, y), QPointF(scale.left + scale.width, y))
        if doubtful:
            over = QRectF(scale.left, area.top(), scale.width, y - area.top())
            under = QRectF(scale.left, y, scale.width, area.bottom() + 1 - y)
            parts = [(over, tone), (under, PALETTE.doubt)]
    painter.save()
    for clip, ink in parts:
        painter.setClipRect(clip)
        painter.setPen(QPen(QColor(ink), 1.4))
        for line in lines:
            if len(line) == 1:
                painter.drawPoint(line[0])
            else:
                painter.drawPolyline(QPolygonF(line))
    painter.restore()


def _curve_lines(
    frames: Ints, shares: Floats, scale: TimeScale, area: QRect
) -> list[list[QPointF]]:
    """One line for each unbroken run of frames; a pixel column never hides its lowest or highest value."""
    lines = []
    gap = 1 if scale.per_frame >= 1 else round(2 / scale.per_frame)
    breaks = np.flatnonzero(np.diff(frames) > gap) + 1
    for part in np.split(np.arange(len(frames)), breaks):
        if len(part) == 0:
            continue
        xs = scale.left + (frames[part] + 0.5 - scale.start) * scale.per_frame
        heights = shares[part]
        if scale.per_frame < 1:
            columns, low, high = envelope(xs, heights)
            xs, heights = np.repeat(columns, 2), np.stack([high, low], axis=1).ravel()
        ys = _height_of(heights, area)
        lines.append([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
    return lines


def _height_of(share: Any, area: QRect) -> Any:
    """y of a share of the curve's height, or of an array of them."""
    return area.bottom() - 4 - share * (area.height() - 12)


def paint_playhead(painter: QPainter, x: float, top: int, bottom: int) -> None:
    """The line of the present frame with the handle that can be dragged."""
    painter.setPen(QPen(QColor(PALETTE.bright), 1.5))
    painter.drawLine(QPointF(x, top + 12), QPointF(x, bottom))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.bright))
    handle = [(-6, 0), (6, 0), (6, 8), (0, 14), (-6, 8)]
    painter.drawPolygon(QPolygonF([QPointF(x + dx, top + dy) for dx, dy in handle]))


def paint_marked(
    painter: QPainter, areas: Areas, scale: TimeScale, marked: tuple[int, int]
) -> None:
    """The marked range: a veil over lanes and ruler between two edges."""
    left = min(max(scale.edge_of(marked[0]), scale.left), scale.left + scale.width)
    right = min(max(scale.edge_of(marked[1]), scale.left), scale.left + scale.width)
    if right <= left:
        return
    area = areas.time
    painter.fillRect(
        QRectF(left, area.top(), right - left, area.height()), colour(PALETTE.accent, 0.22)
    )
    painter.setPen(QPen(QColor(PALETTE.focus), 1))
    for x, frame in ((left, marked[0]), (right, marked[1])):
        if abs(scale.edge_of(frame) - x) < 0.5:
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))


def paint_tag(painter: QPainter, x: float, top: int, text: str, within: QRect) -> None:
    """A small label on the ruler, kept inside ``within``."""
    metrics = QFontMetrics(aside_font())
    width = metrics.horizontalAdvance(text) + 12
    left = min(max(x - width / 2, within.left()), within.right() - width)
    painter.setPen(QPen(QColor(PALETTE.edge), 1))
    painter.setBrush(QColor(PALETTE.hover))
    box = QRectF(left, top, width, metrics.height() + 4)
    painter.drawRoundedRect(box, 4, 4)
    painter.setFont(aside_font())
    painter.setPen(QColor(PALETTE.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
