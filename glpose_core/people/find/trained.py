"""The detector that comes with the app: a small network trained for it (``network.finder``)."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ...geometry import Floats, box_iou
from ...network.device import half_where_fast
from ...network.finder import (
    LOWEST_STRIDE,
    STRIDE,
    PersonFinder,
    bundled_finder,
    load_finder,
)
from ...network.folding import fold_batch_norms
from ...network.pixels import normalise
from .boxes import person_boxes
from .detector import Detections, keep_best

SIDES = (960, 480, 240)
"""Long sides that pictures are brought to: small ones for people who fill much of it."""
MIRRORED = (480, 240)
"""Those at which the mirror image is looked at, too. At the largest it would cost as much as all other looks together,
and the second look at the poses (``follow.judge``) tells as much of what is found there."""
MOST_ENLARGED = 2.0
LEAST_SCORE = 0.1
"""Weakest centre that is reported."""
OVERLAP = 0.45
"""Boxes that overlap a better one by more than this are the same person."""
SAME = 0.5
"""Finds in a picture and in its mirror image that overlap by more than this are the same."""
MOST_PEOPLE = 100
CPU = torch.device("cpu")


class TrainedDetector:
    """Looks at a picture at several sizes, small ones for people who fill much of it, and at some at its mirror image."""

    name = "finder"

    def __init__(self, weights: Path | None = None) -> None:
        """``weights`` are those that come with the app by default. Raises WeightsError."""
        self._network = load_finder(bundled_finder() if weights is None else weights)
        self._sure = sure_of(self._network)
        fold_batch_norms(self._network)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def find(self, picture: NDArray[np.uint8]) -> Detections:
        """Return the people in an RGB picture ``[h, w, 3]``."""
        seen = self.find_seen(picture)
        return Detections(person_boxes(seen.boxes), seen.scores)

    def find_seen(self, picture: NDArray[np.uint8]) -> Detections:
        """The same with boxes of what is seen of people, which the network was taught."""
        mirrored = np.ascontiguousarray(picture[:, ::-1])
        looks = []
        for side in SIDES:
            plain = look(self._network, picture, side, self._sure)
            if side not in MIRRORED:
                looks.append(plain)
                continue
            other = mirror(look(self._network, mirrored, side, self._sure), picture.shape[1])
            looks += [agreed(plain, other), agreed(other, plain)]
        boxes = np.concatenate([found.boxes for found in looks])
        scores = np.concatenate([found.scores for found in looks])
        kept = keep_best(boxes, scores, OVERLAP)[:MOST_PEOPLE]
        kept = kept[scores[kept] >= LEAST_SCORE]
        return Detections(boxes[kept], scores[kept])


def mirror(found: Detections, width: int) -> Detections:
    """What was found in the mirror image of a picture, in the picture itself."""
    boxes = found.boxes.copy()
    boxes[:, 0] = width - 1 - (boxes[:, 0] + boxes[:, 2])
    return Detections(boxes, found.scores)


def agreed(found: Detections, other: Detections) -> Detections:
    """Finds with the mean of their score and that of the best find at the same place in the other look."""
    if not len(found):
        return found
    same = box_iou(found.boxes, other.boxes) > SAME
    best = np.where(same, other.scores[None], 0.0).max(axis=1, initial=0.0)
    return Detections(found.boxes, (found.scores + best) / 2)


def sure_of(network: PersonFinder) -> float:
    """What the network must say of a centre to be believed, as recorded when it was measured: 0…1."""
    sure = network.record.get("sure", 0.5)
    return float(sure) if isinstance(sure, float) and 0.01 <= sure <= 0.99 else 0.5


def look(
    network: PersonFinder, picture: NDArray[np.uint8], side: int, sure: float = 0.5
) -> Detections:
    """What the network sees in a picture brought to a long side; boxes in pixels of the picture.

    Networks differ in how sure they are: a centre of ``sure`` gets the score 0.5.
    """
    height, width = picture.shape[:2]
    zoom = min(side / max(height, width), MOST_ENLARGED)
    size = (max(round(width * zoom), 8), max(round(height * zoom), 8))
    way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture, size, interpolation=way)
    columns, rows = (-(-length // LOWEST_STRIDE) * LOWEST_STRIDE for length in size)
    padded = np.full((1, rows, columns, 3), 128, np.uint8)
    padded[0, : size[1], : size[0]] = small
    with torch.inference_mode(), half_where_fast(CPU):
        centre, edges = network(normalise(padded, CPU))
        score = torch.sigmoid(centre - math.log(sure / (1 - sure)))
        top = torch.nn.functional.max_pool2d(score[:, None], 3, 1, 1)[:, 0]
        peaks = (score == top) & (score >= LEAST_SCORE)
    _, row, column = (index.numpy() for index in torch.nonzero(peaks, as_tuple=True))
    left, up, right, down = edges[0, :, row, column].numpy().astype(np.float64)
    x, y = ((cell + 0.5) * STRIDE - 0.5 for cell in (column, row))
    found = np.stack([x - left, y - up, left + right, up + down], axis=1)
    boxes = to_picture(found, size, (width, height))
    scores = score[0, row, column].numpy().astype(np.float64)
    best = np.argsort(-scores, kind="stable")[: 4 * MOST_PEOPLE]
    return Detections(boxes[best], scores[best])


def to_picture(boxes: Floats, seen: tuple[int, int], size: tuple[int, int]) -> Floats:
    """Boxes ``[N, 4]`` of a resized picture in pixels of the picture itself, cut off at its edges.

    ``seen`` and ``size`` are (width, height) of the resized picture and of the picture.
    """
    scale = np.array(size) / np.array(seen)
    low = np.clip((boxes[:, :2] + 0.5) * scale - 0.5, -0.5, np.array(size) - 0.5)
    high = np.clip((boxes[:, :2] + boxes[:, 2:] + 0.5) * scale - 0.5, -0.5, np.array(size) - 0.5)
    return np.concatenate([low, high - low], axis=1)
