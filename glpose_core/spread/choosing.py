"""How much of the machine's track a joint is given: by leaving out one key after the other.

A *manner* makes more or less of the machine: its places, its steps, or nothing of it, which is linear
interpolation. The manner counts that would have found the keys from the keys beside them; where there are
few keys, those of a person's other joints count, and how much of the machine has been right so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .believing import Evidence, chance_right
from .chain import Chain
from .tracks import Bools, Floats, distances
from .tuning import Tuning


@dataclass(frozen=True)
class Manner:
    """``error`` and ``belief`` multiply those of the chain; ``trust`` says how much of the machine is in
    it (1: all, 0: nothing); ``odd`` speaks against it where nothing else does."""

    error: float
    belief: float
    trust: float
    odd: float = 0.05


MANNERS = (
    Manner(1, 1, 1.0, 0.0),
    Manner(1, 0.01, 0.8, 0.03),
    Manner(6, 0.05, 0.4),
    Manner(40, 0.05, 0.3),
    Manner(1e6, 0.0, 0.0, 0.1),
)
BENT = 1
"""The machine's steps, hardly its places."""
LINEAR = len(MANNERS) - 1
_ERROR, _BELIEF, _TRUST, _ODD = (
    np.array([getattr(manner, name) for manner in MANNERS])
    for name in ("error", "belief", "trust", "odd")
)
MOST_LEFT_OUT = 6
"""Keys of a joint that are left out in turn; of more keys, so many evenly."""
_WORST = 1.0
"""Head sizes beyond which a key left out is missed, no matter by how much."""


def chain_of(
    machine: Floats,
    evidence: Evidence,
    chance: Floats,
    moves: Floats,
    tuning: Tuning,
    manner: NDArray[np.int64],
) -> Chain:
    """The chains of N tracks in head sizes (``machine [N, F, 2]``, ``chance [N, F]`` of being right, ``moves [N]``
    how far a joint usually steps); each in one or several manners: ``manner [N]`` or ``[M, N]``."""
    sure = np.minimum(evidence.score[:, 1:], evidence.score[:, :-1])
    error = tuning.steady**2 + (tuning.rough * evidence.rough) ** 2
    error = error * np.exp(tuning.doubt * (0.5 - sure)) * _ERROR[manner][..., None]
    odds = np.minimum(chance / (1 - chance + 1e-6), tuning.surest)
    belief = np.where(evidence.missing, 0.0, odds / tuning.trust**2)
    return Chain(machine, belief * _BELIEF[manner][..., None], error, moves[:, None] ** 2)


def choose_manners(
    machine: Floats,
    evidence: Evidence,
    keyed: Bools,
    keys: Floats,
    share: Floats,
    moves: Floats,
    tuning: Tuning,
) -> NDArray[np.int64]:
    """The manner of each of N tracks, ``[N]``: numbers of :data:`MANNERS`.

    Args:
        machine: ``[N, F, 2]`` head sizes. keyed, keys: ``[N, F]``, ``[N, F, 2]``.
        share: how much of each the machine has right, ``[N]``. moves: how far it steps, ``[N]``.
    """
    cost = tuning.prefer * _TRUST * (tuning.even - share[:, None]) + _ODD
    track, frame = _inner_keys(keyed)
    if len(track):
        missed = _missed(machine, evidence, keyed, keys, share, moves, tuning, track, frame)
        np.add.at(cost, track, missed.T)
        cost += tuning.pooled * missed.mean(axis=1)
    return np.asarray(cost.argmin(axis=1))


def _inner_keys(keyed: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tracks and frames of keys that have keys on both sides, at most :data:`MOST_LEFT_OUT` a track."""
    number = keyed.cumsum(axis=1)
    last = number[:, -1:]
    inner = keyed & (number > 1) & (number < last)
    every = np.maximum((last - 2) / MOST_LEFT_OUT, 1)
    chosen = np.floor((number - 1) / every) > np.floor((number - 2) / every)
    track, frame = np.nonzero(inner & chosen)
    return track, frame


def _missed(
    machine: Floats,
    evidence: Evidence,
    keyed: Bools,
    keys: Floats,
    share: Floats,
    moves: Floats,
    tuning: Tuning,
    track: NDArray[np.int64],
    frame: NDArray[np.int64],
) -> Floats:
    """How far each manner misses each key left out (of ``track`` in ``frame``), ``[manners, keys]``."""
    at = np.arange(len(track))
    others = keyed[track]
    others[at, frame] = False
    own = Evidence(
        evidence.score[track], evidence.missing[track], evidence.rough[track], evidence.fits[track]
    )
    chance = chance_right(own, others, share[track], tuning)
    every = np.repeat(np.arange(len(MANNERS))[:, None], len(track), axis=1)
    places = chain_of(machine[track], own, chance, moves[track], tuning, every).through(
        others, keys[track]
    )
    return np.minimum(distances(places[:, at, frame], keys[track, frame]), _WORST)
