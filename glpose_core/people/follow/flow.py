"""Moving boxes along with the picture: sparse optical flow, checked forwards and backwards.

After Kalal et al., "Forward-Backward Error: Automatic Detection of Tracking Failures", ICPR 2010.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ...geometry import PERSON_BOX_SCALE, Floats, scale_box
from ...skeleton import POSETRACK17
from .boxes import Poses

FLOW_SIDE = 640
"""Long side of the grey pictures in which points are followed."""

WINDOW = (15, 15)
LEVELS = 3
GRID = 9
RING = 24
MOST_SWING = 1.5
"""Points that do not come back to within this many pixels of the grey picture are not believed."""

LEAST_CLEAR = 0.25
"""Share of a person's points that must lie clear of others to tell their motion."""

TRUSTED = 0.3
"""Heatmap maximum from which a joint says where to look for motion."""

MOST_GROWTH = 0.04
"""Largest change of size from one frame to the next."""

_TRUNK = [
    (POSETRACK17.index(a), POSETRACK17.index(b))
    for a, b in (
        ("left_shoulder", "right_hip"),
        ("right_shoulder", "left_hip"),
        ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"),
        ("head_top", "head_bottom"),
        ("left_hip", "left_knee"),
        ("right_hip", "right_knee"),
    )
]


class FlowPicture:
    """A frame prepared for following: grey and small."""

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        height, width = picture.shape[:2]
        self.zoom = min(FLOW_SIDE / max(height, width), 1.0)
        size = (max(round(width * self.zoom), 1), max(round(height * self.zoom), 1))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        self.grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)


def points_on(box: Floats, pose: Poses | None) -> Floats:
    """Where on a person to look for motion: ``[P, 2]`` picture pixels.

    Trunk, head and thighs of the last pose (the only one in ``pose``) where it is trusted; otherwise an
    ellipse inside the box, most of which is the person.
    """
    if pose is not None:
        xy, score = pose.xy[0], pose.score[0]
        bones = [(a, b) for a, b in _TRUNK if min(score[a], score[b]) > TRUSTED]
        if len(bones) >= 4:
            along = np.linspace(0.0, 1.0, GRID)[:, None]
            return np.concatenate([xy[a] * (1 - along) + xy[b] * along for a, b in bones])
    step = np.linspace(-1, 1, GRID)
    across, down = np.meshgrid(step, step)
    inside = across**2 + down**2 <= 1.0
    unit = np.stack([across[inside], down[inside]], axis=1)
    centre, size = box[:2] + box[2:] / 2, box[2:]
    return centre + unit * size * (0.25, 0.36)


def clear_points(points: Floats, others: Sequence[Floats]) -> Floats:
    """The points ``[P, 2]`` outside other people's boxes: inside them, the other may be in front.

    None where too few are left, so that the person is thought to go on as before.
    """
    free = np.ones(len(points), dtype=bool)
    for box in others:
        inside = scale_box(box, 1 / PERSON_BOX_SCALE)
        free &= ~((points >= inside[:2]) & (points <= inside[:2] + inside[2:])).all(axis=1)
    return points[free] if free.sum() >= LEAST_CLEAR * len(points) else points[:0]


def move_boxes(
    before: FlowPicture, after: FlowPicture, boxes: Sequence[Floats], points: Sequence[Floats]
) -> tuple[list[Floats], list[float]]:
    """Carry boxes from one frame to another.

    Args:
        before, after: the frames; either may be the earlier one.
        boxes: ``[4]`` per person, in picture pixels of ``before``.
        points: where to look, ``[P, 2]`` per person.

    Returns:
        The boxes in ``after``, and per box the share of points that were followed reliably. A box without
        any stays where it was.
    """
    if not boxes:
        return [], []
    rings = [_ring(box) for box in boxes]
    everything = [p for pair in zip(points, rings, strict=True) for p in pair]
    starts = (np.concatenate(everything) * before.zoom).astype(np.float32)[:, None]
    ends, found = _follow_points(before, after, starts)
    back, found_back = _follow_points(after, before, ends)
    swing = np.linalg.norm(back[:, 0] - starts[:, 0], axis=1)
    good = found & found_back & (swing <= MOST_SWING)
    begin = starts[:, 0].astype(np.float64) / before.zoom
    step = ends[:, 0].astype(np.float64) / before.zoom - begin
    moved, shares = [], []
    limits = np.cumsum([0] + [len(p) for p in everything])
    for person, box in enumerate(boxes):
        own = slice(limits[2 * person], limits[2 * person + 1])
        ring = slice(limits[2 * person + 1], limits[2 * person + 2])
        kept = _own_motion(step[own], good[own], step[ring][good[ring]], 1 / before.zoom)
        moved.append(_carried(box, begin[own][kept], step[own][kept]))
        shares.append(float(good[own].mean()) if good[own].size else 0.0)
    return moved, shares


def _ring(box: Floats) -> Floats:
    """Points around a box, where the background is: ``[P, 2]``."""
    angle = np.linspace(0, 2 * np.pi, RING, endpoint=False)
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    square = unit / np.abs(unit).max(axis=1, keepdims=True)
    ring: Floats = box[:2] + box[2:] / 2 + square * box[2:] * (0.65, 0.55)
    return ring


def _own_motion(
    step: Floats, good: NDArray[np.bool_], around: Floats, pixel: float
) -> NDArray[np.bool_]:
    """Which reliable points belong to the person, ``[P]`` bool.

    Where a good part of the points moves otherwise than the surroundings, the rest are surroundings that
    show through: they would hold the box back. ``pixel`` is the size of a pixel of the grey picture.
    """
    if len(around) < RING // 3:
        return good
    background = np.median(around, axis=0)
    spread = float(np.median(np.linalg.norm(around - background, axis=1)))
    apart = np.linalg.norm(step - background, axis=1) > max(pixel, 3 * spread)
    moving = good & apart
    return moving if moving.sum() >= 0.4 * good.sum() else good


def _follow_points(
    before: FlowPicture, after: FlowPicture, points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Follow points ``[P, 1, 2]`` of the grey picture: where they went, and which were found ``[P]``."""
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before.grey, after.grey, points, np.empty_like(points), winSize=WINDOW, maxLevel=LEVELS
    )
    return np.asarray(moved, dtype=np.float32), np.asarray(found).ravel() > 0


def _carried(box: Floats, a: Floats, shift: Floats) -> Floats:
    """The box, shifted by the median motion and scaled by the median change of distances.

    Points ``a [P, 2]`` went ``shift [P, 2]``.
    """
    if len(a) < 3:
        return box.copy()
    spread = np.linalg.norm(shift - np.median(shift, axis=0), axis=1)
    agreeing = spread <= max(3 * float(np.median(spread)), 0.5)
    a, shift = a[agreeing], shift[agreeing]
    growth = _growth(a, a + shift, 0.15 * float(np.sqrt(np.prod(box[2:]))))
    # The size changes about the points, which need not be centred in the box.
    pivot = a.mean(axis=0)
    centre = pivot + np.median(shift, axis=0) + (box[:2] + box[2:] / 2 - pivot) * growth
    size = box[2:] * growth
    return np.concatenate([centre - size / 2, size])


def _growth(a: Floats, b: Floats, far: float) -> float:
    """How much farther apart points at least ``far`` apart have come, within reason."""
    if len(a) < 10:
        return 1.0
    i, j = np.triu_indices(len(a), 1)
    old = np.linalg.norm(a[i] - a[j], axis=1)
    chosen = old > far
    if chosen.sum() < 10:
        return 1.0
    ratio = np.linalg.norm(b[i] - b[j], axis=1)[chosen] / old[chosen]
    return float(np.clip(np.median(ratio), 1 - MOST_GROWTH, 1 + MOST_GROWTH))
