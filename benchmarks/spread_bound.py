"""The least that anybody could do, for ``spread.py``: points that an oracle needs who knows the truth, places every
joint exactly, and may choose where, if what lies between is straight lines.

Where the model's predictions may be used, too, a line may begin and end at any of them that is right, at no cost. Nobody
reaches that: it takes knowing the whole track beforehand. What it says is how much is left to be won.
"""

from __future__ import annotations

import numpy as np
from spread_annotator import FRAME, LOOK, POINT, Bools, Floats, Track


def least_seconds(track: Track, tolerance: float, *, predictions: bool) -> float:
    """Modelled seconds of the oracle: its points, and as many frames as the joint with most points needs."""
    points = [
        _fewest(
            track.truth[:, joint],
            track.visible[:, joint],
            track.allowed(tolerance)[:, 0],
            track.machine.xy[:, joint] if predictions else np.full((len(track.truth), 2), np.nan),
        )
        for joint in np.flatnonzero(track.visible.any(axis=0)).tolist()
    ]
    return POINT * sum(points) + (FRAME + LOOK) * max(points, default=0)


def _fewest(truth: Floats, visible: Bools, allowed: Floats, machine: Floats) -> int:
    """The fewest points for one joint, ``truth`` and ``machine [F, 2]``: the cheapest way through
    nodes, each at the truth (1) or where a right machine has it (0), that straight lines may join."""
    frames = np.flatnonzero(visible)
    right = np.linalg.norm(machine - truth, axis=1) <= allowed
    nodes = [(at, truth[at], 1) for at in frames.tolist()]
    nodes += [(at, machine[at], 0) for at in frames[right[frames]].tolist()]
    nodes.sort(key=lambda node: node[0])
    at = np.array([node[0] for node in nodes])
    places = np.array([node[1] for node in nodes])
    cost = np.array([node[2] for node in nodes], float)
    near = np.linalg.norm(places[:, None] - truth[frames], axis=2) <= allowed[frames]
    before = (near | (frames >= at[:, None])).all(axis=1)
    after = (near | (frames <= at[:, None])).all(axis=1)
    total = np.where(before, cost, np.inf)  # the ends are held
    for number in range(len(nodes)):
        later = np.flatnonzero(at > at[number])
        if not np.isfinite(total[number]) or not len(later):
            continue
        share = (frames - at[number]) / (at[later, None] - at[number])
        line = places[number] + share[..., None] * (places[later] - places[number])[:, None]
        fits = np.linalg.norm(line - truth[frames], axis=2) <= allowed[frames]
        fits |= (frames <= at[number]) | (frames >= at[later, None])
        reached = np.where(fits.all(axis=1), total[number] + cost[later], np.inf)
        total[later] = np.minimum(total[later], reached)
    return int(total[after].min())
