"""From decoded heatmaps to rows of predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Floats, apply_affine, invert_affine
from ..labels.poses import PREDICTION_DTYPE, PoseRows, Visibility
from ..skeleton import EARS, POSETRACK17, slots_of


@dataclass(frozen=True)
class VisibilityThresholds:
    """Joint scores from which a joint is proposed as visible, and as at least placed.

    Weights may carry their own, calibrated on data with hidden labels, as ``visibility_thresholds``
    in their record.
    """

    visible: float = 0.30
    placed: float = 0.12

    @classmethod
    def of(cls, record: Mapping[str, object]) -> VisibilityThresholds:
        """The thresholds in a weights record, or the defaults where it has none that make sense."""
        given = record.get("visibility_thresholds")
        if not isinstance(given, Mapping):
            return cls()
        visible, placed = given.get("visible"), given.get("placed")
        if not isinstance(visible, int | float) or not isinstance(placed, int | float):
            return cls()
        return cls(float(visible), float(placed)) if 0 <= placed <= visible <= 1 else cls()

    def propose(self, scores: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Visibility per joint, in the shape of ``scores``."""
        seen = np.where(scores >= self.visible, Visibility.VISIBLE, Visibility.OCCLUDED)
        return np.where(scores >= self.placed, seen, Visibility.ABSENT).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Decoded:
    """Poses as read off heatmaps of the network's own J joints.

    Attributes:
        xy: ``[N, J, 2]`` in picture pixels.
        maxima: heatmap maxima in 0…1, ``[N, J]``.
    """

    xy: NDArray[np.float64]
    maxima: NDArray[np.float64]


def in_picture(
    crop_xy: NDArray[np.float64], maxima: NDArray[np.float64], matrices: Floats
) -> Decoded:
    """Move decoded crop positions ``[N, J, 2]`` into the picture; ``matrices [N, 2, 3]`` map to the crop."""
    return Decoded(apply_affine(invert_affine(matrices), crop_xy), np.clip(maxima, 0.0, 1.0))


def to_slots(
    decoded: Decoded, joints: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sort the network's joints into the 17 slots by name: positions ``[N, 17, 2]``, maxima ``[N, 17]``.

    Slots the network does not predict, and the ears, which PoseTrack leaves empty, are zero.
    """
    where = slots_of(joints, POSETRACK17.joints)
    where[list(EARS)] = -1
    has = where >= 0
    xy = np.where(has[:, None], decoded.xy[:, where], 0.0)
    return xy, np.where(has, decoded.maxima[:, where], 0.0)


def prediction_rows(
    decoded: Decoded,
    joints: Sequence[str],
    tracks: NDArray[np.int64],
    frames: NDArray[np.int64],
    boxes: Floats,
    box_scores: NDArray[np.float64],
    thresholds: VisibilityThresholds,
) -> PoseRows:
    """Make rows of ``PREDICTION_DTYPE``.

    A joint's score is its heatmap maximum times the box score; the pose's is their mean over the joints
    that the network predicts. ``joints`` are the network's; the rest is ``[N]`` or ``[N, 4]``.
    """
    xy, maxima = to_slots(decoded, joints)
    scores = maxima * box_scores[:, None]
    rows = np.zeros(len(tracks), PREDICTION_DTYPE)
    rows["track"], rows["frame"] = tracks, frames
    rows["xy"], rows["score"] = xy, scores
    predicted = slots_of(joints, POSETRACK17.joints) >= 0
    predicted[list(EARS)] = False
    rows["visibility"] = np.where(predicted, thresholds.propose(scores), Visibility.ABSENT)
    rows["box"], rows["box_score"] = boxes, box_scores
    rows["pose_score"] = scores[:, predicted].mean(axis=1) if predicted.any() else 0.0
    return rows
