"""Finding people in one picture: detectors behind one interface, and the registry of those there are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...errors import UsageError
from .detector import Detections, Detector, keep_best
from .hog import HogDetector


def _trained() -> Detector:
    from .trained import TrainedDetector  # loads torch

    return TrainedDetector()


def _torchvision() -> Detector:
    from .torchvision import TorchvisionDetector  # loads torch

    return TorchvisionDetector()


DETECTORS: dict[str, Callable[[], Detector]] = {
    "finder": _trained,
    "hog": HogDetector,
    "torchvision": _torchvision,
}
"""What makes each detector. Another one is a file beside this and a line here."""

PROPOSES = frozenset({"finder"})
"""Detectors whose finds are proposals: sure of little, and to be judged by the poses in them."""
DEFAULT_DETECTOR = "finder"
ONNX = ".onnx"

__all__ = [
    "DEFAULT_DETECTOR",
    "DETECTORS",
    "ONNX",
    "PROPOSES",
    "Detections",
    "Detector",
    "HogDetector",
    "check_detector",
    "keep_best",
    "make_detector",
]


def check_detector(name: str) -> None:
    """Raise UsageError if ``name`` is neither a detector's nor that of an ONNX file."""
    if name not in DETECTORS and not name.lower().endswith(ONNX):
        raise UsageError(
            f"{name!r} is no detector",
            field="detector",
            remedy=f"choose one of {', '.join(sorted(DETECTORS))}, or give an ONNX file",
        )


def make_detector(name: str) -> Detector:
    """Make a detector by name, or from an ONNX file.

    Raises:
        UsageError: if there is none of that name.
        InstallationError: if it needs a package that is not installed.
        WeightsError: if its network cannot be read.
    """
    check_detector(name)
    if name in DETECTORS:
        return DETECTORS[name]()
    from .onnx import OnnxDetector  # needs onnxruntime

    return OnnxDetector(Path(name))
