"""From doubtful joints to the items of a list: one reason, one person, one stretch, one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..skeleton import POSETRACK17
from .bones import bones_words
from .differ import differ_words
from .examine import Examined
from .findings import NOTICED, TAGS, Reason
from .gaps import gap_words
from .jumps import jumps_words
from .neighbours import twins_words, two_people_words
from .outside import outside_words
from .sides import sides_words
from .unsure import unsure_words
from .weights import POSE, POSE_JOINTS

WHOLE = -1
"""The joint of a cell that speaks of a whole pose."""
REASONS = tuple(Reason)
BRIDGE = 3
"""Frames of one reason at most so far apart are one stretch."""
ALIKE = 0.5
"""Stretches of several joints that overlap by this share are one item."""

CELL = np.dtype(
    [
        ("person", "<i4"),
        ("reason", "u1"),
        ("joint", "<i2"),
        ("frame", "<i4"),
        ("probability", "<f4"),
        ("fact", "<f4"),
        ("other", "<i4"),
        ("told", "<u2"),
        ("key", "<u8"),
    ]
)
"""One doubtful joint in one frame (or a whole pose), for its weightiest reason; ``told`` has a bit for every
reason that speaks against it. ``key`` stays the same
until the pose changes."""
Cells = NDArray[np.void]


@dataclass(frozen=True)
class Item:
    """One line of the review list.

    Attributes:
        frame, stop: the stretch, half open. look: the frame to show, where the doubt is greatest.
        person: whose pose. joints: slots concerned, ascending; empty for whole poses.
        reason: the tag (:data:`.findings.TAGS`). what: the joints in words ("left wrist", "knees").
        words: one line, why. other: the other person concerned, or ``None``.
        probability: how likely a joint of it is wrong. gain: joints × frames that looking would mend.
        cells: keys of its joints and frames, uint64 ``[N]``, to skip it by.
        also: other reasons that speak against some of its joints.
    """

    frame: int
    stop: int
    look: int
    person: int
    joints: tuple[int, ...]
    reason: Reason
    what: str
    words: str
    other: int | None
    probability: float
    gain: float
    cells: NDArray[np.uint64]
    also: tuple[Reason, ...] = ()

    @property
    def tag(self) -> str:
        """The reason, as the list shows it."""
        return TAGS[self.reason]


@dataclass(frozen=True)
class Wording:
    """What sentences need beside the facts: the clip's usual confidence, names, and who is compared."""

    confidence: float
    name: Callable[[int], str]
    models: str = "two models"
    references: str = "two reference settings"


# Cells


def doubtful(examined: Examined) -> Cells:
    """Every joint that a reason speaks against, and whole poses, as CELL ``[N]`` in order of person,
    reason, joint and frame."""
    cells = np.concatenate([_joints(examined), _twins(examined), _gaps(examined)])
    return cells[np.lexsort((cells["frame"], cells["joint"], cells["reason"], cells["person"]))]


def _joints(examined: Examined) -> Cells:
    weights = np.array(examined.weights.of, dtype=np.float32)
    told = examined.score >= NOTICED
    row, joint = np.nonzero(told.any(axis=2))
    # The weightiest reason names the cell; where weights are 0 the score alone decides.
    weight = np.where(told[row, joint], examined.score[row, joint] * (weights + 0.01), -1.0)
    reason = weight.argmax(axis=1)
    cells = np.zeros(len(row), CELL)
    cells["person"], cells["frame"] = examined.rows["person"][row], examined.rows["frame"][row]
    cells["joint"], cells["reason"] = joint, reason
    cells["probability"] = examined.probability[row, joint]
    cells["fact"] = examined.fact[row, joint, reason]
    cells["told"] = (told[row, joint] << np.arange(told.shape[2])).sum(axis=1)
    shared = reason == Reason.TWO_PEOPLE
    cells["other"] = np.where(shared, examined.neighbours.other[row, joint], -1)
    cells["key"] = _keys(cells, examined.rows["xy"][row, joint])
    return cells


def _twins(examined: Examined) -> Cells:
    row = np.flatnonzero(examined.neighbours.twin >= NOTICED)
    human = (examined.rows["source"][row] >= 3).any(axis=1)
    row = row[~human]
    cells = np.zeros(len(row), CELL)
    cells["person"], cells["frame"] = examined.rows["person"][row], examined.rows["frame"][row]
    cells["joint"], cells["reason"] = WHOLE, Reason.TWINS
    cells["probability"] = POSE[Reason.TWINS] * examined.neighbours.twin[row]
    cells["other"] = examined.neighbours.twin_of[row]
    cells["key"] = _keys(cells, examined.rows["xy"][row].mean(axis=1))
    return cells


def _gaps(examined: Examined) -> Cells:
    length = examined.gaps[:, 2] - examined.gaps[:, 1]
    person, first = (np.repeat(examined.gaps[:, at], length) for at in (0, 1))
    along = np.arange(len(person)) - np.repeat(np.cumsum(length) - length, length)
    cells = np.zeros(len(person), CELL)
    cells["person"], cells["frame"] = person, first + along
    cells["joint"], cells["reason"], cells["other"] = WHOLE, Reason.GAP, -1
    cells["probability"] = POSE[Reason.GAP]
    cells["key"] = _keys(cells, np.zeros((len(cells), 2)))
    return cells


_MIX = np.uint64(0x9E3779B97F4A7C15)


def _keys(cells: Cells, xy: NDArray[np.float64]) -> NDArray[np.uint64]:
    """A number for who, when, which joint, why and where (to a quarter of a pixel), ``[N]``."""
    parts = [cells[name].astype(np.int64) for name in ("person", "frame", "joint", "reason")]
    where = np.nan_to_num(np.asarray(xy, np.float64) * 4, posinf=0.0, neginf=0.0)
    parts += list(np.clip(np.round(where), -1e9, 1e9).astype(np.int64).T)
    key = np.zeros(len(cells), np.uint64)
    for part in parts:
        key = (key ^ part.astype(np.uint64)) * _MIX
        key ^= key >> np.uint64(29)
    return key


# Items


def grouped(cells: Cells, wording: Wording) -> list[Item]:
    """Items of cells that are in order of person, reason, joint and frame (as :func:`doubtful` gives)."""
    if not len(cells):
        return []
    group = _groups(cells)
    order = np.argsort(group, kind="stable")
    cells, group = cells[order], group[order]
    at = np.concatenate([[0], np.flatnonzero(np.diff(group)) + 1])
    edges = [*at.tolist(), len(cells)]
    facts = _facts(cells, group, at)
    keys = cells["key"]
    items = []
    for n, row in enumerate(_columns(cells, group, at)):
        start, stop, look, person, of, bits, other, told, whole, probability, gain = row
        reason, joints = REASONS[of], _slots(bits)
        items.append(
            Item(
                frame=start,
                stop=stop,
                look=look,
                person=person,
                joints=joints,
                reason=reason,
                what=joint_words(joints),
                words=_words(reason, n, facts, stop - start, other, wording),
                other=None if other < 0 else other,
                probability=probability if joints else whole,
                gain=gain if joints else gain * POSE_JOINTS,
                cells=keys[edges[n] : edges[n + 1]],
                also=_beside(told, reason),
            )
        )
    return items


_Row = tuple[int, int, int, int, int, int, int, int, float, float, float]


def _columns(cells: Cells, group: NDArray[np.int64], at: NDArray[np.int64]) -> Iterator[_Row]:
    """Of each item, whose cells begin ``at``: start, stop, look, person, reason, bits of joints, other, bits of reasons,
    the worst cell's probability, that of any cell, and the gain."""
    worst = cells[np.lexsort((-cells["probability"], group))[at]]
    bit = np.where(cells["joint"] == WHOLE, 0, 1 << np.maximum(cells["joint"], 0).astype(np.int64))
    probability = cells["probability"].astype(np.float64)
    missed = np.log1p(-np.minimum(probability, 1 - 1e-9))
    return zip(
        np.minimum.reduceat(cells["frame"], at).tolist(),
        (np.maximum.reduceat(cells["frame"], at) + 1).tolist(),
        worst["frame"].tolist(),
        worst["person"].tolist(),
        worst["reason"].tolist(),
        np.bitwise_or.reduceat(bit, at).tolist(),
        worst["other"].tolist(),
        np.bitwise_or.reduceat(cells["told"], at).tolist(),
        worst["probability"].tolist(),
        (-np.expm1(np.add.reduceat(missed, at))).tolist(),
        np.add.reduceat(probability, at).tolist(),
        strict=True,
    )


_ITEM_KINDS = len(POSETRACK17) + 1


def _groups(cells: Cells) -> NDArray[np.int64]:
    """Which item each cell belongs to, ``[N]``: stretches of a joint, put together where several joints of
    a person are doubted for one reason at about the same time."""
    apart = (np.diff(cells["person"]) != 0) | (np.diff(cells["reason"]) != 0)
    breaks = apart | (np.diff(cells["joint"]) != 0) | (np.diff(cells["frame"]) > BRIDGE)
    edges = np.concatenate([[0], np.flatnonzero(breaks) + 1, [len(cells)]])
    key = np.concatenate([[0], np.cumsum(apart)])[edges[:-1]]
    bones = cells["reason"][edges[:-1]] == Reason.BONES  # its sentence speaks of one bone
    key = key * _ITEM_KINDS + np.where(bones, 1 + cells["joint"][edges[:-1]], 0)
    first, last = cells["frame"][edges[:-1]], cells["frame"][edges[1:] - 1]
    order = np.lexsort((last, first, key))
    group = np.zeros(len(order), np.int64)
    active: list[list[int]] = []  # groups that can still be joined: number, start, stop
    present, count = -1, 0
    stretches = zip(
        order.tolist(), key[order].tolist(), first[order].tolist(), (last[order] + 1).tolist(),
        strict=True,
    )  # fmt: skip
    for at, of, start, stop in stretches:
        active = [] if of != present else [one for one in active if one[2] > start]
        present = of
        for one in active:
            low, high = one[1], one[2]
            if min(stop, high) - start >= ALIKE * (max(stop, high) - low):
                one[2] = max(stop, high)
                break
        else:
            one = [count, start, stop]
            active.append(one)
            count += 1
        group[at] = one[0]
    return np.repeat(group, np.diff(edges))


@dataclass(frozen=True)
class _Facts:
    """Of each item: its smallest fact, its largest (by size), and that one's joint."""

    least: list[float]
    most: list[float]
    joint: list[int]


def _facts(cells: Cells, group: NDArray[np.int64], at: NDArray[np.int64]) -> _Facts:
    """The facts of each item, whose cells begin ``at``."""
    most = cells[np.lexsort((-np.abs(cells["fact"]), group))[at]]
    least = np.minimum.reduceat(cells["fact"], at)
    return _Facts(least.tolist(), most["fact"].tolist(), most["joint"].tolist())


def _words(
    reason: Reason, n: int, facts: _Facts, frames: int, other: int, wording: Wording
) -> str:  # fmt: skip
    most = facts.most[n]
    if reason == Reason.UNSURE:
        return unsure_words(facts.least[n], wording.confidence)
    if reason == Reason.JUMPS:
        return jumps_words(most)
    if reason == Reason.BONES:
        return bones_words(facts.joint[n], most)
    if reason == Reason.SIDES:
        return sides_words(round(most))
    if reason == Reason.TWO_PEOPLE:
        return two_people_words(wording.name(other))
    if reason == Reason.OUTSIDE:
        return outside_words(most)
    if reason == Reason.MODELS:
        return differ_words(wording.models, most)
    if reason == Reason.REFERENCES:
        return differ_words(wording.references, most)
    return gap_words(frames) if reason == Reason.GAP else twins_words(wording.name(other))


@cache
def _beside(told: int, reason: Reason) -> tuple[Reason, ...]:
    """The reasons that have a bit, but for one."""
    return tuple(one for one in Reason if told >> one & 1 and one != reason)


@cache
def _slots(bits: int) -> tuple[int, ...]:
    return tuple(slot for slot in range(len(POSETRACK17)) if bits >> slot & 1)


@cache
def joint_words(joints: tuple[int, ...]) -> str:
    """Joints as a person names them: "left wrist", "knees", "left wrist and nose", "right hip and knee", "5 joints"."""
    if not joints:
        return "whole body"
    names = [POSETRACK17.joints[joint].replace("_", " ") for joint in joints]
    short: list[str] = []
    for name in names:
        side, _, part = name.partition(" ")
        if side == "right" and f"left {part}" in names:
            continue
        paired = side == "left" and f"right {part}" in names
        short.append(part + "s" if paired else name)
    if len(short) > 2:
        return f"{len(joints)} joints"
    sides = {name.partition(" ")[0] for name in short}
    if len(short) == 2 and sides in ({"left"}, {"right"}):
        short[1] = short[1].partition(" ")[2]
    return " and ".join(short)
