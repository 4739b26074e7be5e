"""*Jumps*: for a few frames a joint lies far from where it is before and after, and the body does not."""

from __future__ import annotations

import numpy as np

from .body import BRIDGED, Body, length_of, ramp, running_median, steps
from .findings import Finding

OWN_STEPS = 2.5
"""A joint that moves anyway may stray by so many of its usual steps: hands turn round quickly."""
FAR = (0.02, 0.09)
"""Straying beyond that, in body sizes: where the score begins, and where it is full."""


def find_jumps(body: Body) -> Finding:
    """Fact: the larger of the steps in the picture into and out of the frame, pixels."""
    stray = length_of(body.beside - running_median(body.beside))
    usual = running_median(np.nan_to_num(steps(body.beside)))
    excess = (stray - OWN_STEPS * usual) / body.size[:, None]
    known = body.placed.astype(np.int64)
    around = np.cumsum(np.pad(known, ((BRIDGED // 3, BRIDGED // 3), (0, 0))), axis=0)
    near = around[2 * (BRIDGED // 3) :] - np.pad(around, ((1, 0), (0, 0)))[: len(known)]
    enough = near >= 4
    into = steps(body.xy)
    out = np.concatenate([into[1:], np.full((1, into.shape[1]), np.nan)])
    far = np.fmax(into, out)
    return Finding(np.where(enough & np.isfinite(far), ramp(excess, *FAR), 0.0), far)


def jumps_words(pixels: float) -> str:
    """What the list says."""
    return f"{pixels:.0f} px in one frame"
