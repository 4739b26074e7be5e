"""What following has established so far, shared by its steps."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...errors import Cancelled
from ...geometry import Floats
from .flow import FlowPicture
from .known import KnownPeople
from .tracks import Track

Picture: TypeAlias = NDArray[np.uint8]

FLOW_PICTURES = 40


@dataclass(frozen=True)
class FollowRules:
    """When to look, what to believe, and when to give up.

    *Trust* is the mean heatmap maximum of a pose; a network's own level for people is learnt from each
    track, so that the rules hold for weak and strong networks.

    Attributes:
        every: frames between anchors.
        back: how far somebody newly found is followed back into frames already passed.
        patience: frames without reliable motion after which a track ends.
        new_score: detection score from which somebody new may appear.
        new_trust: least trust from which a new detection is a person.
        above_ground: how many times the trust in crops of nothing in particular it must be, too.
        beside_others: share of the usual trust in people already certain that it must reach, too.
        keep_trust: share of a track's usual trust below which it may have lost its person.
        no_opinion: trust below which the network says nothing at all (it has not been trained).
        alike: likeness of colours below which a track may have lost its person.
        doubts: doubtful anchors in a row after which a track ends, back where the doubts began.
        misses: the same for anchors without detection where there are no poses to follow by.
        enough_hits: detections that make somebody certain.
        gap: frames after which somebody lost is no longer recognised.
        onward: frames for which somebody hidden is thought to go on as before.
        bridge: longest stretch between two known boxes of a person that is filled by following.
    """

    every: int = 5
    back: int = 15
    patience: int = 8
    new_score: float = 0.5
    new_trust: float = 0.12
    above_ground: float = 1.6
    beside_others: float = 0.6
    keep_trust: float = 0.6
    no_opinion: float = 0.05
    alike: float = 0.7
    doubts: int = 3
    misses: int = 4
    enough_hits: int = 2
    gap: int = 60
    onward: int = 25
    bridge: int = 60


@dataclass(eq=False)
class Followed:
    """The state of following.

    Attributes:
        picture: returns the RGB picture of a frame.
        span: the frames to follow through, half open.
        known: people already known.
        rules: when to believe what.
        finding: whether unknown people are looked for.
        cancelled: asked at every frame.
        tracks: every track so far, by number.
        cuts: frames that begin a new shot, among those passed.
        low, high: the frames passed so far, half open.
    """

    picture: Callable[[int], Picture]
    span: tuple[int, int]
    known: KnownPeople
    rules: FollowRules
    finding: bool
    cancelled: Callable[[], bool]
    tracks: list[Track] = field(default_factory=list)
    cuts: set[int] = field(default_factory=set)
    low: int = 0
    high: int = 0
    _flows: OrderedDict[int, FlowPicture] = field(default_factory=OrderedDict)

    def flow_picture(self, frame: int) -> FlowPicture:
        """A frame prepared for following. Raises Cancelled if following was cancelled."""
        self.check()
        held = self._flows.get(frame)
        if held is None:
            held = FlowPicture(self.picture(frame))
            self._flows[frame] = held
            if len(self._flows) > FLOW_PICTURES:
                self._flows.popitem(last=False)
        else:
            self._flows.move_to_end(frame)
        return held

    def check(self) -> None:
        """Raise Cancelled if following was cancelled."""
        if self.cancelled():
            raise Cancelled

    def active(self, direction: int, frame: int) -> list[Track]:
        """The tracks that end in ``frame`` and still grow in ``direction``."""
        return [
            track
            for track in self.tracks
            if track.fronts[direction].open and track.end(direction) == frame
        ]

    def shot(self, frame: int) -> tuple[int, int]:
        """The frames of the span in the same shot as ``frame``, as far as cuts are known, half open."""
        start = max((cut for cut in self.cuts if cut <= frame), default=self.span[0])
        stop = min((cut for cut in self.cuts if cut > frame), default=self.span[1])
        return start, stop

    def start(self, person: int, frame: int, box: Floats, *, known: bool, ghost: bool) -> Track:
        """Begin a track with its first box."""
        track = Track(len(self.tracks), person, known, ghost, confirmed=known)
        track.put(frame, box)
        self.tracks.append(track)
        return track
