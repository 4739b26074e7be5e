"""What the official scorer takes away before it counts: frames without labels, and ignored points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import FormatError
from ..geometry import inside_any
from .joints import Bools
from .people import POINTLESS, People, Video


@dataclass(frozen=True)
class LeftOut:
    """What was not counted, and how much of it.

    Attributes:
        frames: listed frames; ``unlabelled`` of them have nobody in the truth.
        unlabelled_people: predicted people in those frames.
        ignored_truth, ignored_predictions: joints inside ignore regions.
        ignored_people, ignored_predicted_people: people of whom nothing was left.
    """

    frames: int
    unlabelled: int
    unlabelled_people: int
    ignored_truth: int
    ignored_predictions: int
    ignored_people: int
    ignored_predicted_people: int

    def __add__(self, other: LeftOut) -> LeftOut:
        return LeftOut(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )


NOTHING = LeftOut(0, 0, 0, 0, 0, 0, 0)


def prepare(video: Video) -> tuple[Video, LeftOut]:
    """Remove frames without a labelled person together with their predictions, then every point inside
    an ignore region, then, in frames with such regions, the people who have no points left."""
    frames = len(video.numbers)
    kept = video.truth.counts(frames) > 0
    truth = _pointed(_renumbered(video.truth, kept))
    predictions = _pointed(_renumbered(video.predictions, kept))
    regions = tuple(r for r, keep in zip(video.regions, kept.tolist(), strict=True) if keep)
    clear_truth, clear_predictions = _outside(truth, regions), _outside(predictions, regions)
    lonely = len(video.predictions) - int(kept[video.predictions.frame].sum())
    left = LeftOut(
        frames=frames,
        unlabelled=int((~kept).sum()),
        unlabelled_people=lonely,
        ignored_truth=int(truth.present.sum() - clear_truth.present.sum()),
        ignored_predictions=int(predictions.present.sum() - clear_predictions.present.sum()),
        ignored_people=len(truth) - len(clear_truth),
        ignored_predicted_people=len(predictions) - len(clear_predictions),
    )
    rest = replace(
        video,
        numbers=video.numbers[kept],
        truth=clear_truth,
        predictions=clear_predictions,
        regions=regions,
    )
    return rest, left


def prepare_labelled(videos: Sequence[Video]) -> tuple[list[Video], LeftOut]:
    """:func:`prepare` them all, and leave out those of which no frame is left.

    Raises:
        FormatError: none is left.
    """
    prepared, left = [], NOTHING
    for video in videos:
        ready, gone = prepare(video)
        left += gone
        if len(ready.numbers):
            prepared.append(ready)
    if not prepared:
        raise FormatError("nobody is labelled", remedy="choose a truth with labelled people")
    return prepared, left


def _renumbered(people: People, kept: Bools) -> People:
    """The people of the kept frames, with those frames counted from 0."""
    place = np.cumsum(kept) - 1
    staying = people.take(kept[people.frame])
    return replace(staying, frame=place[staying.frame].astype(np.int64))


def _pointed(people: People) -> People:
    return people.take(people.track != POINTLESS)


def _outside(people: People, regions: tuple[tuple[np.ndarray, ...], ...]) -> People:
    """People without the points inside ignore regions, and without those who then have none."""
    frames = [frame for frame, polygons in enumerate(regions) if polygons]
    if not frames:
        return people
    present = people.present.copy()
    first = np.searchsorted(people.frame, frames, side="left")
    stop = np.searchsorted(people.frame, frames, side="right")
    gone = np.zeros(len(people), dtype=bool)
    for frame, start, end in zip(frames, first.tolist(), stop.tolist(), strict=True):
        if start == end:
            continue
        rows = slice(start, end)
        inside = inside_any(people.xy[rows].reshape(-1, 2), regions[frame])
        present[rows] &= ~inside.reshape(present[rows].shape)
        gone[rows] = ~present[rows].any(axis=1)
    return replace(people, present=present).take(~gone)
