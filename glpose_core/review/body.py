"""One person over time in arrays without gaps, and the measures that the reasons share.

A *body* covers every frame from a person's first to the last one; where nothing is seen, positions are
NaN. All lengths are picture pixels. What is relative is relative to :attr:`Body.size`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..labels import PoseRows, Visibility
from ..labels.poses import is_human
from ..skeleton import POSETRACK17

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

J = {name: slot for slot, name in enumerate(POSETRACK17.joints)}
TORSO = [J[f"{side}_{part}"] for part in ("shoulder", "hip") for side in ("left", "right")]
PAIRS = [
    (J[f"left_{part}"], J[f"right_{part}"])
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]
"""Left and right slots: three pairs of the arms, then three of the legs."""
BONES = [
    (J["head_bottom"], J["head_top"], "head"),
    *(
        (J[f"{side}_{near}"], J[f"{side}_{far}"], name)
        for near, far, name in (
            ("shoulder", "elbow", "upper arm"),
            ("elbow", "wrist", "forearm"),
            ("hip", "knee", "thigh"),
            ("knee", "ankle", "shin"),
        )
        for side in ("left", "right")
    ),
]
"""Bones that keep their length: near slot, far slot, name."""
NEAR, FAR_END = (np.array([bone[end] for bone in BONES]) for end in (0, 1))
HEAD_SHARE = 0.13
"""A head (top to bottom) as a share of a standing body's height."""
BRIDGED = 15
"""A gap of at most so many frames is bridged; over longer ones nothing is compared."""
BLOCK = 256
"""So many poses at once stay in the processor's cache."""


@dataclass(frozen=True)
class Body:
    """One person. F frames, one after the other from ``start``.

    Attributes:
        person: whose. start: the first frame.
        xy: ``[F, 17, 2]``, NaN where a joint is absent or the person is.
        score: ``[F, 17]`` confidence, NaN where there is none.
        human: ``[F, 17]``, a person has confirmed or placed the joint.
        box: ``[F, 4]`` x y w h of a machine, NaN where there is none.
        settled: ``[F]``, nothing is missing here: a pose, or one that a person deleted.
        size: ``[F]`` about the body's larger extent, steady over time; NaN before anything is seen.
    """

    person: int
    start: int
    xy: Floats
    score: Floats
    human: Bools
    box: Floats
    settled: Bools
    size: Floats

    @property
    def placed(self) -> Bools:
        """Which joints have a position, ``[F, 17]``."""
        return np.isfinite(self.xy[..., 0])

    @property
    def head(self) -> Floats:
        """About the size of the head, ``[F]`` pixels."""
        return HEAD_SHARE * self.size

    @cached_property
    def beside(self) -> Floats:
        """Positions relative to the middle of shoulders and hips, ``[F, 17, 2]``: the body's own way does
        not count. The middle is the median of the four, which moves little where one of them is wrong."""
        return np.asarray(self.xy - middle_of_four(carried(self.xy[:, TORSO]))[:, None])

    @cached_property
    def bones(self) -> Floats:
        """Lengths of the bones in body sizes, ``[F, bones]``."""
        along = self.xy[:, FAR_END] - self.xy[:, NEAR]
        return np.asarray(length_of(along) / self.size[:, None])


def make_body(rows: PoseRows) -> Body:
    """Lay the rows of one person (POSE_DTYPE, ascending frames, at least one) out over time."""
    start, stop = int(rows["frame"][0]), int(rows["frame"][-1]) + 1
    at = rows["frame"].astype(np.int64) - start
    shown = (rows["visibility"] != Visibility.ABSENT) & ~rows["deleted"][:, None]
    places = np.ascontiguousarray(rows["xy"])
    shown &= np.isfinite(places[..., 0]) & np.isfinite(places[..., 1])
    xy = np.full((stop - start, *places.shape[1:]), np.nan)
    xy[at] = np.where(shown[..., None], places, np.nan)
    score = np.full(xy.shape[:2], np.nan)
    human = np.zeros(xy.shape[:2], bool)
    human[at] = is_human(rows["source"])
    scored = shown & (rows["score"] > 0)
    score[at] = np.where(scored, rows["score"], np.nan)
    box = np.full((len(xy), 4), np.nan)
    box[at] = np.where(is_human(rows["box_source"])[:, None], np.nan, rows["box"])
    settled = np.zeros(len(xy), bool)
    settled[at] = True
    return Body(int(rows["person"][0]), start, xy, score, human, box, settled, _size(xy))


def _size(xy: Floats) -> Floats:
    """The larger extent of the joints: the running median over seven frames."""
    low, high = corners(xy)
    extent = np.maximum(*(high - low).T)
    extent[~np.isfinite(extent) | (extent <= 0)] = np.nan
    return running_median(extent)


def corners(xy: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest x and y of the joints ``[N, 17, 2]`` of each pose, ``[N, 2]`` twice; infinite, and
    the wrong way round, where a pose has none. Poses are laid side by side first: numpy is slow along short axes."""
    low, high = np.empty((2, len(xy))), np.empty((2, len(xy)))
    for start in range(0, len(xy), BLOCK):
        part = slice(start, start + BLOCK)
        beside = np.ascontiguousarray(xy[part].reshape(len(xy[part]), -1).T)
        joints = beside.reshape(xy.shape[1], 2, -1)
        np.fmin.reduce(joints, axis=0, initial=np.inf, out=low[:, part])
        np.fmax.reduce(joints, axis=0, initial=-np.inf, out=high[:, part])
    return low.T, high.T


def carried(values: Floats) -> Floats:
    """NaN becomes the last number before it, else the first after it, along the first axis, if that is at
    most :data:`BRIDGED` frames away."""
    flat = values.reshape(len(values), -1)
    known = np.isfinite(flat)
    some = np.flatnonzero(known.any(axis=0) & ~known.all(axis=0))
    if not len(some):  # nothing to fill, or nothing to fill it with
        return values
    rows = np.arange(len(flat))[:, None]
    known = known[:, some]
    before = np.maximum.accumulate(np.where(known, rows, -1), axis=0)
    after = np.minimum.accumulate(np.where(known, rows, len(flat) - 1)[::-1], axis=0)[::-1]
    source = np.where((before >= 0) & (rows - before <= BRIDGED), before, after)
    gaps = np.take_along_axis(flat[:, some], source, axis=0)
    gaps[np.abs(source - rows) > BRIDGED] = np.nan
    filled = flat.copy()
    filled[:, some] = gaps
    return np.asarray(filled.reshape(values.shape))


_MEDIAN_OF_7 = (
    (0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6),
    (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4),
)  # fmt: skip
"""Exchanges after which the middle of seven numbers stands in place 3 (Devillard 1998)."""
REACH = 3


def _needed(exchanges: tuple[tuple[int, int], ...]) -> list[tuple[int, int, bool, bool]]:
    """Of each exchange its places, and whether the smaller and the larger number are looked at again."""
    asked, kept = {REACH}, []
    for low, high in reversed(exchanges):
        kept.append((low, high, low in asked, high in asked))
        if asked & {low, high}:
            asked |= {low, high}
    return kept[::-1]


_EXCHANGES = _needed(_MEDIAN_OF_7)


def running_median(values: Floats) -> Floats:
    """The median of each value and the three before and after it, along the first axis; NaN is filled
    by :func:`carried`, and the ends repeat."""
    filled = carried(values)
    padded = np.concatenate([filled[:1].repeat(REACH, 0), filled, filled[-1:].repeat(REACH, 0)])
    median = np.empty_like(filled)
    for start in range(0, len(filled), BLOCK):
        stop = min(start + BLOCK, len(filled))
        seven = [padded[start + k : stop + k] for k in range(2 * REACH + 1)]
        for low, high, smaller, larger in _EXCHANGES:
            one, other = seven[low], seven[high]
            if smaller:
                seven[low] = np.minimum(one, other)
            if larger:
                seven[high] = np.maximum(one, other)
        median[start:stop] = seven[REACH]
    return median


def length_of(vectors: Floats) -> Floats:
    """Lengths of vectors ``[…, 2]``. Several times faster than ``hypot``, which guards against squares that pixels
    never reach."""
    x, y = vectors[..., 0], vectors[..., 1]
    return np.asarray(np.sqrt(x * x + y * y))


def middle_of_four(four: Floats) -> Floats:
    """The mean of the two middle ones of four numbers, ``[F, 4, …]`` → ``[F, …]``; NaN counts as the greatest, and
    is the answer where it would be among the middle ones."""
    a, b, c, d = np.moveaxis(np.where(np.isnan(four), np.inf, four), 1, 0)
    lower = np.maximum(np.minimum(a, b), np.minimum(c, d))
    upper = np.minimum(np.maximum(a, b), np.maximum(c, d))
    middle = (lower + upper) / 2
    return np.asarray(np.where(np.isfinite(middle), middle, np.nan))


def steps(xy: Floats) -> Floats:
    """How far each joint has come since the frame before, ``[F, J]``; NaN where either is missing."""
    out = np.full(xy.shape[:2], np.nan)
    out[1:] = length_of(np.diff(xy, axis=0))
    return out


def ramp(values: Floats, low: float, high: float) -> Floats:
    """0 up to ``low``, 1 from ``high`` on, straight between; NaN is 0."""
    return np.nan_to_num(np.clip((values - low) / (high - low), 0.0, 1.0))
