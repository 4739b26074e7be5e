"""How likely a joint is wrong, given which joint it is and what the reasons say: a logistic model.

Elbows, wrists and ankles are missed several times as often as heads and shoulders at the same confidence.

Fitted by ``benchmarks/review_calibrate.py`` on what the large and the small network say of rendered clips with exact
truth, where wrong is further than a head from the truth. No weight may be negative: a reason never speaks for a joint.
Exchanged sides were too few to fit: their weight makes three of four limbs wrong, as an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeleton import POSETRACK17
from .findings import JOINT_REASONS, Reason

KINDS = (
    "nose",
    "head_bottom",
    "head_top",
    "ear",
    "shoulder",
    "elbow",
    "wrist",
    "hip",
    "knee",
    "ankle",
)
"""Joints of which left and right are missed alike."""
KIND_OF = np.array(
    [KINDS.index(name.removeprefix("left_").removeprefix("right_")) for name in POSETRACK17.joints]
)
"""The kind of each slot, ``[17]``."""


@dataclass(frozen=True)
class Weights:
    """A bias for every kind of joint (:data:`KINDS`) and a weight for every reason, in the order of
    :data:`.findings.JOINT_REASONS`."""

    kinds: tuple[float, ...]
    of: tuple[float, ...]

    def probability(self, score: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores ``[..., 17, reasons]`` → how likely each joint is wrong, ``[..., 17]``."""
        bias = np.array(self.kinds, dtype=np.float32)[KIND_OF]
        logit = bias + score @ np.array(self.of, dtype=np.float32)
        return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float32)


ALONE = Weights(
    (-4.36, -4.71, -4.23, -3.11, -3.07, -2.37, -1.97, -3.25, -2.22, -1.81),
    (2.78, 1.63, 1.53, 3.60, 1.31, 1.61, 0.00, 0.00),
)
"""Where there is one prediction."""
WITH_SECOND = Weights(
    (-4.36, -4.71, -4.23, -3.11, -3.07, -2.37, -1.97, -3.25, -2.22, -1.81),
    (2.78, 1.63, 1.53, 3.60, 1.31, 1.61, 0.41, 0.41),
)
"""Where a second model has been asked. Two reference settings are taken to say as much as two models."""

POSE = {Reason.GAP: 0.5, Reason.TWINS: 0.8}
"""How likely a whole pose is missing or too many. An estimate: such faults were too few to fit."""
POSE_JOINTS = 15
"""Joints that mending a whole pose mends."""

assert len(ALONE.of) == len(WITH_SECOND.of) == len(JOINT_REASONS)
assert len(ALONE.kinds) == len(WITH_SECOND.kinds) == len(KINDS)
