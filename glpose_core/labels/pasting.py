"""A pose that was copied, pasted into one frame or into many."""

from __future__ import annotations

import numpy as np

from .changes import Edit, label_change
from .poses import OUTLINING, Source, Visibility, empty_pose
from .state import ProjectState


def paste_pose(state: ProjectState, pose: np.void, person: int, start: int, stop: int) -> Edit:
    """Put a copied pose into the frames ``start`` … ``stop`` − 1 of a living person, as placed by hand. What
    the person had there is replaced.

    Args:
        pose: a row of POSE_DTYPE as it was seen; whose it was and where does not matter.
    """
    where = f"frame {start}" if stop - start == 1 else f"frames {start}–{stop - 1}"
    title = f"Paste pose into {where}"
    record = state.person(person)
    if record is None or record.deleted:
        return Edit(title, (), start)
    label = empty_pose(person, start)
    known = pose["source"] != Source.NONE
    for field in ("xy", "visibility"):
        label[field][known] = pose[field][known]
    label["source"][known] = Source.PLACED
    drawn = pose["box_source"] == Source.PLACED
    if drawn or (pose["visibility"] != Visibility.ABSENT).sum() < OUTLINING:
        label["box"], label["box_source"] = pose["box"], Source.PLACED
    label["head_box"] = pose["head_box"]
    changes = []
    for frame in range(start, stop):
        label["frame"] = frame
        changes.append(label_change(label))
    return Edit(title, tuple(changes), start)
