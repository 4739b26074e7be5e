"""What the chosen person does in the frames around: ghosts of the key poses, the trail of the chosen joint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from glpose_core.labels.poses import Visibility, is_human
from glpose_core.labels.state import ProjectState
from glpose_core.skeleton import POSETRACK17

from .. import theme
from ..aids import Aids
from ..colours import PersonColours
from ..theme import PALETTE, colour
from .mapping import Mapping
from .marks import paint_plate

Floats = NDArray[np.float64]

REACH = 15
"""A trail goes so many frames back and on."""
_DIAMOND = 4.5
_ROOM_FOR_WORDS = 56


@dataclass(frozen=True)
class KeyPose:
    """A pose of another frame that a person has placed or accepted joints of.

    Attributes:
        away: frames from the present one, negative before it.
        xy: picture pixels ``[17, 2]``. placed: bool ``[17]``.
    """

    away: int
    xy: Floats
    placed: NDArray[np.bool_]


@dataclass(frozen=True)
class Trail:
    """The way of one joint.

    Attributes:
        away: frames from the present one, ascending, ``[F]``; frames without the joint are left out.
        xy: picture pixels ``[F, 2]``. key: where a person has placed or accepted it, bool ``[F]``.
    """

    away: NDArray[np.int64]
    xy: Floats
    key: NDArray[np.bool_]


def key_poses(state: ProjectState, person: int, frame: int) -> list[KeyPose]:
    """The nearest key pose before a frame, and the nearest after it."""
    frames = state.marks(person).labelled
    before, after = frames[frames < frame][-1:], frames[frames > frame][:1]
    found = []
    for key in (*before.tolist(), *after.tolist()):
        pose = state.pose(person, key)
        if pose is not None:
            placed = np.asarray(pose["visibility"] != Visibility.ABSENT)
            found.append(KeyPose(key - frame, np.array(pose["xy"]), placed))
    return found


def joint_trail(state: ProjectState, person: int, joint: int, frame: int) -> Trail:
    """Where a joint is from :data:`REACH` frames before a frame to as many after it."""
    start, stop = max(frame - REACH, 0), min(frame + REACH + 1, state.video.frames)
    rows = state.seen([person], start, stop)
    rows = rows[~rows["deleted"] & (rows["visibility"][:, joint] != Visibility.ABSENT)]
    return Trail(
        rows["frame"].astype(np.int64) - frame,
        np.array(rows["xy"][:, joint]),
        np.asarray(is_human(rows["source"][:, joint])),
    )


class Around:
    """Keeps what was found last: painting asks at every step of a gesture."""

    def __init__(self) -> None:
        self._key: object = None
        self._poses: list[KeyPose] = []
        self._trail: Trail | None = None

    def find(
        self, state: ProjectState, aids: Aids, person: int, joint: int | None, at: tuple[int, int]
    ) -> tuple[list[KeyPose], Trail | None]:
        """Ghosts and trail, as far as they are wanted. ``at``: the frame, and how often poses have changed."""
        key = (id(state), aids, person, joint, at)
        if key != self._key:
            self._key = key
            self._poses = key_poses(state, person, at[0]) if aids.onion else []
            wanted = aids.trails and joint is not None
            self._trail = (
                joint_trail(state, person, joint, at[0]) if wanted and joint is not None else None
            )
        return self._poses, self._trail


def paint_key_poses(painter: QPainter, poses: Iterable[KeyPose], mapping: Mapping) -> None:
    """Thin white skeletons: that before drawn through, that after in dashes; each says how far away it is."""
    painter.setOpacity(1.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for pose in poses:
        points = [QPointF(x, y) for x, y in mapping.to_view(pose.xy).tolist()]
        limbs = [
            QLineF(points[a], points[b])
            for a, b in POSETRACK17.limbs
            if pose.placed[a] and pose.placed[b]
        ]
        pen = QPen(colour(PALETTE.bright, 0.85), 1.2)
        if pose.away > 0:
            pen.setDashPattern([4.0, 3.0])
        for one in (QPen(colour(PALETTE.ground, 0.55), 3.0), pen):
            painter.setPen(one)
            painter.drawLines(limbs)
        shown = [points[joint] for joint in np.flatnonzero(pose.placed).tolist()]
        if shown:
            _paint_words(painter, min(shown, key=lambda point: point.y()), f"{pose.away:+d}")


def paint_trail(painter: QPainter, trail: Trail, mapping: Mapping, colours: PersonColours) -> None:
    """A line with a dot for each frame and a diamond for each key: what was in the deep colour, what will be
    in the light one. Nothing joins frames between which the joint is not seen."""
    painter.setOpacity(1.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    points = [QPointF(x, y) for x, y in mapping.to_view(trail.xy).tolist()]
    away = trail.away.tolist()
    for past, shade in ((True, colours.deep), (False, colours.light)):
        steps = [
            QLineF(points[at], points[at + 1])
            for at in range(len(points) - 1)
            if away[at + 1] == away[at] + 1 and (away[at] < 0) == past
        ]
        for pen in (QPen(colour(PALETTE.ground, 0.6), 3.6), QPen(QColor(shade), 1.8)):
            painter.setPen(pen)
            painter.drawLines(steps)
        painter.setPen(QPen(colour(PALETTE.ground, 0.8), 1.0))
        for point, one, key in zip(points, away, trail.key.tolist(), strict=True):
            if (one < 0) == past:
                painter.setBrush(QColor(PALETTE.bright if key else shade))
                if key:
                    painter.drawPolygon(_diamond(point))
                else:
                    painter.drawEllipse(point, 2.2, 2.2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for at in {0, len(points) - 1} if points else ():
        nearest = np.abs(trail.away).argmin()
        if away[at] and (points[at] - points[nearest]).manhattanLength() > _ROOM_FOR_WORDS:
            _paint_words(painter, points[at], f"{away[at]:+d}")


def _diamond(at: QPointF) -> QPolygonF:
    r = _DIAMOND
    offsets = ((0, -r), (r, 0), (0, r), (-r, 0))
    return QPolygonF([at + QPointF(dx, dy) for dx, dy in offsets])


def _paint_words(painter: QPainter, at: QPointF, text: str) -> None:
    """A small plate above a point."""
    text = text.replace("-", "−")
    font = theme.aside_font(QFont.Weight.Normal)
    wide = QFontMetricsF(font).horizontalAdvance(text) + 8
    plate = QRectF(round(at.x() - wide / 2), round(at.y() - 24), round(wide), 16)
    paint_plate(painter, plate, [(text, font, PALETTE.text)], colour(PALETTE.ground, 0.75), 3, 4)
