"""All reasons over all poses of a range of frames."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
from .neighbours import Neighbours, find_neighbours, joined
from .outside import find_outside
from .sides import find_sides
from .unsure import find_unsure
from .usual import Usual, people
from .weights import ALONE, WITH_SECOND, Weights

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
        weights: what the scores were put together by.
    """

    rows: PoseRows
    score: NDArray[np.float32]
    fact: NDArray[np.float32]
    probability: NDArray[np.float32]
    neighbours: Neighbours
    gaps: NDArray[np.int64]
    weights: Weights


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
    parts = [one for _, one in each_person(rows, usual, second=second, references=references)]
    weights = _weights(second, references)
    if not parts:
        nothing = np.zeros((0, 17, len(JOINT_REASONS)), np.float32)
        gaps = np.zeros((0, 3), np.int64)
        return Examined(
            rows, nothing, nothing, nothing[..., 0], find_neighbours(rows), gaps, weights
        )
    return Examined(
        rows,
        np.concatenate([one.score for one in parts]),
        np.concatenate([one.fact for one in parts]),
        np.concatenate([one.probability for one in parts]),
        joined([one.neighbours for one in parts]),
        np.concatenate([one.gaps for one in parts]),
        weights,
    )


def each_person(
    rows: PoseRows,
    usual: Usual,
    *,
    whose: Collection[int] | None = None,
    bodies: Sequence[Body] | None = None,
    second: PoseRows | None = None,
    references: PoseRows | None = None,
) -> Iterator[tuple[int, Examined]]:
    """As :func:`examine`, one person after the other: what is asked of a joint takes a kilobyte for each pose, so
    it should not last. Only of those in ``whose``, if that is given; ``bodies`` are all of them, if they are made."""
    weights = _weights(second, references)
    neighbours = find_neighbours(rows)
    seconds = {Reason.MODELS: second, Reason.REFERENCES: references}
    first = 0
    for number, own in enumerate(people(rows)):
        here = slice(first, first + len(own))
        first += len(own)
        person = int(own["person"][0])
        if whose is not None and person not in whose:
            continue
        body = make_body(own) if bodies is None else bodies[number]
        other = {of: nearest(own, poses) for of, poses in seconds.items() if poses is not None}
        yield person, _ask(body, own, usual, neighbours.of(here), other, weights)


def _weights(second: PoseRows | None, references: PoseRows | None) -> Weights:
    return ALONE if second is None and references is None else WITH_SECOND


def _ask(
    body: Body,
    rows: PoseRows,
    usual: Usual,
    neighbours: Neighbours,
    other: dict[Reason, Floats],
    weights: Weights,
) -> Examined:
    """Ask every reason about one person's rows, of which ``body`` is made."""
    by_reason = np.zeros((2, len(JOINT_REASONS), len(rows), 17), np.float32)
    score, fact = by_reason
    score[Reason.TWO_PEOPLE] = neighbours.shared
    at = rows["frame"].astype(np.int64) - body.start
    whole = len(at) == len(body.xy)  # no gaps: nothing to pick out
    for reason, finding in _findings(body, usual, at, other).items():
        score[reason] = finding.score if whole else finding.score[at]
        fact[reason] = finding.fact if whole else finding.fact[at]
    asked = (rows["visibility"] != Visibility.ABSENT) & ~is_human(rows["source"])
    asked &= ~rows["deleted"][:, None]
    score *= asked
    scores = np.ascontiguousarray(np.moveaxis(score, 0, -1))
    probability = np.where(asked, weights.probability(scores), np.float32(0))
    gaps = np.insert(find_gaps(body), 0, body.person, axis=1)
    return Examined(rows, scores, np.moveaxis(fact, 0, -1), probability, neighbours, gaps, weights)


def _findings(
    body: Body, usual: Usual, at: NDArray[np.int64], other: dict[Reason, Floats]
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
        spread[at] = xy
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
