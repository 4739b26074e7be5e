"""All reasons over all poses of a range of frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..labels import PoseRows, Visibility
from ..labels.poses import is_human
from .body import Body, Floats, make_body
from .bones import find_bones
from .differ import find_differ
from .findings import JOINT_REASONS, Finding, Reason
from .gaps import find_gaps
from .jumps import find_jumps
from .neighbours import Neighbours, find_neighbours
from .outside import find_outside
from .sides import find_sides
from .unsure import find_unsure
from .usual import Usual, people
from .weights import ALONE, WITH_SECOND

CLOSE = 0.5
"""Poses of two predictions are of one person if their joints lie nearer than this on average (body sizes)."""


@dataclass(frozen=True)
class Examined:
    """What the reasons say of N poses.

    Attributes:
        rows: POSE_DTYPE ``[N]``, by person and by frame.
        score, fact: float32 ``[N, 17, 8]``, by :data:`.findings.JOINT_REASONS`.
        probability: float32 ``[N, 17]``, how likely each joint is wrong; 0 where there is nothing to ask.
        neighbours: who lies on whom.
        gaps: int64 ``[G, 3]``: person, first missing frame, first frame after.
    """

    rows: PoseRows
    score: NDArray[np.float32]
    fact: NDArray[np.float32]
    probability: NDArray[np.float32]
    neighbours: Neighbours
    gaps: NDArray[np.int64]


def examine(
    rows: PoseRows,
    usual: Usual,
    second: PoseRows | None = None,
    references: PoseRows | None = None,
) -> Examined:
    """Ask every reason. ``rows``: POSE_DTYPE ``[N]``, by person and by frame; deleted ones may be there.

    Args:
        usual: what the frames are held against (:func:`.usual.usual_of`).
        second: another model's poses (POSE_DTYPE); people are matched by their joints.
        references: the same model's poses with other reference frames, likewise.
    """
    score = np.zeros((len(rows), 17, len(JOINT_REASONS)), np.float32)
    fact = np.zeros_like(score)
    neighbours = find_neighbours(rows)
    score[..., Reason.TWO_PEOPLE] = neighbours.shared
    seconds = {Reason.MODELS: second, Reason.REFERENCES: references}
    other = {reason: nearest(rows, poses) for reason, poses in seconds.items() if poses is not None}
    gaps = [np.zeros((0, 3), np.int64)]
    first = 0
    for own in people(rows):
        body = make_body(own)
        here = slice(first, first + len(own))
        at = own["frame"].astype(np.int64) - body.start
        for reason, finding in _findings(body, usual, at, here, other).items():
            score[here, :, reason] = finding.score[at]
            fact[here, :, reason] = finding.fact[at]
        found = find_gaps(body)
        gaps.append(np.insert(found, 0, body.person, axis=1))
        first += len(own)
    weights = ALONE if not other else WITH_SECOND
    asked = (rows["visibility"] != Visibility.ABSENT) & ~is_human(rows["source"])
    asked &= ~rows["deleted"][:, None]
    score[~asked] = 0
    probability = np.where(asked, weights.probability(score), np.float32(0))
    return Examined(rows, score, fact, probability, neighbours, np.concatenate(gaps))


def _findings(
    body: Body, usual: Usual, at: NDArray[np.int64], here: slice, other: dict[Reason, Floats]
) -> dict[Reason, Finding]:
    nothing = np.full(9, np.nan)
    found = {
        Reason.UNSURE: find_unsure(body, usual.confidence),
        Reason.JUMPS: find_jumps(body),
        Reason.BONES: find_bones(body, usual.bones.get(body.person, nothing)),
        Reason.SIDES: find_sides(body),
        Reason.OUTSIDE: find_outside(body),
    }
    for reason, xy in other.items():
        spread = np.full(body.xy.shape, np.nan)
        spread[at] = xy[here]
        found[reason] = find_differ(body, spread)
    return found


def nearest(rows: PoseRows, others: PoseRows) -> Floats:
    """The joints of the pose in ``others`` that is the same person's, for each row: ``[N, 17, 2]``.

    NaN where no pose of that frame is near, and for joints that it lacks.
    """
    others = others[np.argsort(others["frame"], kind="stable")]
    mine, theirs = (
        np.where((r["visibility"] != Visibility.ABSENT)[..., None], r["xy"], np.nan)
        for r in (rows, others)
    )
    first = np.searchsorted(others["frame"], rows["frame"], side="left")
    count = np.searchsorted(others["frame"], rows["frame"], side="right") - first
    size = _extent(mine)
    best = np.full(len(rows), CLOSE)
    found = np.full(mine.shape, np.nan)
    for step in range(int(count.max(initial=0))):
        some = np.flatnonzero(count > step)
        candidates = theirs[first[some] + step]
        away = np.hypot(*np.moveaxis(mine[some] - candidates, -1, 0))
        both = np.isfinite(away)
        mean = np.where(both, away, 0).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
        mean = np.where(both.any(axis=1), mean / size[some], np.inf)
        better = mean < best[some]
        best[some[better]] = mean[better]
        found[some[better]] = candidates[better]
    return found


def _extent(xy: Floats) -> Floats:
    """The larger extent of each pose, ``[N]``; at least a pixel."""
    low = np.where(np.isnan(xy), np.inf, xy).min(axis=1)
    high = np.where(np.isnan(xy), -np.inf, xy).max(axis=1)
    return np.asarray(np.maximum((high - low).max(axis=1), 1.0))
