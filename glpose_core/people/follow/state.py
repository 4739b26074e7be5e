"""What following has established so far, shared by its steps."""

from __future__ import annotations

import bisect
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import Cancelled
from ...geometry import Floats
from .cuts import Glance, glance
from .flow import FlowPicture
from .known import KnownPeople
from .tracks import Track

Picture: TypeAlias = NDArray[np.uint8]

FLOW_PICTURES = 40
"""Frames that are kept as prepared for following, and glances at frames."""

Seen = TypeVar("Seen")


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
        glance_at: returns a frame at a glance; None: it is made of the picture.
        tracks: every track so far, by number.
        cuts: frames that begin a new shot, among those passed, in order.
        low, high: the frames passed so far, half open.
    """

    picture: Callable[[int], Picture]
    span: tuple[int, int]
    known: KnownPeople
    rules: FollowRules
    finding: bool
    cancelled: Callable[[], bool]
    glance_at: Callable[[int], Glance] | None = None
    tracks: list[Track] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    low: int = 0
    high: int = 0
    _flows: OrderedDict[int, FlowPicture] = field(default_factory=OrderedDict)
    _glances: OrderedDict[int, Glance] = field(default_factory=OrderedDict)
    _growing: dict[int, list[Track]] = field(default_factory=lambda: {1: [], -1: []})

    def flow_picture(self, frame: int) -> FlowPicture:
        """A frame prepared for following. Raises Cancelled if following was cancelled."""
        return self._seen(frame, self._flows, lambda at: FlowPicture(self.picture(at)))

    def glance(self, frame: int) -> Glance:
        """A frame at a glance, to know cuts by. Raises Cancelled if following was cancelled."""
        look = self.glance_at or (lambda at: glance(self.picture(at)))
        return self._seen(frame, self._glances, look)

    def _seen(self, frame: int, held: OrderedDict[int, Seen], look: Callable[[int], Seen]) -> Seen:
        """What is made of a frame; of the last ones it is kept."""
        self.check()
        if frame in held:
            held.move_to_end(frame)
            return held[frame]
        seen = held[frame] = look(frame)
        if len(held) > FLOW_PICTURES:
            held.popitem(last=False)
        return seen

    def check(self) -> None:
        """Raise Cancelled if following was cancelled."""
        if self.cancelled():
            raise Cancelled

    def active(self, direction: int, frame: int) -> list[Track]:
        """The tracks that end in ``frame`` and still grow in ``direction``."""
        # A front that is closed stays closed: only those still open are gone through, however many tracks there were.
        growing = [track for track in self._growing[direction] if track.fronts[direction].open]
        self._growing[direction] = growing
        return [track for track in growing if track.end(direction) == frame]

    def cut(self, frame: int) -> None:
        """Note that a new shot begins with ``frame``."""
        where = bisect.bisect_left(self.cuts, frame)
        if self.cuts[where : where + 1] != [frame]:
            self.cuts.insert(where, frame)

    def shot(self, frame: int) -> tuple[int, int]:
        """The frames of the span in the same shot as ``frame``, as far as cuts are known, half open."""
        after = bisect.bisect_right(self.cuts, frame)
        start = self.cuts[after - 1] if after else self.span[0]
        stop = self.cuts[after] if after < len(self.cuts) else self.span[1]
        return start, stop

    def given(self, track: Track) -> bool:
        """Whether a track lies in given boxes from its first frame to its last, so that nobody need look where it is."""
        if self.finding or not track.known:
            return False
        return self.known.throughout(track.person, self.rules.bridge)

    def start(self, person: int, frame: int, box: Floats, *, known: bool, ghost: bool) -> Track:
        """Begin a track with its first box."""
        track = Track(len(self.tracks), person, known, ghost, confirmed=known)
        track.put(frame, box)
        self.tracks.append(track)
        for growing in self._growing.values():
            growing.append(track)
        return track
