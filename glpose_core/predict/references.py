"""Which frames and people a key crop is compared with (GLPose, section 3.1).

Local references are the frames around the key frame; non-local ones are crops of anybody in farther
frames of the same shot that look most alike. Everything here is plain arithmetic on numbers of frames,
so that the same request always has the same references.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..network.config import Edge, GLPoseConfig


@dataclass(frozen=True)
class ReferenceRules:
    """How references are chosen.

    Attributes:
        slots: local slots of the network on each side, and its non-local slots.
        k: farthest local frame; slots beyond it repeat the nearest frame allowed.
        n: how many non-local references are told apart; further slots repeat them from the top.
        edge: what stands in for frames beyond the shot: the nearest frame, or the key frame.
        sample: how many candidates are ranked.
        reach: farthest candidate in frames.
        scores: box scores that candidates should exceed, tried in turn.
    """

    slots: tuple[int, int]
    k: int
    n: int
    edge: Edge = "clamp"
    sample: int = 20
    reach: int = 150
    scores: tuple[float, ...] = (0.6, 0.2)

    @classmethod
    def of(
        cls, config: GLPoseConfig | None, k: int | None = None, n: int | None = None
    ) -> ReferenceRules:
        """The rules of a configuration, with fewer references if ``k`` or ``n`` is given.

        Without a configuration (a single-frame network) there are no references.
        """
        if config is None:
            return cls((0, 0), 0, 0)
        return cls(
            slots=(config.k, config.n),
            k=config.k if k is None else min(max(k, 0), config.k),
            n=config.n if n is None else min(max(n, 0), config.n),
            edge=config.edge,
            sample=config.pool_sample,
            reach=config.pool_distance,
            scores=(config.pool_score, config.pool_fallback_score),
        )

    @property
    def settled_after(self) -> int:
        """Frames round a key frame that must be known before its references are settled."""
        return max(self.reach, self.slots[0]) if self.slots[1] and self.n else self.slots[0]


PersonFrame = tuple[int, int]
"""(track, frame)."""


@dataclass(frozen=True)
class References:
    """The person-frames that fill the slots of one key crop.

    Where there is nothing to compare with, the key itself fills the slot.

    Attributes:
        local: the slots t−k … t−1, t+1 … t+k, ``[2k]``.
        nonlocal_: the non-local slots, the most alike first, ``[n]``.
    """

    local: tuple[PersonFrame, ...]
    nonlocal_: tuple[PersonFrame, ...]

    @property
    def slots(self) -> tuple[PersonFrame, ...]:
        """All of them in the order of Eq. 4: ``[2k + n]``."""
        return self.local + self.nonlocal_

    def without(self, key: PersonFrame, removed: Collection[int]) -> References:
        """What is compared if some slots (numbers into :attr:`slots`) are not there: :func:`arrange`."""
        return self.filled(arrange(len(self.local), len(self.nonlocal_), removed), key)

    def shuffled(self, seed: int) -> References:
        """The same person-frames in other slots: :func:`arrange`."""
        order = arrange(len(self.local), len(self.nonlocal_), (), seed)
        return self.filled(order, self.slots[0] if self.slots else (0, 0))

    def filled(self, order: NDArray[np.int64], key: PersonFrame) -> References:
        """Fill the slots anew, ``order`` being what :func:`arrange` returns."""
        slots = tuple(key if one < 0 else self.slots[one] for one in order.tolist())
        return References(slots[: len(self.local)], slots[len(self.local) :])


def arrange(
    local: int, nonlocal_: int, removed: Collection[int], shuffle: int = 0
) -> NDArray[np.int64]:
    """Which reference fills each slot after some are removed and the rest is shuffled.

    What is removed is filled by the rules that hold where references are missing: a local slot by the
    key itself, as at the end of a clip, and non-local slots by those that are left, repeated from the top.

    Args:
        local, nonlocal_: how many slots there are of each kind, in the order of Eq. 4.
        removed: slots whose references are taken away.
        shuffle: seed of a shuffle of the local slots among themselves, and of the non-local ones; 0: none.

    Returns:
        ``[local + nonlocal_]``, the slot that the reference stood in; −1 is the key.
    """
    near = np.array([-1 if one in removed else one for one in range(local)], np.int64)
    left = [one for one in range(local, local + nonlocal_) if one not in removed] or [-1]
    far = np.resize(np.array(left, np.int64), nonlocal_)
    if shuffle:
        rng = np.random.default_rng(shuffle)
        near, far = rng.permutation(near), rng.permutation(far)
    return np.concatenate([near, far])


def local_frames(frame: int, shot: tuple[int, int], rules: ReferenceRules) -> list[int]:
    """The frames of the local slots t−k … t−1, t+1 … t+k, kept inside the shot (half open)."""
    frames = []
    for distance in range(-rules.slots[0], rules.slots[0] + 1):
        if distance == 0:
            continue
        wanted = frame + min(max(distance, -rules.k), rules.k)
        inside = shot[0] <= wanted < shot[1]
        if inside:
            frames.append(wanted)
        else:
            clamped = min(max(wanted, shot[0]), shot[1] - 1)
            frames.append(frame if rules.edge == "key" else clamped)
    return frames


def nonlocal_candidates(
    frame: int,
    shot: tuple[int, int],
    frames: NDArray[np.int64],
    people: NDArray[np.int64],
    scores: NDArray[np.float64],
    rules: ReferenceRules,
) -> NDArray[np.int64]:
    """Sample candidates for the non-local references of a key crop in ``frame``.

    The pool is every person-frame of the same shot outside [t−k, t+k] and at most ``reach`` frames away
    whose box score exceeds the first of ``scores``, or reaches the next where nobody does; failing
    both, whoever is there; failing that, any other frame within reach. From the pool, sorted by frame and
    person, ``sample`` evenly spaced ones are taken. Nothing farther than ``reach`` is looked at, so the
    choice is settled once everything within it is known.

    Args:
        frames, people, scores: the person-frames there are, ``[N]`` each.

    Returns:
        Indices into them, at most ``rules.sample``, sorted by (frame, person); empty if there are none.
    """
    distance = np.abs(frames - frame)
    inside = (frames >= shot[0]) & (frames < shot[1])
    other = inside & (distance > 0) & (distance <= rules.reach)
    pool = other & (distance > rules.slots[0])
    tiers = [pool & (scores > rules.scores[0])]
    tiers += [pool & (scores >= floor) for floor in rules.scores[1:]]
    tiers += [pool, other]
    chosen = next((tier for tier in tiers if tier.any()), other)
    rows = np.flatnonzero(chosen)
    rows = rows[np.lexsort((people[rows], frames[rows]))]
    if len(rows) > rules.sample:
        rows = rows[np.round(np.linspace(0, len(rows) - 1, rules.sample)).astype(np.int64)]
    return rows


def rank(
    keys: NDArray[np.float32],
    candidates: NDArray[np.float32],
    distance: NDArray[np.int64],
    rules: ReferenceRules,
) -> NDArray[np.int64]:
    """Order candidates by likeness to each key, and fill the non-local slots.

    Args:
        keys: pooled features of key crops of one frame at unit length, ``[K, C]``.
        candidates: the same of the candidates, ``[N, C]`` with N ≥ 1.
        distance: frames between candidate and key, ``[N]``; the nearer wins a tie.

    Returns:
        ``[K, slots]`` indices, the most alike first; with too few candidates they repeat from the top.
    """
    # In float64, so that the company in which a key is ranked changes nothing that rounding leaves.
    likeness = np.round(keys.astype(np.float64) @ candidates.astype(np.float64).T, 6)
    ties = [
        np.broadcast_to(each, likeness.shape) for each in (np.arange(len(candidates)), distance)
    ]
    order = np.lexsort((*ties, -likeness))[:, : max(rules.n, 1)]
    slots: NDArray[np.int64] = order[:, np.arange(rules.slots[1]) % order.shape[1]]
    return slots
