"""The prediction job: find people, follow them, predict their poses.

It stands to the right of :mod:`glpose_core.people.follow` and :mod:`glpose_core.predict`, because it joins
the two. What it is asked and what it says is defined in :mod:`glpose_core.predict.job`.
"""

from .pipeline import run
from .whole import Prediction, predict_video

__all__ = ["Prediction", "predict_video", "run"]
