"""*Outside its box*: a joint lies outside the box that the pose was looked for in."""

from __future__ import annotations

import numpy as np

from .body import Body, ramp
from .findings import Finding

FAR = (0.0, 0.10)
"""How far outside, in sizes of the box."""


def find_outside(body: Body) -> Finding:
    """Fact: how far outside, pixels. Boxes that a person drew or accepted are not asked."""
    beyond = []
    for axis in (0, 1):
        low, along = body.box[:, None, axis], body.xy[..., axis]
        beyond.append(np.maximum(low - along, along - (low + body.box[:, None, 2 + axis])))
    out = np.maximum(*beyond)
    larger = np.maximum(body.box[:, 2], body.box[:, 3])[:, None]
    return Finding(ramp(out / np.where(larger > 0, larger, np.nan), *FAR), np.maximum(out, 0))


def outside_words(pixels: float) -> str:
    """What the list says."""
    return f"{pixels:.0f} px outside its box"
