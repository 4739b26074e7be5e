"""torchvision's own detector, trained on COCO. Needs torchvision, which downloads the weights once."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import WeightsError
from ...installation import missing_packages
from .boxes import person_boxes
from .detector import Detections

PERSON = 1
"""The class of people in COCO's list of 91."""
LOOK_SIDE = 800
LEAST_SCORE = 0.1


class TorchvisionDetector:
    """Faster R-CNN on MobileNetV3, the quickest of torchvision's that sees small people."""

    name = "torchvision"

    def __init__(self) -> None:
        """Raises InstallationError without torchvision, WeightsError if its weights cannot be had."""
        lacking = missing_packages(["torchvision"])
        if lacking is not None:
            raise lacking
        self._network = _load()

    def find(self, picture: NDArray[np.uint8]) -> Detections:
        """Return the people in an RGB picture ``[h, w, 3]``."""
        height, width = picture.shape[:2]
        zoom = min(1.0, LOOK_SIDE / max(height, width))
        size = (max(round(width * zoom), 1), max(round(height * zoom), 1))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        planes = torch.from_numpy(np.ascontiguousarray(small)).permute(2, 0, 1).float() / 255
        with torch.inference_mode():
            found = self._network([planes])[0]
        sure = (found["labels"] == PERSON) & (found["scores"] >= LEAST_SCORE)
        corners = found["boxes"][sure].numpy().astype(np.float64)
        corners *= np.tile([width / size[0], height / size[1]], 2)
        boxes = np.concatenate([corners[:, :2] - 0.5, corners[:, 2:] - corners[:, :2]], axis=1)
        return Detections(person_boxes(boxes), found["scores"][sure].numpy().astype(np.float64))


def _load() -> Any:
    from torchvision.models import detection

    try:
        return detection.fasterrcnn_mobilenet_v3_large_fpn(weights="DEFAULT").eval()
    except (OSError, RuntimeError) as error:
        raise WeightsError(
            "the weights of torchvision’s detector cannot be downloaded",
            remedy="connect to the internet once, or choose the detector finder",
        ) from error
