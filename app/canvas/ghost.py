"""Ghost joints: what a correction would change in the frame on show, dashed over what is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from glpose_core.labels.poses import is_human
from glpose_core.skeleton import POSETRACK17

from ..colours import PersonColours
from ..theme import PALETTE, colour
from .mapping import Mapping
from .scene import Scene

if TYPE_CHECKING:
    from glpose_core.spread import Proposal

Floats = NDArray[np.float64]
RADIUS = 6.0
_CROSS = 5.0
BEHIND = 0.25
"""Opacity of what a ghost would take the place of."""


@dataclass(frozen=True)
class Ghost:
    """What would change of one pose, in screen pixels.

    Attributes:
        joints: where every joint would be, ``[17, 2]``. placed: which there would be, ``[17]``.
        moved: which would come or move, ``[17]``. gone: which would become absent, ``[17]``.
        before: where joints are now, ``[17, 2]``, NaN where they are not.
        shade: the person's colour.
    """

    joints: Floats
    placed: NDArray[np.bool_]
    moved: NDArray[np.bool_]
    gone: NDArray[np.bool_]
    before: Floats
    shade: str


def make_ghost(
    proposal: Proposal, frame: int, row: Any | None, mapping: Mapping, colours: PersonColours
) -> Ghost | None:
    """The ghost of a frame, or ``None`` if nothing would change there. ``row``: the pose that is seen; what a
    person has placed in it since the proposal was made would not change."""
    at = proposal.at(frame)
    if at is None:
        return None
    changed = proposal.changed[at]
    if row is not None:
        changed = changed & ~is_human(row["source"])
    if not changed.any():
        return None
    shown = np.zeros(len(changed), bool) if row is None else np.asarray(row["visibility"] > 0)
    now = np.zeros((len(changed), 2)) if row is None else np.asarray(row["xy"])
    visible = proposal.spread.visibility[at] > 0
    xy = np.where((changed & visible)[:, None], np.nan_to_num(proposal.spread.xy[at]), now)
    return Ghost(
        joints=mapping.to_view(xy),
        placed=np.where(changed, visible, shown),
        moved=changed & visible,
        gone=changed & ~visible & shown,
        before=np.where(shown[:, None], mapping.to_view(now), np.nan),
        shade=colours.light,
    )


def fade_behind(scene: Scene, person: int, ghost: Ghost) -> Scene:
    """The same scene with the joints that a ghost would take the place of faint, so that the ghost is read."""
    fading = ghost.moved | ghost.gone
    figures = tuple(
        replace(one, opacity=np.where(fading, np.minimum(one.opacity, BEHIND), one.opacity))
        if one.person == person
        else one
        for one in scene.figures
    )
    return replace(scene, figures=figures)


def paint_ghost(painter: QPainter, ghost: Ghost) -> None:
    """Dashed limbs and rings where joints would be, a thin line from where they are, a cross on those that
    would be absent."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setOpacity(1.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    joints = [QPointF(x, y) for x, y in ghost.joints.tolist()]
    limbs = [
        QLineF(joints[a], joints[b])
        for a, b in POSETRACK17.limbs
        if ghost.placed[a] and ghost.placed[b] and (ghost.moved[a] or ghost.moved[b])
    ]
    ways = [
        QLineF(QPointF(*ghost.before[joint].tolist()), joints[joint])
        for joint in np.flatnonzero(ghost.moved & np.isfinite(ghost.before[:, 0])).tolist()
    ]
    for pen, lines in (
        (QPen(colour(PALETTE.ground, 0.7), 4.0), limbs),
        (_dashed(ghost.shade, 2.0), limbs),
        (QPen(colour(PALETTE.focus, 0.8), 1.0), ways),
    ):
        painter.setPen(pen)
        painter.drawLines(lines)
    for joint in np.flatnonzero(ghost.moved).tolist():
        for pen in (QPen(colour(PALETTE.ground, 0.7), 3.6), QPen(QColor(PALETTE.focus), 1.8)):
            painter.setPen(pen)
            painter.drawEllipse(joints[joint], RADIUS, RADIUS)
    painter.setPen(QPen(QColor(PALETTE.focus), 1.8))
    for joint in np.flatnonzero(ghost.gone).tolist():
        x, y = ghost.before[joint].tolist()
        for rise in (-_CROSS, _CROSS):
            painter.drawLine(QPointF(x - _CROSS, y - rise), QPointF(x + _CROSS, y + rise))


def _dashed(shade: str, width: float) -> QPen:
    pen = QPen(QColor(shade), width)
    pen.setDashPattern([3.0, 2.5])
    return pen
