"""The people finder's training on a device, tried on the processor: labels that move along, targets, widening."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from glpose_core.network.finder import PersonFinder, load_finder, save_finder
from glpose_core.people.find.trained import TrainedDetector
from glpose_core.train.augment import Augmentation
from glpose_core.train.composites import draw
from glpose_core.train.drawers import IGNORED, MOST, NOTHING, PERSON, Drawers, Pool, pack_labels
from glpose_core.train.finder_targets import batch_targets
from glpose_core.train.finder_views import Views, change_pieces, cut_pieces, move_labels
from glpose_core.train.finding import make_targets
from glpose_core.train.finding_on_device import DeviceRecipe, train_on_device
from glpose_core.train.material import CompositeRecipe, Drawn, Material
from glpose_core.train.pasting import Canvas
from glpose_core.train.widen import widen

NOBODY = np.zeros((0, 4))
CPU = torch.device("cpu")
NEEDS_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU")


def ones_and_zeros() -> Material:
    """White people on black ground."""
    person = np.full((60, 20, 4), 255, np.uint8)
    return Material([[person]], [1.0], [np.zeros((100, 100, 3), np.uint8)], [], [], [])


def no_material() -> Material:
    raise ValueError("no pictures here")


def labels_of(*boxes, ignored=NOBODY):
    return torch.from_numpy(pack_labels(np.array(boxes, float).reshape(-1, 4), np.array(ignored)))[
        None
    ]


def kinds(labels):
    return labels[0, :, 4][labels[0, :, 4] != NOTHING].tolist()


@pytest.mark.quick
def test_boxes_move_along_with_pieces():
    """A white rectangle on black, cut out in many ways: the box is where the white is."""
    torch.manual_seed(0)
    picture = torch.zeros(1, 96, 96, 3, dtype=torch.uint8)
    picture[:, 30:62, 40:56] = 255
    labels = labels_of([39.5, 29.5, 16, 32])
    for _ in range(20):
        pieces, moved = cut_pieces(picture, labels, 64, Views(whole=0.2, least=0.6))
        white = pieces[0, 0].numpy() > 127
        rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
        truth = [columns[0] - 0.5, rows[0] - 0.5, len(columns), len(rows)]
        assert moved[0, 0, :4].tolist() == pytest.approx(truth, abs=1.5)
        assert kinds(moved)[0] == PERSON


@pytest.mark.quick
def test_of_whom_too_little_is_left_is_ignored_and_who_is_outside_is_gone():
    labels = labels_of([-0.5, -0.5, 40, 60], [59.5, 59.5, 30, 30], [29.5, 29.5, 4, 4])
    corner, zoom = torch.tensor([[32.0, 32.0]]), torch.tensor([1.0])
    moved = move_labels(labels, corner, zoom, torch.tensor([False]), 64)
    ordered = labels[0, :3, 2].tolist()
    found = dict(zip(ordered, moved[0, :3, 4].tolist(), strict=True))
    assert found[40] == IGNORED
    assert found[30] == PERSON
    assert found[4] == IGNORED
    far = move_labels(labels, corner + 200, zoom, torch.tensor([True]), 64)
    assert kinds(far) == []


@pytest.mark.quick
def test_a_look_that_changes_nothing_gives_the_same_picture():
    plain = Views(colour=0, grey=0, blur=0, grain=0, blocks=0)
    pieces = torch.randint(0, 256, (2, 3, 32, 32)).float()
    assert torch.equal(change_pieces(pieces, plain), pieces.permute(0, 2, 3, 1).to(torch.uint8))


@pytest.mark.quick
def test_other_looks_stay_near_the_picture():
    torch.manual_seed(0)
    pieces = torch.rand(8, 3, 64, 64).mul(255)
    pieces = torch.nn.functional.avg_pool2d(pieces, 9, 1, 4)
    how = Views(colour=0, grey=0, blur=1, grain=1, blocks=1)
    away = (change_pieces(pieces, how).permute(0, 3, 1, 2).float() - pieces).abs()
    assert 0.5 < float(away.mean()) < 12


@pytest.mark.quick
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=NEEDS_CUDA)])
def test_targets_of_batches_are_those_of_single_pictures(device):
    rng = np.random.default_rng(0)
    drawn = []
    for count in (0, 1, 3, 6):
        corners, sizes = rng.uniform(0, 60, (count, 2)), rng.uniform(10, 60, (count, 2))
        boxes = np.concatenate([corners, np.minimum(sizes, 95 - corners)], axis=1)
        ignored = np.array([[10.0, 10, 40, 30]]) if count > 1 else NOBODY
        drawn.append(Drawn(np.zeros((96, 96, 3), np.uint8), boxes, ignored))
    labels = np.stack([pack_labels(one.boxes, one.ignored) for one in drawn])
    ours, theirs = batch_targets(torch.from_numpy(labels).to(device), 96), make_targets(drawn, 96)
    for name in ("centre", "known", "near", "edges"):
        torch.testing.assert_close(
            getattr(ours, name).cpu(), getattr(theirs, name), atol=1e-4, rtol=1e-4
        )


@pytest.mark.quick
def test_the_largest_boxes_are_kept_and_people_before_ignored_regions():
    boxes = np.column_stack([np.zeros((80, 2)), np.arange(1, 81), np.arange(1, 81)]).astype(float)
    labels = pack_labels(boxes, boxes[:2])
    assert labels.shape == (MOST, 5)
    assert labels[0].tolist() == [0, 0, 80, 80, PERSON]
    assert set(labels[:, 4]) == {PERSON}


@pytest.mark.quick
def test_crowds_are_drawn_with_boxes_of_what_is_seen():
    recipe = CompositeRecipe(stills=0, coco=0, rendered=0, crowds=1.0, least=12, joined=1.0)
    rng = np.random.default_rng(0)
    counts = []
    for _ in range(10):
        drawn = draw(ones_and_zeros(), recipe, 192, rng)
        counts.append(len(drawn.boxes))
        assert (drawn.boxes[:, :2] >= -0.5).all()
        assert (drawn.boxes[:, :2] + drawn.boxes[:, 2:] <= 191.5).all()
    assert max(counts) > 6


@pytest.mark.quick
def test_what_is_pasted_covers_others_whether_it_is_somebody_or_not():
    shape = np.full((20, 10, 4), 255, np.uint8)
    for person in (True, False):
        canvas = Canvas(np.zeros((64, 64, 3), np.uint8))
        canvas.paste(shape, np.array([20.0, 20.0]), person)
        boxes = np.array([[14.5, 9.5, 10, 20], [14.5, 9.5, 20, 20], [40, 40, 10, 10]])
        assert canvas.covered(boxes).tolist() == pytest.approx([1, 0.5, 0], abs=0.12)
        assert len(canvas.seen()[0]) == person


@pytest.mark.quick
def test_the_boxes_of_four_pictures_lie_where_their_people_are():
    recipe = CompositeRecipe(
        stills=0, coco=0, rendered=0, decoys=0, empty=0, people=1, least=40, quarters=1.0,
        look=Augmentation.none(), camera=False,
    )  # fmt: skip
    drawn = draw(ones_and_zeros(), recipe, 192, np.random.default_rng(2))
    light = drawn.picture.max(axis=2) > 60
    covered = np.zeros_like(light)
    for x, y, w, h in np.concatenate([drawn.boxes, drawn.ignored]):
        covered[round(y) : round(y + h) + 2, round(x) : round(x + w) + 2] = True
    assert len(drawn.boxes) >= 3
    assert light.any()
    assert covered[light].mean() > 0.99


@pytest.mark.quick
def test_a_wider_finder_says_what_the_narrow_one_says(tmp_path):
    torch.manual_seed(1)
    narrow = PersonFinder(4, (1, 2), 8)
    for module in narrow.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    wide = PersonFinder(7, (1, 2), 8)
    widen(narrow, wide)
    picture = torch.randn(1, 3, 64, 48)
    with torch.no_grad():
        for ours, theirs in zip(wide.eval()(picture), narrow.eval()(picture), strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-4)
    with pytest.raises(ValueError, match="cannot be widened"):
        widen(wide, narrow)
    save_finder(wide, tmp_path / "w.safetensors", {})
    assert load_finder(tmp_path / "w.safetensors").width == 7
    TrainedDetector(tmp_path / "w.safetensors").find(np.zeros((60, 80, 3), np.uint8))


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=NEEDS_CUDA)])
def test_a_few_steps_on_pictures_drawn_by_other_processes(device):
    model = PersonFinder(4, (1, 1), 8)
    seen = []
    recipe = DeviceRecipe(
        0.02, side=64, drawn=96, pool=16, first=8, batch=4, save_every_minutes=0.005
    )
    progress = train_on_device(
        model,
        ones_and_zeros,
        recipe,
        torch.device(device),
        lambda state, p: seen.append((state, p)),
    )
    assert progress.pictures >= 4
    assert progress.drawn >= 8
    assert seen[-1][1] == progress
    assert set(seen[-1][0]) == set(model.state_dict())
    assert np.isfinite([progress.centre_loss, progress.box_loss]).all()


def test_frozen_layers_stay_as_they_are():
    model = PersonFinder(4, (1, 1), 8)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    recipe = DeviceRecipe(0.01, side=64, drawn=96, pool=16, first=8, batch=4, freeze=True)
    train_on_device(model, ones_and_zeros, recipe, CPU, lambda state, p: None)
    changed = {n for n, v in model.state_dict().items() if not torch.equal(v, before[n])}
    assert not {name for name in changed if name.startswith(("trunk.conv1", "trunk.layer1"))}
    assert "centre.weight" in changed


def test_a_failure_in_a_process_is_told():
    with (
        Drawers(no_material, CompositeRecipe(), 64, 1, 0) as drawers,
        pytest.raises(RuntimeError, match="no pictures here"),
    ):
        next(drawers.ready(wait=True))


@pytest.mark.quick
def test_a_pool_keeps_the_pictures_added_last():
    pool = Pool(16, 4, CPU)
    labels = np.zeros((8, MOST, 5), np.float32)
    for value in range(3):
        pool.add(np.full((8, 4, 4, 3), value, np.uint8), labels)
    assert pool.drawn == 24
    assert {int(one) for one in pool.choose(200)[0].unique()} == {1, 2}
