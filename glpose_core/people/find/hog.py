"""The embedded detector: OpenCV's histogram of oriented gradients with its pedestrian classifier.

It needs no download, and finds upright people who are not too small. Dalal and Triggs, "Histograms of
Oriented Gradients for Human Detection", CVPR 2005.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...geometry import Floats
from .detector import Detections, keep_best

WORK_SIDE = 720
"""Pictures are brought to this long side: larger ones take too long, and in smaller ones the
classifier's window of 64×128 pixels misses people below that height."""

MOST_ENLARGED = 2.0
BORDER = 0.12
"""The picture's edge is drawn out by this share of its long side: the classifier needs a margin around
people, which those who fill the picture do not have."""

MARGIN_SIZE = np.array([0.82, 0.95])
"""Share of the classifier's window that is the person box, in width and height."""

BOUND = 0.35
"""Weakest response of the classifier that is reported."""


class HogDetector:
    """OpenCV's default people detector over a pyramid of scales."""

    name = "hog"

    def __init__(self) -> None:
        self._hog = cv2.HOGDescriptor()
        weights = cv2.HOGDescriptor_getDefaultPeopleDetector()  # type: ignore[attr-defined]
        self._hog.setSVMDetector(weights)

    def find(self, picture: NDArray[np.uint8]) -> Detections:
        """Return the people in an RGB picture ``[h, w, 3]``."""
        height, width = picture.shape[:2]
        zoom = min(WORK_SIDE / max(height, width), MOST_ENLARGED)
        size = (max(round(width * zoom), 64), max(round(height * zoom), 128))
        way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
        small = cv2.resize(picture, size, interpolation=way)
        border = round(BORDER * max(size))
        small = cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE)
        windows, responses = self._hog.detectMultiScale(
            small,
            hitThreshold=BOUND,
            winStride=(8, 8),
            padding=(16, 16),
            scale=1.06,
            groupThreshold=0,
        )
        if len(windows) == 0:
            return Detections.none()
        shrink = np.array([width / size[0], height / size[1]] * 2)
        places = np.asarray(windows, dtype=np.float64) - (border, border, 0, 0)
        boxes = tighten(places) * shrink
        scores = to_score(np.asarray(responses, dtype=np.float64).reshape(-1))
        kept = keep_best(boxes, scores, overlap=0.35, covered=0.65)
        return Detections(boxes[kept], scores[kept])


def tighten(windows: Floats) -> Floats:
    """Person boxes from the classifier's windows, ``[N, 4]`` each; pixel edges become pixel centres."""
    centre = windows[:, :2] + windows[:, 2:] / 2 - 0.5
    size = windows[:, 2:] * MARGIN_SIZE
    return np.concatenate([centre - size / 2, size], axis=1)


def to_score(responses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map the classifier's distances from its plane to 0…1: 0.5 at 0.6, 0.9 at 1.5."""
    score: NDArray[np.float64] = 1 / (1 + np.exp(-(responses - 0.6) * 2.44))
    return score
