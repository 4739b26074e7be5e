"""A track through keys: follows the machine where it can be believed, and a straight line where not.

The positions x of a joint over time are those that cost least:

    sum over frames  belief[t] · |x[t] − m[t]|²                          it is where the machine says
  + sum over steps   |(x[t+1] − x[t]) − (m[t+1] − m[t])|² / error[t]     it moves as the machine says
  + sum over steps   |x[t+1] − x[t]|² / motion                           it moves little

with x at the keys given. Small errors bend the machine's track through the keys; one rough step lets all of
the difference between two keys pass there, so that it stays inside the faulty stretch; without the machine
what is left is linear interpolation. The least cost solves a tridiagonal system.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solveh_banded

from .tracks import Bools, Floats

_LEAST = 1e-9
"""Keeps the system solvable where nothing at all is known."""


@dataclass(frozen=True)
class Chain:
    """Many joints at once, ``[..., F]``; every array may have more leading axes that broadcast.

    Attributes:
        machine: ``[..., F, 2]``, NaN where there is none.
        belief: ``[..., F]``, 1 / variance; 0 where there is no machine.
        error: ``[..., F − 1]`` variance of the machine's steps; infinite where one end is missing.
        motion: ``[..., 1]`` variance of a joint's own step, where nothing but keys is known.
    """

    machine: Floats
    belief: Floats
    error: Floats
    motion: Floats

    def through(self, keyed: Bools, keys: Floats) -> Floats:
        """Positions ``[..., F, 2]`` given keys (``keyed [..., F]``, ``keys [..., F, 2]``), exact there."""
        pivot, link = self._system(keyed)
        machine = np.nan_to_num(self.machine)
        moved = np.diff(machine, axis=-2) / self.error[..., None]
        right = np.broadcast_to(self.belief[..., None] * machine, (*pivot.shape, 2)).copy()
        right[..., 1:, :] += moved
        right[..., :-1, :] -= moved
        given = np.where(keyed[..., None], keys, 0.0)
        pull = (1 / self.error + 1 / self.motion)[..., None]
        right[..., 1:, :] += pull * given[..., :-1, :]
        right[..., :-1, :] += pull * given[..., 1:, :]
        right = np.where(keyed[..., None], given, right)
        places = _solve(pivot, link, right)
        return np.where(keyed[..., None], given, places)

    def variance(self, keyed: Bools) -> Floats:
        """How uncertain the positions are, ``[..., F]``, 0 at keys: the diagonal of the system's inverse,
        from elimination in both directions."""
        pivot, link = self._system(keyed)
        down, up = pivot.copy(), pivot.copy()
        for t in range(1, pivot.shape[-1]):
            down[..., t] -= link[..., t - 1] ** 2 / down[..., t - 1]
            up[..., -1 - t] -= link[..., -t] ** 2 / up[..., -t]
        return np.where(keyed, 0.0, 1 / (down + up - pivot))

    def _system(self, keyed: Bools) -> tuple[Floats, Floats]:
        """The system's diagonal ``[..., F]`` and what stands beside it, with its sign changed, ``[..., F − 1]``."""
        link = 1 / self.error + 1 / self.motion
        shape = np.broadcast_shapes(self.belief.shape, keyed.shape)
        pivot = np.broadcast_to(self.belief + _LEAST, shape).copy()
        pivot[..., :-1] += link
        pivot[..., 1:] += link
        apart = keyed[..., 1:] | keyed[..., :-1]
        return np.where(keyed, 1.0, pivot), np.where(apart, 0.0, link)


def _solve(pivot: Floats, link: Floats, right: Floats) -> Floats:
    """Solve all systems as one, in which nothing links one to the next."""
    beside = np.zeros(pivot.shape)
    beside[..., :-1] = -link
    banded = np.stack([pivot.ravel(), beside.ravel()])
    solved = solveh_banded(banded, right.reshape(-1, 2), lower=True, check_finite=False)
    return np.asarray(solved.reshape(right.shape))
