"""What every edit looks up before it changes anything."""

from __future__ import annotations

import numpy as np

from ..poses import empty_pose
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
