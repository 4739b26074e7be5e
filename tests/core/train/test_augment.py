from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.predict.decode import decode_heatmaps
from glpose_core.skeleton import GLPOSE15
from glpose_core.train.augment import Augmentation, change_look, cut, draw_geometry, place_joints
from glpose_core.train.clips import cut_patch, patch_affine, patch_box, plain_crop
from glpose_core.train.motion import _warp
from glpose_core.train.scoring import Found
from glpose_core.train.targets import (
    gaussian_sigma,
    gaussian_targets,
    heatmap_loss,
    location_loss,
)

pytestmark = pytest.mark.quick
JOINTS = GLPOSE15.joints
SIZE = (48, 64)


def scene(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A dark picture with one bright spot per joint, and where the joints are."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(60, 140, (len(JOINTS), 2))
    picture = np.zeros((200, 200, 3), np.uint8)
    ys, xs = np.mgrid[:200, :200]
    for slot, (x, y) in enumerate(xy):
        spot = 250 * np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / 8)
        picture[..., slot % 3] = np.maximum(picture[..., slot % 3], spot)
    return picture, xy


@given(st.integers(0, 10_000))
def test_joints_follow_the_picture_through_any_crop(seed):
    picture, xy = scene()
    known = np.ones(len(JOINTS), bool)
    rng = np.random.default_rng(seed)
    how = Augmentation(half_body_chance=0, shift=0.02)
    geometry = draw_geometry(np.array([50.0, 40, 100, 120]), xy, known, JOINTS, (96, 128), how, rng)
    crop = cut(picture, geometry.matrix, (96, 128))
    placed, _ = place_joints(geometry, xy, known, JOINTS)
    for slot, (x, y) in enumerate(placed):
        if 4 < x < 91 and 4 < y < 123:
            source = GLPOSE15.flip_order[slot] if geometry.flip else slot
            assert crop[round(y), round(x), source % 3] > 120, JOINTS[slot]


def test_a_mirrored_crop_exchanges_the_sides():
    xy = np.random.default_rng(0).uniform(0, 100, (len(JOINTS), 2))
    known = np.arange(len(JOINTS)) % 2 == 0
    how = Augmentation(flip_chance=1, rotation_chance=0, scale=0, shift=0, half_body_chance=0)
    box = np.array([0.0, 0, 100, 100])
    geometry = draw_geometry(box, xy, known, JOINTS, SIZE, how, np.random.default_rng(0))
    placed, seen = place_joints(geometry, xy, known, JOINTS)
    left, right = JOINTS.index("left_wrist"), JOINTS.index("right_wrist")
    assert seen[left] == known[right]
    plain = draw_geometry(
        box, xy, known, JOINTS, SIZE, Augmentation.none(), np.random.default_rng(0)
    )
    there, _ = place_joints(plain, xy, known, JOINTS)
    assert placed[left, 0] == pytest.approx(SIZE[0] - 1 - there[right, 0])


def test_changing_the_look_moves_nothing_and_keeps_the_shape():
    crop = np.full((64, 48, 3), 100, np.uint8)
    how = Augmentation(occlusion_chance=1, blur_chance=1)
    changed = change_look(crop, how, np.random.default_rng(3))
    assert changed.shape == crop.shape
    assert changed.dtype == np.uint8
    assert (change_look(crop, Augmentation.none(), np.random.default_rng(3)) == crop).all()


def test_targets_peak_at_the_sub_pixel_joint():
    xy = torch.tensor([[[17.3, 40.9], [3.0, 60.0]]])
    targets = gaussian_targets(xy, SIZE, 1.5)
    assert targets.shape == (1, 2, 16, 12)
    found, _ = decode_heatmaps(targets.numpy())
    assert found[0, 0] == pytest.approx([17.3, 40.9], abs=0.6)
    assert gaussian_sigma(384) == 3
    assert gaussian_sigma(256) == 2
    assert gaussian_sigma(192) == 1.5


def test_unknown_joints_carry_no_loss():
    targets = gaussian_targets(torch.rand(2, 3, 2) * 40, SIZE, 1.5)
    wrong = torch.rand_like(targets)
    nothing = torch.zeros(2, 3)
    assert heatmap_loss(wrong, targets, nothing) == 0
    assert location_loss(wrong, targets, nothing) == 0
    one = nothing.clone()
    one[0, 1] = 1
    assert heatmap_loss(wrong, targets, one) > 0
    assert heatmap_loss(targets, targets, torch.ones(2, 3)) == 0
    assert location_loss(targets, targets, one) < location_loss(wrong, targets, one)


def test_location_loss_ignores_joints_outside_the_crop():
    targets = gaussian_targets(torch.tensor([[[-400.0, 20.0]]]), SIZE, 1.5)
    assert location_loss(torch.rand_like(targets), targets, torch.ones(1, 1)) == 0


def test_a_patch_holds_the_crop_in_its_middle():
    picture, xy = scene()
    box = np.array([50.0, 40, 100, 120])
    patch = cut_patch(picture, box, SIZE)
    in_patch = patch_affine(box, SIZE)[:, :2] @ xy[0] + patch_affine(box, SIZE)[:, 2]
    crop = plain_crop(patch, SIZE)
    spot = np.unravel_index(crop[..., 0].argmax(), crop.shape[:2])
    # The crop is the middle of the patch at the same resolution, 12 and 16 pixels in from its edges.
    back = np.array([spot[1] + 12, spot[0] + 16])
    reds = np.array(
        [patch_affine(box, SIZE)[:, :2] @ p + patch_affine(box, SIZE)[:, 2] for p in xy[::3]]
    )
    assert np.linalg.norm(reds - back, axis=1).min() < 1.5
    assert (in_patch > 0).all()
    assert patch_box(SIZE)[:2] + patch_box(SIZE)[2:] / 2 == pytest.approx([35.5, 47.5])


def test_a_warp_carries_the_picture_along_with_the_joints():
    patch = np.zeros((120, 90, 3), np.uint8)
    patch[58:63, 38:43] = 255
    source = np.array([[40.0, 60.0], [40.0, 20.0]])
    target = np.array([[52.0, 60.0], [40.0, 20.0]])
    moved = _warp(patch, source, target)
    ys, xs = np.nonzero(moved[..., 0] > 128)
    assert xs.mean() == pytest.approx(52, abs=1.5)
    assert ys.mean() == pytest.approx(60, abs=1.5)


def test_torso_pck_counts_only_people_with_a_torso():
    xy = np.zeros((2, len(JOINTS), 2))
    xy[:, JOINTS.index("left_shoulder")] = (0, 100)
    known = np.ones((2, len(JOINTS)), bool)
    known[1, JOINTS.index("right_hip")] = False
    found = xy.copy()
    found[0, 0] = (20, 0)
    found[0, 1] = (20.1, 0)
    found[1] += 1000
    result = Found(JOINTS, found, np.ones((2, len(JOINTS))), xy, known, np.full(2, 2.0))
    share = result.pck()
    assert share.people == 1
    assert share.pooled == pytest.approx(14 / 15)
    assert share.per_joint[0] == 1
    assert share.per_joint[1] == 0
    assert result.score().joints == 15
    assert result.score().error == pytest.approx(40.2), "the median of 29 joints, in picture pixels"
