from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from glpose_core.geometry import apply_affine, crop_affine, crop_box, invert_affine
from glpose_core.network.pixels import DEVIATION, MEAN, normalise
from glpose_core.predict.crops import crop_matrices, cut_crops

pytestmark = pytest.mark.quick
SIZE = (96, 128)


def test_the_crop_is_the_box_at_the_right_aspect_and_a_quarter_larger():
    (matrix,) = crop_matrices([[100.0, 50.0, 60.0, 160.0]], SIZE)
    corners = apply_affine(invert_affine(matrix), np.array([[-0.5, -0.5], [95.5, 127.5]]))
    assert corners[:, 1].tolist() == pytest.approx([50 + 80 - 100, 50 + 80 + 100])
    assert corners[:, 0].tolist() == pytest.approx([130 - 75, 130 + 75])


@pytest.mark.parametrize("pixel_aspect", [1.0, 1.4])
def test_many_maps_are_made_as_one_is_to_the_bit(pixel_aspect):
    rng = np.random.default_rng(0)
    boxes = np.concatenate([rng.uniform(-90, 900, (200, 2)), rng.uniform(0, 600, (200, 2))], axis=1)
    grown = crop_box(boxes, 0.75, pixel_aspect=pixel_aspect)
    wanted = [crop_affine(box, (36, 48), pixel_aspect=pixel_aspect) for box in grown]
    assert np.array_equal(crop_matrices(boxes, (36, 48), pixel_aspect), wanted)


def test_no_boxes_make_no_crops():
    assert crop_matrices(np.zeros((0, 4)), SIZE).shape == (0, 2, 3)
    assert cut_crops(np.zeros((9, 9, 3), np.uint8), np.zeros((0, 2, 3)), SIZE).shape[0] == 0


def test_what_lies_outside_the_picture_is_black():
    picture = np.full((50, 50, 3), 200, np.uint8)
    (crop,) = cut_crops(picture, crop_matrices([[500.0, 500, 40, 60]], SIZE), SIZE)
    assert crop.max() == 0


@pytest.mark.parametrize("box", [[700, 300, 500, 900], [20, -200, 900, 1500], [900, 900, 700, 700]])
def test_large_people_are_averaged_not_sampled_and_stay_in_place(box):
    """A smooth picture looks the same either way; fine noise averages out instead of flickering."""
    y, x = np.mgrid[:1080, :1920]
    smooth = np.stack([x / 8, y / 5, (x + y) / 13], axis=2).clip(0, 255).astype(np.uint8)
    matrices = crop_matrices([box], SIZE)
    (crop,) = cut_crops(smooth, matrices, SIZE)
    plain = cv2.warpAffine(smooth, matrices[0], SIZE, flags=cv2.INTER_LINEAR)
    inside = slice(4, -4)
    known = (plain > 0).all(axis=2)[inside, inside]
    known = cv2.erode(known.astype(np.uint8), np.ones((7, 7))) > 0
    difference = np.abs(crop[inside, inside].astype(int) - plain[inside, inside].astype(int))
    assert difference[known].max() <= 2

    noise = np.random.default_rng(0).integers(0, 256, smooth.shape, dtype=np.uint8)
    (crop,) = cut_crops(noise, matrices, SIZE)
    plain = cv2.warpAffine(noise, matrices[0], SIZE, flags=cv2.INTER_LINEAR)
    assert crop[inside, inside][known].std() < 0.6 * plain[inside, inside][known].std()


def test_normalised_crops_have_imagenets_mean_and_deviation():
    mean = np.round(np.array(MEAN) * 255).astype(np.uint8)
    x = normalise(np.broadcast_to(mean, (2, 32, 16, 3)).copy(), torch.device("cpu"))
    assert x.shape == (2, 3, 32, 16)
    assert x.abs().max() < 0.5 / 255 / min(DEVIATION) + 1e-6
    assert x.is_contiguous(memory_format=torch.channels_last)
