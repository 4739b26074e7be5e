"""A second look at a detector's proposals: is there a pose in them, and where is it?

A small detector is sure of little, and proposes much. A pose network has learnt from far more people: what it makes of
a proposal tells people from other things better than the detector itself, and moves the box to the joints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...geometry import Floats, box_iou, person_boxes
from ..find import Detections, keep_best
from .boxes import Poses, blend, pose_box

GROUND = 0.30
"""The usual trust (mean heatmap maximum) of the bundled networks in what is nobody."""
GROUND_OF_CROPS = 1.2
"""What is proposed looks more like somebody than crops of nothing in particular: by this factor, in trust."""
FAINT = 0.5
"""Heatmap maximum, in multiples of the ground, from which a joint tells where the body is."""
CLEAR = 5 / 3
"""Heatmap maximum, in multiples of the ground, that what is nobody seldom reaches."""


@dataclass(frozen=True)
class Judging:
    """How proposals are judged.

    The weights are those of a logistic regression (``benchmarks/finder_judge.py``) on proposals in pictures of the
    training data; the other values were chosen on the held-back COCO pictures and the labelled clips (``sure`` a little
    below the regression's 1.74, so that as many people are found as before it).

    Attributes:
        most: so many proposals of a picture are judged, the best first: each costs a crop.
        worth: the detector's score below which a proposal is not: no pose makes such a one somebody.
        weights: of each column of :func:`evidence`.
        sure: the weighted sum at which the score becomes 0.5.
        towards: how far a box moves to the one that its pose suggests, 0…1.
        overlap: as in ``keep_best``; somebody proposed twice is one person. Small boxes inside a larger one stay:
            more often they are people behind it than parts of it.
        least: score below which nothing is kept.
    """

    most: int = 24
    worth: float = 0.3
    weights: tuple[float, float, float, float] = (1.20, 0.74, 1.19, 1.44)
    sure: float = 1.54
    towards: float = 0.4
    overlap: float = 0.4
    least: float = 0.1


def propose(found: Detections, rules: Judging) -> Detections:
    """The proposals that are worth a crop."""
    worth = np.flatnonzero(found.scores >= rules.worth)[: rules.most]
    return Detections(found.boxes[worth], found.scores[worth])


def evidence(found: Detections, poses: Poses, ground: float = GROUND) -> Floats:
    """What speaks for each proposal's being somebody, ``[N, 4]``.

    Columns: the logit of the detector's score; the logarithm of trust ÷ ground; the overlap (intersection over union) of
    its box with the person box of the joints that are at least faintly seen; the share of its joints that are clearly seen.

    Args:
        found: the proposals, ``[N]``, with the detector's scores.
        poses: what the pose network makes of each, ``[N]``.
        ground: the network's trust in what is nobody.
    """
    estimated = poses.score > 0
    count = np.maximum(estimated.sum(axis=1), 1)
    trust = np.where(estimated, poses.score, 0.0).sum(axis=1) / count
    clear = (poses.score > CLEAR * ground).sum(axis=1) / count
    scores = np.clip(found.scores, 1e-4, 1 - 1e-4)
    bodies = person_boxes(poses.xy, poses.score >= FAINT * ground)
    agreeing = [
        0.0 if np.isnan(body).any() else float(box_iou(box, body)[0, 0])
        for box, body in zip(found.boxes, bodies, strict=True)
    ]
    return np.stack(
        [
            np.log(scores / (1 - scores)),
            np.log(np.maximum(trust, 1e-3) / ground),
            np.array(agreeing),
            clear,
        ],
        axis=1,
    )


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
    sum_ = evidence(found, poses, ground) @ np.array(rules.weights)
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
