"""The curves of one joint of one person through time: the model's confidence, speed, and the length of its bone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from glpose_core.labels import Source
from glpose_core.labels.through_time import joint_path
from glpose_core.skeleton import POSETRACK17

from ..theme import DOUBT_BELOW, confidence_word
from .stretches import Floats, Ints

if TYPE_CHECKING:
    from glpose_core.labels import ProjectState

_OUTLIERS = 99.5
"""The curve is as high as this percentile of its values: one wild jump must not flatten all the rest."""


class Kind(Enum):
    """What a curve shows; the value is the word for it."""

    CONFIDENCE = "confidence"
    SPEED = "speed"
    BONE = "bone"


@dataclass(frozen=True)
class Track:
    """Values of one joint through time.

    Attributes:
        kind: what the values are.
        frames: ascending ``[N]``.
        values: the figure in each of them ``[N]``.
        top: the value at the upper edge of the curve.
        mark: the value of the dashed line, or ``None``.
        bone: the joint at the other end of the bone, in words; "" for other kinds.
        moved: of a confidence, frames ``[M]`` in which the joint is seen elsewhere than where the model has it.
    """

    kind: Kind
    frames: Ints
    values: Floats
    top: float = 1.0
    mark: float | None = None
    bone: str = ""
    moved: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def heights(self) -> Floats:
        """The values as shares of the curve's height, 0 … 1."""
        return np.clip(self.values / self.top, 0.0, 1.0)

    def at(self, frame: int) -> float | None:
        """The figure in ``frame``, or ``None`` where there is none."""
        place = int(np.searchsorted(self.frames, frame))
        if place < len(self.frames) and self.frames[place] == frame:
            return float(self.values[place])
        return None

    def judges(self, frame: int) -> bool:
        """Whether the figure is a confidence in what is seen: of a joint that was moved it says nothing."""
        return self.kind is Kind.CONFIDENCE and frame not in self.moved

    def reading(self, value: float, frame: int) -> str:
        """The figure of a frame in words."""
        if self.kind is Kind.CONFIDENCE and not self.judges(frame):
            return f"the model said {value:.2f}"
        if self.kind is Kind.CONFIDENCE:
            return f"{value:.2f} · {confidence_word(value)}"
        if self.kind is Kind.SPEED:
            return f"{value:.1f} px from the frame before"
        share = f" · {value / self.mark:.0%} of usual".replace("%", " %") if self.mark else ""
        return f"{value:.0f} px to the {self.bone}{share}"


NO_TRACK = Track(Kind.CONFIDENCE, np.zeros(0, dtype=np.int64), np.zeros(0))


def confidence_of(state: ProjectState, person: int, joint: int) -> Track:
    """The model's confidence in a joint wherever it has one, in all frames of a person.

    Frames in which the pose is deleted are left out. Joints that a person placed or accepted keep
    the model's figure, because the curve says where the model is in doubt.
    """
    frames, scores = state.joint_scores(person, joint)
    source = state.labels.field("source", person)[:, joint]
    moved = state.labels.frames_of(person)[np.isin(source, (Source.INTERPOLATED, Source.PLACED))]
    values = np.clip(scores, 0.0, 1.0)
    return Track(Kind.CONFIDENCE, frames, values, mark=DOUBT_BELOW, moved=moved)


def speed_of(state: ProjectState, person: int, joint: int) -> Track:
    """How far a joint has moved since the frame before, in pixels, where it is seen in both."""
    frames, xy = joint_path(state, person, joint)
    after = np.flatnonzero(np.diff(frames) == 1) + 1
    moved = np.linalg.norm(xy[after] - xy[after - 1], axis=1)
    return Track(Kind.SPEED, frames[after], moved, _top(moved))


def bone_of(state: ProjectState, person: int, joint: int) -> Track:
    """The distance of a joint from the one that it hangs on, in pixels, where both are seen; the dashed line is
    the median."""
    other = parent_of(joint)
    mine, here = joint_path(state, person, joint)
    theirs, there = joint_path(state, person, other)
    frames, at, of = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    length = np.linalg.norm(here[at] - there[of], axis=1)
    usual = float(np.median(length)) if len(length) else None
    return Track(Kind.BONE, frames, length, _top(length), usual, words_of(other))


TIPS = {
    Kind.CONFIDENCE: "How sure the model is of this joint; under the dashed line it is in doubt",
    Kind.SPEED: "How far the joint has moved since the frame before",
    Kind.BONE: "The length of the bone that ends here; the dashed line is its usual length",
}

CURVES: dict[Kind, Callable[[ProjectState, int, int], Track]] = {
    Kind.CONFIDENCE: confidence_of,
    Kind.SPEED: speed_of,
    Kind.BONE: bone_of,
}


def parent_of(joint: int) -> int:
    """The joint at the other end of the bone that ends, or else begins, at a joint; an ear hangs on the nose."""
    ends = {b: a for a, b in reversed(POSETRACK17.limbs)}
    begins = dict(reversed(POSETRACK17.limbs))
    return ends[joint] if joint in ends else begins.get(joint, POSETRACK17.index("nose"))


def words_of(joint: int) -> str:
    """A joint's name in words: "left wrist"."""
    return POSETRACK17.joints[joint].replace("_", " ")


def _top(values: Floats) -> float:
    return max(float(np.percentile(values, _OUTLIERS)) * 1.05, 1.0) if len(values) else 1.0
