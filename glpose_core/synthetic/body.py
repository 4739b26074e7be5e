"""A clothed body round a skeleton: shapes melted together, meshed once, then carried by bones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .outfit import Build, Outfit
from .parts import Part, body_parts
from .rig import BONES, B, J, bone_frames
from .surface import Floats, Mesh, mesh_of

_COARSE, _FINE = 0.026, 0.014
"""Cells of the meshes in metres: the body, and head and hands."""
_SOFT = 0.022
"""Metres over which the skin passes from one bone to the next."""
_REACH_OF_SHADE = 0.09


@dataclass(frozen=True)
class Body:
    """A person's skin and clothes in the rest pose, and how they follow the bones.

    Attributes:
        rest: joints ``[21, 3]`` of the rest pose.
        frames: ``[16, 3, 4]``, the bones' frames in the rest pose.
        vertices, normals: float32 ``[V, 3]``. triangles: int32 ``[F, 3]``.
        weights: float32 ``[V, 16]``, rows sum to 1.
        fields: float32 ``[V, 6]``: how far inside top, bottom, shoe and hair a vertex lies (metres,
            negative outside), how open the sky is above it (0 … 1), and 1 on the head.
        outfit: what it wears.
    """

    rest: NDArray[np.float64]
    frames: NDArray[np.float64]
    vertices: Floats
    normals: Floats
    triangles: NDArray[np.int32]
    weights: Floats
    fields: Floats
    outfit: Outfit

    def pose(self, frames: NDArray[np.float64]) -> tuple[Floats, Floats]:
        """Vertices and (unnormalised) normals in a pose whose bone frames are ``[16, 3, 4]``: ``[V, 3]`` each."""
        turn = frames[:, :, :3] @ self.frames[:, :, :3].swapaxes(1, 2)
        shift = frames[:, :, 3] - np.einsum("bij,bj->bi", turn, self.frames[:, :, 3])
        moves = np.concatenate([turn, shift[:, :, None]], axis=2).reshape(len(BONES), 12)
        blended = (self.weights @ moves.astype(np.float32)).reshape(-1, 3, 4)
        turned = (blended[:, :, :3] @ np.stack([self.vertices, self.normals], axis=2)).astype(
            np.float32
        )
        return turned[:, :, 0] + blended[:, :, 3], turned[:, :, 1]


def make_body(rest: NDArray[np.float64], build: Build, outfit: Outfit) -> Body:
    """Dress and mesh a person whose joints stand at ``rest`` ``[21, 3]``."""
    parts = body_parts(rest, build, outfit)
    meshes = [_mesh(parts, low, high, step) for low, high, step in _regions(rest)]
    offsets = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    normals = np.concatenate([mesh.normals for mesh in meshes])
    triangles = np.concatenate(
        [mesh.triangles + offset for mesh, offset in zip(meshes, offsets, strict=False)]
    )
    weights, owner = _weights(parts, vertices)
    fields = np.column_stack(
        [
            *_clothes(rest, outfit, parts, vertices, owner),
            _openness(parts, vertices, normals),
            weights[:, B["head"]],
        ]
    )
    return Body(
        rest, bone_frames(rest[None])[0], vertices, normals, triangles.astype(np.int32), weights,
        fields.astype(np.float32), outfit,
    )  # fmt: skip


def _regions(rest: NDArray[np.float64]) -> list[tuple[Floats, Floats, float]]:
    """Boxes to mesh: the body up to the neck, the head, the hands, each with its own cell size."""
    neck = float(rest[J["neck"], 1])
    wrist = min(rest[J["left_wrist"], 0], -rest[J["right_wrist"], 0])
    low, high = rest.min(axis=0) - [0.0, 0.16, 0.30], rest.max(axis=0) + [0.0, 0.0, 0.24]
    low[0], high[0] = -wrist - 0.03, wrist + 0.03
    high[1] = neck + 0.055
    boxes = [(low, high, _COARSE)]
    boxes.append(
        (np.array([-0.2, neck + 0.015, -0.26]), rest[J["head_top"]] + [0.2, 0.14, 0.30], _FINE)
    )
    for side, sign in (("left", 1), ("right", -1)):
        hand, start = rest[J[f"{side}_hand"]], rest[J[f"{side}_wrist"]]
        a, b = np.minimum(hand, start) - 0.13, np.maximum(hand, start) + 0.13
        if sign > 0:
            a[0] = wrist
        else:
            b[0] = -wrist
        boxes.append((a, b, _FINE))
    return [(a.astype(np.float32), b.astype(np.float32), step) for a, b, step in boxes]


def _mesh(parts: Sequence[Part], low: Floats, high: Floats, step: float) -> Mesh:
    near = [part for part in parts if part.touches(low, high)]
    return mesh_of(lambda points: _distance(near, points), low, high, step)


def _distance(parts: Sequence[Part], points: Floats) -> Floats:
    """Distance to the whole body ``[N]``; what is farther from a part than its shade reaches need not ask it."""
    total = np.full(len(points), 10.0, dtype=np.float32)
    for part in parts:
        low, high = part.box
        near = ((points > low - _REACH_OF_SHADE) & (points < high + _REACH_OF_SHADE)).all(axis=1)
        at = np.flatnonzero(near)
        if len(at):
            total[at] = part.join(total[at], points[at])
    return total


def _weights(parts: Sequence[Part], vertices: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Bone weights ``[V, 16]``, and the nearest part of each vertex ``[V]``."""
    distances = np.stack([part.shape.distance(vertices) for part in parts], axis=1)
    near = np.exp(-(distances - distances.min(axis=1, keepdims=True)) / _SOFT)
    near *= near > 0.01
    table = np.stack([part.weights for part in parts])
    weights = near @ table
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32), distances.argmin(
        axis=1
    )


def _clothes(
    rest: NDArray[np.float64],
    outfit: Outfit,
    parts: Sequence[Part],
    vertices: Floats,
    owner: NDArray[np.int64],
) -> list[Floats]:
    """How far inside top, bottom, shoe and hair every vertex lies: four ``[V]``."""
    limb = np.array([part.limb for part in parts])[owner]
    along = np.zeros(len(vertices))
    for name, chain in (
        ("arm", ("shoulder", "elbow", "wrist", "hand")),
        ("leg", ("hip", "knee", "ankle", "toe")),
    ):
        for side, sign in (("left", 1), ("right", -1)):
            of = (limb == name) & (np.sign(vertices[:, 0]) == sign)
            along[of] = _along([rest[J[f"{side}_{joint}"]] for joint in chain], vertices[of])
    y, z = vertices[:, 1], vertices[:, 2]
    on_arm, on_leg = limb == "arm", limb == "leg"
    leg = float(np.linalg.norm(rest[J["left_hip"]] - rest[J["left_knee"]]))
    leg += float(np.linalg.norm(rest[J["left_knee"]] - rest[J["left_ankle"]]))
    neck = rest[J["neck"]]
    from_neck = np.hypot(vertices[:, 0], z - neck[2] - 0.005)
    collar = np.maximum(from_neck - 0.072, neck[1] - 0.035 - y)
    top = np.where(on_arm, outfit.sleeve - along, np.minimum(y + outfit.hem, collar))
    top[on_leg] = np.minimum(outfit.hem + y, 0.03)[on_leg]
    top[limb == "neck"] = np.minimum(collar, neck[1] + 0.04 - y)[limb == "neck"]
    top[limb == "skirt"] = (y + outfit.hem)[limb == "skirt"]
    top[limb == "head"] = -1
    bottom = np.where(on_leg, outfit.leg - along, 0.13 - y)
    bottom[limb == "skirt"] = 1.0
    bottom[on_arm | (limb == "head")] = -1
    shoe = np.where(on_leg, along - (leg - 0.05), -1.0)
    hair = np.where(np.array([part.hair for part in parts])[owner], 0.05, -1.0)
    hair = np.maximum(hair, _hairline(rest, outfit, vertices, limb == "head"))
    return [np.asarray(field, dtype=np.float32) for field in (top, bottom, shoe, hair)]


def _hairline(
    rest: NDArray[np.float64], outfit: Outfit, vertices: Floats, head: NDArray[np.bool_]
) -> Floats:
    """How far above the hairline: low at the nape, above the ears, high at the forehead."""
    if outfit.hair == "bald":
        return np.full(len(vertices), -1, dtype=np.float32)
    nose, top = rest[J["nose"]], rest[J["head_top"]]
    tall = top[1] - nose[1]
    back = nose[2] - 0.10 - vertices[:, 2]
    line = nose[1] + tall * np.interp(
        back, [-0.10, -0.05, 0.0, 0.05, 0.12], [0.70, 0.66, 0.18, -0.1, -0.42]
    )
    return np.asarray(np.where(head, vertices[:, 1] - line, -1), dtype=np.float32)


def _along(chain: list[NDArray[np.float64]], points: Floats) -> NDArray[np.float64]:
    """Metres along a chain of joints of the nearest place on it: ``[N]``."""
    best = np.full(len(points), np.inf)
    found = np.zeros(len(points))
    passed = 0.0
    for start, end in pairwise(chain):
        way = end - start
        length = float(np.linalg.norm(way))
        share = np.clip((points - start) @ way / length**2, 0, 1)
        away = np.linalg.norm(points - start - share[:, None] * way, axis=1)
        nearer = away < best
        best[nearer], found[nearer] = away[nearer], (passed + share * length)[nearer]
        passed += length
    return found


def _openness(parts: Sequence[Part], vertices: Floats, normals: Floats) -> Floats:
    """How much of the surroundings a vertex sees: 0 in a fold, 1 in the open (ambient occlusion)."""
    reach = np.float32(_REACH_OF_SHADE)
    seen = _distance(parts, vertices + normals * reach) / reach
    return np.asarray(np.clip(seen, 0, 1), dtype=np.float32)
