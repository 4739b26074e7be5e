"""How far a figure would move with other videos: bootstrap intervals over videos.

Videos, not frames, are drawn again: the frames of a video are alike. AP is sorted once; a draw then only
changes how often each prediction counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .average_precision import Detections
from .joints import JOINTS, Bools, Floats, Ints, total_of
from .tracking import TrackingCounts, tracking_measures

DRAWS = 500
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """The middle ``LEVEL`` of the figures that ``draws`` random sets of the videos give."""

    low: float
    high: float


def draw_videos(videos: int, draws: int = DRAWS, seed: int = 0) -> Ints:
    """How often each video is in each draw: int64 ``[draws, videos]``, rows summing to ``videos``."""
    chosen = np.random.default_rng(seed).integers(0, videos, (draws, videos))
    counts = np.zeros((draws, videos), dtype=np.int64)
    np.add.at(counts, (np.arange(draws)[:, None], chosen), 1)
    return counts


def interval(figures: Floats) -> Interval | None:
    """The interval of the figures of all draws, ``[draws]``; ``None`` where there are none."""
    known = figures[~np.isnan(figures)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def total_ap(found: Detections, weights: Ints) -> Floats:
    """The total AP of each draw, in percent: float64 ``[draws]``."""
    joints = [_Curve.of(found, joint) for joint in range(len(JOINTS))]
    labelled = weights @ found.labelled
    result = np.zeros(len(weights))
    for draw, weight in enumerate(weights):
        aps = [
            curve.ap(weight, count)
            for curve, count in zip(joints, labelled[draw].tolist(), strict=True)
        ]
        result[draw] = 100 * total_of(np.array(aps))
    return result


def total_mota(counts: TrackingCounts, weights: Ints) -> Floats:
    """The total MOTA of each draw, in percent: float64 ``[draws]``."""
    return np.array([tracking_measures(counts.summed(weight)).total for weight in weights])


@dataclass(frozen=True)
class _Curve:
    """The predictions of one joint by descending score: the video of each, and whether it is right."""

    video: Ints
    right: Bools

    @classmethod
    def of(cls, found: Detections, joint: int) -> _Curve:
        mine = found.joint == joint
        order = np.argsort(found.score[mine])[::-1]
        return cls(found.video[mine][order], found.right[mine][order])

    def ap(self, weight: Ints, labelled: int) -> float:
        each = weight[self.video]
        predicted = np.cumsum(each)
        if not len(predicted) or not predicted[-1]:
            return 0.0
        if not labelled:
            return float("nan")
        hits = np.cumsum(each[self.right])
        precision = hits / np.maximum(predicted[self.right], 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float((envelope * each[self.right]).sum() / labelled)
