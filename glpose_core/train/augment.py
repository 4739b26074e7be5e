"""Random crops: the geometry and the look of one training picture.

GLPose, section 4.1: rotation ±45°, scale 0.65–1.35, truncation (half body), flip. Colour, blur and
occlusion are added because our sets are small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..geometry import apply_affine, crop_affine, crop_box, person_box
from ..skeleton import mirrored

UPPER_PARTS = ("nose", "head", "ear", "eye", "neck", "shoulder", "elbow", "wrist")
HALF_BODY_MINIMUM = 8
"""Half-body crops are only cut from people with more labelled joints than this (HRNet's rule)."""


@dataclass(frozen=True)
class Augmentation:
    """How far training crops stray from the plain crop. ``Augmentation.none()`` is the plain crop."""

    rotation: float = 45.0
    rotation_chance: float = 0.6
    scale: float = 0.35
    shift: float = 0.06
    half_body_chance: float = 0.3
    flip_chance: float = 0.5
    colour: float = 0.25
    blur_chance: float = 0.1
    occlusion_chance: float = 0.3

    @classmethod
    def none(cls) -> Augmentation:
        """The plain crop, as at prediction."""
        return cls(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class CropGeometry:
    """Where a crop lies: the affine map picture → crop, and whether it is mirrored."""

    matrix: NDArray[np.float64]
    flip: bool


def draw_geometry(
    box: NDArray[np.float64],
    xy: NDArray[np.float64],
    known: NDArray[np.bool_],
    joints: Sequence[str],
    size: tuple[int, int],
    how: Augmentation,
    rng: np.random.Generator,
) -> CropGeometry:
    """Draw one crop's geometry. ``box [4]``, ``xy [J, 2]``, ``known [J]``; ``size`` is (width, height)."""
    if known.sum() > HALF_BODY_MINIMUM and rng.random() < how.half_body_chance:
        box = _half_body(box, xy, known, joints, rng)
    crop = crop_box(box, size[0] / size[1])
    crop[:2] += rng.uniform(-how.shift, how.shift, 2) * crop[2:]
    turned = rng.random() < how.rotation_chance
    rotation = float(rng.uniform(-how.rotation, how.rotation)) if turned else 0.0
    scale = float(rng.uniform(1 - how.scale, 1 + how.scale))
    flip = bool(rng.random() < how.flip_chance)
    return CropGeometry(crop_affine(crop, size, rotation=rotation, scale=scale, flip=flip), flip)


def _half_body(
    box: NDArray[np.float64],
    xy: NDArray[np.float64],
    known: NDArray[np.bool_],
    joints: Sequence[str],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    upper = np.array([any(part in joint for part in UPPER_PARTS) for joint in joints])
    chosen = known & (upper if rng.random() < 0.5 else ~upper)
    if chosen.sum() < 3:
        return box
    half = person_box(xy, chosen)
    return box if half is None else half


def place_joints(
    geometry: CropGeometry,
    xy: NDArray[np.float64],
    known: NDArray[np.bool_],
    joints: Sequence[str],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Map joints into the crop, exchanging the sides if it is mirrored. Returns ``xy``, ``known``."""
    placed = apply_affine(geometry.matrix, xy)
    if geometry.flip:
        where = {joint: slot for slot, joint in enumerate(joints)}
        order = np.array([where.get(mirrored(joint), slot) for slot, joint in enumerate(joints)])
        return placed[order], known[order]
    return placed, known


def cut(
    picture: NDArray[np.uint8], matrix: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Cut a crop ``[height, width, 3]``: bilinear, black outside the picture (spec section 3)."""
    return np.asarray(cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR), dtype=np.uint8)


def change_look(
    crop: NDArray[np.uint8], how: Augmentation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Vary colour, sharpness and occlusion of a crop ``[h, w, 3]`` uint8; the joints stay."""
    if how.colour:
        ramp = np.arange(256, dtype=np.float64)[:, None] / 255
        gamma = np.exp(rng.uniform(-how.colour, how.colour))
        gain = np.exp(rng.uniform(-how.colour, how.colour)) * np.exp(
            rng.uniform(-how.colour / 3, how.colour / 3, 3)
        )
        table = np.clip(ramp**gamma * gain * 255, 0, 255).astype(np.uint8)
        crop = cv2.LUT(crop, np.ascontiguousarray(table[None]))  # type: ignore[assignment]
    if rng.random() < how.blur_chance:
        crop = _motion_blur(crop, rng)
    if rng.random() < how.occlusion_chance:
        crop = _occlude(crop, rng)
    return crop


def _motion_blur(crop: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    length = int(rng.integers(3, max(4, crop.shape[0] // 20) + 1))
    kernel = np.zeros((length, length), dtype=np.float32)
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * (length - 1) / 2
    middle = (length - 1) / 2
    start = np.round(middle - reach).astype(int)
    end = np.round(middle + reach).astype(int)
    cv2.line(kernel, tuple(map(int, start)), tuple(map(int, end)), 1.0)
    return np.asarray(cv2.filter2D(crop, -1, kernel / kernel.sum()), dtype=np.uint8)


def _occlude(crop: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    height, width = crop.shape[:2]
    crop = crop.copy()
    h, w = (rng.uniform(0.08, 0.35, 2) * (height, width)).astype(int) + 1
    y, x = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
    if rng.random() < 0.5:
        crop[y : y + h, x : x + w] = rng.integers(0, 256, 3, dtype=np.uint8)
    else:
        v, u = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
        crop[y : y + h, x : x + w] = crop[v : v + h, u : u + w].copy()
    return crop
