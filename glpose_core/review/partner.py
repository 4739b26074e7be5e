"""Whom a person was most likely taken for near a frame."""

from __future__ import annotations

import numpy as np

from ..labels import ProjectState
from ..labels.poses import seen_boxes

REACH = 12
"""Frames at either side that are looked at."""


def likely_partner(state: ProjectState, person: int, frame: int) -> int | None:
    """Who overlaps a person's boxes most near a frame; where nobody does, who is nearest; ``None`` where the
    person, or everybody else, is not seen there.

    Each box is held against the person's nearest in time, so that somebody who takes over at the place where
    they were lost counts, too.
    """
    everybody = [one.id for one in state.people()]
    rows = state.seen(everybody, max(frame - REACH, 0), min(frame + REACH + 1, state.video.frames))
    boxes = seen_boxes(rows)
    known = np.isfinite(boxes).all(axis=1) & ~rows["deleted"]
    rows, boxes = rows[known], boxes[known]
    own = rows["person"] == person
    if own.all() or not own.any():
        return None
    mine, others, whose = boxes[own], boxes[~own], rows["person"][~own]
    nearest = np.abs(rows["frame"][~own][:, None] - rows["frame"][own][None]).argmin(axis=1)
    mine = mine[nearest]
    low = np.maximum(mine[:, :2], others[:, :2])
    high = np.minimum(mine[:, :2] + mine[:, 2:], others[:, :2] + others[:, 2:])
    both = np.clip(high - low, 0.0, None).prod(axis=1)
    share = both / np.maximum(mine[:, 2:].prod(axis=1) + others[:, 2:].prod(axis=1) - both, 1e-9)
    apart = np.hypot(*(mine[:, :2] + mine[:, 2:] / 2 - others[:, :2] - others[:, 2:] / 2).T)
    best = np.lexsort((apart, -share))[0]
    return int(whose[best])
