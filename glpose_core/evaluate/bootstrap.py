"""How far a figure would move with other videos: bootstrap intervals over videos.

Videos, not frames, are drawn again: the frames of a video are alike. AP is sorted once; a draw then only
changes how often each prediction counts. A joint that only the videos not drawn label is left out of a
draw: that it would count 0 is the rule for a whole data set, and no measure of chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .average_precision import Detections
from .joints import JOINTS, Floats, Ints
from .tracking import TrackingCounts

DRAWS = 500
LEVEL = 0.95
STEPS = 500
"""At most so many points of a draw's precision–recall curve. All draws then come out smaller by up to
0.05 alike; their spread is the same."""


@dataclass(frozen=True)
class Interval:
    """Within this a figure stays for ``LEVEL`` of the random sets of videos (:func:`interval`)."""

    low: float
    high: float


def draw_videos(videos: int, draws: int = DRAWS, seed: int = 0) -> Ints:
    """How often each video is in each draw: int64 ``[draws, videos]``, rows summing to ``videos``."""
    chosen = np.random.default_rng(seed).integers(0, videos, (draws, videos))
    counts = np.zeros((draws, videos), dtype=np.int64)
    np.add.at(counts, (np.arange(draws)[:, None], chosen), 1)
    return counts


def interval(figures: Floats, figure: float, most: float = np.inf) -> Interval | None:
    """The interval of a figure from the figures of all draws, ``[draws]``; ``None`` where there are none.

    The spread of the draws is laid about the figure itself, not about their own mean: AP comes out
    somewhat larger where videos repeat. ``most`` is the largest value that the figure can have.
    """
    known = figures[~np.isnan(figures)]
    if not len(known) or np.isnan(figure):
        return None
    low, high = np.quantile(known - known.mean(), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(figure + low), float(min(figure + high, most)))


def total_ap(found: Detections, weights: Ints) -> Floats:
    """The total AP of each draw, in percent: float64 ``[draws]``."""
    labelled = weights @ found.labelled
    aps = [_draws_of(found, joint, weights, labelled[:, joint]) for joint in range(len(JOINTS))]
    return 100 * _mean_known(np.array(aps).T)


def total_mota(counts: TrackingCounts, weights: Ints) -> Floats:
    """The total MOTA of each draw, in percent: float64 ``[draws]``."""
    wrong = weights @ (counts.misses + counts.switches + counts.false_positives)
    objects = weights @ counts.objects
    return 100 * (1 - _mean_known(np.where(objects > 0, wrong / np.maximum(objects, 1), np.nan)))


def _mean_known(values: Floats) -> Floats:
    """The mean of each row's numbers, NaN where it has none: ``[draws, J]`` → ``[draws]``."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(count > 0, mean, np.nan)


def _draws_of(found: Detections, joint: int, weights: Ints, labelled: Ints) -> Floats:
    """The AP of one joint in each draw, ``[draws]``; NaN where the draw does not label it."""
    if not found.labelled[:, joint].any():
        # Labelled in no video: 0 if it is not predicted either, as in the whole.
        return np.full(len(weights), np.nan if (found.joint == joint).any() else 0.0)
    mine = np.flatnonzero(found.joint == joint)
    mine = mine[np.argsort(found.score[mine])[::-1]]
    steps = min(STEPS, len(mine))
    step = np.arange(len(mine)) * steps // max(len(mine), 1)
    cells = step * weights.shape[1] + found.video[mine]
    shape, size = (steps, weights.shape[1]), steps * weights.shape[1]
    right = found.right[mine].astype(np.float64)
    gained = weights @ np.bincount(cells, weights=right, minlength=size).reshape(shape).T
    passed = weights @ np.bincount(cells, minlength=size).reshape(shape).T.astype(np.float64)
    precision = np.cumsum(gained, axis=1) / np.maximum(np.cumsum(passed, axis=1), 1)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    known = np.where(labelled > 0, labelled, np.nan)
    return np.asarray((gained * envelope).sum(axis=1) / known)
