"""Several joints at once, of one person or of many in a frame: moved, judged or confirmed as one edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from .changes import Edit, label_change
from .edits import VISIBILITY_WORDS, accept_joints, joint_title, judge, label_and_seen
from .poses import Source, Visibility
from .state import ProjectState

Joints: TypeAlias = Mapping[int, Sequence[int]]
"""Slots of POSETRACK17 by person."""


def move_joints(state: ProjectState, frame: int, joints: Joints, dx: float, dy: float) -> Edit:
    """Move every one of ``joints`` that is placed by (dx, dy) pixels."""
    changes = []
    moved: list[int] = []
    for person, slots in joints.items():
        label, seen = label_and_seen(state, person, frame)
        placed = [slot for slot in slots if seen["visibility"][slot] != Visibility.ABSENT]
        label["xy"][placed] = seen["xy"][placed] + (dx, dy)
        for field in ("visibility", "score"):
            label[field][placed] = seen[field][placed]
        label["source"][placed] = Source.PLACED
        if placed:
            changes.append(label_change(label))
        moved += placed
    return Edit(f"Move {_words(moved)}", tuple(changes), frame)


def judge_joints(state: ProjectState, frame: int, joints: Joints, visibility: Visibility) -> Edit:
    """Say of all ``joints`` that they are visible, occluded or absent (see :func:`edits.set_visibility`).
    People who are not seen in the frame stay as they are."""
    changes = []
    judged: list[int] = []
    for person, slots in joints.items():
        if state.pose(person, frame) is None:
            continue
        label, seen = label_and_seen(state, person, frame)
        for slot in slots:
            judge(label, seen, slot, visibility)
        changes.append(label_change(label))
        judged += slots
    title = f"Mark {_words(judged)} {VISIBILITY_WORDS[Visibility(visibility)]}"
    return Edit(title, tuple(changes), frame)


def delete_joints(state: ProjectState, frame: int, joints: Joints) -> Edit:
    """Take ``joints`` away: they are absent, and no prediction brings them back."""
    edit = judge_joints(state, frame, joints, Visibility.ABSENT)
    return replace(edit, title=edit.title.replace("Mark", "Delete").removesuffix(" absent"))


def confirm_joints(state: ProjectState, frame: int, joints: Joints) -> Edit:
    """Confirm those of ``joints`` that a machine placed."""
    edits = [
        accept_joints(state, person, slots, frame, frame + 1)
        for person, slots in joints.items()
        if len(slots)
    ]
    changes = tuple(change for edit in edits for change in edit.changes)
    every = [slot for slots in joints.values() for slot in slots]
    return Edit(f"Accept {_words(every)}", changes, frame, confirms=True)


def _words(slots: Sequence[int]) -> str:
    return joint_title(slots[0]) if len(slots) == 1 else f"{len(slots)} joints"
