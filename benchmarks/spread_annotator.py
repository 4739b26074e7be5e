"""A scripted annotator who knows the truth, for ``spread.py``: what it takes until every joint is right.

All three ways have the same annotator: they open the frame that needs it most, place what is wrong there,
and go on until nothing visible is wrong anywhere. Looking through the clip once more at the end is the same
for all, and not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from glpose_core.spread import Keys, Machine, spread

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

POINT, KEY, FRAME, LOOK = 1.1, 0.3, 0.5, 0.8
"""Modelled seconds: placing a joint, pressing a key, changing the frame, looking at a pose."""
UNSTEADY = 0.06
"""Standard deviation of a click, in twice the tolerance for half a head."""
CONFIRM = 2
"""Keys that accept a whole track at the end: Accept Range, and Enter."""
WORTH = (POINT, FRAME + LOOK + KEY)
"""What a wrong joint, and a frame with wrong joints, are reckoned to cost by who judges a proposal."""
_FAR = 1e6


@dataclass(frozen=True)
class Track:
    """One person of a clip.

    Attributes:
        name: of the clip and person. truth: ``[F, 17, 2]`` pixels.
        visible: ``[F, 17]``, the joints that must be right.
        half_head: ``[F]`` pixels: half a head, or a tenth of the box where there is no head box.
        machine: what the model says.
    """

    name: str
    truth: Floats
    visible: Bools
    half_head: Floats
    machine: Machine

    def share_right(self, tolerance: float) -> float:
        """The share of visible joints the model has right."""
        off = np.linalg.norm(self.machine.xy - self.truth, axis=2) <= self.allowed(tolerance)
        return float(off[self.visible].mean())

    def allowed(self, tolerance: float) -> Floats:
        """How far a joint may be off, ``[F, 1]`` pixels; ``tolerance`` in heads."""
        return np.asarray(2 * tolerance * self.half_head[:, None])


@dataclass
class Effort:
    """Actions, and the seconds that they are modelled to take."""

    points: int = 0
    keys: int = 0
    frames: int = 0
    looks: int = 0

    @property
    def seconds(self) -> float:
        by_hand = POINT * self.points + KEY * self.keys
        return by_hand + (FRAME + LOOK) * self.frames + LOOK * self.looks

    @property
    def actions(self) -> int:
        return self.points + self.keys + self.frames + self.looks


@dataclass
class Hand:
    """What the annotator has set so far."""

    track: Track
    set: Bools = field(init=False)
    xy: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.set = np.zeros(self.track.visible.shape, bool)
        self.xy = np.full(self.track.truth.shape, np.nan)


Tool = Callable[[Hand], Floats]
"""What is shown of a track, ``[F, 17, 2]``, given what the hand has set."""


def linear(hand: Hand) -> Floats:
    """Linear keyframes from nothing; the first and the last are held, as CVAT holds the last."""
    return _straight(np.where(hand.set[..., None], hand.xy, np.nan))


def linear_from_predictions(hand: Hand) -> Floats:
    """Every prediction is a keyframe, as CVAT imports a track; what is wrong is fixed one by one."""
    return _straight(np.where(hand.set[..., None], hand.xy, hand.track.machine.xy))


def spreading(hand: Hand) -> Floats:
    """What this program proposes, and shows as taken."""
    return spread(
        hand.track.machine, Keys(hand.set, hand.xy, np.full(hand.set.shape, 2, np.uint8))
    ).xy


def label(
    track: Track, tool: Tool, tolerance: float, *, confirms: bool, by: str, judges: bool = False
) -> Effort:
    """Correct one track until every visible joint is within ``tolerance`` heads.

    Args:
        confirms: a key in each opened frame takes what is proposed and accepts the frame, whose other
            joints then are keys, too; and the whole track is accepted at the end. by: which frame needs it most: that
            with the "most" wrong joints, or the "worst" sum. judges: what is proposed is looked at once more in every opened frame before it
            is taken or, by one key, left: whoever judges sees whether more would be mended than broken. What is left
            changes its own frame only, and is proposed again with the next correction.
    """
    rng = np.random.default_rng(0)
    hand, effort = Hand(track), Effort(keys=CONFIRM if confirms else 0)
    placed = np.zeros(hand.set.shape, bool)
    taken = tool(hand) if not confirms else track.machine.xy

    def error(places: Floats) -> Floats:
        off = np.linalg.norm(places - track.truth, axis=2) / track.allowed(tolerance)
        return np.where(track.visible & ~placed, np.nan_to_num(off, nan=_FAR), 0.0)

    while (error(taken) > 1).any():
        frame = _needs_most(error(taken), by)
        effort.frames += 1
        shown = taken
        while (error(shown)[frame] > 1).any():
            joint = int(error(shown)[frame].argmax())
            effort.points += 1
            _place(hand, frame, joint, rng)
            placed[frame, joint] = True
            shown = tool(hand)
        if confirms:
            effort.keys += 1
            right = track.visible[frame] & ~hand.set[frame]
            hand.xy[frame, right] = shown[frame, right]
            hand.set[frame] |= right
        if judges and _reaches_beyond(frame, shown, taken):
            effort.looks += 1
            if _left_to_do(error(shown)) > _left_to_do(error(taken)):
                effort.keys += 1
                shown = np.where(np.arange(len(shown))[:, None, None] == frame, shown, taken)
        taken = shown
    return effort


def _reaches_beyond(frame: int, shown: Floats, taken: Floats) -> bool:
    """Whether more than the opened frame would change."""
    return not np.array_equal(
        np.delete(shown, frame, 0), np.delete(taken, frame, 0), equal_nan=True
    )


def _left_to_do(error: Floats) -> float:
    wrong = error > 1
    return WORTH[0] * float(wrong.sum()) + WORTH[1] * float(wrong.any(axis=1).sum())


def _place(hand: Hand, frame: int, joint: int, rng: np.random.Generator) -> None:
    """Place a joint as exactly as a hand does."""
    unsteady = 2 * UNSTEADY * hand.track.half_head[frame]
    slip = np.clip(rng.normal(0, unsteady, 2), -2 * unsteady, 2 * unsteady)
    hand.xy[frame, joint] = hand.track.truth[frame, joint] + slip
    hand.set[frame, joint] = True


def _needs_most(error: Floats, by: str) -> int:
    wrong = np.where(error > 1, np.minimum(error, 5), 0)
    if by == "most":
        return int(((wrong > 0).sum(axis=1) + wrong.max(axis=1) / 100).argmax())
    return int(wrong.sum(axis=1).argmax())


def _straight(places: Floats) -> Floats:
    """Fill what is missing of each joint by straight lines; the ends are held."""
    frames, filled = np.arange(len(places)), places.copy()
    for joint in range(places.shape[1]):
        known = np.flatnonzero(np.isfinite(places[:, joint, 0]))
        for axis in range(2) if len(known) else ():
            filled[:, joint, axis] = np.interp(frames, known, places[known, joint, axis])
    return filled
