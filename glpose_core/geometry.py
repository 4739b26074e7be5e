"""Boxes, polygons, affine maps and coordinate conversions: the one place where half pixels are decided.

Coordinates are float pixels with pixel centres at whole numbers, so a picture of width W covers
−0.5 … W−0.5. A box is ``[x, y, w, h]`` with its edges at centre ± size/2. Cell ``i`` of a heatmap or
feature map of stride 4 sits at crop pixel ``4 i`` (two stride-2 convolutions with padding 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]

PERSON_BOX_SCALE = 1.3
"""PoseTrack's person box is the extent of the labelled joints times this, about its centre."""


def person_box(xy: ArrayLike, placed: ArrayLike) -> Floats | None:
    """Return the person box of one pose: the extent of its placed joints × 1.3, unclipped.

    Args:
        xy: joint positions, ``[J, 2]`` in picture pixels.
        placed: which joints have a position, ``[J]`` bool.

    Returns:
        ``[x, y, w, h]`` float64, or ``None`` if no joint is placed.
    """
    points = np.asarray(xy, dtype=np.float64)[np.asarray(placed, dtype=bool)]
    if len(points) == 0:
        return None
    low, high = points.min(axis=0), points.max(axis=0)
    return scale_box(np.concatenate([low, high - low]), PERSON_BOX_SCALE)


def person_boxes(xy: ArrayLike, placed: ArrayLike) -> Floats:
    """Person boxes of many poses at once, as :func:`person_box` makes them.

    ``xy`` is ``[N, J, 2]``, ``placed`` ``[N, J]`` bool; returns ``[N, 4]``, NaN without placed joints.
    """
    points, shown = np.asarray(xy, dtype=np.float64), np.asarray(placed, dtype=bool)
    some = shown.any(axis=1)
    low = np.where(shown[..., None], points, np.inf).min(axis=1)[some]
    high = np.where(shown[..., None], points, -np.inf).max(axis=1)[some]
    boxes = np.full((len(points), 4), np.nan)
    boxes[some] = scale_box(np.hstack([low, high - low]), PERSON_BOX_SCALE)
    return boxes


def head_box_from_joints(head_top: ArrayLike, head_bottom: ArrayLike) -> Floats:
    """Propose a head box from the two head joints: a square of side 1.01 · |top − bottom| whose
    centre lies 3/7 of the way down from the top (fitted to PoseTrack18's drawn head boxes).

    Both arguments are ``[2]`` picture pixels; returns ``[x, y, w, h]`` float64.
    """
    top = np.asarray(head_top, dtype=np.float64)
    bottom = np.asarray(head_bottom, dtype=np.float64)
    side = 1.01 * float(np.hypot(*(bottom - top)))
    centre = top + (bottom - top) * (3 / 7)
    return np.array([centre[0] - side / 2, centre[1] - side / 2, side, side])


def scale_box(box: ArrayLike, factor: float) -> Floats:
    """Scale a box (``[..., 4]``, x y w h) about its centre."""
    box = np.asarray(box, dtype=np.float64)
    centre = box[..., :2] + box[..., 2:] / 2
    size = box[..., 2:] * factor
    return np.concatenate([centre - size / 2, size], axis=-1)


def crop_box(
    box: ArrayLike, aspect: float, enlarge: float = 1.25, pixel_aspect: float = 1.0
) -> Floats:
    """Grow the short side of a box to ``aspect`` (width / height), then enlarge it (spec section 3).

    Args:
        box: ``[..., 4]`` x, y, w, h in picture pixels.
        aspect: width / height of the network's input, as seen (3/4 for 288×384).
        enlarge: factor applied once, after the aspect is right.
        pixel_aspect: width / height of one picture pixel; the crop is stretched to square pixels.

    Returns:
        ``[..., 4]`` float64 in picture pixels, centred where ``box`` is.
    """
    box = np.asarray(box, dtype=np.float64)
    centre = box[..., :2] + box[..., 2:] / 2
    wide = np.maximum(box[..., 2] * pixel_aspect, 1.0)
    high = np.maximum(box[..., 3], 1.0)
    high_new = np.maximum(high, wide / aspect) * enlarge
    size = np.stack([high_new * aspect / pixel_aspect, high_new], axis=-1)
    return np.concatenate([centre - size / 2, size], axis=-1)


def crop_affine(
    box: ArrayLike,
    size: tuple[int, int],
    *,
    rotation: float = 0.0,
    scale: float = 1.0,
    flip: bool = False,
    pixel_aspect: float = 1.0,
) -> Floats:
    """Return the affine map from picture pixels to crop pixels.

    The box's edges land on the crop's edges. ``rotation`` and ``scale`` act about the centre as seen
    on square pixels; ``flip`` mirrors the finished crop (x becomes width − 1 − x).

    Args:
        box: ``[4]`` x, y, w, h in picture pixels, already of the crop's aspect (:func:`crop_box`).
        size: (width, height) of the crop in pixels.
        rotation: degrees, counter-clockwise as seen on the screen.
        scale: above 1 the person looks larger.
        flip: mirror left and right.
        pixel_aspect: width / height of one picture pixel.

    Returns:
        ``[2, 3]`` float64; apply with :func:`apply_affine`, or pass to ``cv2.warpAffine`` as is.
    """
    x, y, w, h = (float(v) for v in np.asarray(box, dtype=np.float64))
    width, height = size
    angle = np.deg2rad(rotation)
    zoom = scale * height / h
    zoom_x = scale * width / (w * pixel_aspect)
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos * zoom_x, sin * zoom_x], [-sin * zoom, cos * zoom]])
    linear[:, 0] *= pixel_aspect
    centre = np.array([x + w / 2, y + h / 2])
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    matrix = np.concatenate([linear, (middle - linear @ centre)[:, None]], axis=1)
    if flip:
        matrix[0] = -matrix[0]
        matrix[0, 2] += width - 1
    return matrix


def invert_affine(matrix: ArrayLike) -> Floats:
    """Invert affine maps, ``[..., 2, 3]``. Raises ``numpy.linalg.LinAlgError`` if one is singular."""
    matrix = np.asarray(matrix, dtype=np.float64)
    inverse = np.linalg.inv(matrix[..., :2])
    offset = -(inverse @ matrix[..., 2:])
    return np.concatenate([inverse, offset], axis=-1)


def apply_affine(matrix: ArrayLike, points: ArrayLike) -> Floats:
    """Map points ``[..., N, 2]`` through affine maps ``[..., 2, 3]``; leading axes broadcast."""
    matrix = np.asarray(matrix, dtype=np.float64)
    points = np.asarray(points, dtype=np.float64)
    mapped: Floats = points @ np.swapaxes(matrix[..., :2], -1, -2) + matrix[..., None, :, 2]
    return mapped


def box_iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union of boxes ``a [N, 4]`` and ``b [M, 4]`` (x y w h): ``[N, M]`` float64."""
    a = np.asarray(a, dtype=np.float64).reshape(-1, 1, 4)
    b = np.asarray(b, dtype=np.float64).reshape(1, -1, 4)
    low = np.maximum(a[..., :2], b[..., :2])
    high = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    overlap: Floats = np.prod(np.clip(high - low, 0, None), axis=-1)
    union: Floats = np.prod(a[..., 2:], axis=-1) + np.prod(b[..., 2:], axis=-1) - overlap
    return np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)


def inside_any(points: Floats, polygons: Sequence[Floats]) -> NDArray[np.bool_]:
    """Which points lie inside one of the polygons; a point on an edge or a corner does not.

    Args:
        points: ``[N, 2]`` float64 pixels.
        polygons: each ``[K, 2]``, closed or not; where one crosses itself, even-odd decides. Fewer than
            three corners enclose nothing.

    Returns:
        bool ``[N]``.
    """
    areas = [polygon for polygon in polygons if len(polygon) >= 3]
    if not areas or not len(points):
        return np.zeros(len(points), dtype=bool)
    starts = np.cumsum([0, *(len(area) for area in areas[:-1])])
    one = np.concatenate(areas)
    two = np.concatenate([np.roll(area, -1, axis=0) for area in areas])
    x, y = points[:, 0, None], points[:, 1, None]
    (x1, y1), (x2, y2) = one.T, two.T
    side = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
    within = (x >= np.minimum(x1, x2)) & (x <= np.maximum(x1, x2))
    within &= (y >= np.minimum(y1, y2)) & (y <= np.maximum(y1, y2))
    on_edge = np.logical_or.reduceat((side == 0) & within, starts, axis=1)
    up, down = (y1 <= y) & (y2 > y), (y2 <= y) & (y1 > y)
    crossed = (up & (side > 0)) | (down & (side < 0))
    odd = np.add.reduceat(crossed.astype(np.int64), starts, axis=1) % 2 == 1
    return np.asarray((odd & ~on_edge).any(axis=1))
