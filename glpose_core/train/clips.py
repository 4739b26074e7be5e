"""Labelled people with the crops around them in time: what the temporal modules are trained on.

A *patch* is a piece of picture somewhat larger than the network's crop, at the crop's resolution, so
that augmentation can turn and shift it without going back to the video.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import apply_affine, crop_affine, crop_box, scale_box
from ..predict.crops import cut_crops
from .augment import Augmentation, change_look, cut, draw_geometry, place_joints

PATCH_SCALE = 1.5
"""How much larger than the crop a patch is, along each side."""
ENLARGE = 1.25


@dataclass
class ClipSamples:
    """N labelled person-frames with their neighbours in time. Struct of arrays.

    Attributes:
        joints: the J joint names of the network.
        size: (width, height) of the network's crop in pixels.
        k: local references on each side.
        patches: RGB uint8 ``[N, 1 + 2k, Hp, Wp, 3]``; slot 0 is the key, then t−k … t−1, t+1 … t+k, all
            cut with the key's box.
        xy: joints in patch pixels, ``[N, J, 2]`` float64.
        known: joints with a position, ``[N, J]`` bool.
        person, frame: whose pose it is and when, ``[N]``.
        scale: picture pixels per patch pixel, ``[N]``.
    """

    joints: tuple[str, ...]
    size: tuple[int, int]
    k: int
    patches: NDArray[np.uint8]
    xy: NDArray[np.float64]
    known: NDArray[np.bool_]
    person: NDArray[np.int64]
    frame: NDArray[np.int64]
    scale: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.xy)

    def take(self, rows: NDArray[np.int64]) -> ClipSamples:
        """The samples at ``rows``."""
        return ClipSamples(
            self.joints,
            self.size,
            self.k,
            self.patches[rows],
            self.xy[rows],
            self.known[rows],
            self.person[rows],
            self.frame[rows],
            self.scale[rows],
        )


@dataclass(frozen=True)
class ClipBatch:
    """Crops ``[B, 1 + 2k + n, h, w, 3]`` uint8 (key, local, non-local), joints of the key in crop pixels
    ``[B, J, 2]`` and their mask ``[B, J]``."""

    crops: NDArray[np.uint8]
    xy: NDArray[np.float32]
    mask: NDArray[np.float32]


def patch_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the patches for crops of ``size``."""
    return round(size[0] * PATCH_SCALE), round(size[1] * PATCH_SCALE)


def patch_affine(
    box: NDArray[np.float64], size: tuple[int, int], pixel_aspect: float = 1.0
) -> NDArray[np.float64]:
    """The map picture → patch for a person box ``[4]``: the network's crop lies in its middle."""
    region = scale_box(crop_box(box, size[0] / size[1], ENLARGE, pixel_aspect), PATCH_SCALE)
    return crop_affine(region, patch_size(size), pixel_aspect=pixel_aspect)


def cut_patch(
    picture: NDArray[np.uint8],
    box: NDArray[np.float64],
    size: tuple[int, int],
    pixel_aspect: float = 1.0,
) -> NDArray[np.uint8]:
    """Cut one patch ``[Hp, Wp, 3]`` round a person box ``[4]`` of a picture ``[h, w, 3]``."""
    matrix = patch_affine(box, size, pixel_aspect)
    patch: NDArray[np.uint8] = cut_crops(picture, matrix[None], patch_size(size))[0]
    return patch


def patch_box(size: tuple[int, int]) -> NDArray[np.float64]:
    """The person box that every patch of crops of ``size`` was cut for, in patch pixels. ``[4]``."""
    width, height = patch_size(size)
    whole = np.array([-0.5, -0.5, width, height])
    return scale_box(whole, 1 / (PATCH_SCALE * ENLARGE))


def draw_clip_batch(
    clips: ClipSamples,
    rows: Sequence[int],
    n: int,
    how: Augmentation,
    rng: np.random.Generator,
    pool: ClipSamples | None = None,
) -> ClipBatch:
    """Cut the crops of ``rows``: key and local ones share one geometry, non-local ones are plain.

    Non-local references are drawn from ``pool`` (the same clip by default) among frames outside the
    key's window, falling back to any frame where the clip is too short.
    """
    pool = clips if pool is None else pool
    crops, places, masks = [], [], []
    for row in rows:
        geometry = draw_geometry(
            patch_box(clips.size),
            clips.xy[row],
            clips.known[row],
            clips.joints,
            clips.size,
            how,
            rng,
        )
        window = [cut(patch, geometry.matrix, clips.size) for patch in clips.patches[row]]
        seed = int(rng.integers(2**63))
        # One look for the whole window: neighbours in time share light and colour.
        window = [change_look(crop, how, np.random.default_rng(seed)) for crop in window]
        others = draw_others(clips, row, n, pool, rng)
        crops.append(window + [plain_crop(pool.patches[other, 0], clips.size) for other in others])
        placed, seen = place_joints(geometry, clips.xy[row], clips.known[row], clips.joints)
        places.append(placed)
        masks.append(seen)
    return ClipBatch(
        np.array(crops, dtype=np.uint8),
        np.array(places, dtype=np.float32),
        np.array(masks, dtype=np.float32),
    )


def draw_others(
    clips: ClipSamples, row: int, n: int, pool: ClipSamples, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Rows of ``pool`` that serve as non-local references of one sample: any person, other frames."""
    far = np.abs(pool.frame - clips.frame[row]) > clips.k
    candidates = np.flatnonzero(far) if far.any() else np.arange(len(pool))
    return rng.choice(candidates, n, replace=len(candidates) < n)


def plain_crop(patch: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The network's crop out of the middle of a patch, ``[h, w, 3]``."""
    matrix = crop_affine(crop_box(patch_box(size), size[0] / size[1], ENLARGE), size)
    return cut(patch, matrix, size)


def crop_to_patch(points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Points ``[…, 2]`` of the plain crop → patch pixels."""
    matrix = crop_affine(crop_box(patch_box(size), size[0] / size[1], ENLARGE), size)
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    return apply_affine(inverse, points)
