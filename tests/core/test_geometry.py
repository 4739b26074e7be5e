from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.geometry import (
    apply_affine,
    box_iou,
    crop_affine,
    crop_box,
    head_box_from_joints,
    invert_affine,
    person_box,
)

pytestmark = pytest.mark.quick
coordinate = st.floats(-500, 3000)
length = st.floats(2, 2000)


@given(coordinate, coordinate, length, length, st.floats(0.5, 2.0))
def test_crop_box_has_the_aspect_on_square_pixels_and_holds_the_box(x, y, w, h, pixel_aspect):
    crop = crop_box([x, y, w, h], 3 / 4, 1.25, pixel_aspect)
    assert crop[2] * pixel_aspect / crop[3] == pytest.approx(3 / 4)
    assert crop[2] >= w * 1.25 - 1e-6
    assert crop[3] >= h * 1.25 - 1e-6
    assert crop[:2] + crop[2:] / 2 == pytest.approx([x + w / 2, y + h / 2], abs=1e-6)


@given(coordinate, coordinate, length, st.floats(-180, 180), st.floats(0.5, 2), st.booleans())
def test_affine_maps_the_centre_to_the_crops_middle_and_inverts(x, y, h, rotation, scale, flip):
    matrix = crop_affine([x, y, h * 0.75, h], (144, 192), rotation=rotation, scale=scale, flip=flip)
    centre = apply_affine(matrix, [[x + h * 0.375, y + h / 2]])
    assert centre[0] == pytest.approx([71.5, 95.5], abs=1e-6)
    points = np.array([[x, y], [x + 3.5, y - 7.25]])
    back = apply_affine(invert_affine(matrix), apply_affine(matrix, points))
    assert back == pytest.approx(points, abs=1e-6)


def test_box_edges_land_on_the_crops_edges():
    matrix = crop_affine([10, 20, 30, 40], (60, 80))
    assert apply_affine(matrix, [[10, 20], [40, 60]]) == pytest.approx(
        np.array([[-0.5, -0.5], [59.5, 79.5]])
    )


def test_rotation_is_counter_clockwise_on_the_screen():
    matrix = crop_affine([0, 0, 30, 40], (30, 40), rotation=90)
    right_of_centre = apply_affine(matrix, [[25.0, 20.0]])[0]
    assert right_of_centre[1] < 10, "what was to the right is now above the middle"


def test_flip_mirrors_the_finished_crop():
    picture = np.random.default_rng(0).integers(0, 255, (40, 30), dtype=np.uint8)
    plain = cv2.warpAffine(picture, crop_affine([2, 3, 24, 32], (24, 32)), (24, 32))
    flipped = cv2.warpAffine(picture, crop_affine([2, 3, 24, 32], (24, 32), flip=True), (24, 32))
    assert np.array_equal(flipped, plain[:, ::-1])


def test_whole_pixel_crop_copies_pixels():
    picture = np.random.default_rng(1).integers(0, 255, (40, 30), dtype=np.uint8)
    # A box is edges, so the pixels 5…16 span 4.5…16.5.
    crop = cv2.warpAffine(picture, crop_affine([4.5, 7.5, 12, 16], (12, 16)), (12, 16))
    assert np.array_equal(crop, picture[8:24, 5:17])


def test_person_box_is_the_extent_times_1_3():
    box = person_box([[0, 0], [10, 20], [99, 99]], [True, True, False])
    assert box == pytest.approx([-1.5, -3, 13, 26])
    assert person_box([[1, 1]], [False]) is None


def test_head_box_is_square_between_the_head_joints():
    box = head_box_from_joints([50, 10], [50, 80])
    assert box[2] == box[3] == pytest.approx(70.7)
    assert box[1] + box[3] / 2 == pytest.approx(40)


def test_iou():
    boxes = [[0, 0, 10, 10], [5, 0, 10, 10], [100, 100, 0, 0]]
    assert box_iou(boxes, boxes)[0] == pytest.approx([1, 1 / 3, 0])
    assert box_iou(boxes, boxes)[2] == pytest.approx([0, 0, 0])
