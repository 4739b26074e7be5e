"""A track: one unbroken run of one person, growing at both ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...geometry import Floats
from .boxes import Pose, Poses, spread_correction

USUAL_OVER = 15
"""How many trusted anchors make up a track's usual trust."""


@dataclass
class Front:
    """One growing end of a track.

    Attributes:
        open: whether the track still grows here.
        loose: frames since the last anchor that was believed, outwards; their boxes may still be bent, or
            be taken back.
        doubts: doubtful anchors in a row.
        weak: consecutive frames in which the picture gave no reliable motion.
        velocity: of the centre, pixels per frame outwards ``[2]``.
        steady: the velocity when the track was last believed: what hides a person does not move as they do.
        pose: the last pose, relative to the box it was found in (0…1 across it), and its maxima.
    """

    open: bool = True
    loose: list[int] = field(default_factory=list)
    doubts: int = 0
    weak: int = 0
    velocity: Floats = field(default_factory=lambda: np.zeros(2))
    steady: Floats = field(default_factory=lambda: np.zeros(2))
    pose: Pose | None = None


@dataclass(eq=False)
class Track:
    """One unbroken run of one person.

    Attributes:
        number: the track's number in this run, from 0.
        person: the caller's id, or a negative number for somebody new.
        known: whether the caller knows this person.
        ghost: whether the person was deleted: followed, so as not to be found again, but never predicted.
        boxes: person box ``[4]`` by frame, without gaps.
        exact: frames whose box was given and stays as it is.
        fresh: frames that have not been taken yet to be predicted.
        hits: detection scores that confirmed the track; misses: consecutive detections that did not.
        trust: mean heatmap maxima of the poses it was believed by.
        look: the person's colours, a running mean ``[L]``.
        confirmed: whether this is certainly a person.
    """

    number: int
    person: int
    known: bool
    ghost: bool = False
    boxes: dict[int, Floats] = field(default_factory=dict)
    exact: set[int] = field(default_factory=set)
    fresh: set[int] = field(default_factory=set)
    hits: list[float] = field(default_factory=list)
    misses: int = 0
    trust: list[float] = field(default_factory=list)
    look: NDArray[np.float32] | None = None
    confirmed: bool = False
    fronts: dict[int, Front] = field(default_factory=lambda: {1: Front(), -1: Front()})
    first: int = -1
    last: int = -1

    def end(self, direction: int) -> int:
        """The last frame in a direction (±1)."""
        return self.last if direction > 0 else self.first

    def believed(self, direction: int) -> int:
        """The last frame in a direction whose box is believed (the end, if none is)."""
        loose = len(self.fronts[direction].loose)
        frame = self.end(direction) - direction * loose
        return frame if frame in self.boxes else self.end(direction)

    def coasted(self, direction: int, frame: int) -> Floats:
        """Where the person is in ``frame`` if they have gone on steadily since they were last believed, ``[4]``."""
        start = self.believed(direction)
        way = self.fronts[direction].steady * abs(frame - start)
        box: Floats = self.boxes[start] + np.concatenate([way, np.zeros(2)])
        return box

    def put(self, frame: int, box: Floats) -> None:
        """Set the box of a frame, which is the track's first, or beside it."""
        self.boxes[frame] = box
        self.fresh.add(frame)
        self.first = frame if self.first < 0 else min(self.first, frame)
        self.last = max(self.last, frame)

    def settle(self, direction: int, frame: int, box: Floats) -> None:
        """Correct the box of ``frame``, the end in ``direction``, bend the loose ones towards it, and
        believe them all."""
        front = self.fronts[direction]
        loose = [f for f in front.loose if f not in self.exact]
        if loose and loose[-1] == frame:
            bent = spread_correction([self.boxes[f] for f in loose], box)
            self.boxes.update(zip(loose, bent, strict=True))
        else:
            self.boxes[frame] = box
        front.loose.clear()
        front.doubts = 0
        front.weak = 0
        front.steady = front.velocity.copy()

    def fix(self, direction: int, frame: int, box: Floats) -> None:
        """Put a given box into ``frame``, the end in ``direction``: exactly, and for good."""
        self.settle(direction, frame, box.copy())
        self.exact.add(frame)

    def close(self, direction: int, *, take_back: bool) -> None:
        """End the track in a direction. ``take_back`` removes the frames that were not yet believed."""
        front = self.fronts[direction]
        front.open = False
        while take_back and front.loose and self.first != self.last:
            frame = front.loose.pop()
            if frame != self.end(direction) or frame in self.exact:
                break
            del self.boxes[frame]
            self.fresh.discard(frame)
            if direction > 0:
                self.last -= 1
            else:
                self.first += 1
        front.loose.clear()

    @property
    def growing(self) -> bool:
        """Whether the track still grows at either end."""
        return any(front.open for front in self.fronts.values())

    def take_settled(self) -> list[int]:
        """The frames not taken yet whose boxes are final, in order; from now on they are taken."""
        settled = self.fresh.difference(self.fronts[1].loose, self.fronts[-1].loose)
        self.fresh -= settled
        return sorted(settled)

    def box(self, frame: int) -> Floats:
        """The box of a frame; beyond the ends, that of the nearest end. ``[4]``."""
        return self.boxes[min(max(frame, self.first), self.last)]

    @property
    def usual_trust(self) -> float:
        """The trust that the network has in this person's poses, as a rule; 0 before the first."""
        return float(np.median(self.trust[-USUAL_OVER:])) if self.trust else 0.0

    @property
    def score(self) -> float:
        """How sure it is that this is a person, 0…1: 1 where the caller says so, else the mean of the
        better half of the detections."""
        if self.known:
            return 1.0
        best = sorted(self.hits, reverse=True)[: (len(self.hits) + 1) // 2]
        return float(np.mean(best)) if best else 0.5

    def remember(self, direction: int, frame: int, pose: Pose) -> None:
        """Keep a pose found in ``frame``, relative to the box, so that it moves along with it."""
        box = self.boxes[frame]
        relative = (pose.xy - box[:2]) / np.maximum(box[2:], 1e-6)
        self.fronts[direction].pose = Pose(relative, pose.score)

    def recall(self, direction: int, frame: int) -> Poses | None:
        """The pose remembered, placed in the box of ``frame``; None before the first."""
        pose = self.fronts[direction].pose
        if pose is None:
            return None
        box = self.boxes[frame]
        return Poses((box[:2] + pose.xy * box[2:])[None], pose.score[None])
