"""Where the machine has left and right exchanged, as keys say.

Half of the faults of a weak network are a joint of the other side. Where a key lies on the other side's
joint, both sides are exchanged back for as long as that makes the smoother tracks, pair by pair; keys of
a limb's other joints speak for it, too. Without keys nothing is ever exchanged.
"""

from __future__ import annotations

import numpy as np

from ..skeleton import POSETRACK17
from .tracks import Bools, Floats, distances
from .tuning import Tuning

_LIMBS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
LEFT, RIGHT = (
    np.array([POSETRACK17.index(f"{side}_{part}") for limb in _LIMBS for part in limb])
    for side in ("left", "right")
)
"""Slots of the six pairs, ``[6]``: those of the arms, then those of the legs."""
_MOST_STEP = 2.0
"""A step costs no more than that, so that a jump is a jump."""
_MOST_AWAY = 1.5
"""Head sizes beyond which a key is far away, no matter how far."""


def exchanged_sides(xy: Floats, keyed: Bools, keys: Floats, tuning: Tuning) -> Bools:
    """In which frames each pair is exchanged, ``[6, F]``.

    Args:
        xy: the machine's positions in head sizes, ``[17, F, 2]``, NaN where there is none.
        keyed: ``[17, F]``. keys: ``[17, F, 2]``, head sizes.

    The cheapest sequence of states (Viterbi): keys far from the joint, steps, and exchanges cost.
    """
    own = np.stack([xy[LEFT], xy[RIGHT]], axis=1)
    either = np.stack([own, own[:, ::-1]])
    away = np.minimum(distances(either, np.stack([keys[LEFT], keys[RIGHT]], axis=1)), _MOST_AWAY)
    away = np.where(np.stack([keyed[LEFT], keyed[RIGHT]], axis=1), away, 0.0).sum(axis=2)
    limbs = tuning.key * away.reshape(2, len(_LIMBS), -1, xy.shape[1])
    shared = limbs + tuning.limb * (limbs.sum(axis=2, keepdims=True) - limbs)
    state = shared.reshape(2, len(LEFT), -1)
    state[1] += tuning.exchanged
    step = np.stack([np.stack([_steps(a, b, tuning) for b in either]) for a in either])
    step[(0, 1), (1, 0)] += tuning.exchange
    return _cheapest(state, step)


def exchange(values: Floats, exchanged: Bools) -> Floats:
    """Values ``[17, F, …]`` with the sides exchanged in some frames of each pair (``[6, F]``)."""
    out = values.copy()
    for pair, at in enumerate(exchanged):
        out[LEFT[pair], at], out[RIGHT[pair], at] = (
            values[RIGHT[pair], at],
            values[LEFT[pair], at],
        )
    return out


def _steps(before: Floats, after: Floats, tuning: Tuning) -> Floats:
    """What it costs both joints of a pair to go on from one state to another, ``[6, F − 1]``."""
    far = distances(after[..., 1:, :], before[..., :-1, :]) / tuning.stride
    return np.asarray(np.minimum(far**2, _MOST_STEP).sum(axis=1))


def _cheapest(state: Floats, step: Floats) -> Bools:
    """The cheapest way through two states: ``state [2, N, F]``, ``step [2, 2, N, F − 1]`` (from, to)."""
    _, pairs, frames = state.shape
    cost = state[..., 0]
    came_from = np.zeros((frames, 2, pairs), dtype=np.int64)
    for t in range(1, frames):
        both = cost[:, None] + step[..., t - 1]
        came_from[t] = both.argmin(axis=0)
        cost = both.min(axis=0) + state[..., t]
    chosen = np.zeros((frames, pairs), dtype=np.int64)
    chosen[-1] = cost.argmin(axis=0)
    for t in range(frames - 1, 0, -1):
        chosen[t - 1] = came_from[t, chosen[t], np.arange(pairs)]
    return np.asarray(chosen.T == 1)
