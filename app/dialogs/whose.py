"""Whose the poses of a label file become: people who are there already, by track number or by where they are, or
somebody new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glpose_core.labels import POSE_DTYPE, Change, Edit, Person, PoseRows, ProjectState
from glpose_core.labels.changes import decode_label, decode_person, label_change, person_change
from glpose_core.labels.heads import has_head_box
from glpose_core.labels.poses import seen_boxes

LEAST_OVERLAP = 0.3
"""Boxes of one person in both must overlap by this much on average (intersection over union)."""
SAME = 0.01
"""Pixels: joints that lie no farther apart are the same."""

People = Literal["match", "add"]


def owners(state: ProjectState, edit: Edit, people: People) -> dict[int, int]:
    """To whom each person of an import edit goes: ``{id in the edit: id}``, those who stay left out."""
    rows = label_rows(edit)
    ids = np.unique(rows["person"]).tolist()
    fresh = {change.key[0] for change in edit.changes if change.kind == "person"}
    if people == "add":
        # Those whom the core matched by track number become somebody new as well.
        first = max([state.next_person - 1, *fresh]) + 1
        known = [id_ for id_ in ids if id_ not in fresh]
        return {id_: first + at for at, id_ in enumerate(known)}
    taken = {id_ for id_ in ids if id_ not in fresh}
    return _by_place(state, rows, [id_ for id_ in ids if id_ in fresh], taken)


def give_to(edit: Edit, owner: Mapping[int, int], state: ProjectState) -> Edit:
    """Rewrite an import edit so that people's labels go to others, who keep or get the track number."""
    fresh = {change.key[0]: change for change in edit.changes if change.kind == "person"}
    changes: list[Change] = []
    for change in edit.changes:
        if change.kind == "person" and change.key[0] in owner:
            continue
        if change.kind in ("label", "label_extra") and change.key[0] in owner:
            change = _moved(change, owner[change.key[0]])
        changes.append(change)
    for id_, target in owner.items():
        record = state.person(target)
        if record is None:
            changes.insert(0, person_change(Person(target, f"person {target}")))
        elif record.track_id is None:
            track = _track_of(fresh[id_])
            changes.insert(0, person_change(replace(record, track_id=track)))
    return replace(edit, changes=tuple(changes))


def people_of_tracks(
    state: ProjectState, rows: PoseRows, tracks: NDArray[np.int64]
) -> dict[int, int]:
    """Whose the tracks of predictions (PREDICTION_DTYPE ``[N]``) are: by track number, else by place."""
    numbered = {p.track_id: p.id for p in reversed(state.people()) if p.track_id is not None}
    known = {at: numbered[track] for at, track in enumerate(tracks.tolist()) if track in numbered}
    poses = np.zeros(len(rows), POSE_DTYPE)
    for name in ("frame", "xy", "visibility", "box"):
        poses[name] = rows[name]
    poses["person"], poses["head_box"] = rows["track"], np.nan
    others = [at for at in range(len(tracks)) if at not in known]
    return known | _by_place(state, poses, others, set(known.values()))


def _by_place(
    state: ProjectState, rows: PoseRows, ids: list[int], taken: set[int]
) -> dict[int, int]:
    """Match newcomers to people who stand in the same places, each person once, best overlap first."""
    candidates = []
    for id_ in ids:
        mine = rows[rows["person"] == id_]
        for person in state.people():
            if person.id not in taken:
                overlap = _overlap(state, mine, person.id)
                if overlap >= LEAST_OVERLAP:
                    candidates.append((overlap, id_, person.id))
    matched: dict[int, int] = {}
    for _, id_, person_id in sorted(candidates, reverse=True):
        if id_ not in matched and person_id not in matched.values():
            matched[id_] = person_id
    return matched


def _overlap(state: ProjectState, rows: PoseRows, person: int) -> float:
    """How far poses are a person's, on average over the frames where both are; 0 if they never meet."""
    theirs = state.seen([person], int(rows["frame"].min()), int(rows["frame"].max()) + 1)
    theirs = theirs[~theirs["deleted"]]
    _, at, of = np.intersect1d(rows["frame"], theirs["frame"], return_indices=True)
    shared = _likeness(rows[at], theirs[of])
    shared = shared[~np.isnan(shared)]
    return float(shared.mean()) if len(shared) else 0.0


def _likeness(one: PoseRows, other: PoseRows) -> NDArray[np.float64]:
    """Of pairs of poses, from 0 to 1 ``[N]``: 1 for poses whose placed joints are the same, else how far their boxes
    overlap (intersection over union), or their head boxes if those do so better; NaN where neither can be said."""
    placed = (one["visibility"] > 0) & (other["visibility"] > 0)
    near = np.where(placed, np.abs(one["xy"] - other["xy"]).max(axis=2), 0) <= SAME
    heads = np.where(
        has_head_box(one) & has_head_box(other),
        _iou(one["head_box"], other["head_box"]),
        np.nan,
    )
    boxes = _iou(seen_boxes(one), seen_boxes(other))
    return np.where(placed.any(axis=1) & near.all(axis=1), 1.0, np.fmax(boxes, heads))


def _iou(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each box with its partner, ``[N, 4]`` (x y w h) → ``[N]``; NaN where one is NaN."""
    low = np.maximum(one[:, :2], other[:, :2])
    high = np.minimum(one[:, :2] + one[:, 2:], other[:, :2] + other[:, 2:])
    shared: NDArray[np.float64] = np.clip(high - low, 0, None).prod(axis=1)
    union = one[:, 2:].prod(axis=1) + other[:, 2:].prod(axis=1) - shared
    iou: NDArray[np.float64] = np.divide(shared, union, out=shared * 0, where=union > 0)
    return iou


def label_rows(edit: Edit) -> PoseRows:
    """The labels that an edit sets, POSE_DTYPE ``[N]``."""
    rows = [
        decode_label(change.value)
        for change in edit.changes
        if change.kind == "label" and change.value is not None
    ]
    return np.array(rows)


def _moved(change: Change, person: int) -> Change:
    if change.kind == "label" and change.value is not None:
        row = decode_label(change.value)
        row["person"] = person
        return label_change(row)
    return change._replace(key=(person, change.key[1]))


def _track_of(change: Change) -> int | None:
    return None if change.value is None else decode_person(change.key, change.value).track_id
