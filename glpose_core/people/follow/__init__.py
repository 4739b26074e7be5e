"""Following people through a video, by motion, pose and looks."""

from .anchor import PoseFinder
from .boxes import Pose, Poses
from .follower import Follower
from .known import KnownPeople
from .state import FollowRules
from .tracks import Track

__all__ = ["FollowRules", "Follower", "KnownPeople", "Pose", "PoseFinder", "Poses", "Track"]
