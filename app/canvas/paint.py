"""Painting of skeletons, boxes and notes on the picture. Only paints: no state, no decisions.

Everything is drawn in screen pixels under a uniform scale and with flat caps, because antialiased
lines cost more than ten times as much otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from glpose_core.labels.poses import Visibility
from glpose_core.skeleton import POSETRACK17

from .. import theme
from ..theme import PALETTE, colour
from .hit import HitTarget, Part, box_handles
from .scene import Figure, Scene

Floats = NDArray[np.float64]

DARK = colour(PALETTE.ground, 0.85)
SHADOW = colour(PALETTE.ground, 0.5)
LIMB_WIDTH = 2.6
JOINT_SIZE = 4.2
CHOSEN_RING = 10.0


def joint_words(joint: int) -> str:
    """The joint's name as people read it: "left wrist"."""
    return POSETRACK17.joints[joint].replace("_", " ")


def tone(figure: Figure, side: str) -> QColor:
    """A person's colour on one side of the body."""
    colours = figure.colours
    return QColor({"left": colours.light, "right": colours.deep}.get(side, colours.pale))


def paint_scene(
    painter: QPainter,
    scene: Scene,
    *,
    person: int | None,
    joint: int | None,
    hover: HitTarget,
    handles: bool,
) -> None:
    """Paint every person; the chosen one with its box, its joint and what is known of it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    crowd = person is not None
    # Every box lies below every skeleton, so that no name tag hides somebody's joint.
    for figure in scene.figures:
        chosen, hovered = figure.person == person, figure.person == hover.person
        paint_box(painter, figure, chosen=chosen, hovered=hovered)
    for figure in scene.figures:
        paint_figure(painter, figure, quiet=crowd and figure.person != person)
    chosen_figure = scene.figure(person)
    if chosen_figure is not None and handles and chosen_figure.box is not None:
        paint_handles(painter, chosen_figure)
    if hover.part is Part.JOINT and (hover.person, hover.joint) != (person, joint):
        _paint_hovered(painter, scene, hover)
    if chosen_figure is not None and joint is not None and chosen_figure.placed[joint]:
        paint_chosen_joint(painter, chosen_figure, joint)


def paint_figure(painter: QPainter, figure: Figure, *, quiet: bool = False) -> None:
    """One skeleton: limbs below, joints on top."""
    painter.setOpacity(1.0)
    _paint_limbs(painter, figure, LIMB_WIDTH - (0.6 if quiet else 0.0))
    _paint_joints(painter, figure, JOINT_SIZE - (0.6 if quiet else 0.0))


def _paint_limbs(painter: QPainter, figure: Figure, width: float) -> None:
    placed = figure.placed
    shadow = QPen(SHADOW, width + 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    lines = []
    for a, b in POSETRACK17.limbs:
        if placed[a] and placed[b]:
            opacity = float(min(figure.opacity[a], figure.opacity[b]))
            lines.append((a, b, opacity, QLineF(*figure.joints[a], *figure.joints[b])))
    painter.setPen(shadow)
    painter.drawLines([line for _, _, opacity, line in lines if opacity > 0.6])
    for a, b, opacity, line in lines:
        side = POSETRACK17.sides[a] if POSETRACK17.sides[a] == POSETRACK17.sides[b] else "middle"
        shade = tone(figure, side)
        shade.setAlphaF(opacity)
        hidden = Visibility.OCCLUDED in (figure.visibility[a], figure.visibility[b])
        pen = QPen(shade, width * (0.75 if hidden else 1.0), Qt.PenStyle.SolidLine)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(line)


def _paint_joints(painter: QPainter, figure: Figure, size: float) -> None:
    for joint in np.flatnonzero(figure.placed).tolist():
        at = QPointF(*figure.joints[joint])
        shade = tone(figure, POSETRACK17.sides[joint])
        human = bool(figure.human[joint])
        opacity = max(float(figure.opacity[joint]), 0.45)
        painter.setOpacity(opacity)
        if figure.visibility[joint] == Visibility.VISIBLE:
            painter.setPen(QPen(QColor(PALETTE.bright) if human else DARK, 1.4))
            painter.setBrush(shade)
            painter.drawEllipse(at, size, size)
        else:
            painter.setBrush(SHADOW)
            painter.setPen(QPen(DARK, 4.0))
            painter.drawEllipse(at, size + 0.4, size + 0.4)
            painter.setPen(QPen(shade, 1.8))
            painter.drawEllipse(at, size + 0.4, size + 0.4)
            if human:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(PALETTE.bright))
                painter.drawEllipse(at, 1.5, 1.5)
    painter.setOpacity(1.0)


def paint_box(painter: QPainter, figure: Figure, *, chosen: bool, hovered: bool) -> None:
    """The dashed box and the name tag on it."""
    if figure.box is None:
        return
    strength = 1.0 if chosen else 0.75 if hovered else 0.45
    light = QColor(figure.colours.light)
    light.setAlphaF(strength)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(light, 1.2)
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.drawRect(_rect(figure.box))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if figure.tag is not None:
        paint_tag(painter, figure, strong=chosen or hovered)


def paint_tag(painter: QPainter, figure: Figure, *, strong: bool) -> None:
    """The name on a plate in the person's colour."""
    assert figure.tag is not None
    plate = _rect(figure.tag)
    fill = QColor(figure.colours.light)
    fill.setAlphaF(1.0 if strong else 0.7)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(plate, 3, 3)
    painter.setFont(tag_font())
    painter.setPen(QColor(PALETTE.ground))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, figure.name)


def tag_font() -> QFont:
    """The font of name tags."""
    return theme.aside_font(QFont.Weight.DemiBold)


def tag_width(name: str) -> float:
    """How wide a name tag is, in screen pixels."""
    return QFontMetricsF(tag_font()).horizontalAdvance(name) + 12.0


def paint_handles(painter: QPainter, figure: Figure) -> None:
    """Eight squares by which a box is resized."""
    assert figure.box is not None
    painter.setPen(QPen(DARK, 1.0))
    painter.setBrush(QColor(PALETTE.bright))
    for x, y in box_handles(figure.box)[1]:
        painter.drawRect(QRectF(x - 3.5, y - 3.5, 7, 7))


def paint_chosen_joint(painter: QPainter, figure: Figure, joint: int) -> None:
    """The ring around the chosen joint, and its name with what is known."""
    at = figure.joints[joint]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(SHADOW, 4.0), QPen(QColor(PALETTE.bright), 1.8)):
        painter.setPen(pen)
        painter.drawEllipse(QPointF(*at), CHOSEN_RING, CHOSEN_RING)
    paint_label(painter, at, joint_label(figure, joint))


def joint_label(figure: Figure, joint: int) -> str:
    """ "left wrist · 0.41", "left wrist · hidden · you"."""
    words = [joint_words(joint)]
    if figure.visibility[joint] == Visibility.OCCLUDED:
        words.append("hidden")
    words.append("you" if figure.human[joint] else f"{figure.score[joint]:.2f}")
    return " · ".join(words)


def _paint_hovered(painter: QPainter, scene: Scene, hover: HitTarget) -> None:
    figure = scene.figure(hover.person)
    if figure is None or hover.joint is None:
        return
    at = figure.joints[hover.joint]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour(PALETTE.bright, 0.7), 1.4))
    painter.drawEllipse(QPointF(*at), JOINT_SIZE + 3, JOINT_SIZE + 3)
    paint_label(painter, at, joint_label(figure, hover.joint))


def paint_label(painter: QPainter, at: Floats, text: str) -> None:
    """A dark plate with text to the right of a point; to its left near the right edge."""
    font = theme.aside_font()
    width = QFontMetricsF(font).horizontalAdvance(text) + 16
    x = at[0] + CHOSEN_RING + 6
    if x + width > painter.device().width() / painter.device().devicePixelRatio() - 4:
        x = at[0] - CHOSEN_RING - 6 - width
    plate = QRectF(round(x), round(at[1] - 11), round(width), 22)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(PALETTE.ground, 0.88))
    painter.drawRoundedRect(plate, 4, 4)
    painter.setFont(font)
    painter.setPen(QColor(PALETTE.text))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def paint_rubber(painter: QPainter, box: Floats, shade: QColor) -> None:
    """A box that is being drawn."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    fill = QColor(shade)
    fill.setAlphaF(0.12)
    painter.setBrush(fill)
    painter.setPen(QPen(shade, 1.4))
    painter.drawRect(_rect(box))


def paint_hint(
    painter: QPainter, hint: Sequence[tuple[str, bool]], x: float, bottom: float
) -> None:
    """The line at the bottom: parts of text, keys (``True``) in bold white."""
    plain, bold = theme.reading_font(), theme.reading_font(QFont.Weight.DemiBold)
    widths = [QFontMetricsF(bold if key else plain).horizontalAdvance(text) for text, key in hint]
    plate = QRectF(x, bottom - 32, sum(widths) + 24, 32)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(PALETTE.panel, 0.88))
    painter.drawRoundedRect(plate, theme.RADIUS, theme.RADIUS)
    left = x + 12
    for (text, key), width in zip(hint, widths, strict=True):
        painter.setFont(bold if key else plain)
        painter.setPen(QColor(PALETTE.bright if key else PALETTE.quiet))
        painter.drawText(
            QRectF(left, plate.top(), width + 2, plate.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            text,
        )
        left += width


def paint_message(painter: QPainter, area: QRectF, title: str, text: str) -> None:
    """A title and a sentence in the middle of an area."""
    middle = area.center().y()
    painter.setFont(theme.reading_font(QFont.Weight.DemiBold))
    painter.setPen(QColor(PALETTE.text))
    top = QRectF(area.left() + 24, middle - 30, area.width() - 48, 24)
    painter.drawText(top, Qt.AlignmentFlag.AlignCenter, title)
    painter.setFont(theme.reading_font())
    painter.setPen(QColor(PALETTE.quiet))
    below = QRectF(area.left() + 24, middle, area.width() - 48, area.height() / 2 - 8)
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.drawText(below, flags, text)


def _rect(box: Floats) -> QRectF:
    return QRectF(*(float(value) for value in box))
