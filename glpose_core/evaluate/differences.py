"""Where predictions are worst, and where two sets of predictions differ most: joints that a person can open.

Places are given as the app counts them: video, frame from 0, the person's track in the truth, joint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..errors import UsageError
from .average_precision import video_of
from .joints import Floats, Ints
from .matching import Matches
from .people import People

MISS = 1.0
"""A labelled joint that is not found ranks with an error of this many sizes."""


class Scored(Protocol):
    """What this module needs of a score; :class:`.posetrack.PoseTrackScore` and
    :class:`.percentage_correct.PckScore` have it. ``size`` is in pixels, ``[truth]``."""

    @property
    def videos(self) -> tuple[str, ...]: ...
    @property
    def joints(self) -> tuple[str, ...]: ...
    @property
    def numbers(self) -> Ints: ...
    @property
    def starts(self) -> Ints: ...
    @property
    def truth(self) -> People: ...
    @property
    def predictions(self) -> People: ...
    @property
    def matches(self) -> Matches: ...
    @property
    def size(self) -> Floats: ...


@dataclass(frozen=True)
class JointError:
    """One labelled joint and how far its prediction is away.

    Attributes:
        video, frame, person, joint: where; ``person`` is the track number in the truth.
        x, y: where the label is.
        pixels, sizes: the distance, in pixels and in sizes of the person (head sizes for PoseTrack's
            measures).
    """

    video: str
    frame: int
    person: int
    joint: str
    x: float
    y: float
    pixels: float
    sizes: float


@dataclass(frozen=True)
class Missed:
    """A labelled person whom no prediction matches."""

    video: str
    frame: int
    person: int


@dataclass(frozen=True)
class JointDifference:
    """One labelled joint as two sets of predictions see it; ``None``: not found. In pixels and sizes;
    ``change`` is the second's error less the first's in sizes, with :data:`MISS` for a miss."""

    video: str
    frame: int
    person: int
    joint: str
    x: float
    y: float
    pixels: float | None
    other_pixels: float | None
    change: float


@dataclass(frozen=True)
class Differences:
    """Two sets of predictions, joint by joint. Counts of labelled joints: nearer and further in the
    second, found by the first only, by the second only; and the largest changes."""

    nearer: int
    further: int
    only_first: int
    only_second: int
    worst: tuple[JointDifference, ...]


def joint_errors(score: Scored) -> Floats:
    """How far each labelled joint's prediction is away, in pixels: float64 ``[truth, J]``; infinite where
    it is not found, NaN where nothing is labelled."""
    found = score.matches.prediction_of
    matched = found >= 0
    errors = np.full(score.truth.present.shape, np.inf)
    rows = found[matched]
    apart = np.linalg.norm(score.predictions.xy[rows] - score.truth.xy[matched], axis=-1)
    errors[matched] = np.where(score.predictions.present[rows], apart, np.inf)
    return np.where(score.truth.present, errors, np.nan)


def worst_joints(score: Scored, count: int) -> tuple[JointError, ...]:
    """The labelled joints of matched people whose predictions are furthest away, in sizes; none that
    is exactly right."""
    errors = joint_errors(score)
    sizes = _in_sizes(errors, score)
    ranked = np.where(np.isfinite(sizes), sizes, -1.0)
    places = _largest(ranked, count)
    result = []
    for row, joint in places:
        if ranked[row, joint] > 0:
            distance = float(errors[row, joint]), float(sizes[row, joint])
            result.append(JointError(*_place(score, row, joint), *distance))
    return tuple(result)


def missed_people(score: Scored) -> tuple[Missed, ...]:
    """Labelled people whom no prediction matches, in order."""
    rows = np.flatnonzero((score.matches.prediction_of < 0) & score.truth.present.any(axis=1))
    names = [score.videos[v] for v in video_of(score.truth.frame[rows], score.starts).tolist()]
    frames = score.numbers[score.truth.frame[rows]].tolist()
    tracks = score.truth.track[rows].tolist()
    return tuple(Missed(*place) for place in zip(names, frames, tracks, strict=True))


def compare(first: Scored, second: Scored, count: int) -> Differences:
    """Compare two sets of predictions of the same truth, joint by joint.

    Raises:
        UsageError: they were not scored against the same labels.
    """
    if not np.array_equal(first.truth.xy, second.truth.xy) or first.videos != second.videos:
        raise UsageError(
            "the two sets of predictions were not scored against the same labels",
            remedy="give both the same --truth",
        )
    errors, others = joint_errors(first), joint_errors(second)
    one, two = _in_sizes(errors, first), _in_sizes(others, second)
    change = np.where(np.isfinite(two), two, MISS) - np.where(np.isfinite(one), one, MISS)
    change = np.where(np.isnan(errors), 0.0, change)
    here, there = np.isfinite(errors), np.isfinite(others)
    labelled = ~np.isnan(errors)
    worst = []
    for row, joint in _largest(np.abs(change), count):
        if change[row, joint] != 0:
            pixels = _finite(errors[row, joint]), _finite(others[row, joint])
            step = float(change[row, joint])
            worst.append(JointDifference(*_place(first, row, joint), *pixels, step))
    return Differences(
        nearer=int((here & there & (others < errors)).sum()),
        further=int((here & there & (others > errors)).sum()),
        only_first=int((labelled & here & ~there).sum()),
        only_second=int((labelled & there & ~here).sum()),
        worst=tuple(worst),
    )


def _in_sizes(errors: Floats, score: Scored) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(errors / score.size[:, None])


def _largest(values: Floats, count: int) -> Sequence[tuple[int, int]]:
    """Rows and columns of the largest values, the largest first, the earlier of equals first."""
    flat = values.reshape(-1)
    order = np.argsort(-flat, kind="stable")[:count]
    return [(int(at) // values.shape[1], int(at) % values.shape[1]) for at in order]


def _place(score: Scored, row: int, joint: int) -> tuple[str, int, int, str, float, float]:
    """Video, frame, person, joint, x, y."""
    frame = score.truth.frame[row]
    video = int(np.searchsorted(score.starts, frame, side="right")) - 1
    x, y = score.truth.xy[row, joint].tolist()
    track = int(score.truth.track[row])
    return score.videos[video], int(score.numbers[frame]), track, score.joints[joint], x, y


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
