"""Finding people in one picture: detectors behind one interface, and the registry of those there are."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import UsageError
from .detector import Detections, Detector, keep_best
from .hog import HogDetector

DETECTORS: dict[str, Callable[[], Detector]] = {"hog": HogDetector}
"""What makes each detector. Another one is a file beside this and a line here."""

__all__ = ["DETECTORS", "Detections", "Detector", "HogDetector", "keep_best", "make_detector"]


def make_detector(name: str) -> Detector:
    """Make a detector by name. Raises UsageError if there is none of that name."""
    if name not in DETECTORS:
        raise UsageError(
            f"{name!r} is no detector",
            field="detector",
            remedy=f"choose one of {', '.join(sorted(DETECTORS))}",
        )
    return DETECTORS[name]()
