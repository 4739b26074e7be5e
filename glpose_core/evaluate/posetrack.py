"""PoseTrack's two measures, AP and MOTA, counted as the official code (poseval) counts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

import numpy as np

from ..errors import FormatError
from ..formats.posetrack_file import PoseTrackFile, complete
from .average_precision import AveragePrecision, Detections, average_precision, judge
from .bootstrap import Interval, draw_videos, interval, total_ap, total_mota
from .joints import JOINTS, Floats, Ints
from .matching import THRESHOLD, Matches, Pairs, find_pairs, match_people
from .people import NO_SCORE, People, Video, joined, pair_video
from .preparing import LeftOut, prepare_labelled
from .tracking import Tracking, TrackingCounts, count_tracking, tracking_measures


@dataclass(frozen=True)
class PoseTrackScore:
    """What PoseTrack's measures say of some videos.

    Attributes:
        videos: names, in the order of everything here; only those with a labelled frame.
        numbers: for each counted frame of all videos, its number within its video, int64 ``[F]``.
        starts: counted frames before each video, int64 ``[videos + 1]``.
        truth, predictions: the counted people; frames count over all videos.
        pairs, matches: who was compared with whom, and who is whom.
        detections, tracking_counts: what the measures are made of.
        left_out: what was not counted.
        version: 17, 18 or 21; 0 where the videos differ.
    """

    videos: tuple[str, ...]
    numbers: Ints
    starts: Ints
    truth: People
    predictions: People
    pairs: Pairs
    matches: Matches
    detections: Detections
    tracking_counts: TrackingCounts
    left_out: LeftOut
    version: int

    @cached_property
    def ap(self) -> AveragePrecision:
        """Average precision over all videos, pooled."""
        return average_precision(self.detections)

    @cached_property
    def tracking(self) -> Tracking:
        """MOTA, MOTP, precision and recall over all videos, from summed counts."""
        return tracking_measures(self.tracking_counts.summed())

    def ap_of(self, video: int) -> AveragePrecision:
        """Average precision of one video."""
        return average_precision(self.detections, video)

    def tracking_of(self, video: int) -> Tracking:
        """Tracking measures of one video; all NaN if it has one counted frame, which is dropped."""
        return tracking_measures(self.tracking_counts.one(video))

    @property
    def joints(self) -> tuple[str, ...]:
        """Names of the scored joints."""
        return JOINTS

    @property
    def size(self) -> Floats:
        """The head size of each labelled person, in pixels: float64 ``[truth]``."""
        return self.truth.head_size

    @cached_property
    def ap_interval(self) -> Interval | None:
        """A 95 % interval of the total AP over draws of videos; ``None`` for a single video."""
        return self._interval(self.ap_draws, self.ap.total)

    @cached_property
    def mota_interval(self) -> Interval | None:
        """A 95 % interval of the total MOTA over draws of videos; ``None`` for a single video."""
        return self._interval(self.mota_draws, self.tracking.total)

    @cached_property
    def ap_draws(self) -> Floats:
        """The total AP of random sets of the videos, in percent, float64 ``[draws]``. Two scores of the
        same videos draw alike, so that their draws may be subtracted."""
        return total_ap(self.detections, draw_videos(len(self.videos)))

    @cached_property
    def mota_draws(self) -> Floats:
        """The total MOTA of the same sets of videos."""
        return total_mota(self.tracking_counts, draw_videos(len(self.videos)))

    def _interval(self, draws: Floats, total: float) -> Interval | None:
        return interval(draws, total, 100.0) if len(self.videos) > 1 else None

    @property
    def without_scores(self) -> int:
        """Predicted people whose file gives no joint scores."""
        unscored = (self.predictions.score == NO_SCORE) & self.predictions.present
        return int(unscored.any(axis=1).sum())


def score_posetrack(truth: PoseTrackFile, predictions: PoseTrackFile) -> PoseTrackScore:
    """Score the predictions of one video.

    Raises:
        FormatError: the files do not list the same images, the truth holds several videos, or a labelled
            person has no head box.
    """
    return score_files([(truth, predictions)])


def score_files(pairs: Sequence[tuple[PoseTrackFile, PoseTrackFile]]) -> PoseTrackScore:
    """Score several videos together: (truth, predictions) of each. Raises as :func:`score_posetrack`."""
    for truth, _ in pairs:
        _demand_one_video(truth)
        _demand_head_boxes(truth)
    return score_videos([pair_video(truth, predictions) for truth, predictions in pairs])


def score_videos(videos: Sequence[Video]) -> PoseTrackScore:
    """Score videos whose labelled people all have a head size.

    Raises:
        FormatError: no video has a labelled person.
    """
    prepared, left = prepare_labelled(videos)
    truth, starts = joined(prepared, "truth")
    predictions, _ = joined(prepared, "predictions")
    pairs = find_pairs(truth, predictions, truth.head_size, THRESHOLD)
    matches = match_people(pairs, truth, predictions)
    versions = {video.version for video in prepared}
    return PoseTrackScore(
        videos=tuple(video.name for video in prepared),
        numbers=np.concatenate([video.numbers for video in prepared]),
        starts=starts,
        truth=truth,
        predictions=predictions,
        pairs=pairs,
        matches=matches,
        detections=judge(truth, predictions, pairs, matches, starts),
        tracking_counts=count_tracking(truth, predictions, pairs, starts),
        left_out=left,
        version=versions.pop() if len(versions) == 1 else 0,
    )


def _demand_one_video(file: PoseTrackFile) -> None:
    folders = [PurePosixPath(image.file_name.replace("\\", "/")).parent for image in file.images]
    for at, folder in enumerate(folders):
        if folder != folders[0]:
            raise FormatError(
                f'is in "{folder}", but the images before it are in "{folders[0]}"',
                file=file.path,
                field=f"images[{at}].file_name",
                remedy="PoseTrack scores one video a file: split it by video",
            )


def _demand_head_boxes(file: PoseTrackFile) -> None:
    boxless = ~complete(file.annotations.bbox_head)
    if boxless.any():
        at = int(np.flatnonzero(boxless)[0])
        raise FormatError(
            f"is missing, as in {int(boxless.sum())} of {len(boxless)} labelled poses",
            file=file.path,
            field=f"annotations[{at}].bbox_head",
            remedy="PoseTrack’s measures need a head box in every label: draw it, or use --metric pck",
        )
