"""What a detector is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...geometry import Floats, box_iou


@dataclass(frozen=True, eq=False)
class Detections:
    """People found in one picture, best first.

    Attributes:
        boxes: person boxes (the extent of the joints × 1.3) x y w h in picture pixels, ``[N, 4]``.
        scores: how sure the detector is, 0…1, ``[N]``.
    """

    boxes: Floats
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def none(cls) -> Detections:
        """Nobody."""
        return cls(np.zeros((0, 4)), np.zeros(0))


class Detector(Protocol):
    """Finds people in a picture. Deterministic; a call should take well below 0.3 s."""

    name: str

    def find(self, picture: NDArray[np.uint8]) -> Detections:
        """Return the people in an RGB picture ``[h, w, 3]``."""


def keep_best(
    boxes: Floats, scores: NDArray[np.float64], overlap: float, covered: float = 1.0
) -> NDArray[np.int64]:
    """Non-maximum suppression.

    Args:
        boxes: ``[N, 4]``; scores: ``[N]``.
        overlap: a box goes if its intersection over union with a better one exceeds this.
        covered: a box goes also if more than this share of it lies inside a better one.

    Returns:
        Indices of the boxes kept, best first.
    """
    order = np.lexsort((np.arange(len(scores)), -scores))
    iou = box_iou(boxes, boxes)
    area = np.prod(boxes[:, 2:], axis=1)
    inside = iou / (1 + iou) * (area[:, None] + area[None, :]) / np.maximum(area[:, None], 1e-9)
    kept: list[int] = []
    for row in order:
        if all(iou[row, k] <= overlap and inside[row, k] <= covered for k in kept):
            kept.append(int(row))
    return np.array(kept, dtype=np.int64)
