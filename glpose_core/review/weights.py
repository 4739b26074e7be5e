"""How likely a joint is wrong, given what the reasons say: a logistic model.

Fitted by ``benchmarks/review_calibrate.py`` on rendered clips with exact truth, where wrong is further than
a head from the truth. No weight may be negative: a reason never speaks for a joint.
Exchanged sides were too few to fit: their weight makes three of four wrong, as an estimate. A joint on
another person's was wrong no more often than its confidence says, so it has no weight of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .findings import JOINT_REASONS, Reason


@dataclass(frozen=True)
class Weights:
    """``bias`` and one weight for every joint reason, in the order of :data:`.findings.JOINT_REASONS`."""

    bias: float
    of: tuple[float, ...]

    def probability(self, score: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores ``[..., reasons]`` → how likely each joint is wrong, ``[...]``."""
        logit = self.bias + score @ np.array(self.of, dtype=np.float32)
        return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float32)


ALONE = Weights(-1.62, (3.19, 0.90, 1.10, 2.70, 0.00, 1.86, 0.00, 0.00))
"""Where there is one prediction."""
WITH_SECOND = Weights(-1.62, (3.14, 0.90, 1.09, 2.70, 0.00, 1.84, 0.32, 0.32))
"""Where a second model has been asked. Two reference settings are taken to say as much as two models."""

POSE = {Reason.GAP: 0.5, Reason.TWINS: 0.8}
"""How likely a whole pose is missing or too many. An estimate: such faults were too few to fit."""
POSE_JOINTS = 15
"""Joints that mending a whole pose mends."""

assert len(ALONE.of) == len(WITH_SECOND.of) == len(JOINT_REASONS)
