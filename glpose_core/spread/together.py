"""Tracks of a whole body through keys: :mod:`.chain`, with joints that move together.

What moves an elbow moves the wrist, and what moves the neck moves everything. So the cost of moving is not
counted joint by joint: a joint's step away from what its parent in the skeleton does costs, and only the
neck's own step costs by itself,

    sum over steps and joints  |Δx_j − follows_j · Δx_parent(j)|² / (own_j · pace)²

which is a Gauss–Markov random field over joints and frames. Where a frame has keys of all joints it is
linear interpolation again; where it has one of a wrist, the elbow follows as far as elbows do.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solveh_banded

from ..skeleton import POSETRACK17
from .tracks import Bools, Floats

_FOLLOWS: dict[str, tuple[str, float, float]] = {
    "head_bottom": ("", 0.0, 0.6),
    "head_top": ("head_bottom", 1.0, 0.15),
    "nose": ("head_bottom", 1.0, 0.25),
    "ear": ("nose", 1.0, 0.2),
    "shoulder": ("head_bottom", 1.0, 0.25),
    "elbow": ("shoulder", 0.8, 0.85),
    "wrist": ("elbow", 1.1, 0.95),
    "hip": ("head_bottom", 1.0, 0.3),
    "knee": ("hip", 0.7, 0.65),
    "ankle": ("knee", 0.7, 1.0),
}
"""Of each part its parent, how far it follows it, and the deviation of its own movement: about what is left
of recorded movement (Penn Action's tracks that nothing is measured on, and rendered people) between two
keys 8 to 16 frames apart, in one unit for all."""


def _tree() -> Floats:
    """The precision ``[17, 17]`` of the joints' steps at pace 1."""
    own = np.eye(len(POSETRACK17.joints))
    weight = np.zeros(len(own))
    for slot, name in enumerate(POSETRACK17.joints):
        side, _, part = (
            name.partition("_") if name.startswith(("left_", "right_")) else ("", "", name)
        )
        parent, follows, deviation = _FOLLOWS[part]
        weight[slot] = deviation**-2
        if parent:
            above = parent if parent in POSETRACK17.joints else f"{side}_{parent}"
            own[slot, POSETRACK17.index(above)] = -follows
    return np.asarray(own.T @ (weight[:, None] * own))


TOGETHER = _tree()
"""The precision ``[17, 17]`` of the joints' steps at pace 1."""
USUAL = np.sqrt(np.diag(np.linalg.inv(TOGETHER)))
"""How much each joint moves at pace 1, ``[17]``."""
_KEY = 1e8
"""The weight of a key: that of a machine's place that is off by 0.0001 head sizes."""
_LEAST = 1e-9


def through_keys(
    machine: Floats, belief: Floats, error: Floats, pace: float, keyed: Bools, keys: Floats
) -> Floats:
    """The cheapest tracks of a body, ``[17, F, 2]``, exact at keys.

    Args:
        machine, belief, error: as in :class:`.chain.Chain`: ``[17, F, 2]``, ``[17, F]``, ``[17, F − 1]``.
        pace: how fast this person moves, head sizes a frame, in units of :data:`USUAL`.
        keyed, keys: ``[17, F]``, ``[17, F, 2]``.

    The system is banded, frame after frame: 2 · 17 − 1 diagonals beside the middle one.
    """
    joints, frames = belief.shape
    together, link = TOGETHER / pace**2, 1 / error
    places, given = np.nan_to_num(machine), np.where(keyed[..., None], keys, 0.0)
    own = belief + _LEAST + _KEY * keyed
    own[:, :-1] += link
    own[:, 1:] += link
    right = belief[..., None] * places + _KEY * given
    moved = np.diff(places, axis=1) * link[..., None]
    right[:, 1:] += moved
    right[:, :-1] -= moved
    banded = np.zeros((2 * joints, frames, joints))
    ends = np.full(frames, 2.0)
    ends[[0, -1]] -= 1 if frames > 1 else 2
    for joint in range(joints):
        within = np.outer(ends, together[joint:, joint])
        within[:, 0] += own[joint]
        banded[: joints - joint, :, joint] = within.T
        across = np.repeat(-together[:, joint, None], frames - 1, axis=1)
        across[joint] -= link[joint]
        banded[joints - joint : 2 * joints - joint, :-1, joint] = across
    solved = solveh_banded(
        banded.reshape(2 * joints, -1),
        right.swapaxes(0, 1).reshape(-1, 2),
        lower=True,
        overwrite_ab=True,
        check_finite=False,
    )
    found = solved.reshape(frames, joints, 2).swapaxes(0, 1)
    return np.asarray(np.where(keyed[..., None], given, found))
