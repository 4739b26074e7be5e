"""Occlusion and absence run as states: what a key says holds until something else is said."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .tracks import Bools, Bytes, Keys, Machine
from .tuning import REACH


def run_states(machine: Machine, keys: Keys) -> Bytes:
    """The visibility of every joint in every frame, ``[F, J]``.

    The machine's own states come in runs. A key speaks for the run it lies in: onwards up to the next key,
    or :data:`.tuning.REACH` frames where there is none, and back to the key before. Where the machine's
    state changes, its word counts again. Frames without the person continue the run before.
    """
    states = np.where(machine.seen[:, None], machine.visibility, 255)
    known = np.repeat(machine.seen[:, None], states.shape[1], axis=1)
    before, after = _last(known), _next(known)
    frames = np.arange(len(states))[:, None]
    source = np.where(before >= 0, before, np.minimum(after, len(states) - 1))
    states = np.take_along_axis(states, source, axis=0)
    run = np.cumsum(np.diff(states, axis=0, prepend=states[:1]) != 0, axis=0)
    earlier, later = _last(keys.set), _next(keys.set)
    has_earlier, has_later = earlier >= 0, later < len(states)
    earlier, later = np.maximum(earlier, 0), np.minimum(later, len(states) - 1)
    near = has_later | (frames - earlier <= REACH)
    onwards = has_earlier & near & (np.take_along_axis(run, earlier, 0) == run)
    back = has_earlier & has_later & (np.take_along_axis(run, later, 0) == run)
    out = np.where(back, np.take_along_axis(keys.visibility, later, 0), machine.visibility)
    return np.asarray(np.where(onwards, np.take_along_axis(keys.visibility, earlier, 0), out))


def _last(marked: Bools) -> NDArray[np.int64]:
    """The marked frame at or before each one, ``[F, J]``; −1 where there is none."""
    rows = np.arange(len(marked))[:, None]
    return np.asarray(np.maximum.accumulate(np.where(marked, rows, -1), axis=0))


def _next(marked: Bools) -> NDArray[np.int64]:
    """The marked frame at or after each one, ``[F, J]``; F where there is none."""
    rows = np.arange(len(marked))[:, None]
    found = np.where(marked, rows, len(marked))
    return np.asarray(np.minimum.accumulate(found[::-1], axis=0)[::-1])
