"""A second look at a detector's proposals: is there a pose in them, and where is it?

A small detector is sure of little, and proposes much. A pose network has learnt from far more people: what it makes of
a proposal tells people from other things better than the detector itself, and moves the box to the joints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..find import Detections, keep_best
from .boxes import Poses, blend, pose_box

GROUND = 0.30
"""The usual trust (mean heatmap maximum) of the bundled networks in what is nobody."""
GROUND_OF_CROPS = 1.2
"""What is proposed looks more like somebody than crops of nothing in particular: by this factor, in trust."""


@dataclass(frozen=True)
class Judging:
    """How proposals are judged; the values were chosen on the held-back COCO pictures and the labelled clips.

    Attributes:
        most: so many proposals of a picture are judged, the best first: each costs a crop.
        worth: the detector's score below which a proposal is not: no pose makes such a one somebody.
        weight: of the logarithm of trust ÷ ground, beside the logit of the detector's score.
        sure: the sum of the two at which the score becomes 0.5.
        towards: how far a box moves to the one that its pose suggests, 0…1.
        overlap: as in ``keep_best``; somebody proposed twice is one person. Small boxes inside a larger one stay:
            more often they are people behind it than parts of it.
        least: score below which nothing is kept.
    """

    most: int = 24
    worth: float = 0.3
    weight: float = 2.0
    sure: float = 0.75
    towards: float = 0.4
    overlap: float = 0.4
    least: float = 0.1


def propose(found: Detections, rules: Judging) -> Detections:
    """The proposals that are worth a crop."""
    worth = np.flatnonzero(found.scores >= rules.worth)[: rules.most]
    return Detections(found.boxes[worth], found.scores[worth])


def judge(
    found: Detections, poses: Poses, rules: Judging, ground: float = GROUND
) -> tuple[Detections, NDArray[np.int64]]:
    """Judge proposals by the poses in them.

    Args:
        found: the proposals, ``[N]``, with the detector's scores.
        poses: what the pose network makes of each, ``[N]``.
        ground: the network's trust in what is nobody.

    Returns:
        What is left, best first, with new boxes and scores, and which proposals these were ``[M]``.
    """
    if not len(found):
        return found, np.zeros(0, np.int64)
    trust = np.array([poses[row].confidence for row in range(len(found))])
    scores = np.clip(found.scores, 1e-4, 1 - 1e-4)
    sum_ = np.log(scores / (1 - scores)) + rules.weight * np.log(np.maximum(trust, 1e-3) / ground)
    judged: NDArray[np.float64] = 1 / (1 + np.exp(rules.sure - sum_))
    boxes = np.stack(
        [
            blend(box, pose_box(box, poses[row]), rules.towards)
            for row, box in enumerate(found.boxes)
        ]
    )
    kept = keep_best(boxes, judged, rules.overlap)
    kept = kept[judged[kept] >= rules.least]
    return Detections(boxes[kept], judged[kept]), kept
