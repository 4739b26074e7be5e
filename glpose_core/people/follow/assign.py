"""Who is who: matching the people being followed with the people just found."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ...geometry import Floats, box_iou
from ...skeleton import POSETRACK17
from .boxes import Poses

LEAST_ALIKE = 0.35
"""Likeness (0…1) from which a detection may continue a track."""

FAR = 0.6
"""Beyond this distance, in box heights, nobody is the same person."""

_FALL_OFF = (2 * np.array(POSETRACK17.sigmas)) ** 2


@dataclass(frozen=True, eq=False)
class Sighting:
    """People in one frame, tracked or found: boxes ``[N, 4]``, looks ``[N, L]`` and, where they were
    estimated, their poses."""

    boxes: Floats
    looks: NDArray[np.float32]
    poses: Poses | None = None

    def __len__(self) -> int:
        return len(self.boxes)


def pose_likeness(a: Poses, b: Poses, areas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Object keypoint similarity of every pose in ``a`` with every one in ``b``, weighted by how sure
    both are of a joint.

    ``areas [len(a)]`` are box areas in pixels². Returns ``[len(a), len(b)]`` in 0…1; 0 where the two share
    no joint.
    """
    squared = ((a.xy[:, None] - b.xy[None]) ** 2).sum(axis=-1)
    scale = 2 * _FALL_OFF * areas[:, None, None] * 0.53
    alike = np.exp(-squared / np.maximum(scale, 1e-9))
    weight = np.sqrt(a.score[:, None] * b.score[None])
    total = weight.sum(axis=-1)
    shared = (alike * weight).sum(axis=-1)
    return np.asarray(np.divide(shared, total, out=np.zeros_like(total), where=total > 0))


def look(picture: NDArray[np.uint8], box: Floats) -> NDArray[np.float32]:
    """The colours of a person: hue–saturation and brightness histograms of the upper and the lower half of
    the middle of the box, ``[L]``, summing to 1. All zero if the box lies outside the picture."""
    centre, size = box[:2] + box[2:] / 2, box[2:] * (0.4, 0.7)
    height, width = picture.shape[:2]
    low = np.clip(np.round(centre - size / 2), 0, (width, height)).astype(int)
    high = np.clip(np.round(centre + size / 2) + 1, 0, (width, height)).astype(int)
    part = picture[low[1] : high[1], low[0] : high[0]]
    counts = np.zeros((2, 10 * 4 + 8), dtype=np.float32)
    if min(part.shape[:2]) < 2:
        return counts.ravel()
    small = cv2.resize(part, (16, 32), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    for half, pixels in enumerate((hsv[:16].reshape(-1, 3), hsv[16:].reshape(-1, 3))):
        hue, saturation, value = pixels.astype(np.int64).T
        colour = hue * 10 // 180 * 4 + saturation // 64
        counts[half, :40] = np.bincount(colour, minlength=40)
        counts[half, 40:] = np.bincount(value // 32, minlength=8)
    flat = counts.ravel()
    return np.asarray(flat / flat.sum(), dtype=np.float32)


def look_likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Bhattacharyya coefficients of looks ``[N, L]`` and ``[M, L]``: ``[N, M]`` in 0…1."""
    return np.asarray(np.sqrt(a) @ np.sqrt(b).T, dtype=np.float64)


def likeness(tracked: Sighting, found: Sighting) -> NDArray[np.float64]:
    """How well every tracked person fits every found one, ``[T, D]`` in 0…1; 0 where they cannot be the
    same. Overlap, distance from where motion led, pose and colours each have a say."""
    iou = box_iou(tracked.boxes, found.boxes)
    centres = [s.boxes[:, :2] + s.boxes[:, 2:] / 2 for s in (tracked, found)]
    height = np.maximum(tracked.boxes[:, 3][:, None], found.boxes[:, 3][None])
    distance = np.linalg.norm(centres[0][:, None] - centres[1][None], axis=-1) / height
    sizes = np.abs(np.log(tracked.boxes[:, 3][:, None] / found.boxes[:, 3][None]))
    near = np.exp(-((distance / 0.25) ** 2)) * np.exp(-((sizes / 0.5) ** 2))
    colours = look_likeness(tracked.looks, found.looks)
    if tracked.poses is None or found.poses is None:
        total = 0.35 * iou + 0.3 * near + 0.35 * colours
    else:
        areas = np.prod(tracked.boxes[:, 2:], axis=1)
        posture = pose_likeness(tracked.poses, found.poses, areas)
        total = 0.25 * iou + 0.2 * near + 0.3 * posture + 0.25 * colours
    return np.where((distance < FAR) & (sizes < np.log(2.2)), total, 0.0)


def assign(scores: NDArray[np.float64], first: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Match rows and columns so that the sum of likeness is greatest (Hungarian method).

    Args:
        scores: likeness ``[T, D]``; pairs below ``LEAST_ALIKE`` are never matched.
        first: rows that choose before all others, ``[T]``: people that a human has named.

    Returns:
        Pairs (row, column), sorted by row.
    """
    pairs: list[tuple[int, int]] = []
    free = np.ones(scores.shape[1], dtype=bool)
    for group in (first, ~first):
        rows, columns = np.flatnonzero(group), np.flatnonzero(free)
        if len(rows) == 0 or len(columns) == 0:
            continue
        part = scores[np.ix_(rows, columns)]
        worth = np.where(part >= LEAST_ALIKE, part, 0.0)
        for r, c in zip(*linear_sum_assignment(worth, maximize=True), strict=True):
            if worth[r, c] > 0:
                pairs.append((int(rows[r]), int(columns[c])))
                free[columns[c]] = False
    return sorted(pairs)
