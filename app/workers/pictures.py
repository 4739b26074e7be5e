"""Decoded pictures as Qt draws them fastest, at full size and at halves of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

HALVED_FROM = 1024
"""Pictures with a side longer than this are kept at half the size, too."""


def to_levels(rgb: NDArray[np.uint8]) -> tuple[QImage, ...]:
    """A picture ``[h, w, 3]`` uint8 RGB for drawing, then halved again and again while it is wider or higher
    than :data:`HALVED_FROM`, so that the window need not scale a large picture down by itself."""
    levels = [to_image(rgb)]
    while max(rgb.shape[:2]) > HALVED_FROM:
        height, width = rgb.shape[:2]
        size = ((width + 1) // 2, (height + 1) // 2)
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        levels.append(to_image(rgb))
    return tuple(levels)


def to_image(rgb: NDArray[np.uint8]) -> QImage:
    """A picture ``[h, w, 3]`` uint8 RGB as a ``QImage`` in RGB32 (drawn fastest), with memory of its own.

    OpenCV converts it, because Qt would keep the interpreter, and so the window, waiting meanwhile.
    """
    pixels = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA)  # the order of RGB32 in memory, opaque
    height, width = rgb.shape[:2]
    # The image keeps a reference to the array.
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
