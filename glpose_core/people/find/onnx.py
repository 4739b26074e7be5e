"""Any detector that somebody exported as ONNX in a layout we know (``exports``). Needs onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import WeightsError
from ...installation import missing_packages
from .boxes import person_boxes
from .detector import Detections, keep_best
from .exports import Layout, fit, recognise

USUAL_SIDE = 640
"""Side of the input where the file leaves it open."""
LEAST_SCORE = 0.1
OVERLAP = 0.6
KNOWN = "export YOLOX, RTMDet (by mmdeploy) or RT-DETR"


class OnnxDetector:
    """A detector from an ONNX file."""

    def __init__(self, path: Path) -> None:
        """Raises InstallationError without onnxruntime, WeightsError if the file is no such detector."""
        lacking = missing_packages(["onnxruntime"])
        if lacking is not None:
            raise lacking
        if not path.is_file():
            raise WeightsError("there is no such file", file=path, remedy="check the path")
        self.name = path.name
        self._path = path
        self._session = _open(path)
        inputs = {one.name: one.shape for one in self._session.get_inputs()}
        outputs = {one.name: one.shape for one in self._session.get_outputs()}
        layout = recognise(inputs, outputs, path.name)
        pictures = [name for name, shape in inputs.items() if len(shape) == 4]
        if layout is None or len(pictures) != 1:
            raise WeightsError("is no detector of a known layout", file=path, remedy=KNOWN)
        self._layout: Layout = layout
        self._input = pictures[0]
        self._sizes = [name for name in inputs if name == "orig_target_sizes"]
        down, across = inputs[self._input][2:]
        self._size = tuple(n if isinstance(n, int) else USUAL_SIDE for n in (across, down))

    def find(self, picture: NDArray[np.uint8]) -> Detections:
        """Return the people in an RGB picture ``[h, w, 3]``. Raises WeightsError if the network fails."""
        size = (self._size[0], self._size[1])
        small, scale = fit(picture, size, self._layout.keeps_shape)
        feed: dict[str, NDArray[Any]] = {self._input: self._layout.feed(small)}
        feed |= {name: np.array([size], np.int64) for name in self._sizes}
        try:
            values = self._session.run(None, feed)
            names = [one.name for one in self._session.get_outputs()]
            corners, scores = self._layout.read(dict(zip(names, values, strict=True)), size)
        except Exception as error:  # the runtime has errors of its own for every fault of a file
            raise WeightsError(
                f"failed as a {self._layout.name} detector ({str(error)[:120]})",
                file=self._path,
                remedy=KNOWN,
            ) from error
        sure = (scores >= LEAST_SCORE) & np.isfinite(corners).all(axis=1)
        corners, scores = corners[sure] * np.tile(scale, 2), scores[sure]
        high, wide = picture.shape[:2]
        corners = np.clip(corners, 0, np.tile([wide, high], 2)) - 0.5
        boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
        kept = keep_best(boxes, scores, OVERLAP if self._layout.overlap else 0.9)
        return Detections(person_boxes(boxes[kept]), scores[kept])


def _open(path: Path) -> Any:
    import onnxruntime

    try:
        return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:
        raise WeightsError(
            "is no ONNX network, or damaged", file=path, remedy="copy or export it again"
        ) from error
