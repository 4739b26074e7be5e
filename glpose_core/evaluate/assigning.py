"""Which predicted joint is which labelled joint's, over time: the matches that CLEAR MOT counts.

Where, in a frame, no joint is within reach of two others, the matches do not depend on the past: they are
made for all frames at once. Only the rest is walked through frame by frame, with a memory of who matched
whom last.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import linear_sum_assignment

from .joints import JOINTS, Bools, Floats, Ints
from .people import People


@dataclass(frozen=True)
class Links:
    """L times a labelled joint with a predicted one within the threshold, sorted by frame, joint,
    labelled person, predicted person.

    Attributes:
        frame, joint: int64 ``[L]``.
        object, hypothesis: rows of the labelled and predicted people, int64 ``[L]``.
        series: video × 15 + joint; ``who`` and ``track``: track numbers of the two; int64 ``[L]``.
        distance: in head sizes, float64 ``[L]``.
    """

    frame: Ints
    joint: Ints
    object: Ints
    hypothesis: Ints
    series: Ints
    who: Ints
    track: Ints
    distance: Floats


def choose(links: Links, truth: People, predictions: People) -> Bools:
    """Which links become matches, ``[L]``: at most one for each joint of a person."""
    places = links.frame * len(JOINTS) + links.joint
    doubtful = np.isin(places, places[_shared(places, links.object)])
    doubtful |= np.isin(places, places[_shared(places, links.hypothesis)])
    chosen = ~doubtful
    if doubtful.any():
        walk = _Walk(links, truth, predictions, chosen)
        rows = np.flatnonzero(doubtful)
        edges = np.flatnonzero(np.diff(places[rows], prepend=-1)).tolist()
        for start, stop in pairwise([*edges, len(rows)]):
            walk.decide(rows[start:stop].tolist())
    return chosen


def _shared(places: Ints, rows: Ints) -> Bools:
    """Links whose person has another link in the same frame and joint."""
    order = np.lexsort((rows, places))
    same = (np.diff(places[order]) == 0) & (np.diff(rows[order]) == 0)
    shared = np.zeros(len(rows), dtype=bool)
    shared[order[1:][same]] = True
    return shared


def _series_before(links: Links, sure: Bools) -> tuple[Ints, Ints]:
    """For each link: the number of its series of one labelled joint of one person, and the last sure
    match of that series before it, −1 if there is none. int64 ``[L]`` each."""
    order = np.lexsort((links.frame, links.who, links.series))
    series, who = links.series[order], links.who[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (series[1:] != series[:-1]) | (who[1:] != who[:-1])
    group = np.cumsum(new)
    last = np.maximum.accumulate(np.where(sure[order], np.arange(len(order)), -1))
    before = np.concatenate([[-1], last[:-1]])
    known = (before >= 0) & (group[before] == group)
    groups, matches = np.empty_like(group), np.empty_like(before)
    groups[order] = group
    matches[order] = np.where(known, order[before], -1)
    return groups, matches


class _Walk:
    """Remembers the last match of every labelled joint, and decides what depends on it."""

    def __init__(self, links: Links, truth: People, predictions: People, chosen: Bools) -> None:
        self._links, self._truth, self._predictions = links, truth, predictions
        self._chosen = chosen
        group, before = _series_before(links, chosen)
        self._group, self._frame = group.tolist(), links.frame.tolist()
        self._before: list[int] = before.tolist()
        self._track: list[int] = links.track.tolist()
        self._object, self._hypothesis = links.object.tolist(), links.hypothesis.tolist()
        self._last: dict[int, int] = {}

    def _held(self, row: int) -> int | None:
        """The track that the labelled joint of a link was matched with last."""
        sure, walked = self._before[row], self._last.get(self._group[row], -1)
        if sure < 0 and walked < 0:
            return None
        later = (
            walked
            if sure < 0 or (walked >= 0 and self._frame[walked] > self._frame[sure])
            else sure
        )
        return self._track[later]

    def decide(self, rows: list[int]) -> None:
        """Match the links of one frame and joint: first those that were matched last, in the order of
        the labelled people; then the others, as many as possible at the least distance."""
        objects: set[int] = set()
        hypotheses: set[int] = set()
        for row in rows:
            free = self._object[row] not in objects and self._hypothesis[row] not in hypotheses
            if free and self._held(row) == self._track[row]:
                objects.add(self._object[row])
                hypotheses.add(self._hypothesis[row])
                self._match(row)
        rest = [
            row
            for row in rows
            if self._object[row] not in objects and self._hypothesis[row] not in hypotheses
        ]
        for row in self._assign(rest) if rest else ():
            self._match(row)

    def _match(self, row: int) -> None:
        self._chosen[row] = True
        self._last[self._group[row]] = row

    def _assign(self, rows: list[int]) -> list[int]:
        """The assignment of most links at the least distance. The matrix has a row for every labelled
        joint and a column for every predicted one, as motmetrics has it: ties then fall alike."""
        frame, joint = self._links.frame[rows[0]], self._links.joint[rows[0]]
        lines, columns = (
            _having(self._truth, frame, joint),
            _having(self._predictions, frame, joint),
        )
        distance = self._links.distance[rows]
        shape = len(lines), len(columns)
        far = 2 * min(shape) * (float(distance.max()) + 1) + 1
        costs = np.full(shape, far)
        which = np.full(shape, -1)
        at = np.searchsorted(lines, self._links.object[rows])
        to = np.searchsorted(columns, self._links.hypothesis[rows])
        costs[at, to], which[at, to] = distance, rows
        picked = which[linear_sum_assignment(costs)]
        return [int(row) for row in picked[picked >= 0]]


def _having(people: People, frame: int, joint: int) -> Ints:
    """The people of a frame who have a joint."""
    first, stop = np.searchsorted(people.frame, [frame, frame + 1])
    return np.asarray(first + np.flatnonzero(people.present[first:stop, joint]), dtype=np.int64)
