"""Following people through a video, by motion, pose and looks."""

from .boxes import Pose, Poses
from .follower import Follower
from .known import KnownPeople
from .state import FollowRules
from .tracks import Track
from .trust import PoseFinder

__all__ = ["FollowRules", "Follower", "KnownPeople", "Pose", "PoseFinder", "Poses", "Track"]
