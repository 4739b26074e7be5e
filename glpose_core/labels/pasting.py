"""A pose that was copied, pasted into one frame or into a stretch of them."""

from __future__ import annotations

import numpy as np

from .changes import Edit, label_change
from .poses import OUTLINING, Source, Visibility, empty_pose, is_human, seen_box
from .state import ProjectState

HELD = 0.75
"""How likely a held joint is said to be right, about as what is spread between two keys: a person wanted it there,
and nobody has looked."""


def paste_pose(
    state: ProjectState, pose: np.void, person: int, start: int, stop: int, *, every: bool = False
) -> Edit:
    """Put a copied pose into the frames ``start`` … ``stop`` − 1 of a living person.

    The first and the last frame are keys: there the pose is placed by hand, and replaces what was there. It is held
    between them, as a proposal that is still to be accepted, and only where no person has judged: joints by hand and
    reviewed frames stay.

    Args:
        pose: a row of POSE_DTYPE as it was seen; whose it was and where does not matter.
        every: make every frame a key, whatever was there.
    """
    where = f"frame {start}" if stop - start == 1 else f"frames {start}–{stop - 1}"
    each = "each of " if every and stop - start > 1 else ""
    title = f"Paste pose into {each}{where}"
    record = state.person(person)
    if record is None or record.deleted:
        return Edit(title, (), start)
    key, changes = _key(pose, person), []
    for frame in range(start, stop):
        if every or frame in (start, stop - 1):
            key["frame"] = frame
            changes.append(label_change(key))
        elif frame not in state.reviewed:
            changes.append(label_change(_held(state, pose, person, frame)))
    return Edit(title, tuple(changes), start)


def _key(pose: np.void, person: int) -> np.void:
    """The label of a frame in which the pose is placed by hand."""
    label = empty_pose(person)
    known = pose["source"] != Source.NONE
    for field in ("xy", "visibility"):
        label[field][known] = pose[field][known]
    label["source"][known] = Source.PLACED
    drawn = pose["box_source"] == Source.PLACED
    if drawn or (pose["visibility"] != Visibility.ABSENT).sum() < OUTLINING:
        label["box"], label["box_source"] = pose["box"], Source.PLACED
    label["head_box"] = pose["head_box"]
    return label


def _held(state: ProjectState, pose: np.void, person: int, frame: int) -> np.void:
    """The label of a frame in which the pose is proposed for all that no person has judged."""
    label = state.label(person, frame)
    if label is None or label["deleted"]:
        label = empty_pose(person, frame)
    held = (pose["source"] != Source.NONE) & ~is_human(label["source"])
    for field in ("xy", "visibility"):
        label[field][held] = pose[field][held]
    label["score"][held] = HELD
    label["source"][held] = Source.INTERPOLATED
    if not is_human(label["box_source"]):
        box = seen_box(pose)
        if box is not None:
            label["box"], label["box_source"] = box, Source.INTERPOLATED
    if not np.isfinite(label["head_box"]).all():
        label["head_box"] = pose["head_box"]
    return label
