"""Following people through a video, by motion, pose and looks."""

from .boxes import Pose, Poses
from .follower import Follower
from .judge import Judging, evidence, judge, propose
from .known import KnownPeople
from .state import FollowRules
from .tracks import Track
from .trust import PoseFinder

__all__ = [
    "FollowRules",
    "Follower",
    "Judging",
    "KnownPeople",
    "Pose",
    "PoseFinder",
    "Poses",
    "Track",
    "evidence",
    "judge",
    "propose",
]
