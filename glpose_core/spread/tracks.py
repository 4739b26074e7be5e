"""What spreading starts from: one person's joints as the machine has them, and those a person set.

F frames one after the other, J joints. Positions are picture pixels, pixel centres at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Machine:
    """The machine's own tracks, untouched by earlier corrections.

    Attributes:
        xy: ``[F, J, 2]`` pixels, NaN where it has no joint. score: ``[F, J]`` confidence, 0 where none.
        visibility: ``[F, J]`` of :class:`~glpose_core.labels.Visibility`.
        seen: ``[F]``, it has the person in this frame.
        head: about the size of the person's head, pixels: the unit of every distance here.
    """

    xy: Floats
    score: Floats
    visibility: Bytes
    seen: Bools
    head: float


@dataclass(frozen=True)
class Keys:
    """What a person has set: a joint accepted or placed in a frame is a key.

    Attributes:
        set: ``[F, J]``. xy: ``[F, J, 2]`` pixels, read where a key is not absent.
        visibility: ``[F, J]`` of :class:`~glpose_core.labels.Visibility`, read at keys.
    """

    set: Bools
    xy: Floats
    visibility: Bytes


def roughness(xy: Floats) -> Floats:
    """How unlike its neighbours each step of a track is, ``[..., F, 2]`` → ``[..., F − 1]``, same unit.

    A step into a faulty stretch is like neither the step before nor the one after. Where a position is
    missing, infinity: nothing leads from one frame to the next.
    """
    step = np.diff(xy, axis=-2)
    around = np.concatenate([step[..., :1, :], step, step[..., -1:, :]], axis=-2)
    before, after = around[..., :-2, :], around[..., 2:, :]
    unlike = np.minimum(_length(step - before), _length(step - after))
    return np.nan_to_num(
        np.maximum(unlike, _length(step - (before + after) / 2) / 2), nan=np.inf, posinf=np.inf
    )


SPAN = 8
"""Frames over which speed is measured: trembling hardly counts."""


def usual_speed(xy: Floats) -> Floats:
    """The median speed of tracks ``[..., F, 2]``, per frame, ``[...]``; 0 where too little is known."""
    span = min(SPAN, xy.shape[-2] - 1)
    if span < 1:
        return np.zeros(xy.shape[:-2])
    far = _length(xy[..., span:, :] - xy[..., :-span, :]) / span
    known = np.isfinite(far)
    order = np.sort(np.where(known, far, np.inf), axis=-1)
    middle = np.maximum(known.sum(axis=-1, keepdims=True) - 1, 0) // 2
    speed = np.take_along_axis(order, middle, axis=-1)[..., 0]
    return np.asarray(np.nan_to_num(speed, posinf=0.0))


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))


def distances(a: Floats, b: Floats) -> Floats:
    """Distance of points ``[..., 2]`` → ``[...]``; infinity where either is missing."""
    return np.nan_to_num(_length(a - b), nan=np.inf)
