"""Everything that is seen in a project at once, and from it the boxes that a run must respect.

:class:`ProjectState` answers one frame at a time; this is the same answer for all of them, in arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .changes import Span
from .poses import (
    POSE_DTYPE,
    PoseRows,
    PoseTable,
    as_poses,
    is_human,
    lay_over_all,
    outlined,
    seen_boxes,
)

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class KnownBoxes:
    """Every box of every person, deleted ones too: what a new run must respect. N rows.

    ``human`` marks boxes that a person drew, accepted, or made by placing most joints; ``deleted`` marks those of deleted people and
    poses, which no machine may bring back.
    """

    person: NDArray[np.int64]
    frame: NDArray[np.int64]
    box: NDArray[np.float64]
    human: NDArray[np.bool_]
    deleted: NDArray[np.bool_]


def seen_rows(
    people: Iterable[int],
    frames: range,
    labels: PoseTable,
    predictions: PoseTable,
    tracks: Mapping[int, Iterable[tuple[int, Span]]],
) -> PoseRows:
    """What is seen of ``people`` in ``frames``, by person as given and by frame: POSE_DTYPE ``[N]``.

    Deleted poses are among them, as they were deleted. ``tracks`` are each person's tracks in
    ``predictions``, ascending; where two have a row, the newer one shows.
    """
    order = list(people)
    of_label, of_track = [], []
    for at, person in enumerate(order):
        of_label.append((at, *_within(labels, person, frames.start, frames.stop)))
        for track, span in tracks.get(person, ()):
            start, stop = max(span.start, frames.start), min(span.stop, frames.stop)
            if start < stop:
                of_track.append((at, *_within(predictions, track, start, stop)))
    labelled, label_at = _keyed(of_label)
    predicted, row_at = _keyed(of_track)
    keys = np.union1d(labelled, predicted)
    seen = np.zeros(len(keys), POSE_DTYPE)
    machine = np.searchsorted(keys, predicted)
    owners = np.array(order, dtype=np.int64)[predicted >> _FRAME_BITS]
    poses = as_poses(predictions.at(row_at), owners)
    seen[machine] = poses
    human = np.searchsorted(keys, labelled)
    rows = labels.at(label_at)
    seen[human] = rows
    both, under, over = np.intersect1d(machine, human, assume_unique=True, return_indices=True)
    shown = ~rows["deleted"][over]
    seen[both[shown]] = lay_over_all(rows[over[shown]], poses[under[shown]])
    return seen


def boxes_of(seen: PoseRows, deleted_people: Iterable[int]) -> KnownBoxes:
    """The box of each row of :func:`seen_rows`, as :func:`.poses.seen_box` says; rows without one are left
    out."""
    outline = outlined(seen)
    own = np.isfinite(seen["box"]).all(axis=1) & ~outline
    box = seen_boxes(seen)
    gone = seen["deleted"] | np.isin(seen["person"], list(deleted_people))
    some = np.isfinite(box).all(axis=1)
    return KnownBoxes(
        seen["person"][some].astype(np.int64),
        seen["frame"][some].astype(np.int64),
        box[some],
        (outline | (own & is_human(seen["box_source"])))[some],
        gone[some],
    )


def _within(table: PoseTable, owner: int, start: int, stop: int) -> tuple[Ints, Ints]:
    """Frames ``start`` … ``stop`` − 1 in which an owner has a row, and where the rows lie."""
    frames = table.frames_of(owner)
    inside = slice(*np.searchsorted(frames, (start, stop)))
    return frames[inside], table.places_of(owner)[inside]


_FRAME_BITS = 32


def _keyed(parts: list[tuple[int, Ints, Ints]]) -> tuple[Ints, Ints]:
    """Ascending numbers that name a person and a frame, each once, and where the last such row lies."""
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    keys = np.concatenate([(np.int64(at) << _FRAME_BITS) + frames for at, frames, _ in parts])
    places = np.concatenate([places for _, _, places in parts])
    unique, last = np.unique(keys[::-1], return_index=True)
    return unique, places[::-1][last]
