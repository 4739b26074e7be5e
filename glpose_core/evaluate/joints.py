"""The fifteen joints that PoseTrack scores, and the columns its tables print."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..skeleton import GLPOSE15, POSETRACK17, slots_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

JOINTS = GLPOSE15.joints
"""Names of the scored joints, in the order of every array here. The two ears do not count."""

SLOTS = slots_of(POSETRACK17.joints, JOINTS)
"""Where each scored joint stands among a file's 17."""

SIDES = ("left", "right")
COLUMNS: Mapping[str, tuple[int, ...]] = {
    "Head": tuple(JOINTS.index(joint) for joint in ("head_top", "head_bottom", "nose")),
    **{
        title: tuple(JOINTS.index(f"{side}_{part}") for side in SIDES)
        for title, part in (
            ("Shou", "shoulder"),
            ("Elb", "elbow"),
            ("Wri", "wrist"),
            ("Hip", "hip"),
            ("Knee", "knee"),
            ("Ankl", "ankle"),
        )
    },
}
"""The published tables' columns, and the joints whose mean each one prints."""


def columns_of(per_joint: Floats) -> dict[str, float]:
    """The seven printed columns of 15 values: plain means, NaN where one of the joints has none."""
    return {title: float(per_joint[list(slots)].mean()) for title, slots in COLUMNS.items()}


def total_of(per_joint: Floats) -> float:
    """The mean of the joints that have a value; NaN if none has."""
    known = per_joint[~np.isnan(per_joint)]
    return float(known.mean()) if len(known) else float("nan")
