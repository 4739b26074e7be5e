"""Exact labels of a rendered picture: joints, what is hidden, boxes and head boxes.

The head's slots follow PoseTrack: nose, head bottom (a quarter of the way from the base of the neck to the
middle of the head) and head top. The ears are left empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..geometry import person_box
from ..skeleton import POSETRACK17
from .camera import View
from .raster import Fragments
from .rig import B, J

if TYPE_CHECKING:
    from .scene import Scene

Floats = NDArray[np.float64]

ABSENT, OCCLUDED, VISIBLE = 0, 1, 2
FEWEST_VISIBLE = 3
"""People of whom less is seen are not labelled in that frame, as nobody could label them."""

_DEPTH = {
    "nose": 0.045, "head_bottom": 0.12, "head_top": 0.09, "shoulder": 0.12, "elbow": 0.085,
    "wrist": 0.075, "hip": 0.17, "knee": 0.11, "ankle": 0.09,
}  # fmt: skip
"""How far inside the body a joint lies at most, metres: what is nearer to the camera hides it."""
_BY_ANOTHER = 0.02
"""Another person this far in front of a joint hides it."""


@dataclass(frozen=True)
class FrameTruth:
    """Labels of one picture, a row for every person of the scene.

    Attributes:
        xy: ``[P, 17, 2]`` picture pixels. visibility: ``[P, 17]``: 0 absent (outside the picture, or an
            ear), 1 occluded, 2 visible.
        box: ``[P, 4]``, the extent of the joints × 1.3 (NaN: none). head_box: ``[P, 4]``, round the head.
        labelled: ``[P]``, whether enough is seen of the person to be labelled.
    """

    xy: Floats
    visibility: NDArray[np.uint8]
    box: Floats
    head_box: Floats
    labelled: NDArray[np.bool_]


def posetrack_joints(joints: Floats) -> Floats:
    """Joints of the rig ``[..., 21, 3]`` as the slots of PoseTrack ``[..., 17, 3]`` (NaN for the ears)."""
    out = np.full((*joints.shape[:-2], len(POSETRACK17), 3), np.nan)
    for slot, name in enumerate(POSETRACK17.joints):
        if name in J:
            out[..., slot, :] = joints[..., J[name], :]
    neck, top, nose = (joints[..., J[name], :] for name in ("neck", "head_top", "nose"))
    out[..., POSETRACK17.index("head_bottom"), :] = neck + 0.25 * ((top + nose) / 2 - neck)
    return out


def read_truth(
    scene: Scene,
    seconds: float,
    view: View,
    triangles: NDArray[np.int32],
    person: NDArray[np.int32],
    fragments: Fragments,
    seen: NDArray[np.bool_],
    xy: Floats,
    depth: Floats,
) -> FrameTruth:
    """Read labels off the exposure at the middle of a picture.

    ``xy`` and ``depth`` place all vertices, whose ``person`` is given; ``fragments`` are the nearest
    surfaces, ``seen`` says which of them nothing of the place hides.
    """
    width, height = view.size
    nearest = np.full(height * width, np.inf)
    nearest[fragments.pixel] = fragments.depth
    nearest[fragments.pixel[~seen]] = 0  # a tree or a post
    owner = np.full(height * width, -1)
    owner[fragments.pixel] = person[triangles[fragments.triangle, 0]]
    rows = [
        _person(
            scene,
            number,
            seconds,
            view,
            nearest.reshape(height, width),
            owner.reshape(height, width),
        )
        for number in range(len(scene.actors))
    ]
    places = np.stack([row[0] for row in rows])
    visibility = np.stack([row[1] for row in rows])
    boxes = [person_box(p, v > 0) for p, v in zip(places, visibility, strict=True)]
    return FrameTruth(
        np.where((visibility > 0)[..., None], places, 0.0),
        visibility,
        np.stack([np.full(4, np.nan) if box is None else box for box in boxes]),
        _head_boxes(scene, xy, person),
        (visibility == VISIBLE).sum(axis=1) >= FEWEST_VISIBLE,
    )


def _person(
    scene: Scene, number: int, seconds: float, view: View, nearest: Floats, owner: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.uint8]]:
    actor = scene.actors[number]
    joints = posetrack_joints(actor.joints(seconds))
    xy, away = view.project(np.nan_to_num(joints))
    width, height = view.size
    visibility = np.zeros(len(POSETRACK17), np.uint8)
    scale = (
        float(np.linalg.norm(actor.body.rest[J["head_top"]] - actor.body.rest[J["left_ankle"]]))
        / 1.63
    )
    for slot, name in enumerate(POSETRACK17.joints):
        column, row = round(float(xy[slot, 0])), round(float(xy[slot, 1]))
        inside = 0 <= column < width and 0 <= row < height and away[slot] > 0.1
        if np.isnan(joints[slot, 0]) or not inside:
            continue
        window = (slice(max(row - 1, 0), row + 2), slice(max(column - 1, 0), column + 2))
        reach = _DEPTH[name.removeprefix("left_").removeprefix("right_")] * scale
        mine = owner[window] == number
        room = np.where(mine | (owner[window] < 0), reach, _BY_ANOTHER)
        hidden = nearest[window] < away[slot] - room
        visibility[slot] = OCCLUDED if hidden.mean() > 0.5 else VISIBLE
    return xy, visibility


def _head_boxes(scene: Scene, xy: Floats, person: NDArray[np.int32]) -> Floats:
    """Boxes round the vertices of each head, ``[P, 4]``."""
    boxes = np.full((len(scene.actors), 4), np.nan)
    for number, actor in enumerate(scene.actors):
        head = actor.body.weights[:, B["head"]] > 0.6
        points = xy[person == number][head]
        low, high = points.min(axis=0), points.max(axis=0)
        boxes[number] = [*low, *(high - low)]
    return boxes


def stack(frames: Sequence[FrameTruth]) -> FrameTruth:
    """Labels of many pictures: each array gets a leading axis of frames."""
    return FrameTruth(
        *(
            np.stack([getattr(frame, name) for frame in frames])
            for name in FrameTruth.__dataclass_fields__
        )
    )
