"""PoseTrack's average precision: per joint, over all predictions of all videos by descending score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .joints import JOINTS, Bools, Floats, Ints, total_of
from .matching import Matches, Pairs
from .people import People


@dataclass(frozen=True)
class Detections:
    """Every predicted joint that is there, judged.

    Attributes:
        joint: its slot, int64 ``[D]``.
        score: float64 ``[D]``. right: whether it is a true positive, ``[D]``.
        labelled: labelled joints of each video, int64 ``[videos, 15]``.
        video: the video of each, int64 ``[D]``.
    """

    joint: Ints
    score: Floats
    right: Bools
    video: Ints
    labelled: Ints


@dataclass(frozen=True)
class AveragePrecision:
    """In percent. ``ap``, ``precision``, ``recall`` float64 ``[15]`` (NaN: left out of the totals, as
    joints that are predicted but nowhere labelled)."""

    ap: Floats
    precision: Floats
    recall: Floats

    @property
    def total(self) -> float:
        """The mean AP of the joints that have one: PoseTrack's "Total"."""
        return total_of(self.ap)


def judge(
    truth: People,
    predictions: People,
    pairs: Pairs,
    matches: Matches,
    starts: Ints,
) -> Detections:
    """Call each predicted joint right or wrong. A joint that the matched person lacks is wrong, and so
    are all joints of a prediction that matches nobody. ``starts`` are the frames before each video."""
    right = np.zeros(predictions.present.shape, dtype=bool)
    matched = matches.pair_of >= 0
    right[matched] = pairs.right[matches.pair_of[matched]]
    person, joint = np.nonzero(predictions.present)
    videos = len(starts) - 1
    labelled = np.zeros((videos, len(JOINTS)), dtype=np.int64)
    np.add.at(labelled, video_of(truth.frame, starts), truth.present.astype(np.int64))
    return Detections(
        joint,
        predictions.score[person, joint],
        right[person, joint],
        video_of(predictions.frame, starts)[person],
        labelled,
    )


def video_of(frames: Ints, starts: Ints) -> Ints:
    """Which video each frame belongs to: int64, as ``frames``."""
    return np.searchsorted(starts, frames, side="right").astype(np.int64) - 1


def average_precision(found: Detections, video: int | None = None) -> AveragePrecision:
    """AP, precision and recall of each joint, over all videos or over one."""
    counts = found.labelled.sum(axis=0) if video is None else found.labelled[video]
    result = np.zeros((3, len(JOINTS)))
    for joint, labelled in enumerate(counts.tolist()):
        mine = found.joint == joint
        if video is not None:
            mine &= found.video == video
        result[:, joint] = _one_joint(found.score[mine], found.right[mine], labelled)
    return AveragePrecision(*(100 * result))


def _one_joint(score: Floats, right: Bools, labelled: int) -> tuple[float, float, float]:
    if not len(score):
        return 0.0, 0.0, 0.0
    if not labelled:
        return np.nan, 0.0, np.nan
    # The official code's own call: equal scores then fall into the same order as there.
    order = np.argsort(score)[::-1]
    hits = np.cumsum(right[order])
    precision = hits / np.arange(1, len(hits) + 1)
    recall = hits / labelled
    return area_under(recall, precision), float(precision[-1]), float(recall[-1])


def area_under(recall: Floats, precision: Floats) -> float:
    """The area under a precision–recall curve whose precision never rises again further right."""
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(recall, prepend=0.0)
    return float((steps * envelope).sum())
