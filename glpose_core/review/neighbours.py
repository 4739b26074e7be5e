"""*Two people* and *twins*: joints of one body on another's, and one person labelled twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..labels import PoseRows, Visibility
from ..labels.poses import is_human
from .body import BLOCK, Floats, corners, length_of, ramp

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

    def of(self, rows: slice) -> Neighbours:
        """What some of the rows say."""
        return Neighbours(self.shared[rows], self.other[rows], self.twin[rows], self.twin_of[rows])


def find_neighbours(rows: PoseRows) -> Neighbours:
    """Compare every two people of every frame. ``rows``: POSE_DTYPE ``[N]``, in any order."""
    count = len(rows)
    found = Neighbours(
        np.zeros((count, 17)), np.full((count, 17), -1, np.int32), np.zeros(count),
        np.full(count, -1, np.int32),
    )  # fmt: skip
    low, high = outlines(rows)
    for a, b in meetings(rows["frame"], low, high):
        _compare(rows, high - low, a, b, found)
    return found


def joined(parts: Sequence[Neighbours]) -> Neighbours:
    """Parts of rows, one after the other."""
    columns = [field.name for field in fields(Neighbours)]
    return Neighbours(*(np.concatenate([getattr(one, of) for one in parts]) for of in columns))


def outlines(rows: PoseRows) -> tuple[Floats, Floats]:
    """The corners of the joints of each pose (:func:`.body.corners`), ``[N, 2]`` twice."""
    low, high = np.empty((len(rows), 2)), np.empty((len(rows), 2))
    for start in range(0, len(rows), BLOCK):
        part = slice(start, start + BLOCK)
        low[part], high[part] = corners(_places(rows[part]))
    return low, high


def meetings(
    frames: NDArray[np.int32], low: Floats, high: Floats
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows of one frame whose outlines meet, as two arrays of row numbers at a time; each pair comes once."""
    order = np.argsort(frames, kind="stable")
    frames, low, high = frames[order], low[order], high[order]
    for step in range(1, len(order)):
        alike = frames[step:] == frames[:-step]
        if not alike.any():
            break
        close = ((low[:-step] <= high[step:]) & (low[step:] <= high[:-step])).all(axis=1)
        pairs = np.flatnonzero(alike & close)
        if len(pairs):
            yield order[pairs], order[pairs + step]


def _places(rows: PoseRows) -> Floats:
    """Where joints are seen, ``[N, 17, 2]``; NaN elsewhere."""
    shown = (rows["visibility"] != Visibility.ABSENT) & ~rows["deleted"][:, None]
    return np.asarray(np.where(shown[..., None], rows["xy"], np.nan))


def _compare(
    rows: PoseRows, extent: Floats, a: NDArray[np.intp], b: NDArray[np.intp], found: Neighbours
) -> None:
    size = np.maximum(np.minimum(extent[a].max(axis=1), extent[b].max(axis=1)), 1.0)
    away = length_of(_places(rows[a]) - _places(rows[b])) / size[:, None]
    both = np.isfinite(away)
    enough = both.sum(axis=1) >= FEWEST
    mean = np.where(both, away, 0).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    twins = np.where(enough, ramp(-mean, -SAME_BODY[0], -SAME_BODY[1]), 0.0)
    shared = ramp(-away, -NEAR[0], -NEAR[1]) * (twins == 0)[:, None]
    on = np.flatnonzero(shared.any(axis=1))
    _share(rows, a[on], b[on], shared[on], found)
    same = np.flatnonzero(twins)
    _pair(rows, a[same], b[same], twins[same], found)


def _share(
    rows: PoseRows, a: NDArray[np.intp], b: NDArray[np.intp], shared: Floats, found: Neighbours
) -> None:
    """People who pass one another share places rightly: only a joint that is trusted less is suspect."""
    first, second = _trust(rows[a]), _trust(rows[b])
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
    return f"lies on that of {name}"


def twins_words(name: str) -> str:
    """What the list says; ``name`` is the other person's."""
    return f"the same body as {name}?"
