"""Cut-outs, pasted pictures and targets of the people finder, on pictures made by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from glpose_core.errors import FormatError
from glpose_core.geometry import box_iou
from glpose_core.network.finder import STRIDE, PersonFinder
from glpose_core.skeleton import POSETRACK17
from glpose_core.train.composites import draw, map_boxes
from glpose_core.train.cutouts import cut_out, keep_cutouts, read_cutouts
from glpose_core.train.finding import FinderRecipe, finder_loss, make_targets, train_finder
from glpose_core.train.material import CompositeRecipe, Drawn, Material
from glpose_core.train.scenes import Scene, keep_scenes, outline_box, read_scenes

JOINTS = {
    "nose": (100, 52), "head_bottom": (100, 64), "head_top": (100, 40),
    "left_shoulder": (114, 74), "right_shoulder": (86, 74), "left_elbow": (120, 98), "right_elbow": (80, 98),
    "left_wrist": (122, 120), "right_wrist": (78, 120), "left_hip": (109, 126), "right_hip": (91, 126),
    "left_knee": (110, 160), "right_knee": (90, 160), "left_ankle": (110, 194), "right_ankle": (90, 194),
}  # fmt: skip
NOBODY = np.zeros((0, 4))


def pose():
    xy = np.zeros((17, 2))
    for name, place in JOINTS.items():
        xy[POSETRACK17.index(name)] = place
    return xy, np.array([name in JOINTS for name in POSETRACK17.joints])


@pytest.fixture
def standing():
    """A red person with thick limbs before a green meadow, and where they are."""
    rng = np.random.default_rng(0)
    mask = np.zeros((240, 200), np.uint8)
    for a, b, thick in (
        ("left_shoulder", "left_wrist", 12), ("right_shoulder", "right_wrist", 12),
        ("left_hip", "left_ankle", 16), ("right_hip", "right_ankle", 16),
    ):  # fmt: skip
        cv2.line(mask, JOINTS[a], JOINTS[b], 1, thick)
    cv2.rectangle(mask, (84, 66), (116, 132), 1, -1)
    cv2.circle(mask, (100, 52), 13, 1, -1)
    picture = np.zeros((240, 200, 3))
    picture[:] = (60, 130, 60)
    picture[mask > 0] = (200, 50, 40)
    noise = cv2.GaussianBlur(rng.normal(0, 60, picture.shape), (0, 0), 1)
    return np.clip(picture + noise, 0, 255).astype(np.uint8), mask


@pytest.fixture
def material(standing):
    picture, _ = standing
    found = cut_out(picture, *pose())
    rng = np.random.default_rng(1)
    ground = rng.integers(0, 255, (120, 160, 3), dtype=np.uint8)
    scene = Scene.of(picture, outline_box(found)[None], NOBODY, False)
    return Material([[found.rgba]], [1.0], [ground], [scene], [scene], [])


def test_the_outline_of_a_person_is_found(standing):
    picture, mask = standing
    found = cut_out(picture, *pose())
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    truth = np.array([columns[0] - 0.5, rows[0] - 0.5, np.ptp(columns) + 1, np.ptp(rows) + 1])
    assert box_iou(outline_box(found), truth)[0, 0] > 0.9


@pytest.mark.quick
def test_too_few_joints_give_no_outline(standing):
    picture, _ = standing
    xy, known = pose()
    known[POSETRACK17.index("left_hip")] = known[POSETRACK17.index("right_hip")] = False
    assert cut_out(picture, xy, known) is None


def test_cutouts_and_scenes_come_back_from_files(tmp_path, standing):
    picture, _ = standing
    found = cut_out(picture, *pose())
    keep_cutouts([found, found], tmp_path / "c.npz")
    assert [np.array_equal(one, found.rgba) for one in read_cutouts(tmp_path / "c.npz")] == [
        True
    ] * 2
    scene = Scene.of(picture, np.array([[1.0, 2, 3, 4]]), np.array([[5.0, 6, 7, 8]]), True)
    keep_scenes([scene, Scene.of(picture, NOBODY, NOBODY, False)], tmp_path / "s.npz")
    first, second = read_scenes(tmp_path / "s.npz")
    assert np.array_equal(first.picture(), scene.picture())
    assert first.boxes.tolist() == [[1, 2, 3, 4]]
    assert first.ignored.tolist() == [[5, 6, 7, 8]]
    assert (first.everywhere, second.everywhere, len(second.boxes)) == (True, False, 0)
    (tmp_path / "s.npz").write_bytes(b"no archive")
    for read in (read_scenes, read_cutouts):
        with pytest.raises(FormatError, match=r"s\.npz"):
            read(tmp_path / "s.npz")


def test_boxes_are_of_what_is_seen(material):
    """People are red, and nothing else is: their boxes hold all that is red, and touch it on every side."""
    rng = np.random.default_rng(5)
    recipe = CompositeRecipe(stills=0, coco=0, rendered=0, decoys=0, empty=0, least=60, people=1)
    material.backgrounds[0][:] = 90
    seen = 0
    for _ in range(40):
        drawn = draw(material, recipe, 128, rng)
        for x, y, w, h in drawn.boxes:
            seen += 1
            assert x >= -0.5
            assert y >= -0.5
            assert x + w <= 127.5
            assert y + h <= 127.5
        if len(drawn.boxes) == 1 and len(drawn.ignored) == 0:
            spread = drawn.picture.astype(int).max(axis=2) - drawn.picture.astype(int).min(axis=2)
            x, y, w, h = drawn.boxes[0]
            inside = np.zeros((128, 128), bool)
            inside[round(y + 0.5) : round(y + h + 0.5), round(x + 0.5) : round(x + w + 0.5)] = True
            if spread.max() > 60:  # not one of the pictures without colour
                assert spread[inside].mean() > 3 * spread[~cv2_grown(inside)].mean()
    assert seen > 20


def cv2_grown(mask: np.ndarray) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0


@pytest.mark.quick
def test_the_same_seed_draws_the_same(material):
    first, second = (
        draw(material, CompositeRecipe(), 96, np.random.default_rng(3)) for _ in range(2)
    )
    assert np.array_equal(first.picture, second.picture)
    assert np.array_equal(first.boxes, second.boxes)


@pytest.mark.quick
def test_boxes_are_mirrored_with_the_picture():
    mirror = np.array([[-1.0, 0, 99], [0, 1, 0]])
    assert map_boxes(mirror, np.array([[10.0, 5, 20, 30]])).tolist() == [[69, 5, 20, 30]]


def _drawn(boxes, ignored=NOBODY) -> Drawn:
    return Drawn(
        np.zeros((64, 64, 3), np.uint8),
        np.array(boxes, float).reshape(-1, 4),
        np.array(ignored, float),
    )


@pytest.mark.quick
def test_targets_say_where_people_are_and_how_large():
    targets = make_targets([_drawn([[8, 12, 20, 40]])], 64)
    row, column = np.argwhere(targets.centre[0].numpy() == 1)[0]
    at = (np.array([column, row]) + 0.5) * STRIDE - 0.5
    left, up, right, down = targets.edges[0, :, row, column].tolist()
    assert [at[0] - left, at[1] - up, left + right, up + down] == pytest.approx([8, 12, 20, 40])
    assert targets.known.min() == 1
    assert (targets.near > 0).sum() > 1


@pytest.mark.quick
def test_nothing_is_said_about_ignored_regions_but_of_the_people_in_them():
    targets = make_targets([_drawn([[8, 12, 20, 40]], [[-0.5, -0.5, 64, 64]])], 64)
    assert 0 < targets.known.sum() < targets.known.numel()
    assert targets.known[targets.centre == 1].tolist() == [1]


@pytest.mark.quick
def test_the_loss_vanishes_for_the_truth_and_grows_with_faults():
    targets = make_targets([_drawn([[8, 12, 20, 40]])], 64)
    sure = torch.where(targets.centre == 1, 20.0, -20.0)
    right = finder_loss(sure, targets.edges, targets)
    assert [float(part) for part in right] == pytest.approx([0, 0], abs=1e-3)
    missed = finder_loss(torch.full_like(sure, -20.0), targets.edges * 1.5, targets)
    assert missed[0] > 1
    assert missed[1] > 0.2


def test_a_few_steps_teach_something(material):
    torch.manual_seed(0)
    model = PersonFinder(4, (1, 1), 8)
    seen = []
    recipe = FinderRecipe(0.04, ((64, 1.0),), batch=4, save_every_minutes=0.01, learning_rate=5e-3)
    progress = train_finder(
        model, lambda: material, recipe, lambda state, p: seen.append((state, p))
    )
    assert progress.pictures >= 8
    assert seen[-1][1] == progress
    assert set(seen[-1][0]) == set(model.state_dict())
    assert np.isfinite([p.centre_loss for _, p in seen]).all()
    assert seen[-1][1].centre_loss < seen[0][1].centre_loss
