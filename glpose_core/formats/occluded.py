"""The three readings of hidden joints, for files that are converted without a project."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from .posetrack_file import PoseTrackFile
from .posetrack_import import seen_joints

Occluded: TypeAlias = Literal["keep", "drop", "visible"]
"""How hidden joints are written: as they are, as (0, 0, 0), or as if they were visible."""

READINGS: tuple[str, ...] = get_args(Occluded)


def with_occluded(file: PoseTrackFile, occluded: Occluded) -> PoseTrackFile:
    """The same file with its hidden joints kept, dropped or called visible."""
    if occluded == "keep":
        return file
    annotations = file.annotations
    uses_two = annotations.uses_two
    hidden = annotations.present & ~seen_joints(annotations, uses_two)
    keypoints = annotations.keypoints.copy()
    if occluded == "drop":
        keypoints[hidden] = 0.0
    else:
        keypoints[..., 2] = np.where(hidden, 2.0 if uses_two else 1.0, keypoints[..., 2])
    return replace(file, annotations=replace(annotations, keypoints=keypoints))
