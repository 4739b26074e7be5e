"""Paints crops of people: the picture, a skeleton over it, and a ghost of another one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen

from glpose_core.geometry import apply_affine
from glpose_core.skeleton import POSETRACK17

from ..theme import PALETTE, PersonColours, colour

CORNER = 4.0
RING = 6.0
"""Radius of a ring round a joint, in pixels."""
GHOST = 0.85
"""Opacity of a ghost."""


def crop_image(crop: NDArray[np.uint8]) -> QImage:
    """An RGB crop ``[h, w, 3]`` as a picture with memory of its own."""
    height, width = crop.shape[:2]
    whole = np.ascontiguousarray(crop)
    return QImage(whole.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def in_crop(
    xy: NDArray[np.float64], matrix: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64]:
    """Joints in picture pixels ``[17, 2]`` as shares of a crop's width and height, 0 … 1 inside it.

    ``matrix`` maps picture → crop pixels; ``size`` is the crop's (width, height).
    """
    # Pixel centres are whole numbers, so the crop reaches from −½ to width − ½.
    shares: NDArray[np.float64] = (apply_affine(matrix, xy) + 0.5) / np.array(size)
    return shares


def paint_crop(painter: QPainter, area: QRectF, picture: QImage, opacity: float = 1.0) -> None:
    """The picture in ``area``, with round corners."""
    path = QPainterPath()
    path.addRoundedRect(area, CORNER, CORNER)
    painter.save()
    painter.setClipPath(path)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.fillRect(area, colour(PALETTE.picture))
    painter.setOpacity(opacity)
    painter.drawImage(area, picture)
    painter.restore()


def paint_skeleton(
    painter: QPainter,
    area: QRectF,
    joints: NDArray[np.float64],
    placed: NDArray[np.bool_],
    colours: PersonColours | None,
    width: float,
) -> None:
    """Limbs over a crop. ``joints [17, 2]`` are shares of it; without ``colours`` it is a white ghost."""
    at = joints * (area.width(), area.height()) + (area.left(), area.top())
    painter.save()
    painter.setClipRect(area)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for a, b in POSETRACK17.limbs:
        if not (placed[a] and placed[b]):
            continue
        ends = QPointF(*at[a].tolist()), QPointF(*at[b].tolist())
        if colours is None:
            pen = QPen(colour(PALETTE.bright, GHOST), width, Qt.PenStyle.DashLine)
            pen.setDashPattern([3, 2])
            painter.setPen(pen)
        else:
            painter.setPen(QPen(colour(PALETTE.ground, 0.6), width + 1.5))
            painter.drawLine(*ends)
            painter.setPen(QPen(colour(_tone(colours, a, b)), width))
        painter.drawLine(*ends)
    painter.restore()


def paint_ring(painter: QPainter, area: QRectF, joint: NDArray[np.float64]) -> None:
    """A white ring round a joint (shares of the crop, ``[2]``)."""
    at = QPointF(
        area.left() + float(joint[0]) * area.width(), area.top() + float(joint[1]) * area.height()
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for tint, width in ((PALETTE.ground, 3.4), (PALETTE.bright, 1.6)):
        painter.setPen(QPen(colour(tint), width))
        painter.drawEllipse(at, RING, RING)


def _tone(colours: PersonColours, a: int, b: int) -> str:
    sides = POSETRACK17.sides
    side = sides[a] if sides[a] == sides[b] else "middle"
    return {"left": colours.light, "right": colours.deep}.get(side, colours.pale)
