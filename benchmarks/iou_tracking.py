"""The alternative to following: boxes of every frame joined by overlap alone, after SORT.

Bewley et al., "Simple Online and Realtime Tracking" (ICIP 2016), with a constant velocity in the place of the
Kalman filter: every track is moved on by its velocity, tracks and boxes are matched so that the sum of
intersections over unions is greatest, and whoever is not met for some frames is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from glpose_core.geometry import Floats, box_iou
from glpose_core.people.find import Detections

LEAST_OVERLAP = 0.3
MOST_MISSED = 10
"""Frames without a box after which a track ends."""
ENOUGH_HITS = 3
"""Boxes from which a track counts as somebody."""
SURE = 0.5
"""Score from which a box may begin a track."""


@dataclass(eq=False)
class _Track:
    box: Floats
    velocity: Floats = field(default_factory=lambda: np.zeros(2))
    missed: int = 0
    boxes: dict[int, Floats] = field(default_factory=dict)


def track_by_overlap(finds: Mapping[int, Detections]) -> list[dict[int, Floats]]:
    """The boxes ``[4]`` by frame of everybody in finds by frame."""
    tracks: list[_Track] = []
    ended: list[_Track] = []
    for frame, found in sorted(finds.items()):
        for track in tracks:
            track.box = track.box + np.concatenate([track.velocity, np.zeros(2)])
        pairs = _match([track.box for track in tracks], found.boxes)
        for row, track in enumerate(tracks):
            column = pairs.get(row)
            if column is None:
                track.missed += 1
                continue
            box = found.boxes[column]
            step = (box[:2] + box[2:] / 2) - (track.box[:2] + track.box[2:] / 2)
            track.velocity = track.velocity + 0.3 * step
            track.box, track.missed = box, 0
            track.boxes[frame] = box
        ended += [track for track in tracks if track.missed > MOST_MISSED]
        tracks = [track for track in tracks if track.missed <= MOST_MISSED]
        for column in range(len(found)):
            if column not in pairs.values() and found.scores[column] >= SURE:
                box = found.boxes[column]
                tracks.append(_Track(box, boxes={frame: box}))
    return [track.boxes for track in ended + tracks if len(track.boxes) >= ENOUGH_HITS]


def _match(ours: Sequence[Floats], theirs: Floats) -> dict[int, int]:
    if not ours or not len(theirs):
        return {}
    overlap = box_iou(np.stack(ours), theirs)
    pairs = zip(*linear_sum_assignment(overlap, maximize=True), strict=True)
    return {int(row): int(column) for row, column in pairs if overlap[row, column] >= LEAST_OVERLAP}
