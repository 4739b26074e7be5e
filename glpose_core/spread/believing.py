"""How likely the machine is right in each frame: from its confidence, its smoothness and the keys.

Right and wrong come in stretches. A hidden Markov chain of two states runs along each joint: a key says
which one it is, and what it says reaches as far as the track is smooth; a rough step cuts it off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .tracks import Bools, Floats
from .tuning import Tuning

_CERTAIN = 1e-3


@dataclass(frozen=True)
class Evidence:
    """What is known of N tracks: all ``[N, F]``, but for ``rough [N, F − 1]`` (head sizes).

    ``fits`` says at keys whether the machine was right there.
    """

    score: Floats
    missing: Bools
    rough: Floats
    fits: Bools


def usual_share(score: Floats, tuning: Tuning) -> float:
    """The share of its joints a machine with these scores (any shape, 0: none) has right, by itself."""
    known = score[score > 0]
    if not len(known):
        return 0.0
    return float(_logistic(tuning.usual_slope * known + tuning.usual_bias).mean())


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
    return np.asarray(np.clip(share, 0.03, 0.97))


def chance_right(evidence: Evidence, keyed: Bools, share: Floats, tuning: Tuning) -> Floats:
    """How likely the machine is right, ``[N, F]``, given ``keyed [N, F]`` and :func:`share_right`.

    The forward-backward algorithm (Rabiner 1989, section III) over states right and wrong.
    """
    says = _logistic(tuning.score_slope * (evidence.score - tuning.score_middle))
    weight = np.stack([says, 1 - says], axis=-1) ** tuning.score_weight
    weight[evidence.missing] = (_CERTAIN, 1.0)
    at_keys = np.where(evidence.fits[..., None], (1.0, _CERTAIN), (_CERTAIN, 1.0))
    weight = np.where(keyed[..., None], at_keys, weight)
    lapse = tuning.lapse
    mixed = 2 * (lapse + (0.5 - lapse) * np.clip(evidence.rough / tuning.jump, 0, 1) ** 2)
    prior = np.stack([share, 1 - share], axis=-1)
    frames = keyed.shape[1]
    forward = np.empty(weight.shape)
    forward[:, 0] = _normed(prior * weight[:, 0])
    for t in range(1, frames):
        mix = mixed[:, t - 1, None]
        forward[:, t] = _normed(((1 - mix) * forward[:, t - 1] + mix * prior) * weight[:, t])
    backward = np.ones(weight.shape)
    for t in range(frames - 2, -1, -1):
        mix, after = mixed[:, t, None], backward[:, t + 1] * weight[:, t + 1]
        expected = (prior * after).sum(axis=-1, keepdims=True)
        backward[:, t] = _normed((1 - mix) * after + mix * expected)
    return np.asarray(_normed(forward * backward)[..., 0])


def _normed(values: Floats) -> Floats:
    return np.asarray(values / values.sum(axis=-1, keepdims=True))


def _logistic(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))
