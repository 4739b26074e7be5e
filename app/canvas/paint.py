"""Painting of skeletons, boxes and notes on the picture. Only paints: no state, no decisions.

Everything is drawn in screen pixels under a uniform scale and with flat caps, because antialiased
lines cost more than ten times as much otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from glpose_core.labels.poses import Visibility
from glpose_core.skeleton import POSETRACK17

from .. import theme
from ..theme import PALETTE, colour
from .hit import HitTarget, Part
from .marks import Ring, paint_dashes, paint_mark, paint_plate, paint_ring
from .paint_chosen import paint_grips, paint_handles, paint_members
from .scene import Figure, Scene

Floats = NDArray[np.float64]

SHADOW = colour(PALETTE.ground, 0.5)
TAG_MARGIN = 6.0
TAG_WIDEST = 160.0
"""Screen pixels of a name on its tag: the picture is what counts, the list has the name whole."""
MARK_ROOM, LABEL_ROOM, GRIP_ROOM = 16.0, 240.0, 36.0
"""Screen pixels by which marks, labels of joints and the grip that turns reach beyond the joints."""
LIMB_WIDTH = 2.6
JOINT_SIZE = 4.2
DIMMED = 0.22
"""Opacity of people whom nobody looks at."""
CHOSEN_RING = 10.0
CHOSEN: Ring = (CHOSEN_RING, ((PALETTE.ground, 0.5, 4.0), (PALETTE.bright, 1.0, 1.8)))
HOVERED: Ring = (JOINT_SIZE + 3, ((PALETTE.bright, 0.7, 1.4),))

_LIMB_SIDES = tuple(
    POSETRACK17.sides[a] if POSETRACK17.sides[a] == POSETRACK17.sides[b] else "middle"
    for a, b in POSETRACK17.limbs
)


def joint_words(joint: int) -> str:
    """The joint's name as people read it: "left wrist"."""
    return POSETRACK17.joints[joint].replace("_", " ")


def tone(figure: Figure, side: str) -> str:
    """A person's colour on one side of the body, ``#RRGGBB``."""
    colours = figure.colours
    if side == "left":
        return colours.light
    return colours.deep if side == "right" else colours.pale


Stroke = Callable[[QPainter], None]
"""A part of a scene that is painted at once."""


def strokes(
    scene: Scene,
    *,
    person: int | None,
    joint: int | None,
    hover: HitTarget,
    handles: bool,
    area: QRectF,
    next_up: tuple[QPointF, str] | None = None,
    grips: bool = False,
    members: Iterable[tuple[int, int]] = (),
    dim: bool = False,
) -> Iterator[Stroke]:
    """Everybody who reaches into ``area``, part by part from the bottom to the top; the chosen one with its
    box, its joint and what is known of it.

    Args:
        next_up: where the pointer is and what a click there would place.
        grips: whether the chosen person shows what it is turned and scaled by.
        members: (person, slot) of joints that are chosen together.
        dim: whether all but the chosen person are hardly seen.
    """
    crowd = person is not None
    figures = [one for one in scene.figures if extent(one).intersects(area)]
    # Every box lies below every skeleton, so that no name tag hides somebody's joint.
    for figure in figures:
        chosen, hovered = figure.person == person, figure.person == hover.person
        strength = DIMMED if dim and crowd and not (chosen or hovered) else 1.0
        yield partial(paint_box, figure=figure, chosen=chosen, hovered=hovered, strength=strength)
    for figure in figures:
        quiet = crowd and figure.person != person
        strength = DIMMED if dim and quiet and figure.person != hover.person else 1.0
        yield partial(paint_figure, figure=figure, quiet=quiet, strength=strength)
    chosen_figure = scene.figure(person)
    if chosen_figure is not None and handles and chosen_figure.box is not None:
        yield partial(paint_handles, figure=chosen_figure)
    if chosen_figure is not None and grips:
        yield partial(paint_grips, figure=chosen_figure)
    if members:
        yield partial(paint_members, scene=scene, members=members)
    if hover.part is Part.JOINT and (hover.person, hover.joint) != (person, joint):
        yield partial(_paint_hovered, scene=scene, hover=hover, named=next_up is None)
    if chosen_figure is not None and joint is not None and chosen_figure.placed[joint]:
        yield partial(paint_chosen_joint, figure=chosen_figure, joint=joint, named=next_up is None)
    if next_up is not None:
        at, words = next_up
        # Below the pointer, so that it hides nothing beside it.
        yield partial(paint_label, at=np.array([at.x(), at.y() + 24]), text=words, left=False)


def paint_scene(painter: QPainter, parts: Iterable[Stroke]) -> None:
    """Paint :func:`strokes`, all of them or some."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for part in parts:
        part(painter)


def view_of(painter: QPainter) -> QRectF:
    """The whole of what is painted on, in screen pixels."""
    device = painter.device()
    if isinstance(device, QPixmap):  # whose viewport would be in the device's own
        return QRectF(QPointF(0, 0), device.deviceIndependentSize())
    return QRectF(painter.viewport())


def extent(figure: Figure, *, labelled: bool = False) -> QRectF:
    """The rectangle that a person is painted in; ``labelled``: with room for a joint's label at either
    side and for a grip above or below."""
    left, top, right, bottom = figure.reach
    if math.isnan(left):
        return QRectF()
    aside, beyond = (LABEL_ROOM, GRIP_ROOM) if labelled else (MARK_ROOM, MARK_ROOM)
    return QRectF(QPointF(left - aside, top - beyond), QPointF(right + aside, bottom + beyond))


def paint_figure(
    painter: QPainter, figure: Figure, *, quiet: bool = False, strength: float = 1.0
) -> None:
    """One skeleton: limbs below, joints on top; ``strength`` is its opacity."""
    painter.setOpacity(1.0)
    _paint_limbs(painter, figure, LIMB_WIDTH - (0.6 if quiet else 0.0), strength)
    _paint_joints(painter, figure, JOINT_SIZE - (0.6 if quiet else 0.0), strength)


def _paint_limbs(painter: QPainter, figure: Figure, width: float, strength: float) -> None:
    """Limbs in as few calls as there are pens; opaque ones, which Qt draws several times faster, get a
    dark edge below them, so that they stand out from any ground."""
    joints, placed = figure.joints.tolist(), figure.placed.tolist()
    opacity, hidden = figure.opacity.tolist(), (figure.visibility == Visibility.OCCLUDED).tolist()
    by_pen: dict[tuple[str, float, float], list[QLineF]] = {}
    edges: dict[float, list[QLineF]] = {}
    for (a, b), side in zip(POSETRACK17.limbs, _LIMB_SIDES, strict=True):
        if placed[a] and placed[b]:
            faint = round(min(opacity[a], opacity[b]) * 8) / 8 * strength
            thick = width * 0.75 if hidden[a] or hidden[b] else width
            line = QLineF(*joints[a], *joints[b])
            by_pen.setdefault((side, faint, thick), []).append(line)
            if faint == 1.0:
                edges.setdefault(thick + 1.6, []).append(line)
    for thick, lines in edges.items():
        painter.setPen(_flat(PALETTE.ground, 1.0, thick))
        painter.drawLines(lines)
    for (side, faint, thick), lines in by_pen.items():
        painter.setPen(_flat(tone(figure, side), faint, thick))
        painter.drawLines(lines)


@lru_cache(maxsize=512)
def _flat(shade: str, opacity: float, width: float) -> QPen:
    made = colour(shade, opacity)
    return QPen(made, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)


def _paint_joints(painter: QPainter, figure: Figure, size: float, overall: float) -> None:
    """Visible joints filled, hidden ones as rings; those of a person with white."""
    joints, opacity = figure.joints.tolist(), figure.opacity.tolist()
    visibility, human = figure.visibility.tolist(), figure.human.tolist()
    ratio = painter.device().devicePixelRatio()
    tones = {side: tone(figure, side) for side in ("left", "right", "middle")}
    strength = painter.opacity()
    for joint, (x, y) in enumerate(joints):
        if visibility[joint] == Visibility.ABSENT:
            continue
        if max(opacity[joint], 0.45) * overall != strength:
            strength = max(opacity[joint], 0.45) * overall
            painter.setOpacity(strength)
        paint_mark(
            painter,
            x,
            y,
            tones[POSETRACK17.sides[joint]],
            size=size,
            hidden=visibility[joint] == Visibility.OCCLUDED,
            human=human[joint],
            ratio=ratio,
        )
    painter.setOpacity(1.0)


def paint_box(
    painter: QPainter, figure: Figure, *, chosen: bool, hovered: bool, strength: float = 1.0
) -> None:
    """The dashed box and the name tag on it; ``strength`` is their opacity."""
    if figure.box is None:
        return
    painter.setOpacity(strength)
    strength = 1.0 if chosen else 0.75 if hovered else 0.45
    light = QColor(figure.colours.light)
    light.setAlphaF(strength)
    # Dashes outside the view would be counted out one by one.
    box = _rect(figure.box) & view_of(painter).adjusted(-32, -32, 32, 32)
    paint_dashes(painter, box, light, colour(PALETTE.ground, 0.6 * strength))
    if figure.tag is not None:
        paint_tag(painter, figure, strong=chosen or hovered)
    painter.setOpacity(1.0)


def paint_tag(painter: QPainter, figure: Figure, *, strong: bool) -> None:
    """The name on a plate in the person's colour."""
    assert figure.tag is not None
    fill = QColor(figure.colours.light)
    fill.setAlphaF(1.0 if strong else 0.7)
    parts = [(tag_text(figure.name), tag_font(), PALETTE.ground)]
    paint_plate(painter, _rect(figure.tag), parts, fill, 3, TAG_MARGIN)


def tag_font() -> QFont:
    """The font of name tags."""
    return theme.aside_font(QFont.Weight.DemiBold)


@lru_cache(maxsize=512)
def tag_text(name: str) -> str:
    """As much of a name as its tag shows."""
    return QFontMetricsF(tag_font()).elidedText(name, Qt.TextElideMode.ElideRight, TAG_WIDEST)


@lru_cache(maxsize=512)
def tag_width(name: str) -> float:
    """How wide a name tag is, in screen pixels."""
    return QFontMetricsF(tag_font()).horizontalAdvance(tag_text(name)) + 2 * TAG_MARGIN


def paint_chosen_joint(
    painter: QPainter, figure: Figure, joint: int, *, named: bool = True
) -> None:
    """The ring around the chosen joint, and its name with what is known."""
    at = figure.joints[joint]
    paint_ring(painter, float(at[0]), float(at[1]), CHOSEN)
    if named:
        paint_label(painter, at, joint_label(figure, joint), left=_outwards(figure, joint))


def _outwards(figure: Figure, joint: int) -> bool:
    """Whether a joint's label belongs to its left, so that it covers the ground and not the body."""
    return bool(figure.joints[joint, 0] < figure.joints[figure.placed, 0].mean() - 8)


def joint_label(figure: Figure, joint: int) -> str:
    """ "left wrist · 0.41", "left wrist · hidden · you", "neck · accepted", "head top · proposed"; in the words of the
    panel *Joints*."""
    words = [joint_words(joint)]
    if figure.visibility[joint] == Visibility.OCCLUDED:
        words.append("hidden")
    score = float(figure.score[joint])
    if figure.human[joint]:
        words.append("accepted" if figure.accepted[joint] else "you")
    elif figure.proposed[joint] or score <= 0:
        words.append("proposed")  # how sure the spreading is of it is not how sure a model is
    else:
        words.append(f"{score:.2f}")
    return " · ".join(words)


def _paint_hovered(painter: QPainter, scene: Scene, hover: HitTarget, *, named: bool) -> None:
    figure = scene.figure(hover.person)
    if figure is None or hover.joint is None:
        return
    at = figure.joints[hover.joint]
    paint_ring(painter, float(at[0]), float(at[1]), HOVERED)
    if named:
        text = joint_label(figure, hover.joint)
        paint_label(painter, at, text, left=_outwards(figure, hover.joint))


def paint_label(painter: QPainter, at: Floats, text: str, *, left: bool) -> None:
    """A dark plate with text beside a point; on the other side where the view ends."""
    font = theme.aside_font()
    width = QFontMetricsF(font).horizontalAdvance(text) + 16
    reach = CHOSEN_RING + 6
    view_width = view_of(painter).width()
    if left and at[0] - reach - width < 4:
        left = False
    elif not left and at[0] + reach + width > view_width - 4:
        left = True
    x = at[0] - reach - width if left else at[0] + reach
    plate = QRectF(round(x), round(at[1] - 11), round(width), 22)
    paint_plate(painter, plate, [(text, font, PALETTE.text)], colour(PALETTE.ground, 0.88), 4, 8)


def paint_rubber(painter: QPainter, box: Floats, shade: QColor) -> None:
    """A box that is being drawn."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    fill = QColor(shade)
    fill.setAlphaF(0.12)
    painter.setBrush(fill)
    painter.setPen(QPen(shade, 1.4))
    painter.drawRect(_rect(box))


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


def paint_warning(painter: QPainter, area: QRectF, title: str, text: str) -> None:
    """A plate at the top of an area, above everything: what is wrong, and why."""
    font = theme.reading_font()
    width = min(area.width() - 48, 560.0)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    inside = QRectF(0, 0, width - 32, 200)
    high = QFontMetricsF(font).boundingRect(inside, int(flags), text).height()
    plate = QRectF(area.center().x() - width / 2, area.top() + 16, width, high + 56)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(PALETTE.edge), 1))
    painter.setBrush(colour(PALETTE.raised, 0.96))
    painter.drawRoundedRect(plate, theme.RADIUS, theme.RADIUS)
    painter.setFont(theme.reading_font(QFont.Weight.DemiBold))
    painter.setPen(QColor(PALETTE.doubt))
    painter.drawText(plate.adjusted(16, 12, -16, 0), flags, title)
    painter.setFont(font)
    painter.setPen(QColor(PALETTE.text))
    painter.drawText(plate.adjusted(16, 36, -16, -8), flags, text)


def _rect(box: Floats) -> QRectF:
    return QRectF(*(float(value) for value in box))
