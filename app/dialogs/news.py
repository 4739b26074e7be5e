"""What of an import is new to the project: a file that comes back unchanged changes nothing, and makes no step of Undo."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glpose_core.formats.posetrack_import import kept, kept_head
from glpose_core.labels import (
    POSE_DTYPE,
    Change,
    Edit,
    PoseRows,
    ProjectState,
    Source,
    Visibility,
    is_human,
)
from glpose_core.labels.changes import decode_frame, decode_sequence

OWN_FIELDS = frozenset(
    (
        *("id", "image_id", "track_id", "category_id", "bbox", "bbox_head"),
        *("keypoints", "num_keypoints", "score", "scores"),
        *("file_name", "frame_id", "vid_id", "nframes", "width", "height"),
        *("is_labeled", "has_labeled_person", "has_no_densepose"),
        *("frame_index", "ignore_regions_x", "ignore_regions_y"),
        *("images", "annotations", "categories"),
    )
)
"""Fields of records that every export writes by itself: a record with no others need not be kept."""


def only_news(state: ProjectState, edit: Edit) -> Edit:
    """An import without what the project has already; without any changes where nothing is left that a person would
    see, nor fields that only the file has."""
    known = _known_labels(state, edit.changes)
    changes = tuple(
        change
        for at, change in enumerate(edit.changes)
        if at not in known and (change.kind == "label" or _sets_anything(state, change))
    )
    if not any(_is_news(state, change) for change in changes):
        changes = ()
    return replace(edit, changes=changes)


def _known_labels(state: ProjectState, changes: Sequence[Change]) -> frozenset[int]:
    """Places of the changes that set labels to what they say already."""
    where = [at for at, one in enumerate(changes) if one.kind == "label" and one.value is not None]
    new = np.frombuffer(b"".join(changes[at].value or b"" for at in where), POSE_DTYPE)
    places = state.labels.places((changes[at].key[0], changes[at].key[1]) for at in where)
    there = places >= 0
    old = state.labels.at(places[there])
    known = _say_the_same(old, new[there]) & ~old["deleted"]
    return frozenset(np.array(where, dtype=np.int64)[there][known].tolist())


def _say_the_same(one: PoseRows, other: PoseRows) -> NDArray[np.bool_]:
    """Whether people have said the same in two labels: joints, boxes and head boxes that they placed, bool ``[N]``."""
    placed = _placed(one)
    joints = placed == _placed(other)
    joints &= ~placed | (one["visibility"] == other["visibility"])
    joints &= ~placed | (one["xy"] == other["xy"]).all(axis=2)
    same: NDArray[np.bool_] = joints.all(axis=1)
    for a, b in ((_drawn(one), _drawn(other)), (one["head_box"], other["head_box"])):
        same = same & ((a == b) | (np.isnan(a) & np.isnan(b))).all(axis=1)
    return same


def _placed(rows: PoseRows) -> NDArray[np.bool_]:
    placed: NDArray[np.bool_] = is_human(rows["source"]) & (rows["visibility"] != Visibility.ABSENT)
    return placed


def _drawn(rows: PoseRows) -> NDArray[np.float64]:
    drawn = rows["box_source"] == Source.PLACED
    return np.where(drawn[:, None], rows["box"], np.nan)


def _sets_anything(state: ProjectState, change: Change) -> bool:
    return state.read(change.kind, change.key) != change.value


def _is_news(state: ProjectState, change: Change) -> bool:
    """Whether a change shows: a label, a frame that is reviewed now or has other ignore regions, a record with
    fields of its own. People are new with their labels."""
    if change.value is None or change.kind == "label":
        return True
    if change.kind == "frame":
        frame, was = decode_frame(change.value), state.frame_state(change.key[0])
        seen = (frame.reviewed, frame.regions) != (was.reviewed, was.regions)
        return seen or _keeps_more(frame.extra)
    if change.kind == "label_extra":
        return _keeps_more(json.loads(change.value))
    if change.kind == "sequence":
        head = kept_head(decode_sequence(change.key, change.value))
        return head is not None and not head.head.keys() <= OWN_FIELDS
    return False


def _keeps_more(extra: dict[str, Any]) -> bool:
    note = kept(extra)
    return note is not None and not note.record.keys() <= OWN_FIELDS
