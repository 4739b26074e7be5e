"""One joint of one person in one frame: where it is, and whether it is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...skeleton import POSETRACK17
from ..changes import Edit, label_change
from ..poses import Source, Visibility, seen_box
from ..state import ProjectState
from .looking import label_and_seen

VISIBILITY_WORDS = {
    Visibility.ABSENT: "absent",
    Visibility.OCCLUDED: "hidden",
    Visibility.VISIBLE: "visible",
}


def joint_title(joint: int) -> str:
    """A joint's name as people read it: "left wrist"."""
    return POSETRACK17.joints[joint].replace("_", " ")


def move_joint(state: ProjectState, person: int, frame: int, joint: int, xy: ArrayLike) -> Edit:
    """Put a joint at ``xy`` (``[2]``). An absent joint becomes visible."""
    label, seen = label_and_seen(state, person, frame)
    label["xy"][joint] = np.asarray(xy, dtype=np.float64)
    shown = seen["visibility"][joint]
    label["visibility"][joint] = Visibility.VISIBLE if shown == Visibility.ABSENT else shown
    label["score"][joint] = seen["score"][joint]
    label["source"][joint] = Source.PLACED
    return Edit(f"Move {joint_title(joint)}", (label_change(label),), frame)


def set_visibility(
    state: ProjectState, person: int, frame: int, joint: int, visibility: Visibility
) -> Edit:
    """Say that a joint is visible, occluded or absent.

    A machine's joint counts as accepted where it had said the same, and else as the person's own, as if they had
    placed it there. A joint that has no position yet is put where its neighbours suggest.
    """
    label, seen = label_and_seen(state, person, frame)
    judge(label, seen, joint, visibility)
    title = f"Mark {joint_title(joint)} {VISIBILITY_WORDS[Visibility(visibility)]}"
    return Edit(title, (label_change(label),), frame)


def judge(label: np.void, seen: np.void, joint: int, visibility: Visibility) -> None:
    """Write into ``label`` what a person says of a joint of the pose that is ``seen``."""
    if seen["source"][joint] == Source.NONE and visibility != Visibility.ABSENT:
        label["xy"][joint] = _guess_position(seen, joint)
    else:
        label["xy"][joint] = seen["xy"][joint]
    label["visibility"][joint] = visibility
    label["score"][joint] = seen["score"][joint]
    agrees = seen["source"][joint] != Source.NONE and seen["visibility"][joint] == visibility
    own = seen["source"][joint] == Source.PLACED or not agrees
    label["source"][joint] = Source.PLACED if own else Source.ACCEPTED


def _guess_position(seen: np.void, joint: int) -> NDArray[np.float64]:
    placed = seen["visibility"] != Visibility.ABSENT
    near = [b if a == joint else a for a, b in POSETRACK17.limbs if joint in (a, b)]
    known = [other for other in near if placed[other]]
    if known:
        return np.asarray(seen["xy"][known].mean(axis=0))
    box = seen_box(seen)
    return np.zeros(2) if box is None else box[:2] + box[2:] / 2
