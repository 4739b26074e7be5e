"""Exchanging left and right: of a limb or of a whole body, in one frame or through a stretch."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..skeleton import POSETRACK17
from .changes import Edit, label_change
from .poses import Source, empty_pose
from .state import ProjectState

_LIMBS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"), ("ear",))


def limb_of(joint: int) -> tuple[int, ...]:
    """The slots of both arms, both legs or both ears, whichever a joint belongs to, ascending; none for a
    joint in the middle."""
    side, _, part = POSETRACK17.joints[joint].partition("_")
    if side not in ("left", "right"):
        return ()
    parts = next(limb for limb in _LIMBS if part in limb)
    return tuple(sorted(POSETRACK17.index(f"{s}_{p}") for s in ("left", "right") for p in parts))


def swap_sides(
    state: ProjectState, person: int, start: int, stop: int, joints: Iterable[int] | None = None
) -> Edit:
    """Exchange the left and the right joints of a person in the frames ``start`` … ``stop`` − 1.

    Args:
        joints: only these slots, both of every pair (as :func:`limb_of` gives); ``None`` takes all.

    What is exchanged counts as placed by a person. Where one side was never placed, the other becomes
    absent. Frames in which the person is not seen stay as they are.
    """
    order = POSETRACK17.flip_order
    only = np.array([side != "middle" for side in POSETRACK17.sides])
    if joints is not None:
        only &= np.isin(np.arange(len(order)), list(joints))
    record = state.person(person)
    living = [] if record is None or record.deleted else [person]
    seen = state.seen(living, start, stop)
    seen = seen[~seen["deleted"]]
    known = seen["source"] != Source.NONE
    swapped = only & (known | known[:, order])
    changes = []
    for row, mine in zip(seen, swapped, strict=True):
        if not mine.any():
            continue
        label = state.label(person, int(row["frame"]))
        if label is None or label["deleted"]:
            label = empty_pose(person, int(row["frame"]))
        for field in ("xy", "visibility", "score"):
            label[field][mine] = row[field][order][mine]
        label["source"][mine] = Source.PLACED
        changes.append(label_change(label))
    where = "" if stop - start == 1 else f" in frames {start}–{stop - 1}"
    return Edit(f"Swap left and right{where}", tuple(changes), start)
