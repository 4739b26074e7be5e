"""*Left/right?*: left and right joints change places from one frame to the next, and back soon after.

Limbs that pass one another do so on their way; an exchange happens at once. Which joint should be where
is foretold from the two frames before, so that passing is no exchange.
"""

from __future__ import annotations

import numpy as np

from .body import PAIRS, Body, Bools, Floats, length_of
from .findings import Finding

APART = 0.05
"""Nearer together than this share of the body's size, sides cannot be told."""
BETTER = 0.45
"""Exchanged, the joints must fit so much better (ratio of distances)."""
LONGEST = 12
"""An exchange lasts at most so many frames; after that nobody can say which half is wrong."""
LIMBS = ((0, 3), (3, 6))
"""Pairs of the arms and of the legs."""
LEFT, RIGHT = (np.array([pair[side] for pair in PAIRS]) for side in (0, 1))


def find_sides(body: Body) -> Finding:
    """Fact: for how many frames the sides are exchanged (0: from here on)."""
    events = _events(body.beside[:, LEFT], body.beside[:, RIGHT], body.size)
    score, fact = np.zeros(body.score.shape), np.zeros(body.score.shape)
    each = [_exchanged(events[:, pair]) for pair in range(len(PAIRS))]
    length = np.stack([frames for frames, _ in each], axis=1)
    single = np.stack([changes for _, changes in each], axis=1)
    strength = np.where(length > 0, 0.75, np.where(single, 0.4, 0.0))
    for first, stop in LIMBS:  # several pairs of a limb say it together
        together = (strength[:, first:stop] > 0).sum(axis=1, keepdims=True)
        strength[:, first:stop] += np.where(
            (strength[:, first:stop] > 0) & (together > 1), 0.25, 0.0
        )
    for side in (LEFT, RIGHT):
        score[:, side], fact[:, side] = np.minimum(strength, 1.0), length
    return Finding(np.where(body.placed, score, 0.0), fact)


def _events(left: Floats, right: Floats, size: Floats) -> Bools:
    """Where a pair changes places with regard to the frame before, ``[F, pairs]``."""

    def foretold(xy: Floats) -> Floats:
        ahead = np.full_like(xy, np.nan)
        ahead[1:] = xy[:-1]
        speed = np.zeros_like(xy)
        speed[2:] = np.nan_to_num(xy[1:-1] - xy[:-2])
        limit = 0.06 * size[:, None, None]
        return np.asarray(ahead + np.clip(speed, -limit, limit))

    def apart(a: Floats, b: Floats) -> Floats:
        return length_of(a - b)

    from_left, from_right = foretold(left), foretold(right)
    same = apart(left, from_left) + apart(right, from_right)
    crossed = apart(left, from_right) + apart(right, from_left)
    before = np.full(same.shape, np.nan)
    before[1:] = apart(left, right)[:-1]
    wide = np.fmin(apart(left, right), before) > APART * size[:, None]
    return np.asarray((crossed < BETTER * same) & wide)


def _exchanged(events: Bools) -> tuple[Floats, Bools]:
    """Length of the exchange that each frame is part of (0: none), and changes that bound none, ``[F]``.

    Between two changes lies an exchange if it is short, and shorter than what lies on either side.
    """
    length, single = np.zeros(len(events)), events.copy()
    at = np.flatnonzero(events)
    edges = np.concatenate([[-LONGEST - 1], at, [len(events) + LONGEST + 1]])
    runs = np.minimum(np.diff(edges), LONGEST + 1)
    inner = np.flatnonzero(
        (runs[1:-1] <= LONGEST) & (runs[1:-1] < runs[:-2]) & (runs[1:-1] < runs[2:])
    )
    for run in inner.tolist():
        start, stop = int(edges[run + 1]), int(edges[run + 2])
        length[start:stop] = stop - start
        single[[start, stop]] = False
    return length, single


def sides_words(frames: int) -> str:
    """What the list says."""
    if frames <= 0:
        return "sides exchanged from or to here"
    return f"sides exchanged, {frames} frame{'' if frames == 1 else 's'}"
