"""Spread a person's keys over the frames around them.

Per joint and stretch it is the machine's own track, that track with its sides exchanged, that track bent
through the keys, or linear interpolation. What decides is known while labelling: confidence, smoothness,
which keys the machine would have met, and which keys would have been met without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import partial

import numpy as np

from .believing import Evidence, chance_right, share_right, usual_share
from .chain import Chain
from .choosing import BENT, LINEAR, chain_of, choose_manners
from .sides import LEFT, RIGHT, exchange, exchanged_sides
from .states import run_states
from .together import USUAL, through_keys
from .tracks import Bools, Bytes, Floats, Keys, Machine, distances, roughness, usual_speed
from .tuning import FITTED, REACH, Tuning

RIGHT_WITHIN = 0.5
"""A joint this near, in head sizes, is right: what a confidence is the chance of."""


FORGOTTEN = 8.0
"""Frames beyond a joint's outermost key in which what the key says falls to a third."""


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


class Way(IntEnum):
    """What is wanted of the frames around a key."""

    BEST = 0
    """In each frame the likeliest of all methods."""
    BENT = 1
    """The machine's steps, through each joint's own keys."""
    LINEAR = 2
    """Straight lines between each joint's own keys."""
    MODEL = 3
    """The machine's own track, whatever was spread before."""
    HERE = 4
    """Nothing: the key speaks for its own frame only."""


_MANNER = {Way.BENT: BENT, Way.LINEAR: LINEAR}


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


def spread(machine: Machine, keys: Keys, tuning: Tuning = FITTED, way: Way = Way.BEST) -> Spread:
    """Spread keys over the machine's tracks. 17 joints, POSETRACK17.

    Exact at the keys, and as the machine has it more than :data:`.tuning.REACH` frames from any of them, and with
    ``Way.LINEAR`` beyond a joint's first and last key.
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
    place, confidence = track, score
    if keyed.any() and way not in (Way.MODEL, Way.HERE):
        through = _through_keys if way is Way.BEST else partial(_one_way, manner=_MANNER[way])
        line, sure, how = through(track, score, keyed, places, near, tuning)
        moved = how != Method.MODEL
        place = np.where(moved[..., None], line, track)
        confidence = np.where(moved, sure, score)
        method = np.where(moved, how, method)
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
    track: Floats, score: Floats, keyed: Bools, keys: Floats, near: Bools, tuning: Tuning
) -> tuple[Floats, Floats, Bytes]:
    """Places ``[17, F, 2]``, confidence and :class:`Method` ``[17, F]`` of a body that has keys.

    Joints without keys of their own stay. Where one has keys, frames count in which anything has been judged.
    """
    evidence = _evidence(track, score, keys, tuning)
    missing = evidence.missing
    share = share_right(evidence, keyed, usual_share(evidence, tuning), tuning)
    pace = _pace(track, tuning)
    manner = choose_manners(track, evidence, keyed, keys, share, pace * USUAL, tuning)
    chance = chance_right(evidence, keyed, share, tuning)
    chain = chain_of(track, evidence, chance, pace * USUAL, tuning, manner)
    places = through_keys(track, chain.belief, chain.error, pace, keyed, keys)
    sure = _sure(chain, keyed)
    same = distances(places, track) <= tuning.kept
    between = _between(np.asarray(keyed.any(axis=0)))
    moved = np.where(missing, between, near & ~same & (sure > chance * tuning.stay))
    moved &= np.asarray(keyed.any(axis=1))[:, None]
    straight = missing | (manner == LINEAR)[:, None] | _mostly_straight(chain)
    how = np.where(straight, Method.LINEAR, Method.BENT)
    told = _beyond_keys(sure, keyed, share)
    return places, told, np.where(moved, how, Method.MODEL).astype(np.uint8)


def _one_way(
    track: Floats,
    score: Floats,
    keyed: Bools,
    keys: Floats,
    near: Bools,
    tuning: Tuning,
    manner: int,
) -> tuple[Floats, Floats, Bytes]:
    """As :func:`_through_keys`, all joints in one manner, each through its own keys and no others'."""
    evidence = _evidence(track, score, keys, tuning)
    share = share_right(evidence, keyed, usual_share(evidence, tuning), tuning)
    chance = chance_right(evidence, keyed, share, tuning)
    moves = _pace(track, tuning) * USUAL
    chain = chain_of(track, evidence, chance, moves, tuning, np.full(len(track), manner))
    moved = _between(keyed)
    if manner != LINEAR:
        moved = moved | (near & ~evidence.missing & np.asarray(keyed.any(axis=1))[:, None])
    how = np.where(evidence.missing | (manner == LINEAR), Method.LINEAR, Method.BENT)
    how = np.where(moved, how, Method.MODEL).astype(np.uint8)
    return chain.through(keyed, keys), _beyond_keys(_sure(chain, keyed), keyed, share), how


def _evidence(track: Floats, score: Floats, keys: Floats, tuning: Tuning) -> Evidence:
    return Evidence(
        score,
        np.isnan(track[..., 0]),
        roughness(track),
        distances(track, keys) <= tuning.fits,
    )


def _sure(chain: Chain, keyed: Bools) -> Floats:
    """How likely each place is right, ``[N, F]``."""
    return np.asarray(1 - np.exp(-(RIGHT_WITHIN**2) / (2 * chain.variance(keyed) + 1e-9)))


def _beyond_keys(sure: Floats, keyed: Bools, share: Floats) -> Floats:
    """What is told of a place, ``[N, F]``: between a joint's keys as the chain has it; beyond its first and last one the
    chain knows nothing of its own errors, and what a key says is forgotten but for the ``share`` ``[N]`` that the
    machine has right (``benchmarks/spread_confidence.py``)."""
    frames = np.arange(keyed.shape[1])
    some = np.asarray(keyed.any(axis=1))[:, None]
    first = np.where(some, keyed.argmax(axis=1)[:, None], frames)
    last = np.where(some, frames[-1] - keyed[:, ::-1].argmax(axis=1)[:, None], frames)
    away = np.maximum(np.maximum(first - frames, frames - last), 0)
    return np.asarray(sure * (share[:, None] + (1 - share[:, None]) * np.exp(-away / FORGOTTEN)))


def _between(keyed: Bools) -> Bools:
    """From the first key to the last, ``[..., F]``."""
    count = keyed.cumsum(axis=-1)
    return np.asarray((count > 0) & (keyed | (count < count[..., -1:])))


def _pace(track: Floats, tuning: Tuning) -> float:
    """How fast a body moves, ``[17, F, 2]``, in units of :data:`.together.USUAL`: the median of its joints."""
    speed = usual_speed(track) / USUAL
    speed = speed[speed > 0]
    usual = tuning.motion * float(np.median(speed)) if len(speed) else 0.0
    return min(max(usual, tuning.slowest), tuning.fastest)


def _mostly_straight(chain: Chain) -> Bools:
    """Where the steps beside a frame owe more to the straight line than to the machine, ``[N, F]``."""
    loose = chain.error > chain.motion
    padded = np.pad(loose, ((0, 0), (1, 1)), mode="edge")
    return np.asarray(padded[:, :-1] & padded[:, 1:])


def _within_reach(keyed: Bools) -> Bools:
    """Frames at most :data:`.tuning.REACH` from a key; all ``[F]``."""
    near = np.convolve(keyed, np.ones(2 * REACH + 1))
    return np.asarray(near[REACH : REACH + len(keyed)] > 0.5)
