from __future__ import annotations

import numpy as np
import pytest

from glpose_core.labels.poses import PREDICTION_DTYPE, Visibility
from glpose_core.predict.overlay import PALETTE, draw_poses
from glpose_core.skeleton import POSETRACK17

pytestmark = pytest.mark.quick


def one_pose(score: float = 0.9, visibility: int = Visibility.VISIBLE) -> np.ndarray:
    rows = np.zeros(1, PREDICTION_DTYPE)
    rng = np.random.default_rng(2)
    rows["xy"] = rng.uniform((60, 60), (240, 260), (1, 17, 2))
    rows["score"], rows["visibility"] = score, visibility
    rows["box"] = [40, 40, 220, 250]
    return rows


def draw(rows, people=None, shape=(320, 300)):
    ground = np.full((*shape, 3), 40, np.uint8)
    drawn = draw_poses(ground, rows, people or {0: 0})
    assert (ground == 40).all()  # a copy is drawn on
    return drawn


def near(picture, colour, tolerance=12) -> int:
    return int((np.abs(picture.astype(int) - colour).max(axis=2) <= tolerance).sum())


def test_left_and_right_are_told_apart_and_people_by_their_colours():
    first, second = draw(one_pose()), draw(one_pose(), {0: 1})
    for person, picture in enumerate((first, second)):
        assert all(near(picture, tone) > 20 for tone in PALETTE[person])
    assert near(first, PALETTE[1][0]) == 0


def test_low_confidence_is_faded():
    light = PALETTE[0][0]
    assert near(draw(one_pose(0.9)), light) > near(draw(one_pose(0.2)), light) + 50


def test_hidden_joints_are_rings_and_absent_ones_are_not_drawn():
    rows = one_pose()
    rows["visibility"] = Visibility.ABSENT
    nose = POSETRACK17.index("nose")
    rows["box"] = [0, 0, 300, 700]
    rows["xy"][0, nose] = (150, 160)
    empty = draw(rows)
    assert (empty[160, 150] == 40).all()
    rows["visibility"][0, nose] = Visibility.VISIBLE
    assert not (draw(rows)[160, 150] == 40).all()
    rows["visibility"][0, nose] = Visibility.OCCLUDED
    ring = draw(rows)
    assert (ring[160, 150] == 40).all()
    assert (ring[150:171, 140:161] != 40).any()


def test_joints_far_outside_do_no_harm():
    rows = one_pose()
    rows["xy"] *= 1e7
    rows["box"] = [-1e6, -1e6, 1e6, 1e6]
    draw(rows)
    draw(rows, shape=(20, 8))
