"""The way a joint would take through the frames around, if what is proposed were taken: what tells one way of spreading
from another without stepping through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from glpose_core.labels.state import ProjectState

from ..colours import PersonColours
from ..theme import PALETTE, colour
from .around import REACH, Floats, joint_trail
from .mapping import Mapping

if TYPE_CHECKING:
    from glpose_core.spread import Proposal

Bools = NDArray[np.bool_]
_DOT, _KEY = 2.6, 4.5


@dataclass(frozen=True)
class Path:
    """A joint in frames one after the other.

    Attributes:
        xy: picture pixels ``[F, 2]``, NaN where it is not placed. changed, key: where it would be changed, and where a
            person has placed or accepted it, ``[F]``.
    """

    xy: Floats
    changed: Bools
    key: Bools


def joint_path(state: ProjectState, proposal: Proposal, joint: int, frame: int) -> Path | None:
    """A joint from :data:`.around.REACH` frames before a frame to as many after it; ``None`` where none of them changes."""
    start, stop = max(frame - REACH, 0), min(frame + REACH + 1, state.video.frames)
    row = np.arange(start, stop) - proposal.start
    inside = (row >= 0) & (row < len(proposal.changed))
    changed = np.zeros(len(row), bool)
    changed[inside] = proposal.changed[row[inside], joint]
    if not changed.any():
        return None
    trail = joint_trail(state, proposal.person, joint, frame)
    at = trail.away + frame - start
    xy, key = np.full((len(row), 2), np.nan), np.zeros(len(row), bool)
    xy[at], key[at] = trail.xy, trail.key
    made = proposal.spread
    placed = made.visibility[row[changed], joint] > 0
    xy[changed] = np.where(placed[:, None], made.xy[row[changed], joint], np.nan)
    return Path(xy, changed, key)


class PathAhead:
    """Keeps what was found last: painting asks at every movement of the pointer."""

    def __init__(self) -> None:
        self._of: tuple[ProjectState, Proposal] | None = None
        self._at: tuple[int, int, int] | None = None
        self._path: Path | None = None

    def find(
        self, state: ProjectState, proposal: Proposal, joint: int, frame: int, changes: int
    ) -> Path | None:
        """:func:`joint_path`; ``changes``: how often poses have changed."""
        of, at = self._of, (joint, frame, changes)
        if of is None or of[0] is not state or of[1] is not proposal or at != self._at:
            self._of, self._at = (state, proposal), at
            self._path = joint_path(state, proposal, joint, frame)
        return self._path


def paint_path(painter: QPainter, path: Path, mapping: Mapping, colours: PersonColours) -> None:
    """A dashed line through what would change, with a dot for each frame and a diamond for each key beside it."""
    known = np.isfinite(path.xy[:, 0])
    points = [QPointF(x, y) for x, y in mapping.to_view(np.nan_to_num(path.xy)).tolist()]
    steps = known[1:] & known[:-1] & (path.changed[1:] | path.changed[:-1])
    lines = [QLineF(points[at], points[at + 1]) for at in np.flatnonzero(steps).tolist()]
    painter.setOpacity(1.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(QColor(PALETTE.focus), 1.4)
    pen.setDashPattern([3.0, 2.5])
    for one in (QPen(colour(PALETTE.ground, 0.7), 3.4), pen):
        painter.setPen(one)
        painter.drawLines(lines)
    painter.setPen(QPen(colour(PALETTE.ground, 0.8), 1.0))
    painter.setBrush(QColor(colours.light))
    for at in np.flatnonzero(known & path.changed).tolist():
        painter.drawEllipse(points[at], _DOT, _DOT)
    painter.setBrush(QColor(PALETTE.bright))
    beside = path.changed | np.roll(path.changed, 1) | np.roll(path.changed, -1)
    for at in np.flatnonzero(known & path.key & beside).tolist():
        x, y = points[at].x(), points[at].y()
        painter.drawPolygon(
            [QPointF(x, y - _KEY), QPointF(x + _KEY, y), QPointF(x, y + _KEY), QPointF(x - _KEY, y)]
        )
