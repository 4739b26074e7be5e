"""*Models differ*, *references differ*: two predictions of one joint lie far apart."""

from __future__ import annotations

import numpy as np

from .body import Body, Floats, ramp
from .findings import Finding

FAR = (0.25, 1.25)
"""In sizes of the head."""


def find_differ(body: Body, others: Floats) -> Finding:
    """``others`` are the second prediction's positions, ``[F, 17, 2]``, NaN where it has none.

    Fact: the distance, pixels.
    """
    away = np.hypot(*np.moveaxis(others - body.xy, -1, 0))
    return Finding(ramp(away / body.head[:, None], *FAR), away)


def differ_words(names: str, pixels: float) -> str:
    """What the list says; ``names`` as in "GLPose against HRNet"."""
    return f"{names}, {pixels:.0f} px"
