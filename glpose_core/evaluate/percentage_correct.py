"""PCK: the share of labelled joints that are predicted within a share of the person's size.

What the distance is divided by decides the figure, so every result carries its name: ``torso``
(‖left shoulder − right hip‖), ``head`` (0.6 × the diagonal of the head box, PCKh) or ``box`` (the longer
side of the person box).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import FormatError
from .average_precision import video_of
from .bootstrap import Interval, draw_videos, interval
from .joints import Bools, Floats, Ints, total_of
from .matching import Matches, find_pairs, match_people
from .people import People, Video, joined
from .preparing import NOTHING, LeftOut, prepare

Normaliser = Literal["torso", "head", "box"]
NORMALISERS: dict[Normaliser, str] = {
    "torso": "the torso, ‖left shoulder − right hip‖",
    "head": "the head size, 0.6 × the diagonal of the head box",
    "box": "the longer side of the person box",
}
THRESHOLDS: dict[Normaliser, float] = {"torso": 0.2, "head": 0.5, "box": 0.2}
"""The usual threshold of each, inclusive."""
TORSO = ("left_shoulder", "right_hip")


@dataclass(frozen=True)
class Pck:
    """Shares between 0 and 1.

    Attributes:
        right, labelled: joints, int64 ``[J]``.
        people: who counted; ``left_out``: who did not, having no size.
    """

    right: Ints
    labelled: Ints
    people: int
    left_out: int

    @property
    def per_joint(self) -> Floats:
        """The share of each joint, float64 ``[J]``; NaN where it is nowhere labelled."""
        return shares(self.right, self.labelled)

    @property
    def pooled(self) -> float:
        """The share of all labelled joints together; NaN if there are none."""
        return float(shares(self.right.sum(), self.labelled.sum()))

    @property
    def mean(self) -> float:
        """The mean over the joints that are labelled somewhere."""
        return total_of(self.per_joint)


def shares(right: Ints, labelled: Ints) -> Floats:
    """``right / labelled``, NaN where nothing is labelled."""
    known = np.asarray(labelled, dtype=np.float64)
    result = np.full(known.shape, np.nan)
    np.divide(right, known, out=result, where=known > 0)
    return result


def torso_size(xy: Floats, known: Bools, joints: Sequence[str]) -> Floats:
    """‖left shoulder − right hip‖ of people ``[N, J, 2]`` in pixels: ``[N]``, NaN where one is unknown."""
    shoulder, hip = (list(joints).index(joint) for joint in TORSO)
    size: Floats = np.linalg.norm(xy[:, shoulder] - xy[:, hip], axis=-1)
    return np.where(known[:, shoulder] & known[:, hip], size, np.nan)


def pck(found: Floats, truth: Floats, known: Bools, size: Floats, threshold: float) -> Pck:
    """PCK of people whose predictions are known to be theirs.

    Args:
        found, truth: joints ``[N, J, 2]`` in pixels; NaN in ``found`` is a joint that is not predicted.
        known: labelled joints ``[N, J]``.
        size: what distances are measured in, ``[N]`` pixels; people with NaN are left out and counted.
        threshold: inclusive.
    """
    counted = ~np.isnan(size)
    mine = known[counted]
    distance = np.linalg.norm(found[counted] - truth[counted], axis=-1)
    right = (distance <= threshold * size[counted, None]) & mine
    return Pck(right.sum(axis=0), mine.sum(axis=0), int(counted.sum()), int((~counted).sum()))


@dataclass(frozen=True)
class PckScore:
    """PCK of some videos, people paired as PoseTrack pairs them.

    Attributes:
        normaliser, threshold: what was measured.
        joints: names of the J joints.
        videos: names; right, labelled: int64 ``[videos, J]``.
        numbers, starts, truth, predictions, matches, size: as in
            :class:`.posetrack.PoseTrackScore`; ``size`` in pixels, ``[truth]``.
        without_size: labelled people left out because they have no such size.
        unmatched: predicted people who are nobody labelled: PCK does not count them.
        left_out: frames and ignored points that were not counted.
    """

    normaliser: Normaliser
    threshold: float
    joints: tuple[str, ...]
    videos: tuple[str, ...]
    right: Ints
    labelled: Ints
    numbers: Ints
    starts: Ints
    truth: People
    predictions: People
    matches: Matches
    size: Floats
    without_size: int
    unmatched: int
    left_out: LeftOut

    @property
    def all(self) -> Pck:
        """All videos together."""
        return Pck(
            self.right.sum(axis=0), self.labelled.sum(axis=0), len(self.truth), self.without_size
        )

    def of(self, video: int) -> Pck:
        """One video."""
        people = int((video_of(self.truth.frame, self.starts) == video).sum())
        return Pck(self.right[video], self.labelled[video], people, 0)

    def draws(self) -> Floats:
        """The mean over joints of random sets of the videos, in shares: float64 ``[draws]``."""
        weights = draw_videos(len(self.videos))
        per_joint = shares(weights @ self.right, weights @ self.labelled)
        return np.array([total_of(row) for row in per_joint])

    def interval(self) -> Interval | None:
        """A 95 % interval of the mean over joints, in shares; ``None`` for a single video."""
        return interval(self.draws(), self.all.mean, 1.0) if len(self.videos) > 1 else None


def score_pck(
    videos: Sequence[Video], normaliser: Normaliser = "torso", threshold: float | None = None
) -> PckScore:
    """PCK of videos with any number of people.

    Frames without labels and points in ignore regions do not count. Each prediction is paired with the
    labelled person of whom it has most joints right, as PoseTrack does; a labelled person without a
    prediction has every joint wrong; a prediction without a person costs nothing.

    Raises:
        FormatError: no labelled person has the size that is asked for.
    """
    limit = THRESHOLDS[normaliser] if threshold is None else threshold
    prepared, left, without = [], NOTHING, 0
    for video in videos:
        ready, gone = prepare(video)
        left += gone
        prepared.append(ready)
    truth, starts = joined(prepared, "truth")
    predictions, _ = joined(prepared, "predictions")
    joints = prepared[0].joints if prepared else ()
    size = sizes(truth, normaliser, joints)
    sized = ~np.isnan(size)
    without = int((~sized).sum())
    truth, size = truth.take(sized), size[sized]
    if not len(truth):
        raise FormatError(
            f"nobody labelled has what PCK is to be measured in: {NORMALISERS[normaliser]}",
            remedy=f"choose another --normaliser: {', '.join(NORMALISERS)}",
        )
    pairs = find_pairs(truth, predictions, size, limit)
    matches = match_people(pairs, truth, predictions)
    right = np.zeros(truth.present.shape, dtype=bool)
    found = matches.prediction_of >= 0
    right[found] = pairs.right[matches.pair_of[matches.prediction_of[found]]]
    return PckScore(
        normaliser=normaliser,
        threshold=limit,
        joints=joints,
        videos=tuple(video.name for video in prepared),
        right=_per_video(right, truth, starts),
        labelled=_per_video(truth.present, truth, starts),
        numbers=np.concatenate([video.numbers for video in prepared]),
        starts=starts,
        truth=truth,
        predictions=predictions,
        matches=matches,
        size=size,
        without_size=without,
        unmatched=int((matches.truth_of < 0).sum()),
        left_out=left,
    )


def sizes(people: People, normaliser: Normaliser, joints: Sequence[str]) -> Floats:
    """What distances are measured in, for each person, in pixels: float64 ``[N]``, NaN without one."""
    if normaliser == "head":
        return people.head_size
    if normaliser == "torso" and set(TORSO) <= set(joints):
        return torso_size(people.xy, people.present, joints)
    if normaliser == "torso":
        return np.full(len(people), np.nan)
    return np.asarray(people.box[:, 2:].max(axis=1, initial=-np.inf))


def _per_video(joints: Bools, people: People, starts: Ints) -> Ints:
    result = np.zeros((len(starts) - 1, joints.shape[1]), dtype=np.int64)
    np.add.at(result, video_of(people.frame, starts), joints.astype(np.int64))
    return result
