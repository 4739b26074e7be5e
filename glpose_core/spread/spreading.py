"""Spread a person's keys over the frames around them.

Per joint and stretch it is the machine's own track, that track with its sides exchanged, that track bent
through the keys, or linear interpolation. What decides is known while labelling: confidence, smoothness,
which keys the machine would have met, and which keys would have been met without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .believing import Evidence, chance_right, share_right, usual_share
from .chain import Chain
from .choosing import LINEAR, chain_of, choose_manners
from .sides import LEFT, RIGHT, exchange, exchanged_sides
from .states import run_states
from .tracks import Bools, Bytes, Floats, Keys, Machine, distances, roughness
from .tuning import FITTED, REACH, Tuning

RIGHT_WITHIN = 0.5
"""A joint this near, in head sizes, is right: what a confidence is the chance of."""


class Method(IntEnum):
    """Where a joint's place comes from."""

    MODEL = 0
    """The machine's own track, or nothing where it has none."""
    EXCHANGED = 1
    """The machine's track of the other side."""
    BENT = 2
    """The machine's track, moved to pass through the keys."""
    LINEAR = 3
    """The straight line between keys."""
    KEY = 4
    """A person set it."""


@dataclass(frozen=True)
class Spread:
    """What the keys make of the machine's tracks: every frame, ``[F, J]``.

    Attributes:
        xy: ``[F, J, 2]`` pixels; NaN where there is neither a machine's joint nor a line between keys.
        visibility: of :class:`~glpose_core.labels.Visibility`.
        method: of :class:`Method`.
        confidence: how likely the joint is right (0 … 1); the machine's own score where that is kept.
    """

    xy: Floats
    visibility: Bytes
    method: Bytes
    confidence: Floats


def spread(machine: Machine, keys: Keys, tuning: Tuning = FITTED) -> Spread:
    """Spread keys over the machine's tracks. 17 joints, POSETRACK17.

    Exact at the keys, and as the machine has it more than :data:`.tuning.REACH` frames from any of them.
    """
    head = machine.head
    keyed = (keys.set & (keys.visibility > 0)).T
    places = np.where(keyed[..., None], keys.xy.swapaxes(0, 1) / head, 0.0)
    track, score = machine.xy.swapaxes(0, 1) / head, machine.score.T.copy()
    near = _within_reach(np.asarray(keyed.any(axis=0)))
    exchanged = exchanged_sides(track, keyed, places, tuning) & near
    track, score = exchange(track, exchanged), exchange(score, exchanged)
    method = np.zeros(score.shape, np.uint8)
    for side in (LEFT, RIGHT):
        method[side] = np.where(exchanged, Method.EXCHANGED, Method.MODEL)
    place, confidence = track.copy(), score.copy()
    some = np.flatnonzero(keyed.any(axis=1))
    if len(some):
        usual = usual_share(machine.score, tuning)
        line, sure, how = _through_keys(
            track[some], score[some], keyed[some], places[some], usual, tuning
        )
        moved = how != Method.MODEL
        place[some] = np.where(moved[..., None], line, track[some])
        confidence[some] = np.where(moved, sure, score[some])
        method[some] = np.where(moved, how, method[some])
    method[keys.set.T] = Method.KEY
    xy = np.where(keyed.T[..., None], keys.xy, place.swapaxes(0, 1) * head)
    untouched = method.T == Method.MODEL
    return Spread(
        np.where(untouched[..., None], machine.xy, xy),
        run_states(machine, keys),
        method.T.copy(),
        np.where(untouched, machine.score, confidence.T),
    )


def _through_keys(
    track: Floats, score: Floats, keyed: Bools, keys: Floats, usual: float, tuning: Tuning
) -> tuple[Floats, Floats, Bytes]:
    """Places ``[N, F, 2]``, confidence and :class:`Method` ``[N, F]`` of N tracks that have keys."""
    missing = np.isnan(track[..., 0])
    evidence = Evidence(
        score, missing, roughness(track), distances(track, keys) <= tuning.fits
    )  # fmt: skip
    share = share_right(evidence, keyed, usual, tuning)
    manner = choose_manners(track, evidence, keyed, keys, share, tuning)
    chance = chance_right(evidence, keyed, share, tuning)
    chain = chain_of(track, evidence, chance, tuning, manner)
    places, variance = chain.through(keyed, keys), chain.variance(keyed)
    sure = 1 - np.exp(-(RIGHT_WITHIN**2) / (2 * variance + 1e-9))
    near = np.array([_within_reach(one) for one in keyed])
    same = distances(places, track) <= tuning.kept
    between = np.logical_or.accumulate(keyed, axis=1)
    between &= np.logical_or.accumulate(keyed[:, ::-1], axis=1)[:, ::-1]
    better = sure > chance * tuning.stay
    moved = np.where(missing, between, near & ~same & better)
    straight = missing | (manner == LINEAR)[:, None] | _mostly_straight(chain)
    how = np.where(straight, Method.LINEAR, Method.BENT)
    return places, sure, np.where(moved, how, Method.MODEL).astype(np.uint8)


def _mostly_straight(chain: Chain) -> Bools:
    """Where the steps beside a frame owe more to the straight line than to the machine, ``[N, F]``."""
    loose = chain.error > chain.motion
    padded = np.pad(loose, ((0, 0), (1, 1)), mode="edge")
    return np.asarray(padded[:, :-1] & padded[:, 1:])


def _within_reach(keyed: Bools) -> Bools:
    """Frames at most :data:`.tuning.REACH` from a key; all ``[F]``."""
    near = np.convolve(keyed, np.ones(2 * REACH + 1))
    return np.asarray(near[REACH : REACH + len(keyed)] > 0.5)
