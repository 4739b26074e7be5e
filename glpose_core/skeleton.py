"""Joint lists, limbs, flip pairs and the mappings between them.

A *skeleton* is an ordered list of joint slots. The project stores poses in :data:`POSETRACK17`;
networks and formats with other lists are mapped by joint name, never by position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Skeleton:
    """An ordered joint list with the facts that drawing, flipping and scoring need.

    Attributes:
        name: the name used in files and on the command line.
        joints: joint names in slot order, ``left_*`` / ``right_*`` being the person's own sides.
        limb_names: pairs of joint names to draw a bone between.
        sigmas: OKS fall-off per joint (COCO keypoint evaluation), as a fraction of the square root
            of the person's area; for joints that COCO lacks, the value of the nearest kind of joint.
    """

    name: str
    joints: tuple[str, ...]
    limb_names: tuple[tuple[str, str], ...]
    sigmas: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.joints)

    def index(self, joint: str) -> int:
        """Return the slot of ``joint``. Raises ``ValueError`` if the skeleton has none."""
        return self.joints.index(joint)

    @cached_property
    def limbs(self) -> tuple[tuple[int, int], ...]:
        """Bones as pairs of slots."""
        return tuple((self.index(a), self.index(b)) for a, b in self.limb_names)

    @cached_property
    def flip_order(self) -> NDArray[np.int64]:
        """Slot order after mirroring: ``pose[flip_order]`` exchanges the sides. Shape ``[J]``."""
        return np.array([self.index(mirrored(joint)) for joint in self.joints], dtype=np.int64)

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """``"left"``, ``"right"`` or ``"middle"`` per slot."""
        return tuple(side_of(joint) for joint in self.joints)


def side_of(joint: str) -> str:
    """Return ``"left"``, ``"right"`` or ``"middle"`` for a joint name."""
    side = joint.split("_", 1)[0]
    return side if side in ("left", "right") else "middle"


def mirrored(joint: str) -> str:
    """Return the name of the joint on the other side (the joint itself for middle joints)."""
    if joint.startswith("left_"):
        return "right_" + joint[5:]
    if joint.startswith("right_"):
        return "left_" + joint[6:]
    return joint


def slots_of(source: Sequence[str], target: Sequence[str]) -> NDArray[np.int64]:
    """For each joint of ``target``, its slot in ``source`` or −1 where ``source`` has none. ``[len(target)]``."""
    where = {joint: slot for slot, joint in enumerate(source)}
    return np.array([where.get(joint, -1) for joint in target], dtype=np.int64)


_SIGMA = {
    "nose": 0.026,
    "eye": 0.025,
    "ear": 0.035,
    "head_top": 0.026,
    "head_bottom": 0.079,
    "neck": 0.079,
    "head": 0.035,
    "belly": 0.107,
    "shoulder": 0.079,
    "elbow": 0.072,
    "wrist": 0.062,
    "hip": 0.107,
    "knee": 0.087,
    "ankle": 0.089,
}


def _make(name: str, joints: Sequence[str], limbs: Sequence[tuple[str, str]]) -> Skeleton:
    sigmas = tuple(_SIGMA[joint.removeprefix("left_").removeprefix("right_")] for joint in joints)
    return Skeleton(name, tuple(joints), tuple(limbs), sigmas)


_BODY_LIMBS = (
    ("left_shoulder", "right_shoulder"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
    ("left_hip", "right_hip"),
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"),
)
_HEAD_LIMBS = (("head_top", "nose"), ("nose", "head_bottom"))
_PAIRED = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_BODY = tuple(f"{side}_{part}" for part in _PAIRED for side in ("left", "right"))

POSETRACK17 = _make(
    "posetrack17",
    ("nose", "head_bottom", "head_top", "left_ear", "right_ear", *_BODY),
    _HEAD_LIMBS + _BODY_LIMBS,
)
"""PoseTrack18's order. The ears are empty slots: nobody labels them (PoseTrack18 ground truth)."""

GLPOSE15 = _make("glpose15", ("nose", "head_bottom", "head_top", *_BODY), _HEAD_LIMBS + _BODY_LIMBS)
"""What GLPose predicts: the PoseTrack list without the ears (paper, section 4.1)."""

COCO17 = _make(
    "coco17",
    ("nose", "left_eye", "right_eye", "left_ear", "right_ear", *_BODY),
    (
        ("nose", "left_eye"),
        ("nose", "right_eye"),
        ("left_eye", "left_ear"),
        ("right_eye", "right_ear"),
        *_BODY_LIMBS,
    ),
)

LSP14 = _make(
    "lsp14",
    (
        "right_ankle",
        "right_knee",
        "right_hip",
        "left_hip",
        "left_knee",
        "left_ankle",
        "right_wrist",
        "right_elbow",
        "right_shoulder",
        "left_shoulder",
        "left_elbow",
        "left_wrist",
        "head_bottom",
        "head_top",
    ),
    (("head_top", "head_bottom"), *_BODY_LIMBS),
)

JHMDB15 = _make(
    "jhmdb15",
    (
        "neck",
        "belly",
        "head",
        "right_shoulder",
        "left_shoulder",
        "right_hip",
        "left_hip",
        "right_elbow",
        "left_elbow",
        "right_knee",
        "left_knee",
        "right_wrist",
        "left_wrist",
        "right_ankle",
        "left_ankle",
    ),
    (("head", "neck"), ("neck", "belly"), *_BODY_LIMBS),
)

SKELETONS = {s.name: s for s in (POSETRACK17, GLPOSE15, COCO17, LSP14, JHMDB15)}
EARS = (POSETRACK17.index("left_ear"), POSETRACK17.index("right_ear"))
