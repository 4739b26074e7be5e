"""Runs of neighbouring frames, and what remains of them at the resolution of the screen.

A *stretch* is a half-open range of frames; stretches are int arrays ``[N, 2]`` (start, stop), ascending
and never touching. Everything here is numpy on whole arrays: a lane of 100,000 frames costs
milliseconds when it changes, and only what is visible when it is painted.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


def stretches(frames: ArrayLike) -> Ints:
    """Run lengths of sorted frames without repeats: ``[N]`` → stretches ``[M, 2]``."""
    frames = np.asarray(frames, dtype=np.int64)
    if len(frames) == 0:
        return np.zeros((0, 2), dtype=np.int64)
    breaks = np.flatnonzero(np.diff(frames) > 1)
    starts = frames[np.concatenate([[0], breaks + 1])]
    stops = frames[np.concatenate([breaks, [len(frames) - 1]])] + 1
    return np.stack([starts, stops], axis=1)


def frames_in(runs: Ints) -> Ints:
    """The frames of stretches, ascending: the inverse of :func:`stretches`."""
    if len(runs) == 0:
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([np.arange(start, stop) for start, stop in runs])


def visible(runs: Ints, start: int, stop: int) -> Ints:
    """The stretches that overlap the frames ``start`` … ``stop`` − 1, uncut. A view, found by bisection."""
    low = np.searchsorted(runs[:, 1], start, side="right")
    high = np.searchsorted(runs[:, 0], stop, side="left")
    return runs[low : max(low, high)]


def merged(edges: Floats, gap: float) -> Floats:
    """Join bars on the screen that are closer than ``gap``.

    Args:
        edges: left and right x of each bar, ``[N, 2]``, ascending.
        gap: pixels that the eye cannot tell apart.

    Returns:
        ``[M, 2]`` bars, at most one per ``gap``, covering the same pixels.
    """
    if len(edges) == 0:
        return edges
    breaks = np.flatnonzero(edges[1:, 0] - edges[:-1, 1] >= gap)
    lefts = edges[np.concatenate([[0], breaks + 1]), 0]
    rights = edges[np.concatenate([breaks, [len(edges) - 1]]), 1]
    return np.stack([lefts, rights], axis=1)


def clusters(xs: ArrayLike, gap: float) -> Floats:
    """Gather ascending marks that would touch on the screen into (first x, last x) pairs ``[M, 2]``."""
    places = np.asarray(xs, dtype=np.float64)
    return merged(np.stack([places, places], axis=1), gap)


def nearest(frames: Ints, frame: int) -> int | None:
    """The member of sorted ``frames`` closest to ``frame`` (the earlier of two), or ``None``."""
    if len(frames) == 0:
        return None
    at = int(np.searchsorted(frames, frame))
    near = frames[max(at - 1, 0) : at + 1]
    return int(near[np.argmin(np.abs(near - frame))])


def envelope(xs: ArrayLike, values: Floats) -> tuple[Floats, Floats, Floats]:
    """Lowest and highest value per pixel column.

    Args:
        xs: ascending x, ``[N]``.
        values: ``[N]``.

    Returns:
        Columns ``[M]`` (whole pixels), lowest ``[M]`` and highest ``[M]`` values.
    """
    columns = np.floor(np.asarray(xs, dtype=np.float64))
    if len(columns) == 0:
        return columns, values, values
    starts = np.concatenate([[0], np.flatnonzero(np.diff(columns)) + 1])
    return (
        columns[starts],
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
    )
