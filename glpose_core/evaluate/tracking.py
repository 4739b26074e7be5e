"""PoseTrack's tracking measures: CLEAR MOT for each joint, summed over videos.

A labelled joint keeps the track that it had as long as that one is within the threshold; the others are
assigned so that as many as possible are, at the least distance (:mod:`.assigning`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .assigning import Links, choose
from .average_precision import video_of
from .joints import JOINTS, Bools, Floats, Ints, total_of
from .matching import Pairs
from .people import People


@dataclass(frozen=True)
class TrackingCounts:
    """Counts of each video and joint, ``[videos, 15]``: labelled joints, matches (switches among them),
    misses, false positives, switches, and the sum of matched distances in head sizes."""

    objects: Ints
    detections: Ints
    misses: Ints
    false_positives: Ints
    switches: Ints
    distance: Floats
    frames: Ints

    def summed(self, weights: Ints | None = None) -> TrackingCounts:
        """All videos as one, each counted ``weights`` times (once by default)."""
        each = np.ones(len(self.frames), dtype=np.int64) if weights is None else weights
        return TrackingCounts(
            *((each @ getattr(self, name))[None] for name in self.__dataclass_fields__)
        )

    def one(self, video: int) -> TrackingCounts:
        """One video."""
        return TrackingCounts(
            *(getattr(self, name)[video : video + 1] for name in self.__dataclass_fields__)
        )


@dataclass(frozen=True)
class Tracking:
    """In percent, float64 ``[15]`` each. NaN: no such joint is labelled, left out of the totals.

    ``motp`` is 100 × (1 − mean distance of matched joints in head sizes), 0 where nothing matched
    (and NaN where no frame was counted).
    """

    mota: Floats
    motp: Floats
    precision: Floats
    recall: Floats

    @property
    def total(self) -> float:
        """The mean MOTA of the joints that have one."""
        return total_of(self.mota)


def tracking_measures(counts: TrackingCounts) -> Tracking:
    """MOTA, MOTP, precision and recall from the counts of one video, or of all as one."""
    objects = np.where(counts.objects[0] > 0, counts.objects[0], np.nan)
    found = counts.detections[0]
    wrong = counts.misses[0] + counts.switches[0] + counts.false_positives[0]
    predicted = np.where(found + counts.false_positives[0] > 0, 1.0, np.nan)
    predicted = predicted * (found + counts.false_positives[0])
    closeness = 1 - counts.distance[0] / np.maximum(found, 1)
    return Tracking(
        mota=100 * (1 - wrong / objects),
        motp=100 * np.where(found > 0, closeness, 0.0 if counts.frames[0] else np.nan),
        precision=100 * found / predicted,
        recall=100 * found / objects,
    )


def count_tracking(
    truth: People, predictions: People, pairs: Pairs, starts: Ints
) -> TrackingCounts:
    """Count matches, misses, false positives and switches, without the last frame of each video.

    A frame without labelled or without predicted people counts one miss and one false positive a joint:
    the official code does so.
    """
    videos, frames = len(starts) - 1, int(starts[-1])
    counted = np.ones(frames, dtype=bool)
    counted[starts[1:][np.diff(starts) > 0] - 1] = False
    both = (truth.counts(frames) > 0) & (predictions.counts(frames) > 0)
    lone = _per_video(counted & ~both, starts)[:, None].astype(np.int64)
    objects = _joints_per_video(truth, counted & both, starts)
    hypotheses = _joints_per_video(predictions, counted & both, starts)
    seen = (counted & both)[truth.frame[pairs.truth]]
    links = _links(truth, predictions, pairs, seen, starts)
    chosen = choose(links, truth, predictions)
    cells, shape = videos * len(JOINTS), (videos, len(JOINTS))
    series = links.series[chosen]
    detections = np.bincount(series, minlength=cells).reshape(shape)
    distance = np.bincount(series, weights=links.distance[chosen], minlength=cells)
    return TrackingCounts(
        objects=objects + lone,
        detections=detections,
        misses=objects - detections + lone,
        false_positives=hypotheses - detections + lone,
        switches=_switches(links, chosen, videos),
        distance=distance.reshape(shape).astype(np.float64),
        frames=_per_video(counted, starts),
    )


def _per_video(frames: Bools, starts: Ints) -> Ints:
    before = np.concatenate([[0], np.cumsum(frames)])
    return np.asarray(np.diff(before[starts]), dtype=np.int64)


def _joints_per_video(people: People, frames: Bools, starts: Ints) -> Ints:
    result = np.zeros((len(starts) - 1, len(JOINTS)), dtype=np.int64)
    rows = frames[people.frame]
    np.add.at(result, video_of(people.frame[rows], starts), people.present[rows].astype(np.int64))
    return result


def _links(truth: People, predictions: People, pairs: Pairs, seen: Bools, starts: Ints) -> Links:
    pair, joint = np.nonzero(pairs.right & seen[:, None])
    objects, hypotheses = pairs.truth[pair], pairs.prediction[pair]
    frame = truth.frame[objects]
    order = np.lexsort((hypotheses, objects, joint, frame))
    pair, joint, frame = pair[order], joint[order].astype(np.int64), frame[order]
    objects, hypotheses = objects[order], hypotheses[order]
    return Links(
        frame=frame,
        joint=joint,
        object=objects,
        hypothesis=hypotheses,
        series=video_of(frame, starts) * len(JOINTS) + joint,
        who=truth.track[objects],
        track=predictions.track[hypotheses],
        distance=pairs.distance[pair, joint],
    )


def _switches(links: Links, chosen: Bools, videos: int) -> Ints:
    """How often a labelled joint's match has another track than the match before: ``[videos, 15]``."""
    rows = np.flatnonzero(chosen)
    rows = rows[np.lexsort((links.frame[rows], links.who[rows], links.series[rows]))]
    series, who, track = links.series[rows], links.who[rows], links.track[rows]
    same = (series[1:] == series[:-1]) & (who[1:] == who[:-1])
    switched = series[1:][same & (track[1:] != track[:-1])]
    return np.bincount(switched, minlength=videos * len(JOINTS)).reshape(videos, len(JOINTS))
