"""Whether the line of help lies on what the hand wants to take. Pure: screen pixels in, numbers out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from .hit import box_handles, pose_grips
from .scene import Figure

Floats = NDArray[np.float64]

REACH = 8.0
"""Screen pixels by which a joint or a grip reaches around its place."""


def taken_by_hand(figure: Figure, *, handles: bool, grips: bool) -> Floats:
    """The places ``[N, 2]`` of what can be dragged of a person: joints, and the grips or handles that are shown."""
    places = [figure.joints[figure.placed]]
    if figure.box is not None and handles:
        places.append(box_handles(figure.box)[1])
    if figure.box is not None and grips and (found := pose_grips(figure.box)) is not None:
        places += [found[1], found[2][None]]
    return np.concatenate(places)


def covered(places: Floats, plate: QRectF) -> int:
    """How many of some places ``[N, 2]`` a plate would hide."""
    x, y = places[:, 0], places[:, 1]
    across = (x > plate.left() - REACH) & (x < plate.right() + REACH)
    return int((across & (y > plate.top() - REACH) & (y < plate.bottom() + REACH)).sum())
