"""*Bone length*: a bone is longer than it ever is, or changes at once.

Turning away makes bones look shorter, and slowly; coming nearer makes all of them longer. So lengths
are taken relative to the body's size; longer than the person's own longest counts, unless somebody placed or confirmed it so long elsewhere,
and shorter only where it is sudden.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .body import BONES, FAR_END, NEAR, Body, Floats, ramp, running_median
from .findings import Finding

LONGEST = 85
"""Percentile of a bone's lengths that stands for its true length: most others are foreshortened."""
LONGER = (1.15, 1.55)
SHORTER = (0.30, 0.70)
"""Share of the length that is suddenly missing."""
LEAST = 0.035
"""Changes below this share of the body's size are noise."""
FEWEST = 8
"""So many lengths must be known for a bone to have a usual one."""


def usual_lengths(lengths: Floats) -> Floats:
    """The person's own length of each bone, ``[bones]``; NaN where too little is known."""
    usual = np.full(lengths.shape[1], np.nan)
    for bone in range(lengths.shape[1]):
        known = lengths[np.isfinite(lengths[:, bone]), bone]
        if len(known) >= FEWEST:
            usual[bone] = np.percentile(known, LONGEST)
    return usual


def find_bones(body: Body, usual: NDArray[np.float64]) -> Finding:
    """``usual`` is :func:`usual_lengths`. Fact: the share by which the bone that ends in a joint is
    too long (positive) or suddenly shorter (negative)."""
    lengths = body.bones
    both = np.fmax(np.fmin(usual, _other_side(usual)), _confirmed(body))
    longer = lengths / both
    before = running_median(lengths)
    shorter = 1 - lengths / np.where(before > 0, before, np.nan)
    by_long = ramp(longer, *LONGER) * (lengths - both > LEAST)
    by_short = ramp(shorter, *SHORTER) * (before - lengths > 2 * LEAST)
    score, fact = np.zeros(body.score.shape), np.zeros(body.score.shape)
    score[:, FAR_END] = np.maximum(by_long, by_short)
    fact[:, FAR_END] = np.where(by_long >= by_short, longer - 1, -shorter)
    return Finding(score, fact)


def _confirmed(body: Body) -> Floats:
    """How long each bone has been where a person placed or confirmed both ends of it or of that of the other side: so
    long it can be, ``[bones]``; NaN where nobody did."""
    by_hand = body.human[:, NEAR] & body.human[:, FAR_END]
    longest: Floats = np.fmax.reduce(np.where(by_hand, body.bones, np.nan), axis=0)
    return np.fmax(longest, _other_side(longest))


def _other_side(usual: Floats) -> Floats:
    """Left bones are as long as right ones, and an error on one side makes its usual length too long."""
    order = [0, *(at + 1 if at % 2 else at - 1 for at in range(1, len(usual)))]
    return usual[order]


def bones_words(joint: int, change: float) -> str:
    """What the list says of the bone that ends in ``joint``."""
    name = next(bone[2] for bone in BONES if bone[1] == joint)
    if change < 0:
        return f"{name} {-change:.0%} too short".replace("%", " %")
    return f"{name} {change:.0%} too long".replace("%", " %")
