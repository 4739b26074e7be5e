"""Crops cut by torch are those that OpenCV cuts, to what OpenCV's rounding of positions allows."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from glpose_core.network.device import choose_device
from glpose_core.predict.crops import crop_matrices, cut_crops
from glpose_core.predict.device_crops import DeviceCropper

pytestmark = pytest.mark.quick

CPU = torch.device("cpu")
SIZE = (48, 64)
BOXES = np.array(
    [
        [40.0, 20, 30, 60],  # enlarged
        [10.3, 5.7, 100, 110],  # made smaller by less than two
        [2, 3, 150, 112],  # averaged by two first
        [-30, -10, 60, 50],  # half outside
        [140, 100, 40, 60],  # beyond the lower right corner
        [300, 300, 20, 20],  # all outside
    ]
)


def picture(
    seed: int = 0, size: tuple[int, int] = (120, 160), blur: float = 1.5
) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).uniform(0, 255, (*size, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), blur)
    return cv2.normalize(soft, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


@pytest.mark.parametrize("row", range(len(BOXES)))
def test_torch_cuts_what_opencv_cuts(row: int) -> None:
    matrices = crop_matrices(BOXES[row : row + 1], SIZE)
    wanted = cut_crops(picture(), matrices, SIZE).astype(int)
    found = DeviceCropper(CPU).cut(0, picture(), matrices, SIZE).numpy().astype(int)
    assert found.shape == wanted.shape
    off = np.abs(found - wanted)
    assert np.percentile(off, 99) <= 3
    assert off.mean() < 0.7
    assert row == 5 or np.ptp(wanted) > 50


def test_a_large_picture_of_a_small_size() -> None:
    large = picture(size=(700, 900), blur=4)
    matrices = crop_matrices([[50.0, 30, 500, 600], [420.5, 200.25, 400, 380]], SIZE)
    wanted = cut_crops(large, matrices, SIZE).astype(int)
    found = DeviceCropper(CPU).cut(0, large, matrices, SIZE).numpy().astype(int)
    assert np.percentile(np.abs(found - wanted), 99) <= 3


def test_turned_and_narrow_pixels_are_cut_alike() -> None:
    matrices = crop_matrices(BOXES[:3], SIZE, pixel_aspect=1.4)
    angle = np.deg2rad(20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrices = turn @ matrices
    wanted = cut_crops(picture(), matrices, SIZE).astype(int)
    found = DeviceCropper(CPU).cut(0, picture(), matrices, SIZE).numpy().astype(int)
    # Lines of black outside the picture are blended by OpenCV at other thirty-seconds of a pixel.
    assert np.percentile(np.abs(found - wanted), 98) <= 4


def test_a_frame_travels_once_while_it_is_among_the_last() -> None:
    cropper = DeviceCropper(CPU, keep=2)
    matrices = crop_matrices(BOXES, SIZE)
    for frame in (0, 0, 1, 0, 1):
        assert len(cropper.cut(frame, picture(frame), matrices, SIZE)) == len(BOXES)
    assert cropper.uploads == 2
    cropper.cut(2, picture(2), matrices, SIZE)
    cropper.cut(0, picture(0), matrices, SIZE)
    assert cropper.uploads == 4
    assert cropper.cut(0, picture(0), matrices[:0], SIZE).shape == (0, 64, 48, 3)


@pytest.mark.skipif(choose_device().type == "cpu", reason="there is no graphics processor")
def test_the_same_on_the_graphics_processor() -> None:
    matrices = crop_matrices(BOXES, SIZE)
    here = DeviceCropper(CPU).cut(0, picture(), matrices, SIZE).int()
    there = DeviceCropper(choose_device()).cut(0, picture(), matrices, SIZE).cpu().int()
    assert int((here - there).abs().max()) <= 1


def test_small_and_large_people_of_a_frame_keep_their_places() -> None:
    matrices = crop_matrices(BOXES, SIZE)
    cropper = DeviceCropper(CPU)
    every = cropper.cut(0, picture(), matrices, SIZE).int()
    for row in range(len(BOXES)):
        one = cropper.cut(0, picture(), matrices[row : row + 1], SIZE).int()[0]
        assert int((every[row] - one).abs().max()) <= 1
