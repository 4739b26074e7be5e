from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from glpose_core.geometry import person_box, scale_box
from glpose_core.people.follow.assign import LEAST_ALIKE, assign, look, look_likeness, pose_likeness
from glpose_core.people.follow.boxes import (
    Pose,
    Poses,
    blend,
    pose_box,
    share_inside,
    spread_correction,
)
from glpose_core.people.follow.cuts import glance, is_cut

pytestmark = pytest.mark.quick
BOX = np.array([10.0, 20.0, 40.0, 90.0])


def test_assignment_is_the_best_in_all_and_not_pair_by_pair():
    scores = np.array([[0.9, 0.8], [0.85, 0.0]])
    assert assign(scores, np.array([False, False])) == [(0, 1), (1, 0)]


def test_people_named_by_humans_choose_first():
    scores = np.array([[0.9, 0.5], [0.6, 0.0]])
    assert assign(scores, np.array([False, True])) == [(0, 1), (1, 0)]


def test_unlike_pairs_are_never_matched():
    assert assign(np.full((2, 2), LEAST_ALIKE - 0.01), np.array([True, False])) == []


@given(arrays(np.float64, (4, 5), elements=st.floats(0, 1)), arrays(np.bool_, 4))
def test_nobody_is_matched_twice(scores, first):
    pairs = assign(scores, first)
    assert len({r for r, _ in pairs}) == len({c for _, c in pairs}) == len(pairs)
    assert all(scores[pair] >= LEAST_ALIKE for pair in pairs)


def test_pose_likeness_is_one_for_equal_poses_and_falls_with_distance():
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 100, (1, 17, 2))
    score = np.full((1, 17), 0.5)
    area = np.array([100.0 * 50])
    values = [
        pose_likeness(Poses(xy, score), Poses(xy + d, score), area)[0, 0] for d in (0, 3, 10, 60)
    ]
    assert values[0] == pytest.approx(1)
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.05


def test_pose_box_of_a_whole_pose_is_its_person_box():
    rng = np.random.default_rng(1)
    xy = rng.uniform(30, 70, (17, 2))
    found = pose_box(BOX, Pose(xy, np.full(17, 0.9)))
    assert found == pytest.approx(person_box(xy, np.ones(17, bool)))


def test_hidden_feet_leave_the_lower_edge_alone():
    xy = np.tile([[30.0, 50.0]], (17, 1))
    score = np.full(17, 0.9)
    score[13:] = 0.0  # knees and ankles
    inner = scale_box(pose_box(BOX, Pose(xy, score)), 1 / 1.3)
    before = scale_box(BOX, 1 / 1.3)
    assert inner[1] + inner[3] == pytest.approx(before[1] + before[3])


def test_an_unsure_pose_moves_nothing():
    assert pose_box(BOX, Pose(np.zeros((17, 2)), np.full(17, 0.1))).tolist() == BOX.tolist()


def test_blend_goes_from_one_box_to_the_other():
    other = np.array([0.0, 0.0, 10.0, 20.0])
    assert blend(BOX, other, 0) == pytest.approx(BOX)
    assert blend(BOX, other, 1) == pytest.approx(other)


def test_a_correction_is_spread_over_the_frames_before_it():
    run = [np.add(BOX, (i, 0, 0, 0)) for i in range(4)]
    bent = spread_correction(run, np.add(run[-1], (8.0, 0, 0, 0)))
    assert [b[0] - a[0] for a, b in zip(run, bent, strict=True)] == pytest.approx([2, 4, 6, 8])
    assert all(b[2:] == pytest.approx(BOX[2:]) for b in bent)


def test_one_box_that_is_corrected_is_what_it_is_corrected_to():
    corrected = np.add(BOX, (0.1, 0.2, 0.3, 0.4))
    (bent,) = spread_correction([BOX], corrected)
    assert bent.tolist() == corrected.tolist()
    assert bent is not corrected


def test_share_inside_is_that_of_every_box():
    boxes = np.array([[-0.5, -0.5, 10, 10], [-5.5, -0.5, 10, 10], [20.0, 0, 10, 10]])
    assert share_inside(boxes, 10, 10).tolist() == [share_inside(box, 10, 10) for box in boxes]


def test_share_inside_counts_from_pixel_edges():
    assert share_inside(np.array([-0.5, -0.5, 10, 10]), 10, 10) == pytest.approx(1)
    assert share_inside(np.array([-5.5, -0.5, 10, 10]), 10, 10) == pytest.approx(0.5)
    assert share_inside(np.array([20.0, 0, 10, 10]), 10, 10) == 0


def test_colours_tell_people_apart():
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, :100], picture[:, 100:] = (200, 30, 30), (30, 30, 200)
    left, again, right = (look(picture, np.array([x, 5.0, 50, 90])) for x in (10.0, 30.0, 120.0))
    assert look_likeness(left[None], again[None])[0, 0] > 0.99
    assert look_likeness(left[None], right[None])[0, 0] < 0.6
    assert look(picture, np.array([500.0, 5, 50, 90])).sum() == 0


def scene(seed: int, tint: tuple[int, int, int]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (120, 200, 3)), (0, 0), 6)
    return (noise / noise.std() * 40 + np.array(tint)).clip(0, 255).astype(np.uint8)


def test_a_cut_is_a_change_of_colours_and_of_layout():
    a, b = scene(1, (90, 120, 90)), scene(2, (180, 90, 60))
    assert is_cut(glance(a), glance(b))
    assert is_cut(glance(b), glance(a))
    assert not is_cut(glance(a), glance(a))


def test_a_flash_and_a_pan_are_no_cuts():
    a = scene(1, (90, 120, 90))
    brighter = np.clip(a.astype(int) + 90, 0, 255).astype(np.uint8)
    assert not is_cut(glance(a), glance(brighter))
    assert not is_cut(glance(a), glance(np.roll(a, 60, axis=1)))
