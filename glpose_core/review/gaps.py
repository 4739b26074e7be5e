"""*Gap*: a person vanishes for a few frames and is there again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .body import BRIDGED, Body


def find_gaps(body: Body) -> NDArray[np.int64]:
    """Short gaps as frames ``[gaps, 2]``: the first missing one, and the first after them.

    Where a person deleted the pose, nothing is missing. Longer absences are taken for real.
    """
    edges = np.diff(body.settled.astype(np.int8))
    first = np.flatnonzero(edges == -1) + 1
    back = np.flatnonzero(edges == 1) + 1
    gaps = np.stack([first, back], axis=1) + body.start
    return gaps[(gaps[:, 1] - gaps[:, 0]) <= BRIDGED]


def gap_words(frames: int) -> str:
    """What the list says."""
    return f"nobody here for {frames} frame{'' if frames == 1 else 's'}"
