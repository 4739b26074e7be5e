"""What exported detectors take and give: YOLOX, RTMDet and RT-DETR as their own exporters write them.

Pure arrays, no runtime. A layout is recognised by the names and shapes of a network's inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ...geometry import Floats

Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]
Shapes: TypeAlias = Mapping[str, Sequence[int | str | None]]
Found: TypeAlias = tuple[Floats, NDArray[np.float64]]
"""Corners x1 y1 x2 y2 in the input's pixels ``[N, 4]``, counted from the edge, and scores ``[N]``."""

PERSON = 0
"""The class of people in COCO's list of 80."""
_GREY = 114
_STRIDES = (8, 16, 32)
_RTMDET_MEAN = np.array([103.53, 116.28, 123.675], np.float32)
_RTMDET_DEVIATION = np.array([57.375, 57.12, 58.395], np.float32)


@dataclass(frozen=True)
class Layout:
    """How an exported detector is fed and read.

    Attributes:
        name: whose layout it is.
        keeps_shape: whether pictures keep their proportions (grey below and to the right), or are stretched.
        feed: the input's values from a resized RGB picture ``[H, W, 3]`` uint8: float32 ``[1, 3, H, W]``.
        read: people from the outputs, for an input of (width, height).
        overlap: whether doubles must still be removed.
    """

    name: str
    keeps_shape: bool
    feed: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    read: Callable[[Arrays, tuple[int, int]], Found]
    overlap: bool


def recognise(inputs: Shapes, outputs: Shapes, file_name: str) -> Layout | None:
    """The layout of a network by its inputs and outputs (shapes by name); ``None``: unknown."""
    names = set(outputs)
    if {"labels", "boxes", "scores"} <= names and "orig_target_sizes" in inputs:
        return Layout("RT-DETR", False, _feed_share, _read_rtdetr, False)
    if {"logits", "pred_boxes"} <= names:
        return Layout("RT-DETR", False, _feed_share, _read_transformer, False)
    if {"dets", "labels"} <= names:
        if "yolox" in file_name.lower():  # mmdeploy writes both alike, and they are fed differently
            return Layout("YOLOX", True, _feed_bgr, _read_dets, False)
        return Layout("RTMDet", True, _feed_rtmdet, _read_dets, False)
    shapes = [shape for shape in outputs.values() if len(shape) == 3]
    if len(outputs) == 1 and shapes and isinstance(shapes[0][2], int) and shapes[0][2] > 5:
        return Layout("YOLOX", True, _feed_bgr, _read_yolox, True)
    return None


def fit(
    picture: NDArray[np.uint8], size: tuple[int, int], keeps_shape: bool
) -> tuple[NDArray[np.uint8], Floats]:
    """Bring an RGB picture to (width, height). Returns it and pixels of the picture per pixel, x and y."""
    height, width = picture.shape[:2]
    if not keeps_shape:
        stretched = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(stretched, np.uint8), np.array([width / size[0], height / size[1]])
    zoom = min(size[0] / width, size[1] / height)
    inner = (max(int(width * zoom), 1), max(int(height * zoom), 1))
    padded = np.full((size[1], size[0], 3), _GREY, np.uint8)
    padded[: inner[1], : inner[0]] = cv2.resize(picture, inner, interpolation=cv2.INTER_LINEAR)
    return padded, np.array([width / inner[0], height / inner[1]])


def _planes(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], dtype=np.float32)


def _feed_bgr(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return _planes(picture[..., ::-1].astype(np.float32))


def _feed_rtmdet(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    planes = picture[..., ::-1].astype(np.float32) - _RTMDET_MEAN
    return _planes(np.asarray(planes / _RTMDET_DEVIATION, np.float32))


def _feed_share(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return _planes(np.asarray(picture.astype(np.float32) / 255, np.float32))


def _read_yolox(outputs: Arrays, size: tuple[int, int]) -> Found:
    """``[1, N, 5 + classes]``: centre offset and log size in cells, objectness, classes."""
    rows = np.asarray(next(iter(outputs.values())), np.float64)[0]
    cells, strides = [], []
    for stride in _STRIDES:
        across, down = size[0] // stride, size[1] // stride
        y, x = np.mgrid[:down, :across]
        cells.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((across * down, 1), stride))
    grid, stride_of = np.concatenate(cells), np.concatenate(strides)
    if len(rows) != len(grid):
        raise ValueError(f"{len(rows)} cells instead of {len(grid)}")
    centre = (rows[:, :2] + grid) * stride_of
    half = np.exp(np.clip(rows[:, 2:4], -10, 10)) * stride_of / 2
    return np.concatenate([centre - half, centre + half], axis=1), rows[:, 4] * rows[:, 5 + PERSON]


def _read_dets(outputs: Arrays, _: tuple[int, int]) -> Found:
    """mmdeploy: ``dets [1, N, 5]`` (corners, score) and ``labels [1, N]``."""
    rows = np.asarray(outputs["dets"], np.float64)[0]
    people = np.asarray(outputs["labels"])[0] == PERSON
    return rows[people, :4], rows[people, 4]


def _read_rtdetr(outputs: Arrays, _: tuple[int, int]) -> Found:
    """The authors' export: ``labels``, ``boxes`` (corners, in the size asked for), ``scores``."""
    people = np.asarray(outputs["labels"])[0] == PERSON
    boxes = np.asarray(outputs["boxes"], np.float64)[0]
    return boxes[people], np.asarray(outputs["scores"], np.float64)[0][people]


def _read_transformer(outputs: Arrays, size: tuple[int, int]) -> Found:
    """Transformers' export: ``logits [1, N, classes]`` and ``pred_boxes [1, N, 4]`` (centre, size, 0…1)."""
    score = 1 / (1 + np.exp(-np.asarray(outputs["logits"], np.float64)[0]))
    people = score.argmax(axis=1) == PERSON
    boxes = np.asarray(outputs["pred_boxes"], np.float64)[0][people] * np.tile(size, 2)
    corners = [boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2]
    return np.concatenate(corners, axis=1), score[people, PERSON]
