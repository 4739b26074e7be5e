"""One person in one frame as a whole: moved, boxed, placed, copied, taken out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..changes import Edit, label_change
from ..poses import OUTLINING, Source, Visibility, empty_pose
from ..state import ProjectState
from .looking import label_and_seen


def move_person(state: ProjectState, person: int, frame: int, dx: float, dy: float) -> Edit:
    """Move every placed joint of a person, and the boxes, by (dx, dy) pixels."""
    label, seen = label_and_seen(state, person, frame)
    placed = seen["visibility"] != Visibility.ABSENT
    for field in ("visibility", "score"):
        label[field][placed] = seen[field][placed]
    label["xy"][placed] = seen["xy"][placed] + (dx, dy)
    label["source"][placed] = Source.PLACED
    if np.isfinite(seen["box"]).all():
        label["box"] = seen["box"] + (dx, dy, 0, 0)
        label["box_source"] = Source.PLACED
    if np.isfinite(seen["head_box"]).all():
        label["head_box"] = seen["head_box"] + (dx, dy, 0, 0)
    return Edit("Move person", (label_change(label),), frame)


def set_box(state: ProjectState, person: int, frame: int, box: ArrayLike) -> Edit:
    """Draw a person's box by hand: ``[4]`` x, y, w, h."""
    label, _ = label_and_seen(state, person, frame)
    label["box"], label["box_source"] = np.asarray(box, dtype=np.float64), Source.PLACED
    return Edit("Draw box", (label_change(label),), frame)


def set_head_box(state: ProjectState, person: int, frame: int, box: ArrayLike | None) -> Edit:
    """Draw a person's head box by hand (``[4]`` x, y, w, h), or take it away."""
    label, _ = label_and_seen(state, person, frame)
    label["head_box"] = np.nan if box is None else np.asarray(box, dtype=np.float64)
    return Edit("Draw head box", (label_change(label),), frame)


def add_pose(
    state: ProjectState,
    person: int,
    frame: int,
    xy: ArrayLike,
    visibility: ArrayLike,
    box: ArrayLike | None = None,
) -> Edit:
    """Place a whole skeleton by hand.

    ``xy`` is ``[17, 2]``, ``visibility`` ``[17]`` of :class:`Visibility`. Absent joints stay open, so
    that a prediction may fill them.
    """
    label, _ = label_and_seen(state, person, frame)
    shown = np.asarray(visibility, dtype=np.uint8)
    placed = shown != Visibility.ABSENT
    label["xy"][placed] = np.asarray(xy, dtype=np.float64)[placed]
    label["visibility"][placed] = shown[placed]
    label["source"][placed] = Source.PLACED
    if box is not None:
        label["box"], label["box_source"] = np.asarray(box, dtype=np.float64), Source.PLACED
    return Edit("Place skeleton", (label_change(label),), frame)


def copy_pose(state: ProjectState, person: int, source: int, target: int) -> Edit:
    """Copy what is seen of a person in frame ``source`` to frame ``target``, as placed by hand.

    A skeleton of :data:`OUTLINING` joints makes its own box there, which follows its joints; the box of a
    sparser one is copied, too.
    """
    seen = state.pose(person, source)
    if seen is None:
        return Edit("Copy pose", (), target)
    label = empty_pose(person, target)
    known = seen["source"] != Source.NONE
    for field in ("xy", "visibility"):
        label[field][known] = seen[field][known]
    label["source"][known] = Source.PLACED
    if (seen["visibility"] != Visibility.ABSENT).sum() < OUTLINING:
        label["box"], label["box_source"] = seen["box"], Source.PLACED
    label["head_box"] = seen["head_box"]
    return Edit(f"Copy pose from frame {source}", (label_change(label),), target)


def delete_pose(state: ProjectState, person: int, frame: int) -> Edit:
    """Take a person out of one frame. What was seen is kept, marked as deleted, so that a later run
    knows which box a human did not want."""
    seen = state.pose(person, frame)
    if seen is None:
        return Edit("Delete pose", (), frame)
    seen["deleted"] = True
    return Edit("Delete pose", (label_change(seen),), frame)
