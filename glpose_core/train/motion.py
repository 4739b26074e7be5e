"""Short clips out of still pictures: a person whose limbs swing, whose references are degraded.

A still that is merely shifted would teach a network to copy: every reference would hold the answer. So
each limb turns about its joint along a smooth course, the warp carries the picture with it, and
references (now and then the key too) are blurred, darkened or hidden on their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ..geometry import apply_affine
from .augment import Augmentation, change_look, cut, draw_geometry, place_joints
from .clips import cut_patch, patch_affine, patch_box, plain_crop
from .samples import PoseSamples
from .views import Over, Sample, View

CHAINS = (
    ("left_shoulder", "left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow", "right_wrist"),
    ("left_hip", "left_knee", "left_ankle"),
    ("right_hip", "right_knee", "right_ankle"),
)
GRID_STEP = 8
"""The displacement is computed on every 8th pixel and interpolated."""


@dataclass(frozen=True)
class MotionSettings:
    """How far limbs swing and how badly frames are degraded."""

    swing: float = 25.0
    """Largest turn of a limb about its joint between the middle and the end of the window, degrees."""
    drift: float = 0.06
    """Largest shift of the whole person, as a share of the crop."""
    degrade_key: float = 0.4
    degrade_reference: float = 0.3


@dataclass(frozen=True)
class MovingStills(Over):
    """Stills as a data set of short clips; half of the non-local references are the same person in other
    poses, half are other people."""

    poses: PoseSamples
    motion: MotionSettings = field(default_factory=MotionSettings)

    def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
        """Make one short clip of person ``row`` and see it as the network does."""
        samples, motion, size, k = self.poses, self.motion, view.size, view.k
        patch, xy = _still(samples, row, size)
        known = samples.known[row]
        geometry = draw_geometry(patch_box(size), xy, known, samples.joints, size, view.how, rng)
        course = _Course(samples.joints, xy, known, motion, rng)
        look = int(rng.integers(2**63))
        crops = []
        for offset in (0, *(d for d in range(-k, k + 1) if d)):
            moved, _ = course.at(patch, offset / max(k, 1), rng)
            crop = cut(moved, geometry.matrix, size)
            crop = change_look(crop, view.how, np.random.default_rng(look))
            chance = motion.degrade_key if offset == 0 else motion.degrade_reference
            crops.append(degrade(crop, rng) if rng.random() < chance else crop)
        crops += _others(samples, patch, xy, known, size, view.n, motion, rng)
        placed, seen = place_joints(geometry, xy, known, samples.joints)
        scale = 1 / np.linalg.norm(patch_affine(samples.boxes[row], size)[:, 1])
        return Sample(np.stack(crops), placed, seen, float(scale))


def _still(
    samples: PoseSamples, row: int, size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    picture = samples.pictures[samples.picture[row]]
    patch = cut_patch(picture, samples.boxes[row], size)
    return patch, apply_affine(patch_affine(samples.boxes[row], size), samples.xy[row])


def _others(
    samples: PoseSamples,
    patch: NDArray[np.uint8],
    xy: NDArray[np.float64],
    known: NDArray[np.bool_],
    size: tuple[int, int],
    n: int,
    motion: MotionSettings,
    rng: np.random.Generator,
) -> list[NDArray[np.uint8]]:
    found = []
    for slot in range(n):
        if slot % 2 == 0:
            course = _Course(samples.joints, xy, known, motion, rng)
            other, _ = course.at(patch, float(rng.choice([-1.5, 1.5])), rng)
        else:
            other, _ = _still(samples, int(rng.integers(len(samples))), size)
        crop = plain_crop(other, size)
        found.append(degrade(crop, rng) if rng.random() < motion.degrade_reference else crop)
    return found


class _Course:
    """The course of one person's limbs through a window, at rest in its middle (time 0)."""

    def __init__(
        self,
        joints: tuple[str, ...],
        xy: NDArray[np.float64],
        known: NDArray[np.bool_],
        motion: MotionSettings,
        rng: np.random.Generator,
    ) -> None:
        self.xy, self.known = xy, known
        self.drift = rng.uniform(-motion.drift, motion.drift, 2)
        self.chains = []
        for chain in CHAINS:
            slots = [joints.index(joint) for joint in chain if joint in joints]
            if len(slots) == 3 and known[slots].all():
                self.chains.append((slots, np.deg2rad(rng.uniform(-1, 1, 2) * motion.swing)))

    def at(
        self, patch: NDArray[np.uint8], time: float, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """The patch at ``time`` (−1 … 1 spans the window), and where the joints are then."""
        if time == 0:
            return patch, self.xy
        target = self.xy.copy()
        for (root, middle, tip), (upper, lower) in self.chains:
            for slot in (middle, tip):
                target[slot] = _turn(target[slot], target[root], upper * time)
            target[tip] = _turn(target[tip], target[middle], lower * time)
        jitter = rng.normal(0, 0.004, 2)
        target += (self.drift * time + jitter) * patch.shape[1]
        return _warp(patch, self.xy[self.known], target[self.known]), target


def _turn(
    point: NDArray[np.float64], centre: NDArray[np.float64], angle: float
) -> NDArray[np.float64]:
    cos, sin = np.cos(angle), np.sin(angle)
    turned: NDArray[np.float64] = np.array([[cos, -sin], [sin, cos]]) @ (point - centre) + centre
    return turned


def _warp(
    patch: NDArray[np.uint8], source: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Carry the picture along with points that move from ``source`` to ``target`` (``[P, 2]``).

    Every pixel takes the mean displacement of the points, weighted by the inverse square of their
    distance, fading to none far from the person.
    """
    height, width = patch.shape[:2]
    if len(source) == 0:
        return patch
    xs = np.arange(0, width + GRID_STEP, GRID_STEP, dtype=np.float64)
    ys = np.arange(0, height + GRID_STEP, GRID_STEP, dtype=np.float64)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    reach = 0.06 * height
    away = ((grid[:, :, None] - target) ** 2).sum(axis=-1) / reach**2
    weight = 1 / (away + 0.05) ** 2
    pull = (weight[..., None] * (source - target)).sum(axis=2) / (
        weight.sum(axis=2, keepdims=True) + 0.01
    )
    back = (grid + pull).astype(np.float32)
    smooth = cv2.resize(
        back, (back.shape[1] * GRID_STEP, back.shape[0] * GRID_STEP), interpolation=cv2.INTER_LINEAR
    )
    half = (GRID_STEP - 1) // 2
    maps = smooth[half : half + height, half : half + width]
    return np.asarray(
        cv2.remap(
            patch, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
        ),
        dtype=np.uint8,
    )


def degrade(crop: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Blur a frame along a direction, or hide a part of it: what video does to frames."""
    worst = Augmentation(
        colour=0.15, blur_chance=0.7, occlusion_chance=0.6, rotation=0, scale=0, shift=0
    )
    return change_look(crop, worst, rng)
