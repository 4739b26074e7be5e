"""Who there is: people added, renamed, locked, taken out of the project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...skeleton import POSETRACK17
from ..changes import Edit, Person, label_change, person_change
from ..poses import Source, Visibility, empty_pose
from ..state import ProjectState
from .looking import name_of


def add_person(
    state: ProjectState,
    frame: int,
    *,
    box: ArrayLike | None = None,
    xy: ArrayLike | None = None,
    visibility: ArrayLike | None = None,
    name: str | None = None,
) -> tuple[Edit, int]:
    """Add a person by a box (``[4]``), a skeleton (``xy [17, 2]``, ``visibility [17]``), or both.

    Returns the edit and the new person's id. Joints of a skeleton given without visibility are visible,
    but for the ears, which PoseTrack leaves empty.
    """
    person = state.next_person
    label = empty_pose(person, frame)
    if box is not None:
        label["box"], label["box_source"] = np.asarray(box, dtype=np.float64), Source.PLACED
    if xy is not None:
        shown = _without_ears() if visibility is None else np.asarray(visibility, dtype=np.uint8)
        placed = shown != Visibility.ABSENT
        label["xy"][placed] = np.asarray(xy, dtype=np.float64)[placed]
        label["visibility"] = shown
        label["source"][placed] = Source.PLACED
    record = Person(person, name or f"person {person}")
    return Edit("Add person", (person_change(record), label_change(label)), frame), person


def _without_ears() -> NDArray[np.uint8]:
    ears = np.array([joint.endswith("_ear") for joint in POSETRACK17.joints])
    return np.where(ears, Visibility.ABSENT, Visibility.VISIBLE).astype(np.uint8)


def rename_person(state: ProjectState, person: int, name: str) -> Edit:
    """Give a person another name."""
    return _change_person(state, person, f"Rename to {name}", lambda p: replace(p, name=name))


def delete_person(state: ProjectState, person: int) -> Edit:
    """Take a person out of the whole project. No run brings them back; Undo does."""
    return _change_person(state, person, "Delete person", lambda p: replace(p, deleted=True))


def lock_person(state: ProjectState, person: int, locked: bool) -> Edit:
    """Keep a person's poses as they are, or let them be changed again (:mod:`glpose_core.labels.locks`)."""
    title = f"{'Lock' if locked else 'Unlock'} {name_of(state, person)}"
    return _change_person(state, person, title, lambda p: replace(p, locked=locked))


def _change_person(
    state: ProjectState, person: int, title: str, change: Callable[[Person], Person]
) -> Edit:
    record = state.person(person)
    return Edit(title, () if record is None else (person_change(change(record)),))
