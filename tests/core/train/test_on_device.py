"""Crops of stills drawn by the batch show the same as those drawn one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from glpose_core.geometry import person_box
from glpose_core.predict.crops import crop_matrices, cut_crops
from glpose_core.skeleton import GLPOSE15
from glpose_core.train.augment import UPPER_PARTS, Augmentation
from glpose_core.train.checkpoint import NAME, load_checkpoint, save_checkpoint
from glpose_core.train.mixture import Part
from glpose_core.train.on_device import DeviceStills
from glpose_core.train.recipe import Recipe
from glpose_core.train.samples import PoseSamples
from glpose_core.train.training import Training
from glpose_core.train.views import View

from .conftest import tiny_hrnet

SIZE = (48, 64)
CPU = torch.device("cpu")


def people(count: int, seed: int = 0, side: int = 120) -> PoseSamples:
    """People made of coloured dots, one on each joint, on a smooth ground."""
    rng = np.random.default_rng(seed)
    pictures, places = [], []
    for _ in range(count):
        picture = cv2.resize(rng.integers(0, 90, (5, 5, 3), dtype=np.uint8), (side, side))
        xy = rng.uniform(0.3 * side, 0.7 * side, (len(GLPOSE15.joints), 2))
        for x, y in xy:
            cv2.circle(picture, (round(x), round(y)), 3, (255, 255, 255), -1)
        pictures.append(picture)
        places.append(np.round(xy))
    xy = np.array(places)
    low, high = xy.min(axis=1), xy.max(axis=1)
    return PoseSamples(
        joints=GLPOSE15.joints,
        pictures=pictures,
        picture=np.arange(count),
        boxes=np.concatenate([low - 6, high - low + 12], axis=1),
        xy=xy,
        known=np.ones(xy.shape[:2], dtype=bool),
    )


def test_a_plain_crop_is_the_one_that_prediction_cuts() -> None:
    samples = people(3)
    drawn = DeviceStills([samples], CPU, SIZE[0] / SIZE[1]).draw(
        torch.arange(3), View(SIZE, how=Augmentation.none()), seed=1
    )
    maps = crop_matrices(samples.boxes, SIZE)
    for row in range(3):
        crop = cut_crops(samples.pictures[row], maps[row][None], SIZE)[0]
        away = np.abs(crop.astype(int) - drawn.crops[row, 0].numpy().astype(int))
        assert np.median(away) <= 1
        assert np.mean(away) < 2
        placed = samples.xy[row] @ maps[row][:, :2].T + maps[row][:, 2]
        assert np.allclose(drawn.xy[row].numpy(), placed, atol=1e-2)
    assert drawn.known.min() == 1


def test_joints_go_where_the_picture_goes() -> None:
    samples = people(24)
    how = Augmentation(colour=0, blur_chance=0, occlusion_chance=0, rotation_chance=1.0)
    drawn = DeviceStills([samples], CPU, SIZE[0] / SIZE[1]).draw(
        torch.arange(24), View(SIZE, how=how), seed=3
    )
    bright = []
    for row in range(24):
        for x, y in drawn.xy[row].numpy():
            if 1 < x < SIZE[0] - 2 and 1 < y < SIZE[1] - 2:
                bright.append(drawn.crops[row, 0, round(float(y)), round(float(x))].min() > 120)
    assert len(bright) > 150
    assert np.mean(bright) > 0.97


def test_a_mirrored_person_changes_sides() -> None:
    samples = people(1)
    stills = DeviceStills([samples], CPU, SIZE[0] / SIZE[1])
    plain, turned = (
        stills.draw(
            torch.zeros(1, dtype=torch.int64),
            View(SIZE, how=replace(Augmentation.none(), flip_chance=chance)),
            seed=0,
        )
        for chance in (0.0, 1.0)
    )
    left, right = GLPOSE15.joints.index("left_wrist"), GLPOSE15.joints.index("right_wrist")
    assert torch.allclose(turned.xy[0, left, 0], SIZE[0] - 1 - plain.xy[0, right, 0], atol=1e-3)
    flipped = plain.crops[0, 0].flip(1).int()
    assert (flipped - turned.crops[0, 0].int()).abs().max() <= 1


def test_unknown_joints_stay_unknown_and_move_with_their_side() -> None:
    samples = people(1)
    left, right = GLPOSE15.joints.index("left_knee"), GLPOSE15.joints.index("right_knee")
    samples.known[0, left] = False
    turned = DeviceStills([samples], CPU, SIZE[0] / SIZE[1]).draw(
        torch.zeros(1, dtype=torch.int64),
        View(SIZE, how=replace(Augmentation.none(), flip_chance=1.0)),
        seed=0,
    )
    assert turned.known[0, right] == 0
    assert turned.known[0].sum() == len(GLPOSE15.joints) - 1


def test_half_bodies_show_one_half_larger() -> None:
    samples = people(32)
    upper = np.array([any(part in joint for part in UPPER_PARTS) for joint in samples.joints])
    samples.xy[..., 1] += np.where(upper, -30, 30)  # an upright person
    boxes = [person_box(*person) for person in zip(samples.xy, samples.known, strict=True)]
    samples.boxes = np.array(boxes)
    how = replace(Augmentation.none(), half_body_chance=1.0)
    stills = DeviceStills([samples], CPU, SIZE[0] / SIZE[1])
    drawn = stills.draw(torch.arange(32), View(SIZE, how=how), seed=0).xy.numpy()
    high, low = drawn[:, upper], drawn[:, ~upper]
    inside = [((half > 0) & (half < np.array(SIZE))).all(axis=(1, 2)) for half in (high, low)]
    assert (inside[0] ^ inside[1]).all()
    assert 5 < inside[0].sum() < 27


@pytest.mark.parametrize(
    "how",
    [
        replace(Augmentation.none(), blur_chance=1.0),
        replace(Augmentation.none(), occlusion_chance=1.0),
        replace(Augmentation.none(), colour=0.4),
    ],
)
def test_looks_change_without_moving_anything(how: Augmentation) -> None:
    samples = people(8)
    stills = DeviceStills([samples], CPU, SIZE[0] / SIZE[1])
    rows = torch.arange(8)
    plain = stills.draw(rows, View(SIZE, how=Augmentation.none()), seed=5)
    changed = stills.draw(rows, View(SIZE, how=how), seed=5)
    assert torch.equal(plain.xy, changed.xy)
    same = (plain.crops == changed.crops).float().mean()
    assert 0.02 < same < 0.999


def test_the_seed_decides_everything_and_sets_are_numbered_through() -> None:
    sets = [people(2, seed=1), people(3, seed=2)]
    stills = DeviceStills(sets, CPU, SIZE[0] / SIZE[1])
    rows = torch.tensor([4, 0, 2])
    one, again, other = (stills.draw(rows, View(SIZE), seed=seed) for seed in (7, 7, 8))
    assert len(stills) == 5
    assert torch.equal(one.crops, again.crops)
    assert torch.equal(one.xy, again.xy)
    assert not torch.equal(one.crops, other.crops)


def test_a_training_draws_there_and_resumes_to_the_same_bits(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("glpose_core.train.training.DRAWING_DEVICES", ("cpu",))
    samples = people(6)
    parts = [Part(samples)]

    def begun() -> Training:
        return Training(tiny_hrnet(), parts, replace(recipe, steps=6, ema=0.5))

    whole = begun()
    whole.run()
    broken = begun()
    broken.run(until=2)
    save_checkpoint(broken, tmp_path / NAME)
    resumed = begun()
    load_checkpoint(resumed, tmp_path / NAME)
    resumed.run()
    assert torch.equal(whole.loss, resumed.loss)
    monkeypatch.undo()
    one_by_one = begun()
    one_by_one.run()
    assert not torch.equal(whole.loss, one_by_one.loss)
