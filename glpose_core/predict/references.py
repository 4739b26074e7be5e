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
        """What would be compared if some slots (numbers into :attr:`slots`) were not there.

        By the rules that hold where references are missing: a local slot shows the key itself, as at
        the end of a clip, and the non-local ones that are left repeat from the top.
        """
        count = len(self.local)
        local = tuple(key if i in removed else one for i, one in enumerate(self.local))
        left = [one for i, one in enumerate(self.nonlocal_, start=count) if i not in removed]
        left = left or [key]
        return References(local, tuple(left[i % len(left)] for i in range(len(self.nonlocal_))))

    def shuffled(self, seed: int) -> References:
        """The same person-frames in other slots: local ones among themselves, non-local ones too."""
        rng = np.random.default_rng(seed)
        local, others = rng.permutation(len(self.local)), rng.permutation(len(self.nonlocal_))
        return References(
            tuple(self.local[i] for i in local), tuple(self.nonlocal_[i] for i in others)
        )


def local_frames(frame: int, shot: tuple[int, int], rules: ReferenceRules) -> list[int]:
    """The frames of the local slots t−k … t−1, t+1 … t+k, kept inside the shot (half open)."""
    frames = []
    for distance in range(-rules.slots[0], rules.slots[0] + 1):
        if distance == 0:
            continue
        wanted = frame + int(np.clip(distance, -rules.k, rules.k))
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
    whose box score exceeds the first of ``scores`` that leaves anybody; failing all, any other frame of
    the shot. From the pool, sorted by frame and person, ``sample`` evenly spaced ones are taken.

    Args:
        frames, people, scores: the person-frames there are, ``[N]`` each.

    Returns:
        Indices into them, at most ``rules.sample``, sorted by (frame, person); empty if there are none.
    """
    distance = np.abs(frames - frame)
    other = (frames >= shot[0]) & (frames < shot[1]) & (distance > 0)
    pool = other & (distance > rules.slots[0]) & (distance <= rules.reach)
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
    key: NDArray[np.float32],
    candidates: NDArray[np.float32],
    distance: NDArray[np.int64],
    rules: ReferenceRules,
) -> NDArray[np.int64]:
    """Order candidates by likeness and fill the non-local slots.

    Args:
        key: pooled feature of the key crop at unit length, ``[C]``.
        candidates: the same of the candidates, ``[N, C]`` with N ≥ 1.
        distance: frames between candidate and key, ``[N]``; the nearer wins a tie.

    Returns:
        ``[slots]`` indices, the most alike first; with too few candidates they repeat from the top.
    """
    likeness = np.round((candidates @ key).astype(np.float64), 6)
    order = np.lexsort((np.arange(len(candidates)), distance, -likeness))[: max(rules.n, 1)]
    filled: NDArray[np.int64] = np.resize(order, rules.slots[1])
    return filled
