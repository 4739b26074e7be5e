"""Labels: poses as arrays, edits with their inverse, and the project that keeps them."""

from .changes import Change, Edit, FrameState, Person, Sequence, Span
from .known import KnownBoxes
from .origin import Origin, origins_of, read_references
from .poses import (
    JOINTS,
    POSE_DTYPE,
    PREDICTION_DTYPE,
    REFERENCE_DTYPE,
    PoseRows,
    PoseTable,
    Source,
    Visibility,
    empty_pose,
    is_human,
    seen_box,
)
from .project import Project
from .records import Run, VideoRecord
from .state import Marks, ProjectState
from .store import read_video
from .telling import ProjectChange

__all__ = [
    "JOINTS",
    "POSE_DTYPE",
    "PREDICTION_DTYPE",
    "REFERENCE_DTYPE",
    "Change",
    "Edit",
    "FrameState",
    "KnownBoxes",
    "Marks",
    "Origin",
    "Person",
    "PoseRows",
    "PoseTable",
    "Project",
    "ProjectChange",
    "ProjectState",
    "Run",
    "Sequence",
    "Source",
    "Span",
    "VideoRecord",
    "Visibility",
    "empty_pose",
    "is_human",
    "origins_of",
    "read_references",
    "read_video",
    "seen_box",
]
