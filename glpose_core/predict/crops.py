"""Crops of people: where they lie, and how they are cut."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..geometry import Floats, crop_box


def crop_matrices(boxes: ArrayLike, size: tuple[int, int], pixel_aspect: float = 1.0) -> Floats:
    """The affine maps from picture to crop pixels for person boxes ``[N, 4]``: ``[N, 2, 3]``.

    The box grows to the crop's aspect and then by a quarter; ``size`` is (width, height).
    """
    grown = crop_box(np.asarray(boxes).reshape(-1, 4), size[0] / size[1], pixel_aspect=pixel_aspect)
    # The same as crop_affine without rotation, for all of them at once: predicting asks for every window anew.
    zoom = np.array(size) / (grown[:, 2:] * (pixel_aspect, 1.0)) * (pixel_aspect, 1.0)
    maps = np.zeros((len(grown), 2, 3))
    maps[:, (0, 1), (0, 1)] = zoom
    maps[:, :, 2] = (np.array(size) - 1) / 2 - zoom * (grown[:, :2] + grown[:, 2:] / 2)
    return maps


def cut_crops(
    picture: NDArray[np.uint8], matrices: Floats, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Cut crops out of one picture: bilinear, black outside it.

    People much larger than the crop are first averaged down, because bilinear sampling alone would
    skip most of their pixels.

    Args:
        picture: RGB ``[h, w, 3]``.
        matrices: picture → crop, ``[N, 2, 3]``.
        size: (width, height) of the crops.

    Returns:
        ``[N, height, width, 3]`` uint8.
    """
    crops = np.empty((len(matrices), size[1], size[0], 3), dtype=np.uint8)
    for crop, matrix in zip(crops, matrices, strict=True):
        cut_crop(picture, matrix, crop)
    return crops


def cut_crop(picture: NDArray[np.uint8], matrix: Floats, crop: NDArray[np.uint8]) -> None:
    """Cut one crop as :func:`cut_crops` does, writing all of ``crop [height, width, 3]``."""
    size = (crop.shape[1], crop.shape[0])
    shrink = shrink_factor(matrix)
    if shrink >= 2:
        picture, matrix = _shrunken(picture, matrix, size, shrink)
    cv2.warpAffine(picture, matrix, size, dst=crop, flags=cv2.INTER_LINEAR)


def shrink_factor(matrix: Floats) -> int:
    """By what whole factor the picture is averaged down before ``matrix [2, 3]`` samples it."""
    zoom = min(np.linalg.norm(matrix[:, 0]), np.linalg.norm(matrix[:, 1]))
    return max(int(1 / zoom), 1) if zoom > 0 else 1


def crop_extent(
    matrix: Floats, size: tuple[int, int], picture: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The part of a picture (width, height) that a crop shows, with a margin: from and to, x and y."""
    margin = shrink_factor(matrix)
    corners = np.array([[0, 0], [size[0], 0], [0, size[1]], [size[0], size[1]]]) - 0.5
    seen = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    low = np.floor(seen.min(axis=0) - margin).clip(0, np.array(picture) - 1).astype(np.int64)
    high = np.ceil(seen.max(axis=0) + margin + 1).clip(low + 1, picture).astype(np.int64)
    return low, high


def _shrunken(
    picture: NDArray[np.uint8], matrix: Floats, size: tuple[int, int], factor: int
) -> tuple[NDArray[np.uint8], Floats]:
    """The part of the picture that a crop shows, averaged down by a whole factor, and the map from it."""
    low, high = crop_extent(matrix, size, (picture.shape[1], picture.shape[0]))
    part = picture[low[1] : high[1], low[0] : high[0]]
    rows, columns = part.shape[0] // factor, part.shape[1] // factor
    if rows == 0 or columns == 0:
        return picture, matrix
    part = part[: rows * factor, : columns * factor]
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    # Pixel u of the small picture is centred on pixel low + factor · u + (factor − 1) / 2.
    shifted = matrix.copy()
    shifted[:, :2] *= factor
    shifted[:, 2] += matrix[:, :2] @ (low + (factor - 1) / 2)
    return np.asarray(small, dtype=np.uint8), shifted
