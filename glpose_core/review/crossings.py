"""Where identities may have been exchanged: people who overlap strongly, or whose poses change places.

Two people *meet* in a frame if their boxes overlap by :data:`OVERLAP`, or if from the frame before each
is nearer to where the other was. Meetings of the same two that follow one another are one *crossing*.
Everything is arrays: 100,000 poses take a fraction of a second, and an edit looks at one block of frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..labels import PoseRows, Visibility
from ..labels.poses import seen_boxes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OVERLAP = 0.5
"""Intersection over union of two boxes from which they are hard to tell apart."""
LEAP = 0.3
"""So far, in body sizes, must the two have come for an exchange: less is a tremble."""
NEARER = 0.5
"""Exchanged, the way must be this much shorter than straight on."""
GAP = 5
"""Frames at most between two looks at the same people: those who label every fourth frame have no others."""
JOIN = 15
"""Frames between two meetings of the same people that are one crossing."""
FEWEST = 3
"""So many joints must be shared for two poses to be compared; else their boxes are."""
BLOCK = 64
"""Frames that are looked at together when one of them changes."""

MEETING_DTYPE = np.dtype(
    [("frame", "<i4"), ("a", "<i4"), ("b", "<i4"), ("overlap", "<f4"), ("exchanged", "?")]
)
"""Two people in one frame: ``a`` < ``b``; ``exchanged`` if they seem to have changed places there."""

CROSSING_DTYPE = np.dtype(
    [
        ("frame", "<i4"),
        ("a", "<i4"),
        ("b", "<i4"),
        ("start", "<i4"),
        ("stop", "<i4"),
        ("exchanged", "?"),
    ]
)
"""Frames ``start`` … ``stop`` − 1 of two people; ``frame`` is the one to look at: where they changed places,
or where they overlap most."""


@dataclass(frozen=True)
class Bodies:
    """What of N poses matters here, by frame and person.

    Attributes:
        frame, person: ``[N]``. box: ``[N, 4]``. xy: ``[N, 17, 2]``, NaN where a joint is absent.
    """

    frame: Ints
    person: Ints
    box: Floats
    xy: NDArray[np.float32]

    @classmethod
    def of(cls, rows: PoseRows) -> Bodies:
        """From rows of POSE_DTYPE in any order; deleted poses and those without a place are left out."""
        rows = rows[~rows["deleted"]]
        box = seen_boxes(rows)
        shown = rows["visibility"] != Visibility.ABSENT
        xy = np.where(shown[..., None], rows["xy"], np.nan).astype(np.float32)
        order = np.lexsort((rows["person"], rows["frame"]))
        order = order[np.isfinite(box[order]).all(axis=1)]
        people = rows["person"][order].astype(np.int64)
        return cls(rows["frame"][order].astype(np.int64), people, box[order], xy[order])

    def between(self, start: int, stop: int) -> Bodies:
        """Those in the frames ``start`` … ``stop`` − 1."""
        low, high = np.searchsorted(self.frame, (start, stop))
        part = slice(int(low), int(high))
        return Bodies(self.frame[part], self.person[part], self.box[part], self.xy[part])

    def and_then(self, later: Bodies) -> Bodies:
        """These, and those of later frames."""
        pairs = ((getattr(self, name), getattr(later, name)) for name in self.__annotations__)
        return Bodies(*(np.concatenate(pair) for pair in pairs))


def crossings_of(rows: PoseRows) -> PoseRows:
    """All crossings of poses (POSE_DTYPE, in any order): CROSSING_DTYPE by frame."""
    return gather(meetings(Bodies.of(rows)))


def meetings(bodies: Bodies, since: int = 0) -> PoseRows:
    """Who meets whom in the frames from ``since`` on: MEETING_DTYPE."""
    first, second = _pairs(bodies.frame)
    near = box_overlap(bodies.box[first], bodies.box[second])
    strong = near >= OVERLAP
    overlapping = _made(bodies, first[strong], second[strong], bodies.frame[first[strong]])
    overlapping["overlap"] = near[strong]
    later = _next_rows(bodies)
    swap = _exchanged(bodies, first, second, later)
    at = np.maximum(later[first[swap]], later[second[swap]])
    exchanged = _made(bodies, first[swap], second[swap], bodies.frame[at])
    exchanged["exchanged"] = True
    found = np.concatenate([overlapping, exchanged])
    return found[found["frame"] >= since]


def gather(met: PoseRows) -> PoseRows:
    """Meetings of the same people that follow one another as crossings: CROSSING_DTYPE by frame."""
    met = met[np.lexsort((met["frame"], met["b"], met["a"]))]
    if not len(met):
        return np.zeros(0, CROSSING_DTYPE)
    other = (np.diff(met["a"]) != 0) | (np.diff(met["b"]) != 0)
    starts = np.concatenate([[0], np.flatnonzero(other | (np.diff(met["frame"]) > JOIN)) + 1])
    found = np.zeros(len(starts), CROSSING_DTYPE)
    for name in ("a", "b"):
        found[name] = met[name][starts]
    found["start"] = met["frame"][starts]
    found["stop"] = np.maximum.reduceat(met["frame"], starts) + 1
    found["exchanged"] = np.logical_or.reduceat(met["exchanged"], starts)
    # The frame to look at: the first exchange, else the greatest overlap.
    weight = np.where(met["exchanged"], 2.0, met["overlap"])
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(met))))
    best = np.lexsort((met["frame"], -weight, group))
    found["frame"] = met["frame"][best[starts]]
    return found[np.lexsort((found["b"], found["a"], found["frame"]))]


class Watch:
    """Crossings of a whole clip, block by block. Belongs to one thread at a time."""

    def __init__(self) -> None:
        self._bodies: dict[int, Bodies] = {}
        self._met: dict[int, PoseRows] = {}

    def put(self, start: int, stop: int, rows: PoseRows) -> None:
        """All that is seen in the frames ``start`` … ``stop`` − 1, whole blocks (but for the last), is this."""
        bodies = Bodies.of(rows)
        blocks = range(start // BLOCK, -(-stop // BLOCK))
        for block in blocks:
            self._bodies[block] = bodies.between(block * BLOCK, (block + 1) * BLOCK)
        for block in (*blocks, blocks.stop):
            if block in self._bodies:
                self._look(block)

    def crossings(self) -> PoseRows:
        """CROSSING_DTYPE by frame."""
        return gather(np.concatenate([np.zeros(0, MEETING_DTYPE), *self._met.values()]))

    def _look(self, block: int) -> None:
        start, bodies = block * BLOCK, self._bodies[block]
        before = self._bodies.get(block - 1)
        if before is not None:
            bodies = before.between(start - GAP, start).and_then(bodies)
        self._met[block] = meetings(bodies, start)


def _made(bodies: Bodies, first: Ints, second: Ints, frames: Ints) -> PoseRows:
    made = np.zeros(len(first), MEETING_DTYPE)
    made["frame"], made["a"], made["b"] = frames, bodies.person[first], bodies.person[second]
    return made


def _pairs(frames: Ints) -> tuple[Ints, Ints]:
    """Every two rows of one frame; ``frames`` ascending."""
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, len(frames)):
        low = np.flatnonzero(frames[step:] == frames[:-step])
        if not len(low):
            break
        first.append(low)
        second.append(low + step)
    return np.concatenate(first), np.concatenate(second)


def _next_rows(bodies: Bodies) -> Ints:
    """For each row, the same person's in the next frame in which anybody is seen; −1 for none."""
    frames = np.unique(bodies.frame)
    nobody = np.iinfo(np.int32).max
    following = np.append(frames[1:], nobody)
    following = np.where(following - frames <= GAP, following, nobody)
    wanted = following[np.searchsorted(frames, bodies.frame)]
    keys = (bodies.frame << 32) + bodies.person
    at = np.searchsorted(keys, (wanted << 32) + bodies.person)
    at = np.minimum(at, len(keys) - 1)
    found: Ints = np.where(keys[at] == (wanted << 32) + bodies.person, at, -1)
    return found


def _exchanged(bodies: Bodies, first: Ints, second: Ints, later: Ints) -> NDArray[np.bool_]:
    """Which pairs seem to change places by the next frame; where one of the two is gone then, the other alone
    says so."""
    size = np.sqrt(bodies.box[:, 2] * bodies.box[:, 3])
    leap = LEAP * (size[first] + size[second]) / 2
    chosen = (later[first] >= 0) | (later[second] >= 0)
    for apart in (_apart, _pose_apart):  # the cheap look first: hardly a pair is left for the other
        at = np.flatnonzero(chosen)
        a, b = first[at], second[at]
        straight = apart(bodies, a, later[a]) + apart(bodies, b, later[b])
        crossed = apart(bodies, b, later[a]) + apart(bodies, a, later[b])
        chosen[at] = (straight > leap[at]) & (crossed < NEARER * straight)
    return chosen


def _apart(bodies: Bodies, rows: Ints, others: Ints) -> Floats:
    """Distance of box centres in pixels; 0 where the other (−1) is not there."""
    centre = bodies.box[:, :2] + bodies.box[:, 2:] / 2
    return np.where(others < 0, 0.0, np.hypot(*(centre[rows] - centre[others]).T))


def _pose_apart(bodies: Bodies, rows: Ints, others: Ints) -> Floats:
    """Mean distance of the joints that both have, in pixels; that of the boxes where these are few."""
    away = np.hypot(*np.moveaxis(bodies.xy[rows] - bodies.xy[others], -1, 0)).astype(np.float64)
    shared = np.isfinite(away)
    count = shared.sum(axis=1)
    mean = np.where(shared, away, 0.0).sum(axis=1) / np.maximum(count, 1)
    plain = _apart(bodies, rows, others)
    return np.where((count >= FEWEST) & (others >= 0), mean, plain)


def box_overlap(a: Floats, b: Floats) -> Floats:
    """Intersection over union, row by row: boxes ``[N, 4]`` → ``[N]``."""
    low = np.maximum(a[:, :2], b[:, :2])
    high = np.minimum(a[:, :2] + a[:, 2:], b[:, :2] + b[:, 2:])
    both = np.clip(high - low, 0.0, None).prod(axis=1)
    union = a[:, 2] * a[:, 3] + b[:, 2] * b[:, 3] - both
    shared: Floats = both / np.maximum(union, 1e-9)
    return shared
