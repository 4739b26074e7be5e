"""What lies under the pointer. Pure: arrays in, a frozen :class:`HitTarget` out.

Everything is in screen pixels, so that a target is equally easy to hit at every zoom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from glpose_core.skeleton import POSETRACK17

Floats = NDArray[np.float64]

JOINT_RADIUS = 10.0
LIMB_RADIUS = 6.0
HANDLE_RADIUS = 8.0
TURN_ARM, TURN_TOP = 24.0, 14.0
"""Screen pixels from a box to the grip that turns; the least from the upper edge of the view, or it lies
below the box."""
LEAST_GRIPPED = 40.0
"""Screen pixels of the shorter side of a box that has grips."""

_LIMBS = np.array(POSETRACK17.limbs, dtype=np.int64)


class Part(Enum):
    """Which part of a person was hit."""

    NOTHING = "nothing"
    JOINT = "joint"
    HANDLE = "handle"
    TURN = "turn"
    SCALE = "scale"
    TAG = "tag"
    LIMB = "limb"
    BOX = "box"


@dataclass(frozen=True)
class HitTarget:
    """What was hit.

    Attributes:
        part: the kind of thing.
        person: whose it is, or ``None``.
        joint: slot of the joint for ``Part.JOINT``.
        handle: (column, row) of a box handle or grip, each −1, 0 or 1, for ``Part.HANDLE`` and
            ``Part.SCALE``.
    """

    part: Part = Part.NOTHING
    person: int | None = None
    joint: int | None = None
    handle: tuple[int, int] | None = None


NOTHING = HitTarget()


def _none4() -> Floats:
    return np.zeros((0, 4))


@dataclass(frozen=True)
class HitScene:
    """What can be hit, in screen pixels; N people.

    Attributes:
        people: ids ``[N]`` int.
        joints: positions ``[N, 17, 2]``.
        placed: which joints are drawn, bool ``[N, 17]``.
        boxes: x, y, w, h ``[N, 4]``, NaN where there is none.
        tags: the name tags, as boxes.
        selected: id of the chosen person, or ``None``.
        handles: whether the chosen person's box shows its handles.
        grips: whether the chosen person can be turned and scaled by grips.
    """

    people: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    joints: Floats = field(default_factory=lambda: np.zeros((0, 17, 2)))
    placed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 17), bool))
    boxes: Floats = field(default_factory=_none4)
    tags: Floats = field(default_factory=_none4)
    selected: int | None = None
    handles: bool = False
    grips: bool = False


def hit_test(scene: HitScene, x: float, y: float) -> HitTarget:
    """Find what lies under screen point (x, y).

    Joints win over handles and grips, those over tags, tags over limbs, limbs over boxes. Among joints the
    nearest within reach wins, but one of the chosen person wins over any other person's; among
    boxes the chosen person's, then the smallest.
    """
    if len(scene.people) == 0:
        return NOTHING
    point = np.array([x, y])
    for find in (_joint, _handle, _grip, _tag, _limb, _box):
        target = find(scene, point)
        if target is not None:
            return target
    return NOTHING


def box_handles(box: Floats) -> tuple[list[tuple[int, int]], Floats]:
    """The eight handles of a box ``[4]``: their (column, row) and positions ``[8, 2]``."""
    places = [(c, r) for r in (-1, 0, 1) for c in (-1, 0, 1) if (c, r) != (0, 0)]
    centre, half = box[:2] + box[2:] / 2, box[2:] / 2
    return places, centre + np.array(places) * half


def joints_at(scene: HitScene, x: float, y: float) -> list[HitTarget]:
    """Every joint under screen point (x, y), the nearest first, whoever it belongs to."""
    distance = np.linalg.norm(scene.joints - (x, y), axis=-1)
    rows, joints = np.nonzero(scene.placed & (distance <= JOINT_RADIUS))
    order = np.argsort(distance[rows, joints], kind="stable")
    return [HitTarget(Part.JOINT, int(scene.people[rows[i]]), int(joints[i])) for i in order]


def joints_within(scene: HitScene, box: Floats) -> list[tuple[int, int]]:
    """(person, slot) of every joint inside a screen box ``[4]``."""
    low = box[:2]
    inside = ((scene.joints >= low) & (scene.joints <= low + box[2:])).all(axis=-1) & scene.placed
    return [(int(scene.people[row]), int(joint)) for row, joint in np.argwhere(inside)]


def pose_grips(box: Floats) -> tuple[list[tuple[int, int]], Floats, Floats] | None:
    """The grips at a box ``[4]``: (column, row) and positions ``[4, 2]`` of those that scale, and the
    position ``[2]`` of the one that turns; ``None`` where there is no room for them."""
    if box[2:].min() < LEAST_GRIPPED:
        return None
    places = [(c, r) for r in (-1, 1) for c in (-1, 1)]
    centre, half = box[:2] + box[2:] / 2, box[2:] / 2
    above, below = box[1] - TURN_ARM, box[1] + box[3] + TURN_ARM
    knob = np.array([centre[0], above if above >= TURN_TOP else below])
    return places, centre + np.array(places) * half, knob


def _joint(scene: HitScene, point: Floats) -> HitTarget | None:
    distance = np.linalg.norm(scene.joints - point, axis=-1)
    distance[~scene.placed] = np.inf
    within = distance <= JOINT_RADIUS
    if not within.any():
        return None
    own = within & (scene.people == scene.selected)[:, None]
    distance[~(own if own.any() else within)] = np.inf
    row, joint = np.unravel_index(int(np.argmin(distance)), distance.shape)
    return HitTarget(Part.JOINT, int(scene.people[row]), int(joint))


def _handle(scene: HitScene, point: Floats) -> HitTarget | None:
    rows = np.flatnonzero(scene.people == scene.selected)
    if not scene.handles or len(rows) == 0 or not np.isfinite(scene.boxes[rows[0]]).all():
        return None
    places, positions = box_handles(scene.boxes[rows[0]])
    distance = np.linalg.norm(positions - point, axis=-1)
    nearest = int(np.argmin(distance))
    if distance[nearest] > HANDLE_RADIUS:
        return None
    return HitTarget(Part.HANDLE, scene.selected, handle=places[nearest])


def _grip(scene: HitScene, point: Floats) -> HitTarget | None:
    rows = np.flatnonzero(scene.people == scene.selected)
    if not scene.grips or len(rows) == 0 or not np.isfinite(scene.boxes[rows[0]]).all():
        return None
    found = pose_grips(scene.boxes[rows[0]])
    if found is None:
        return None
    places, positions, knob = found
    if np.linalg.norm(knob - point) <= HANDLE_RADIUS:
        return HitTarget(Part.TURN, scene.selected)
    distance = np.linalg.norm(positions - point, axis=-1)
    nearest = int(np.argmin(distance))
    if distance[nearest] > HANDLE_RADIUS:
        return None
    return HitTarget(Part.SCALE, scene.selected, handle=places[nearest])


def _tag(scene: HitScene, point: Floats) -> HitTarget | None:
    return _area(scene, scene.tags, point, Part.TAG)


def _box(scene: HitScene, point: Floats) -> HitTarget | None:
    return _area(scene, scene.boxes, point, Part.BOX)


def _area(scene: HitScene, areas: Floats, point: Floats, part: Part) -> HitTarget | None:
    low = areas[:, :2]
    inside = ((point >= low) & (point <= low + areas[:, 2:])).all(axis=1)
    if not inside.any():
        return None
    size = np.where(inside, areas[:, 2] * areas[:, 3], np.inf)
    size[inside & (scene.people == scene.selected)] = -1.0
    return HitTarget(part, int(scene.people[int(np.argmin(size))]))


def _limb(scene: HitScene, point: Floats) -> HitTarget | None:
    start, end = scene.joints[:, _LIMBS[:, 0]], scene.joints[:, _LIMBS[:, 1]]
    drawn = scene.placed[:, _LIMBS[:, 0]] & scene.placed[:, _LIMBS[:, 1]]
    along = end - start
    length = np.maximum((along**2).sum(axis=-1), 1e-9)
    t = np.clip(((point - start) * along).sum(axis=-1) / length, 0.0, 1.0)
    distance = np.linalg.norm(start + t[..., None] * along - point, axis=-1)
    distance[~drawn] = np.inf
    nearest = distance.min(axis=1)
    nearest[(nearest <= LIMB_RADIUS) & (scene.people == scene.selected)] = -1.0
    row = int(np.argmin(nearest))
    if nearest[row] > LIMB_RADIUS:
        return None
    return HitTarget(Part.LIMB, int(scene.people[row]))
