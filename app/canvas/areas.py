"""Painting of what is an area and no skeleton: ignore regions and head boxes. Only paints.

Ignore regions are hatched, so that what lies in them stays to be seen. A drawn head box is a line in its person's
colour; one that the head joints only propose is dotted, and shown while the head box is in hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from glpose_core.labels import heads
from glpose_core.labels.regions import CORNERS

from ..colours import person_colours
from ..theme import PALETTE, colour
from .head_tool import HeadGesture, handles_of
from .paint import view_of
from .paint_chosen import DARK
from .region_tool import RegionGesture

if TYPE_CHECKING:
    from .painted import PaintedView

Floats = NDArray[np.float64]

HATCH = 0.55
"""Opacity of the hatching; the ground below it is darkened a little, for a bright picture."""
_FAR = 1e5


def paint_areas(painter: QPainter, canvas: PaintedView) -> None:
    """The regions and head boxes of the frame on show, with what the hand is doing to them."""
    project, frame = canvas.session.project, canvas.shown_frame
    if project is None or frame is None:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setOpacity(1.0)
    _paint_regions(painter, canvas, project.state.frame_state(frame).regions)
    _paint_heads(painter, canvas)


def _paint_regions(painter: QPainter, canvas: PaintedView, here: tuple[Any, ...]) -> None:
    drawn, gesture = canvas.session.regions, canvas.pointer.gesture
    held = gesture if isinstance(gesture, RegionGesture) else None
    for region in here:
        chosen = region == drawn.chosen
        corners = np.array(region, dtype=np.float64).reshape(-1, 2)
        if held is not None and held.old == region:
            corners, chosen = held.polygon, True
        _paint_region(painter, canvas.mapping.to_view(corners), chosen=chosen)
    if held is not None and held.old is None:
        _paint_region(painter, canvas.mapping.to_view(held.polygon), chosen=True)
    elif drawn.draft:
        _paint_draft(painter, canvas)


def _paint_region(painter: QPainter, corners: Floats, *, chosen: bool) -> None:
    shape = _polygon(corners)
    if len(corners) >= CORNERS:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(PALETTE.ground, 0.28))
        painter.drawPolygon(shape)
        painter.setBrush(QBrush(colour(PALETTE.text, HATCH), Qt.BrushStyle.BDiagPattern))
        painter.drawPolygon(shape)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    edge = QColor(PALETTE.bright) if chosen else colour(PALETTE.text, 0.85)
    for pen in (QPen(colour(PALETTE.ground, 0.6), 3.6), QPen(edge, 1.8 if chosen else 1.2)):
        painter.setPen(pen)
        painter.drawPolygon(shape)
    if chosen:
        _paint_handles(painter, corners)


def _paint_draft(painter: QPainter, canvas: PaintedView) -> None:
    """The polygon so far, with a line to the pointer."""
    corners = canvas.mapping.to_view(np.array(canvas.session.regions.draft))
    at = canvas.pointer.at
    line = _polygon(corners)
    if at is not None:
        line.append(at)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (
        QPen(colour(PALETTE.ground, 0.6), 3.6),
        QPen(QColor(PALETTE.bright), 1.6, Qt.PenStyle.DashLine),
    ):
        painter.setPen(pen)
        painter.drawPolyline(line)
    _paint_handles(painter, corners)


def _paint_heads(painter: QPainter, canvas: PaintedView) -> None:
    session, gesture = canvas.session, canvas.pointer.gesture
    in_hand = canvas.tool.name == "head"
    held = gesture.whose if isinstance(gesture, HeadGesture) else None
    rows = session.hiding.drawn(canvas.shown_rows())
    if not len(rows):
        return
    drawn = heads.has_head_box(rows)
    for row, own in zip(rows, drawn.tolist(), strict=True):
        person = int(row["person"])
        if person == held or not (own or in_hand):
            continue
        box = heads.seen_head_box(row)
        if box is None:
            continue
        chosen = person == session.person
        _paint_head(painter, canvas.mapping.box_to_view(box), person, own=own, chosen=chosen)
        if chosen and in_hand:
            _paint_handles(painter, handles_of(canvas.mapping.box_to_view(box))[1])


def _paint_head(painter: QPainter, box: Floats, person: int, *, own: bool, chosen: bool) -> None:
    shade = QColor(person_colours(person).light)
    shade.setAlphaF(1.0 if chosen else 0.6)
    line = Qt.PenStyle.SolidLine if own else Qt.PenStyle.DotLine
    # What lies far outside the view would cost Qt its dots one by one.
    room = view_of(painter).adjusted(-32, -32, 32, 32)
    rect = QRectF(*box.tolist())
    if not rect.intersects(room) or not np.isfinite(box).all():
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(colour(PALETTE.ground, 0.55), 3.4), QPen(shade, 1.6, line)):
        painter.setPen(pen)
        painter.drawRect(rect & room)


def _paint_handles(painter: QPainter, points: Floats) -> None:
    painter.setPen(QPen(DARK, 1.0))
    painter.setBrush(QColor(PALETTE.bright))
    for x, y in np.clip(points, -_FAR, _FAR).tolist():
        painter.drawRect(QRectF(x - 3.5, y - 3.5, 7, 7))


def _polygon(points: Floats) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in np.clip(points, -_FAR, _FAR).tolist()])
