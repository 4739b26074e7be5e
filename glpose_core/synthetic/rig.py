"""Sixteen bones that carry a body: their frames follow from 21 joint positions alone.

Joints stand in the order of :data:`JOINTS`: metres, y up, right-handed; a person who faces +z has their
left on +x. A frame's y axis runs along its bone, its x axis along the hinge of the joint (to the person's
left), so that twist follows from how elbows and knees bend.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

JOINTS = (
    "pelvis", "spine", "neck", "head_top", "nose",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hand", "right_hand", "left_hip", "right_hip", "left_knee", "right_knee",
    "left_ankle", "right_ankle", "left_toe", "right_toe",
)  # fmt: skip
J = {name: slot for slot, name in enumerate(JOINTS)}

BONES = (
    "pelvis", "chest", "neck", "head",
    "left_upper_arm", "right_upper_arm", "left_forearm", "right_forearm", "left_hand", "right_hand",
    "left_thigh", "right_thigh", "left_shin", "right_shin", "left_foot", "right_foot",
)  # fmt: skip
B = {name: slot for slot, name in enumerate(BONES)}

_ARM_SPREAD = np.deg2rad(38.0)
_LEG_SPREAD = np.deg2rad(5.0)
_HINGE_SURE = (0.12, 0.45)
"""Sines of a bend between which its own hinge takes over from the parent's."""


def bone_frames(joints: Floats, rest: Floats | None = None) -> Floats:
    """Frames of all bones: ``[T, 21, 3]`` joints give ``[T, 16, 3, 4]``, columns x, y, z and origin.

    ``rest`` is the rest pose ``[21, 3]`` that twist is measured from; ``None`` for the rest pose itself.
    """
    joints = with_hands(joints)
    frames = np.zeros((len(joints), len(BONES), 3, 4))

    def put(bone: str, along: Floats, hinge: Floats, origin: Floats) -> None:
        frames[:, B[bone], :, :3] = _basis(along, hinge)
        frames[:, B[bone], :, 3] = origin

    at = {name: joints[:, slot] for name, slot in J.items()}
    put("pelvis", at["spine"] - at["pelvis"], at["left_hip"] - at["right_hip"], at["pelvis"])
    put("chest", at["neck"] - at["spine"], at["left_shoulder"] - at["right_shoulder"], at["neck"])
    across = np.cross(at["head_top"] - at["neck"], at["nose"] - at["neck"])
    middle = (at["head_top"] + at["nose"]) / 2
    put("head", at["head_top"] - at["nose"], across, middle)
    put("neck", middle - at["neck"], frames[:, B["chest"], :, 0] + unit(across), at["neck"])
    still = None if rest is None else bone_frames(rest[None])[0]
    for side in ("left", "right"):
        for parent, bones, names, sign in (
            ("chest", ("upper_arm", "forearm", "hand"), ("shoulder", "elbow", "wrist", "hand"), -1),
            ("pelvis", ("thigh", "shin", "foot"), ("hip", "knee", "ankle", "toe"), 1),
        ):
            chain = [at[f"{side}_{name}"] for name in names]
            along = [end - start for start, end in pairwise(chain)]
            turn = frames[:, B[parent], :, :3]
            hinge = _hinge(along, turn, sign, still, parent, f"{side}_{bones[0]}")
            for bone, direction, origin in zip(bones, along, chain, strict=False):
                put(f"{side}_{bone}", direction, hinge, origin)
    return frames


def _hinge(
    along: list[Floats], turn: Floats, sign: int, still: Floats | None, parent: str, bone: str
) -> Floats:
    """The axis that an elbow or a knee bends about, ``[T, 3]``: its own where it bends enough."""
    if still is None:
        return turn[:, :, 0]
    carried = turn @ still[B[parent], :, :3].T
    axis = carried @ still[B[bone], :, 0]
    usual = _swing(carried @ still[B[bone], :, 1], unit(along[0]), axis)
    own = sign * np.cross(unit(along[0]), unit(along[1]))
    sine = np.linalg.norm(own, axis=-1)
    share = np.clip((sine - _HINGE_SURE[0]) / (_HINGE_SURE[1] - _HINGE_SURE[0]), 0, 1)
    share = share * share * (3 - 2 * share)
    return unit(usual * (1 - share)[:, None] + unit(own) * share[:, None] + 1e-6 * usual)


def _swing(before: Floats, after: Floats, axis: Floats) -> Floats:
    """Carry ``axis`` along by the smallest rotation that takes ``before`` to ``after`` (all ``[T, 3]``)."""
    about = np.cross(before, after)
    cosine = (before * after).sum(axis=-1, keepdims=True)
    inner = (about * axis).sum(axis=-1, keepdims=True)
    turned = axis * cosine + np.cross(about, axis) + about * inner / np.maximum(1 + cosine, 1e-3)
    return np.asarray(turned, dtype=np.float64)


def with_hands(joints: Floats) -> Floats:
    """Fill hands that a recording lacks (NaN): a hand's length on from the wrist, along the forearm."""
    joints = np.array(joints, dtype=np.float64)
    for side in ("left", "right"):
        hand, wrist, elbow = (joints[:, J[f"{side}_{n}"]] for n in ("hand", "wrist", "elbow"))
        missing = ~np.isfinite(hand).all(axis=-1)
        hand[missing] = (wrist + 0.32 * (wrist - elbow))[missing]
    return joints


def rest_pose(joints: Floats) -> Floats:
    """The person of a recording ``[T, 21, 3]`` standing with arms and legs a little apart: ``[21, 3]``.

    Bone lengths are the recording's means; the pelvis is the origin and the person faces +z.
    """
    joints = with_hands(joints)

    def length(a: str, b: str) -> float:
        return float(np.linalg.norm(joints[:, J[a]] - joints[:, J[b]], axis=-1).mean())

    rest = np.zeros((len(JOINTS), 3))
    rest[J["spine"], 1] = length("pelvis", "spine")
    rest[J["neck"]] = rest[J["spine"]] + [0, length("spine", "neck"), -0.015]
    tall, reach = length("neck", "head_top"), length("neck", "nose")
    up = (reach**2 - length("head_top", "nose") ** 2 + tall**2) / (2 * tall)
    rest[J["head_top"]] = rest[J["neck"]] + [0, tall, 0.01]
    rest[J["nose"]] = rest[J["neck"]] + [0, up, np.sqrt(max(reach**2 - up**2, 0.004))]
    chest = bone_frames(joints, None)[:, B["chest"]]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        offset = joints[:, J[f"{side}_shoulder"]] - joints[:, J["neck"]]
        local = np.einsum("tij,ti->tj", chest[:, :, :3], offset).mean(axis=0)
        rest[J[f"{side}_shoulder"]] = rest[J["neck"]] + local
        arm = np.array([sign * np.sin(_ARM_SPREAD), -np.cos(_ARM_SPREAD), 0.0])
        fore = unit(arm + [0, 0, 0.10])
        rest[J[f"{side}_hip"]] = [sign * length("left_hip", "right_hip") / 2, 0, 0]
        leg = np.array([sign * np.sin(_LEG_SPREAD), -np.cos(_LEG_SPREAD), 0.0])
        shin = unit(leg - [0, 0, 0.02])
        foot = unit(np.array([sign * 0.15, -0.42, 0.9]))
        for start, end, way in (
            ("shoulder", "elbow", arm), ("elbow", "wrist", fore), ("wrist", "hand", fore),
            ("hip", "knee", leg), ("knee", "ankle", shin), ("ankle", "toe", foot),
        ):  # fmt: skip
            a, b = f"{side}_{start}", f"{side}_{end}"
            rest[J[b]] = rest[J[a]] + way * length(a, b)
    return rest


def unit(vectors: Floats) -> Floats:
    """Vectors ``[..., 3]`` scaled to length 1 (zero stays zero)."""
    vectors = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12))


def _basis(along: Floats, hinge: Floats) -> Floats:
    """Rotation ``[T, 3, 3]`` whose y column is ``along`` and whose x column is as near ``hinge`` as can be."""
    y = unit(along)
    z = unit(np.cross(hinge, y))
    return np.stack([np.cross(y, z), y, z], axis=-1)
