"""How likely the machine is right in each frame: from its confidence, its steps and the keys.

Right and wrong come in stretches. A hidden Markov chain of two states runs along each joint. A rough step
is where one turns into the other; within a stretch steps are smooth, and smoother where the machine is right. A
key says which one it is, and what it says reaches to the next rough step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .tracks import Bools, Floats
from .tuning import Tuning

_CERTAIN = 1e-3
_LEAST_SHARE, _MOST_SHARE = 0.03, 0.97
_ROUNDS = 2
"""Rounds after which a person's share of right joints has settled."""


@dataclass(frozen=True)
class Evidence:
    """What is known of N tracks: all ``[N, F]``, but for ``rough [N, F − 1]`` (head sizes).

    ``fits`` says at keys whether the machine was right there.
    """

    score: Floats
    missing: Bools
    rough: Floats
    fits: Bools


def usual_share(evidence: Evidence, tuning: Tuning) -> float:
    """The share of its joints a machine has right, before anybody has said so: from scores alone, and
    from the chain run on them (a few rounds of expectation maximisation), which smooth tracks flatter: so it
    moves the first at most half of the way to all right."""
    known = ~evidence.missing & (evidence.score > 0)
    if not known.any():
        return 0.0
    odds = tuning.usual_slope * evidence.score[known] + tuning.usual_bias
    said = share = float(_logistic(odds).mean())
    nobody = np.zeros(known.shape, bool)
    for _ in range(_ROUNDS):
        share = float(
            chance_right(evidence, nobody, np.full(len(known), share), tuning)[known].mean()
        )
        share = min(max(share, _LEAST_SHARE), _MOST_SHARE)
    return min(share, (1 + said) / 2)


def share_right(evidence: Evidence, keyed: Bools, usual: float, tuning: Tuning) -> Floats:
    """The share of frames each track is right in, ``[N]``: by its own keys and by those of all.

    Joints go wrong together: a frame with four times as many keys says only twice as much of the others.
    """
    hits = keyed & evidence.fits
    looked_at = keyed.any(axis=0)
    many = np.sqrt(keyed.sum(axis=0)[looked_at])
    met = hits.sum(axis=0)[looked_at] / many**2
    weight = tuning.usual_weight
    of_all = ((met * many).sum() + weight * usual) / (many.sum() + weight)
    share = (hits.sum(axis=1) + weight * of_all) / (keyed.sum(axis=1) + weight)
    return np.asarray(np.clip(share, _LEAST_SHARE, _MOST_SHARE))


def chance_right(evidence: Evidence, keyed: Bools, share: Floats, tuning: Tuning) -> Floats:
    """How likely the machine is right, ``[N, F]``, given ``keyed [N, F]`` and :func:`share_right`.

    The forward-backward algorithm (Rabiner 1989, section III) over states right and wrong, whose changes
    show in the steps.
    """
    says = _logistic(tuning.score_slope * (evidence.score - tuning.score_middle))
    seen = np.stack([says, 1 - says])
    seen = np.where(evidence.missing, np.array([_CERTAIN, 1.0])[:, None, None], seen)
    at_keys = np.where(evidence.fits, 1.0, _CERTAIN), np.where(evidence.fits, _CERTAIN, 1.0)
    seen = np.where(keyed, np.stack(at_keys), seen)
    change = _changes(evidence.rough, share, tuning)
    frames = keyed.shape[1]
    right, wrong = np.empty(keyed.shape), np.empty(keyed.shape)
    right[:, 0], wrong[:, 0] = _normed(share * seen[0, :, 0], (1 - share) * seen[1, :, 0])
    for t in range(1, frames):
        (stays, fails), (mends, goes_on) = change[..., t - 1]
        before, bad = right[:, t - 1], wrong[:, t - 1]
        right[:, t], wrong[:, t] = _normed(
            (before * stays + bad * mends) * seen[0, :, t],
            (before * fails + bad * goes_on) * seen[1, :, t],
        )
    later = np.ones((2, len(share)))
    for t in range(frames - 2, -1, -1):
        (stays, fails), (mends, goes_on) = change[..., t]
        fine, bad = later * seen[..., t + 1]
        later = np.stack(_normed(stays * fine + fails * bad, mends * fine + goes_on * bad))
        right[:, t], wrong[:, t] = right[:, t] * later[0], wrong[:, t] * later[1]
    return np.asarray(right / (right + wrong))


def _changes(rough: Floats, share: Floats, tuning: Tuning) -> Floats:
    """How well each change of state explains each step, ``[2, 2, N, F − 1]`` (from, to; right first).

    The logarithm of a step's roughness is about normally distributed, around one middle within right stretches,
    around another within wrong ones, and around the largest where one turns into the other. Nothing leads over a frame
    without the joint.
    """
    mends = tuning.mends
    fails = np.clip(mends * (1 - share) / share, 0.003, 0.2)
    often = np.array(
        [[1 - fails, fails], [np.full(len(share), mends), np.full(len(share), 1 - mends)]]
    )
    size = np.log(np.where(np.isfinite(rough), rough, 1.0) + tuning.trembling)
    smooth, turn, wrong, odd = (
        np.exp(-0.5 * ((size - middle) / spread) ** 2) / spread
        for middle, spread in (tuning.smooth, tuning.turn, tuning.wrong, tuning.odd)
    )
    smooth = (1 - tuning.oddly) * smooth + tuning.oddly * odd
    wrong = (1 - tuning.from_wrong_to_wrong) * wrong + tuning.from_wrong_to_wrong * turn
    likely = often[..., None] * np.array([[smooth, turn], [turn, wrong]])
    apart = np.broadcast_to(np.array([share, 1 - share])[None, :, :, None], likely.shape)
    return np.asarray(np.where(np.isfinite(rough), likely, apart))


def _normed(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    total = a + b
    return a / total, b / total


def _logistic(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))
