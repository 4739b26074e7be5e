"""*Unsure*: the model trusts a joint less than is usual in this clip.

The score is the share of the usual confidence that is missing, so it orders joints as confidence does.
"""

from __future__ import annotations

import numpy as np

from .body import Body, Floats
from .findings import Finding


def find_unsure(body: Body, usual: float) -> Finding:
    """``usual`` is the median confidence of the clip (:class:`.usual.Usual`). Fact: the confidence."""
    if not usual > 0:
        return Finding(np.zeros_like(body.score), body.score)
    missing = np.clip(1 - body.score / usual, 0, 1)
    return Finding(np.nan_to_num(missing), body.score)


def unsure_words(confidence: float, usual: float) -> str:
    """What the list says. ``confidence`` is the lowest of the stretch."""
    return f"confidence {confidence:.2f}, usually {usual:.2f}"


def usual_confidence(score: Floats) -> float:
    """The median of what is known, or NaN."""
    known = score[np.isfinite(score)]
    return float(np.median(known)) if len(known) else float("nan")
