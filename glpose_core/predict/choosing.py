"""The references of many keys at once: keys of one frame share their window and their candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .references import (
    PersonFrame,
    ReferenceRules,
    References,
    local_frames,
    nonlocal_candidates,
    rank,
)
from .scene import Scene

Table = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Person-frames that may serve as non-local references: (track, frame) ``[N, 2]`` and box scores ``[N]``."""

Pooled: TypeAlias = Callable[[PersonFrame], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Pool:
    """What the keys of one frame may be alike to: person-frames, their pooled features at unit length ``[N, C]``, and
    how many frames away they are ``[N]``."""

    people: list[PersonFrame]
    pooled: NDArray[np.float32]
    distance: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Candidates:
    """The candidates for non-local references there are, and the pools of frames that have been asked for."""

    table: Table
    _pools: dict[tuple[int, tuple[int, int]], Pool] = field(default_factory=dict)

    def pool(
        self, frame: int, shot: tuple[int, int], rules: ReferenceRules, pooled: Pooled
    ) -> Pool:
        """The pool of the keys in a frame, who share it however many parts they are predicted in."""
        if (frame, shot) not in self._pools:
            (people, scores) = self.table
            rows = nonlocal_candidates(frame, shot, people[:, 1], people[:, 0], scores, rules)
            found = [(track, at) for track, at in people[rows].tolist()]
            features = np.array([pooled(one) for one in found])
            self._pools[frame, shot] = Pool(found, features, np.abs(people[rows, 1] - frame))
        return self._pools[frame, shot]


def windows(keys: Sequence[PersonFrame], scene: Scene, rules: ReferenceRules) -> list[PersonFrame]:
    """The person-frames round the keys that fill their local slots, each once."""
    frames = {
        frame: local_frames(frame, scene.shot(frame), rules)
        for frame in dict.fromkeys(frame for _, frame in keys)
    }
    return list(dict.fromkeys((track, near) for track, frame in keys for near in frames[frame]))


def choose(
    keys: Sequence[PersonFrame],
    scene: Scene,
    rules: ReferenceRules,
    candidates: Candidates,
    pooled: Pooled,
) -> list[References]:
    """The references of every key, in the same order.

    Args:
        candidates: those for non-local references.
        pooled: the pooled feature of a key or a candidate at unit length, ``[C]``.
    """
    together: dict[int, list[PersonFrame]] = {}
    for key in keys:
        together.setdefault(key[1], []).append(key)
    found: dict[PersonFrame, References] = {}
    for frame, group in together.items():
        near = local_frames(frame, scene.shot(frame), rules)
        far = _alike(group, scene.shot(frame), rules, candidates, pooled)
        for key, alike in zip(group, far, strict=True):
            found[key] = References(tuple((key[0], at) for at in near), alike)
    return [found[key] for key in keys]


def _alike(
    keys: Sequence[PersonFrame],
    shot: tuple[int, int],
    rules: ReferenceRules,
    candidates: Candidates,
    pooled: Pooled,
) -> list[tuple[PersonFrame, ...]]:
    """The non-local references of keys in one frame; where there are none, the keys themselves."""
    slots = rules.slots[1]
    alone = [(key,) * slots for key in keys]
    if slots == 0 or rules.n == 0:
        return alone
    pool = candidates.pool(keys[0][1], shot, rules, pooled)
    if not pool.people:
        return alone
    best = rank(np.array([pooled(key) for key in keys]), pool.pooled, pool.distance, rules)
    return [tuple(pool.people[i] for i in row) for row in best.tolist()]
