"""The confidence of one joint of one person through time, read from the project's tables at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .stretches import Floats, Ints

if TYPE_CHECKING:
    from glpose_core.labels import ProjectState


@dataclass(frozen=True)
class Confidence:
    """``frames`` ascending ``[N]`` and the ``scores`` there (0 … 1) ``[N]``."""

    frames: Ints
    scores: Floats

    def at(self, frame: int) -> float | None:
        """The score in ``frame``, or ``None`` where there is none."""
        place = int(np.searchsorted(self.frames, frame))
        if place < len(self.frames) and self.frames[place] == frame:
            return float(self.scores[place])
        return None


NO_CONFIDENCE = Confidence(np.zeros(0, dtype=np.int64), np.zeros(0))


def confidence_of(state: ProjectState, person: int, joint: int) -> Confidence:
    """The model's confidence in a joint wherever it has one, in all frames of a person.

    Frames in which the pose is deleted are left out. Joints that a person placed or accepted keep
    the model's figure, because the curve says where the model is in doubt.
    """
    frames, scores = state.joint_scores(person, joint)
    return Confidence(frames, np.clip(scores, 0.0, 1.0))
