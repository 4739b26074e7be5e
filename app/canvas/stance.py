"""A standing person as a first guess: what a new skeleton looks like before it is dragged into place."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glpose_core.labels.poses import Visibility
from glpose_core.skeleton import EARS, POSETRACK17, mirrored

# Across (−0.5 … 0.5 of the box's height, the person's left to the right of the picture, as seen from
# the front) and down (0 … 1). Proportions of an adult; the right side is the left side mirrored.
_STANDING = {
    "head_top": (0.0, 0.02),
    "nose": (0.0, 0.09),
    "head_bottom": (0.0, 0.17),
    "left_shoulder": (0.105, 0.20),
    "left_elbow": (0.135, 0.36),
    "left_wrist": (0.145, 0.50),
    "left_hip": (0.06, 0.51),
    "left_knee": (0.065, 0.74),
    "left_ankle": (0.065, 0.96),
}


def standing(box: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """A skeleton that stands in a box.

    Args:
        box: x, y, w, h in picture pixels, ``[4]``.

    Returns:
        positions ``[17, 2]`` and visibility ``[17]``; the ears are absent, as PoseTrack leaves them.
    """
    x, y, w, h = np.asarray(box, dtype=np.float64)
    across = min(h, w / 0.32)
    xy = np.zeros((len(POSETRACK17), 2))
    for slot, joint in enumerate(POSETRACK17.joints):
        if slot in EARS:
            continue
        side, down = _STANDING[joint] if joint in _STANDING else _STANDING[mirrored(joint)]
        sign = 1.0 if joint in _STANDING else -1.0
        xy[slot] = x + w / 2 + sign * side * across, y + down * h
    visibility = np.full(len(POSETRACK17), Visibility.VISIBLE, dtype=np.uint8)
    visibility[list(EARS)] = Visibility.ABSENT
    return xy, visibility
