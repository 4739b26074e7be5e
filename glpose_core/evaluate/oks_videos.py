"""OKS of PoseTrack files: the same measure as COCO's, with frames as pictures and the person box as area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .average_precision import video_of
from .coco import sigmas_of
from .joints import Ints
from .oks import OksFound, OksScore, OksTruth, extent, score_oks
from .people import NO_SCORE, People, Video, joined
from .preparing import LeftOut, prepare_labelled


@dataclass(frozen=True)
class OksVideos:
    """OKS of some videos: all together, and each alone. ``left_out``: what was not counted."""

    videos: tuple[str, ...]
    total: OksScore
    each: tuple[OksScore, ...]
    left_out: LeftOut


def score_oks_videos(videos: Sequence[Video]) -> OksVideos:
    """Average precision by OKS of videos. Frames without labels and points in ignore regions do not count.

    The area that OKS wants is that of the person box; a person's score is the file's, or the mean of
    the joints' scores.

    Raises:
        FormatError: nobody is labelled.
    """
    prepared, left = prepare_labelled(videos)
    truth, starts = joined(prepared, "truth")
    found, _ = joined(prepared, "predictions")
    sigmas = sigmas_of(prepared[0].joints)
    labelled, detected = _truth(truth), _found(found)
    mine, theirs = video_of(truth.frame, starts), video_of(found.frame, starts)
    each = tuple(
        score_oks(
            _rows(labelled, np.flatnonzero(mine == video)),
            detected.take(np.flatnonzero(theirs == video)),
            sigmas,
        )
        for video in range(len(prepared))
    )
    names = tuple(video.name for video in prepared)
    return OksVideos(names, score_oks(labelled, detected, sigmas), each, left)


def _truth(people: People) -> OksTruth:
    box = np.nan_to_num(people.box)
    nobody = np.asarray(~people.present.any(axis=1))
    none = np.zeros(len(people), dtype=bool)
    return OksTruth(
        people.frame, people.xy, people.present, box[:, 2] * box[:, 3], box, nobody, none
    )


def _rows(truth: OksTruth, rows: Ints) -> OksTruth:
    return OksTruth(*(getattr(truth, name)[rows] for name in OksTruth.__dataclass_fields__))


def _found(people: People) -> OksFound:
    some = people.take(np.asarray(people.present.any(axis=1)))
    xy = np.where(some.present[..., None], some.xy, np.inf)
    return OksFound(some.frame, xy, _pose_scores(some), extent(xy))


def _pose_scores(people: People) -> np.ndarray:
    score = np.where(people.present, people.score, 0.0).sum(axis=1)
    mean = score / np.maximum(people.present.sum(axis=1), 1)
    own = np.where(np.isnan(people.pose_score), mean, people.pose_score)
    return np.where((own == NO_SCORE) | np.isnan(own), 0.0, own)
