"""The references of many keys at once: keys of one frame share their window and their candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def windows(keys: Sequence[PersonFrame], scene: Scene, rules: ReferenceRules) -> list[PersonFrame]:
    """The person-frames round the keys that fill their local slots, each once."""
    frames = {frame: local_frames(frame, scene.shot(frame), rules) for _, frame in keys}
    return list(dict.fromkeys((track, near) for track, frame in keys for near in frames[frame]))


def choose(
    keys: Sequence[PersonFrame],
    scene: Scene,
    rules: ReferenceRules,
    table: Table,
    pooled: Callable[[PersonFrame], NDArray[np.float32]],
) -> list[References]:
    """The references of every key, in the same order.

    Args:
        table: the candidates there are.
        pooled: the pooled feature of a key or a candidate at unit length, ``[C]``.
    """
    together: dict[int, list[PersonFrame]] = {}
    for key in keys:
        together.setdefault(key[1], []).append(key)
    found: dict[PersonFrame, References] = {}
    for frame, group in together.items():
        near = local_frames(frame, scene.shot(frame), rules)
        far = _alike(group, scene.shot(frame), rules, table, pooled)
        for key, alike in zip(group, far, strict=True):
            found[key] = References(tuple((key[0], at) for at in near), alike)
    return [found[key] for key in keys]


def _alike(
    keys: Sequence[PersonFrame],
    shot: tuple[int, int],
    rules: ReferenceRules,
    table: Table,
    pooled: Callable[[PersonFrame], NDArray[np.float32]],
) -> list[tuple[PersonFrame, ...]]:
    """The non-local references of keys in one frame; where there are none, the keys themselves."""
    (people, scores), frame, slots = table, keys[0][1], rules.slots[1]
    alone = [(key,) * slots for key in keys]
    if slots == 0 or rules.n == 0:
        return alone
    pool = nonlocal_candidates(frame, shot, people[:, 1], people[:, 0], scores, rules)
    if len(pool) == 0:
        return alone
    candidates = [(track, at) for track, at in people[pool].tolist()]
    best = rank(
        np.stack([pooled(key) for key in keys]),
        np.stack([pooled(one) for one in candidates]),
        np.abs(people[pool, 1] - frame),
        rules,
    )
    return [tuple(candidates[i] for i in row) for row in best.tolist()]
