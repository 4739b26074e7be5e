"""Where one shot ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

THUMB = (48, 27)
BINS = 32

DIFFERENT_LIGHT = 0.30
"""Distance between brightness and colour histograms (Hellinger, 0…1) of unlike pictures."""
DIFFERENT_PLACE = 0.35
"""1 − correlation of thumbnails (after the best small shift) of unlike pictures."""


@dataclass(frozen=True, eq=False)
class Glance:
    """A picture at a glance: grey thumbnail ``[27, 48]`` float32, and colour histograms ``[3, 32]``."""

    thumb: NDArray[np.float32]
    histogram: NDArray[np.float32]


def glance(picture: NDArray[np.uint8]) -> Glance:
    """Take in an RGB picture ``[h, w, 3]``."""
    small = cv2.resize(picture, (THUMB[0] * 4, THUMB[1] * 4), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    thumb = cv2.resize(grey, THUMB, interpolation=cv2.INTER_AREA).astype(np.float32)
    bins = small // (256 // BINS)
    counts = np.stack([np.bincount(bins[..., c].ravel(), minlength=BINS) for c in range(3)])
    smooth = np.asarray(cv2.blur(counts.astype(np.float32), (3, 1)), dtype=np.float32)
    return Glance(thumb, smooth / smooth.sum(axis=1, keepdims=True))


def is_cut(a: Glance, b: Glance) -> bool:
    """Whether two neighbouring frames belong to different shots. Symmetric.

    Both the colours and the layout must have changed: a flash changes the first only, a fast pan the
    second only.
    """
    overlap = np.sqrt(a.histogram * b.histogram).sum(axis=1).clip(0, 1)
    light = float(np.sqrt(1 - overlap).mean())
    if light < DIFFERENT_LIGHT:
        return False
    return 1 - max(_likeness(a.thumb, b.thumb), _likeness(b.thumb, a.thumb)) > DIFFERENT_PLACE


def _likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Best correlation of the middle of ``a`` with ``b`` under shifts of up to a sixth."""
    middle = a[4:-4, 8:-8]
    if float(middle.std()) < 1.0 or float(b.std()) < 1.0:
        return float(abs(float(a.mean()) - float(b.mean())) < 8.0)
    return float(cv2.matchTemplate(b, middle, cv2.TM_CCOEFF_NORMED).max())
