"""Whom a person was most likely taken for near a frame."""

from __future__ import annotations

import numpy as np

from ..labels import ProjectState
from ..labels.poses import seen_boxes
from .crossings import box_overlap

REACH = 12
"""Frames at either side that are looked at."""


def likely_partner(state: ProjectState, person: int, frame: int) -> int | None:
    """Who overlaps a person's boxes most near a frame, and the nearer to it the better; where nobody does, who
    is nearest; ``None`` where the person, or everybody else, is not seen there.

    Each box is held against the person's of the same frame and of both beside it, so that somebody who goes
    on in the person's place from one frame to the next counts, too.
    """
    everybody = [one.id for one in state.people()]
    rows = state.seen(everybody, max(frame - REACH, 0), min(frame + REACH + 1, state.video.frames))
    boxes = seen_boxes(rows)
    known = np.isfinite(boxes).all(axis=1) & ~rows["deleted"]
    rows, boxes = rows[known], boxes[known]
    own = rows["person"] == person
    if own.all() or not own.any():
        return None
    mine, when = boxes[own], rows["frame"][own]
    others, whose, at = boxes[~own], rows["person"][~own], rows["frame"][~own]
    near = 1 - np.abs(at - frame) / (REACH + 1)
    share, apart = np.zeros(len(others)), np.full(len(others), np.inf)
    for step in (-1, 0, 1):
        held = mine[np.abs((at + step)[:, None] - when[None]).argmin(axis=1)]
        share = np.maximum(share, near * box_overlap(held, others))
        way = (held[:, :2] + held[:, 2:] / 2) - (others[:, :2] + others[:, 2:] / 2)
        apart = np.minimum(apart, np.hypot(*way.T))
    return int(whose[np.lexsort((apart, -share))[0]])
