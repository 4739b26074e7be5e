"""The two layers of the timeline: what changes seldom, and what follows the playhead."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from ..colours import PersonColours
from ..theme import (
    PALETTE,
    aside_font,
    colour,
    confidence_colour,
    heading_font,
    reading_font,
)
from . import painting
from .arrangement import curve_words
from .curves import Kind, Track
from .lanes import Lane
from .painting import NAME_LEFT, Areas
from .scale import TimeScale
from .stretches import Ints

NO_PEOPLE = "Everybody gets a lane here: when they are seen, and which frames you have checked"
NO_VIDEO = "Open a video, and its frames lie here from left to right"
NO_JOINT = (
    "Choose a joint to see the model’s confidence in it, its speed, or the length of its bone"
)
NOTHING = {
    Kind.CONFIDENCE: "The model has not looked at this joint",
    Kind.SPEED: "This joint is nowhere seen in two frames that follow each other",
    Kind.BONE: "This joint and the one that it hangs on are nowhere seen together",
}
_ASIDE = 14
"""Sentences begin so far from the left, where the playhead of the first frame does not cross them."""


@dataclass(frozen=True)
class Row:
    """A lane with its place and its looks."""

    rect: QRect
    lane: Lane
    name: str
    tones: PersonColours
    chosen: bool
    proposed: Ints
    """Stretches in which the last correction would change this person, ``[N, 2]``."""


@dataclass(frozen=True)
class Curve:
    """The curve under the lanes: figures of ``title`` ("left wrist"), or ``None`` if no joint is chosen."""

    track: Track
    title: str | None
    tone: str


@dataclass(frozen=True)
class Moment:
    """What moves: the present frame, the mouse, the marked range, the decoded frames; and whether there are
    people for the playhead to run over."""

    frame: int
    frames: int
    hovered: QPoint | None
    marked: tuple[int, int] | None
    cached: Ints
    heading: bool
    focused: bool
    people: bool


def paint_still(
    painter: QPainter,
    size: QSize,
    areas: Areas,
    scale: TimeScale,
    rows: list[Row],
    curve: Curve,
    scheduled: Ints,
) -> None:
    """Ground, lanes, ruler and curve; ``scheduled``: stretches of frames to be labelled, ``[N, 2]``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRect(QPoint(0, 0), size), QColor(PALETTE.panel))
    painter.save()
    painter.setClipRect(QRect(0, areas.lanes.top(), size.width(), areas.lanes.height()))
    for row in rows:
        if row.chosen:
            painter.fillRect(row.rect, QColor(PALETTE.selected))
    painter.restore()
    painting.paint_ruler(painter, areas, scale)
    painting.paint_scheduled(painter, scheduled, areas, scale)
    painter.setPen(QColor(PALETTE.line))
    painter.drawLine(0, areas.ruler.bottom() + 1, size.width(), areas.ruler.bottom() + 1)
    painter.save()
    painter.setClipRect(QRect(0, areas.lanes.top(), size.width(), areas.lanes.height()))
    for row in rows:
        painting.paint_name(
            painter,
            QRect(0, row.rect.top(), areas.names.width(), row.rect.height()),
            row.name,
            row.tones,
            row.chosen,
        )
        room = _time_part(row.rect, areas)
        painting.paint_lane(painter, row.lane, row.tones, scale, room)
        painting.paint_proposed(painter, row.proposed, scale, room)
    painter.restore()
    _paint_curve(painter, size, areas, scale, curve, bool(rows))


def paint_nothing(painter: QPainter, areas: Areas, sentence: str) -> None:
    """The empty state: one sentence that says what to do next."""
    painter.setFont(reading_font())
    painter.setPen(QColor(PALETTE.quiet))
    room = QRect(areas.ruler.left(), areas.lanes.top(), areas.ruler.width(), areas.lanes.height())
    room.adjust(_ASIDE, 0, 0, 0)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, sentence)


def paint_moving(
    painter: QPainter, areas: Areas, scale: TimeScale, moment: Moment, curve: Curve
) -> None:
    """Decoded frames, marked range, hover mark, playhead and the figures at the left."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = QRectF(areas.cached)
    painting.paint_bars(
        painter, painting.bars(moment.cached, scale), line.top() + 1, 2, QColor(PALETTE.cached), 1
    )
    if moment.marked is not None:
        painting.paint_marked(painter, areas, scale, moment.marked)
    _paint_counter(painter, areas, moment)
    _paint_reading(painter, areas, moment.frame, curve)
    if moment.hovered is not None and areas.time.contains(moment.hovered):
        _paint_hover(painter, areas, scale, moment.hovered)
    x = scale.x_of(moment.frame)
    if moment.frames and areas.ruler.left() - 1 <= x <= areas.ruler.right() + 1:
        end = _playhead_end(areas, curve, moment.people)
        painting.paint_playhead(painter, x, areas.ruler.bottom() - 13, end)
    if moment.focused:
        painter.setPen(QPen(QColor(PALETTE.focus), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(areas.ruler.adjusted(-1, 0, 0, -1))


def _playhead_end(areas: Areas, curve: Curve, people: bool) -> int:
    """The playhead's lower end: it stops above a sentence that stands in place of lanes or curve."""
    if not people:
        return areas.ruler.bottom()
    said = curve.title is None or len(curve.track.frames) == 0
    return areas.curve.top() - 3 if said and areas.curve.height() > 0 else areas.time.bottom()


def _time_part(row: QRect, areas: Areas) -> QRect:
    return QRect(areas.lanes.left(), row.top(), areas.lanes.width(), row.height())


def _paint_curve(
    painter: QPainter, size: QSize, areas: Areas, scale: TimeScale, curve: Curve, rows_shown: bool
) -> None:
    area = areas.curve
    if area.height() <= 0:
        return
    painter.setPen(QColor(PALETTE.line))
    painter.drawLine(0, area.top() - 2, size.width(), area.top() - 2)
    if curve.title is None or len(curve.track.frames) == 0:
        if not rows_shown:
            return
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.quiet))
        sentence = NO_JOINT if curve.title is None else NOTHING[curve.track.kind]
        painter.drawText(area.adjusted(_ASIDE, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, sentence)
    else:
        painting.paint_curve(painter, curve.track, curve.tone, scale, area)
    if curve.title is not None:
        _paint_title(painter, areas, curve.title, curve.track.kind)


def _paint_title(painter: QPainter, areas: Areas, joint: str, shown: Kind) -> None:
    """The joint, and the words that choose what is shown of it."""
    words = curve_words(areas)
    room = min(rect.left() for rect in words.values()) - NAME_LEFT - 8
    title = QFontMetrics(reading_font()).elidedText(joint, Qt.TextElideMode.ElideRight, room)
    painter.setFont(reading_font())
    painter.setPen(QColor(PALETTE.text))
    painter.drawText(
        NAME_LEFT, areas.curve.top() + 4 + QFontMetrics(reading_font()).ascent(), title
    )
    painter.setFont(aside_font())
    for kind, rect in words.items():
        painter.setPen(QColor(PALETTE.bright if kind is shown else PALETTE.quiet))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, kind.value)
        if kind is shown:
            painter.fillRect(rect.left(), rect.bottom(), rect.width(), 2, QColor(PALETTE.accent))


def _paint_counter(painter: QPainter, areas: Areas, moment: Moment) -> None:
    room = QRect(0, 0, areas.names.width(), areas.ruler.height()).adjusted(NAME_LEFT, 0, -12, 0)
    if moment.heading:
        painter.setFont(heading_font())
        painter.setPen(QColor(PALETTE.quiet))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, "TIMELINE")
    if moment.frames:
        painter.setFont(reading_font())
        painter.setPen(QColor(PALETTE.quiet))
        painter.drawText(
            room,
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            f"{moment.frame} / {moment.frames - 1}",
        )


def _paint_reading(painter: QPainter, areas: Areas, frame: int, curve: Curve) -> None:
    """The figure at the playhead; of a confidence in a word and a colour, too."""
    value = curve.track.at(frame) if curve.title is not None else None
    if value is None or areas.curve.height() < 48:
        return
    top = areas.curve.top() + 4 + QFontMetrics(reading_font()).height() + 4
    metrics = QFontMetrics(aside_font())
    painter.setPen(Qt.PenStyle.NoPen)
    judged = curve.track.judges(frame)
    painter.setBrush(confidence_colour(value) if judged else QColor(curve.tone))
    painter.drawEllipse(QRectF(NAME_LEFT + 1, top + metrics.height() / 2 - 3, 6, 6))
    painter.setFont(aside_font())
    painter.setPen(QColor(PALETTE.text))
    painter.drawText(NAME_LEFT + 14, top + metrics.ascent(), curve.track.reading(value, frame))


def _paint_hover(painter: QPainter, areas: Areas, scale: TimeScale, at: QPoint) -> None:
    frame = scale.frame_at(at.x())
    x = scale.x_of(frame)
    painter.setPen(QPen(colour(PALETTE.bright, 0.25), 1))
    painter.drawLine(round(x), areas.ruler.bottom(), round(x), areas.time.bottom())
    painting.paint_tag(painter, x, 4, f"{frame}", areas.ruler)
