"""*Two people* and *twins*: joints of one body on another's, and one person labelled twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..labels import PoseRows, Visibility
from ..labels.poses import is_human
from .body import Floats, corners, length_of, ramp

NEAR = (0.05, 0.015)
"""Distance of two people's same joint in body sizes: where the score begins, and where it is full."""
SAME_BODY = (0.06, 0.025)
"""Mean distance of all joints in body sizes: likewise, for the same person twice."""
LESS_TRUSTED = (0.0, 0.3)
"""By what share the joint must be less trusted than the other person's: begin and full score."""
FEWEST = 5
"""So many joints must be shared for two bodies to be compared."""


@dataclass(frozen=True)
class Neighbours:
    """What rows say of one another. N rows.

    Attributes:
        shared: ``[N, 17]`` score of *two people*. other: ``[N, 17]`` int32 whose joint lies there (−1).
        twin: ``[N]`` score of *twins*: this row is the less sure of the two. twin_of: ``[N]`` int32.
    """

    shared: Floats
    other: NDArray[np.int32]
    twin: Floats
    twin_of: NDArray[np.int32]


def find_neighbours(rows: PoseRows) -> Neighbours:
    """Compare every two people of every frame. ``rows``: POSE_DTYPE ``[N]``, in any order."""
    count = len(rows)
    found = Neighbours(
        np.zeros((count, 17)), np.full((count, 17), -1, np.int32), np.zeros(count),
        np.full(count, -1, np.int32),
    )  # fmt: skip
    shown = (rows["visibility"] != Visibility.ABSENT) & ~rows["deleted"][:, None]
    xy = np.where(shown[..., None], rows["xy"], np.nan)
    low, high = corners(xy)
    trust, order = _trust(rows), np.argsort(rows["frame"], kind="stable")
    frames = rows["frame"][order]
    for step in range(1, count):
        pairs = np.flatnonzero(frames[step:] == frames[:-step])
        if not len(pairs):
            break
        a, b = order[pairs], order[pairs + step]
        close = ((low[a] <= high[b]) & (low[b] <= high[a])).all(axis=1)
        if close.any():
            _compare(rows, xy, trust, high - low, a[close], b[close], found)
    return found


def _compare(
    rows: PoseRows, xy: Floats, trust: Floats, extent: Floats,
    a: NDArray[np.intp], b: NDArray[np.intp], found: Neighbours,
) -> None:  # fmt: skip
    size = np.maximum(np.minimum(extent[a].max(axis=1), extent[b].max(axis=1)), 1.0)
    away = length_of(xy[a] - xy[b]) / size[:, None]
    both = np.isfinite(away)
    enough = both.sum(axis=1) >= FEWEST
    mean = np.where(both, away, 0).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    twins = np.where(enough, ramp(-mean, -SAME_BODY[0], -SAME_BODY[1]), 0.0)
    shared = ramp(-away, -NEAR[0], -NEAR[1]) * (twins == 0)[:, None]
    on = np.flatnonzero(shared.any(axis=1))
    _share(rows, trust, a[on], b[on], shared[on], found)
    same = np.flatnonzero(twins)
    _pair(rows, a[same], b[same], twins[same], found)


def _share(
    rows: PoseRows, trust: Floats, a: NDArray[np.intp], b: NDArray[np.intp], shared: Floats,
    found: Neighbours,
) -> None:  # fmt: skip
    """People who pass one another share places rightly: only a joint that is trusted less is suspect."""
    first, second = trust[a], trust[b]
    for me, you, mine, yours in ((a, b, first, second), (b, a, second, first)):
        score = shared * ramp(1 - mine / np.maximum(yours, 1e-6), *LESS_TRUSTED)
        better = score > found.shared[me]
        found.shared[me] = np.where(better, score, found.shared[me])
        found.other[me] = np.where(better, rows["person"][you][:, None], found.other[me])


def _pair(
    rows: PoseRows, a: NDArray[np.intp], b: NDArray[np.intp], twins: Floats, found: Neighbours
) -> None:
    """Of one person twice, the less sure pose is the one too many; what a person has confirmed is sure."""
    human = [is_human(rows["source"][side]).any(axis=1) for side in (a, b)]
    whole = [rows["pose_score"][side] + 1e6 * human[k] for k, side in enumerate((a, b))]
    less = np.where(whole[0] < whole[1], a, b)
    more = np.where(whole[0] < whole[1], b, a)
    better = twins > found.twin[less]
    found.twin[less[better]] = twins[better]
    found.twin_of[less[better]] = rows["person"][more[better]]


def _trust(rows: PoseRows) -> Floats:
    """Confidence per joint, ``[N, 17]``; a person's own joints are beyond doubt."""
    return np.asarray(np.where(is_human(rows["source"]), 2.0, rows["score"]), dtype=np.float64)


def two_people_words(name: str) -> str:
    """What the list says; ``name`` is the other person's."""
    return f"lies on the same joint of {name}"


def twins_words(name: str) -> str:
    """What the list says; ``name`` is the other person's."""
    return f"nearly the same pose as {name}: one person twice?"
