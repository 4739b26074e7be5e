"""Corrections of followed boxes: by the pose found in them, by a detection, and spread over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...geometry import PERSON_BOX_SCALE, Floats, scale_box
from ...skeleton import POSETRACK17

SURE = 0.30
"""Heatmap maximum from which one joint may move an edge of the box."""

_HEAD = [POSETRACK17.index(j) for j in ("head_top", "nose", "head_bottom")]
_FEET = [POSETRACK17.index(j) for j in ("left_ankle", "right_ankle")]
_LEAST_FOR_SIDES = 8


@dataclass(frozen=True, eq=False)
class Poses:
    """Poses in the 17 slots, to follow people by: positions ``[N, 17, 2]`` in picture pixels and heatmap
    maxima ``[N, 17]``, zero where there is no joint."""

    xy: NDArray[np.float64]
    score: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.xy)

    def __getitem__(self, row: int) -> Pose:
        return Pose(self.xy[row], self.score[row])

    def part(self, start: int, stop: int) -> Poses:
        """The poses ``start`` … ``stop`` − 1."""
        return Poses(self.xy[start:stop], self.score[start:stop])


@dataclass(frozen=True, eq=False)
class Pose:
    """One of :class:`Poses`: ``[17, 2]`` and ``[17]``."""

    xy: NDArray[np.float64]
    score: NDArray[np.float64]

    @property
    def confidence(self) -> float:
        """Mean heatmap maximum over the joints that were estimated, 0…1."""
        has = self.score > 0
        return float(self.score[has].mean()) if has.any() else 0.0


def pose_box(box: Floats, pose: Pose) -> Floats:
    """The person box that a pose suggests.

    Each edge moves only if the joints that decide it were found surely: the top needs the head, the bottom
    an ankle, the sides most of the body. So a half-hidden person keeps their size.

    Args:
        box: where the person is thought to be, ``[4]``.
        pose: what was found there.

    Returns:
        ``[4]``, the box itself where nothing is sure.
    """
    sure = pose.score >= SURE
    if sure.sum() < 4:
        return box.copy()
    inner = scale_box(box, 1 / PERSON_BOX_SCALE)
    low, high = inner[:2].copy(), inner[:2] + inner[2:]
    seen = pose.xy[sure]
    if sure[_HEAD].any():
        low[1] = seen[:, 1].min()
    if sure[_FEET].any():
        high[1] = seen[:, 1].max()
    if sure.sum() >= _LEAST_FOR_SIDES:
        low[0], high[0] = seen[:, 0].min(), seen[:, 0].max()
    size = np.maximum(high - low, inner[2:] * 0.3)
    centre = (low + high) / 2
    return scale_box(np.concatenate([centre - size / 2, size]), PERSON_BOX_SCALE)


def blend(a: Floats, b: Floats, share: float) -> Floats:
    """The box a ``share`` (0…1) of the way from ``a`` to ``b``: centres linearly, sizes by ratio."""
    centre = (a[:2] + a[2:] / 2) * (1 - share) + (b[:2] + b[2:] / 2) * share
    size = np.maximum(a[2:], 1e-3) ** (1 - share) * np.maximum(b[2:], 1e-3) ** share
    return np.concatenate([centre - size / 2, size])


def spread_correction(boxes: list[Floats], corrected: Floats) -> list[Floats]:
    """Bend a run of boxes so that its last becomes ``corrected``, the first moving least.

    The change of centre and the ratio of sizes grow linearly along the run.
    """
    if len(boxes) == 1:
        return [corrected.copy()]
    last = boxes[-1]
    shift = (corrected[:2] + corrected[2:] / 2) - (last[:2] + last[2:] / 2)
    ratio = np.maximum(corrected[2:], 1e-3) / np.maximum(last[2:], 1e-3)
    bent = []
    for step, box in enumerate(boxes, start=1):
        share = step / len(boxes)
        size = box[2:] * ratio**share
        bent.append(np.concatenate([box[:2] + box[2:] / 2 + shift * share - size / 2, size]))
    bent[-1] = corrected.copy()
    return bent


def share_inside(boxes: Floats, width: int, height: int) -> Floats:
    """The share of each box's area that lies in a picture of this size: ``[..., 4]`` → ``[...]``."""
    low = np.maximum(boxes[..., :2], -0.5)
    high = np.minimum(boxes[..., :2] + boxes[..., 2:], (width - 0.5, height - 0.5))
    inside = np.prod(np.clip(high - low, 0, None), axis=-1)
    shares: Floats = inside / np.maximum(np.prod(boxes[..., 2:], axis=-1), 1e-9)
    return shares
