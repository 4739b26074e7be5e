"""*Unsure*: the model trusts a joint less than is usual in this clip.

The score is the share of the usual confidence that is missing. A third of it is taken from the frames around:
where a joint is trusted little for a while, it is wrong more often than where a single frame falls out.
"""

from __future__ import annotations

import numpy as np

from .body import Body, Floats, ramp, running_median
from .findings import Finding

MISSING = (0.0, 0.7)
"""Share of the usual confidence that is missing: where the score begins, and where it is full."""

AROUND = 1 / 3
"""How much the frames around count."""


def find_unsure(body: Body, usual: float) -> Finding:
    """``usual`` is the median confidence of the clip (:class:`.usual.Usual`). Fact: the confidence."""
    if not usual > 0:
        return Finding(np.zeros_like(body.score), body.score)
    around = running_median(running_median(body.score))
    steady = (1 - AROUND) * body.score + AROUND * around
    return Finding(ramp(1 - steady / usual, *MISSING), body.score)


def unsure_words(confidence: float, usual: float) -> str:
    """What the list says. ``confidence`` is the lowest of the stretch."""
    return f"confidence {confidence:.2f}, usual {usual:.2f}"


def usual_confidence(score: Floats) -> float:
    """The median of what is known, or NaN."""
    known = score[np.isfinite(score)]
    return float(np.median(known)) if len(known) else float("nan")
