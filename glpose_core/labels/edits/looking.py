"""What every edit looks up before it changes anything, and what can be looked up of an edit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..changes import Change, decode_label
from ..poses import empty_pose, is_human
from ..state import ProjectState


def label_and_seen(state: ProjectState, person: int, frame: int) -> tuple[np.void, np.void]:
    """The label to change (an empty one where there is none or it was deleted) and what is seen."""
    label = state.label(person, frame)
    if label is None or label["deleted"]:
        label = empty_pose(person, frame)
    seen = state.pose(person, frame)
    return label, empty_pose(person, frame) if seen is None else seen


def living(state: ProjectState, person: int) -> list[int]:
    """The person, or nobody if they were deleted."""
    record = state.person(person)
    return [] if record is None or record.deleted else [person]


def name_of(state: ProjectState, person: int) -> str:
    """What titles call a person."""
    record = state.person(person)
    return f"person {person}" if record is None else record.name


def says_of_joints(state: ProjectState, changes: Iterable[Change]) -> bool:
    """Whether ``changes``, made to ``state``, would say anything new of joints on a person's behalf: where one lies,
    whether it is seen, or that it is right. Boxes, and what a head box proposes, do not."""
    return any(
        change.kind == "label" and _differs(state.label(*change.key), change.value)
        for change in changes
    )


def _differs(label: np.void | None, value: bytes | None) -> bool:
    before = empty_pose() if label is None else label
    after = empty_pose() if value is None else decode_label(value)
    said, was = is_human(after["source"]), is_human(before["source"])
    changed = (after["visibility"] != before["visibility"]) | (after["xy"] != before["xy"]).any(-1)
    return bool(after["deleted"] != before["deleted"] or ((said != was) | (said & changed)).any())
