from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.geometry import apply_affine
from glpose_core.predict.crops import crop_matrices, cut_crops
from glpose_core.predict.features import (
    Feature,
    FeatureCache,
    cell_maps,
    resample,
    room_for_features,
)

pytestmark = pytest.mark.quick
SIZE = (96, 128)


def sampled(crops: np.ndarray) -> torch.Tensor:
    """A linear 'backbone' whose cell i sees exactly crop pixel 4 i."""
    return torch.from_numpy(crops[:, ::4, ::4].astype(np.float32)).permute(0, 3, 1, 2)


def picture() -> np.ndarray:
    """Smooth waves, slow against a cell, so that interpolation is almost exact."""
    y, x = np.mgrid[:400, :600]
    waves = [np.sin(x / 37), np.cos(y / 29), np.sin((x + y) / 51)]
    return (np.stack(waves, axis=2) * 110 + 128).astype(np.uint8)


@given(st.floats(-14, 14), st.floats(-14, 14), st.floats(0.85, 1.2))
def test_resampled_features_equal_those_of_the_crop_taken_anew(dx, dy, grow):
    own = np.array([250.0, 120.0, 90.0, 160.0])
    centre, size = own[:2] + own[2:] / 2 + (dx, dy), own[2:] * grow
    key = np.concatenate([centre - size / 2, size])
    source, target = crop_matrices(np.stack([own, key]), SIZE)
    before, wanted = sampled(cut_crops(picture(), np.stack([source, target]), SIZE))
    got = resample(before[None], source[None], target[None])[0]
    # Only cells that the own crop saw can be equal; the rest repeats its border.
    columns, rows = np.meshgrid(np.arange(24), np.arange(32))
    cells = apply_affine(
        cell_maps(source, target), np.stack([columns, rows], axis=-1).reshape(-1, 2)
    )
    seen = ((cells >= 0) & (cells <= (23, 31))).all(axis=1).reshape(32, 24)
    assert seen.mean() > 0.5
    assert float((got - wanted).abs()[:, torch.from_numpy(seen)].max()) < 4.0


def test_the_same_box_gives_the_same_features():
    matrices = crop_matrices([[10.0, 20, 50, 90]], SIZE)
    values = torch.randn(1, 5, 32, 24)
    assert torch.allclose(resample(values, matrices, matrices), values, atol=1e-4)


def test_a_shift_by_whole_cells_moves_cells():
    source = np.array([[[1.0, 0, 0], [0, 1, 0]]])
    target = np.array([[[1.0, 0, -8], [0, 1, 4]]])  # two cells to the right, one up
    values = torch.arange(32 * 24.0).view(1, 1, 32, 24)
    moved = resample(values, source, target)[0, 0]
    assert torch.allclose(moved[1:, :-2], values[0, 0, :-1, 2:], atol=1e-3)
    assert torch.allclose(moved[1:, -1], values[0, 0, :-1, -1], atol=1e-3)  # border repeated


def test_upright_crops_are_resampled_as_turned_ones_are():
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(5, 3, 32, 24, generator=generator).bfloat16()
    rng = np.random.default_rng(0)
    boxes = np.array([40.0, 30, 50, 90]) + rng.uniform(-12, 12, (2, 5, 4))
    source, target = (crop_matrices(each, SIZE) for each in boxes)
    quick = resample(values, source, target)
    # A turn too small to see takes the general way.
    target = target.copy()
    target[:, 0, 1] += 1e-9
    torch.testing.assert_close(quick, resample(values, source, target), rtol=0, atol=2e-5)


def feature(value: float, score: float = 0.9) -> Feature:
    values = torch.full((4, 8, 6), value, dtype=torch.float16)
    return Feature(values, np.eye(2, 3), np.zeros(4, np.float32), score, np.zeros(4))


def test_beyond_its_budget_the_cache_goes_on_in_a_file():
    one = feature(0).values.nbytes
    cache = FeatureCache(3 * one)
    for frame in range(5):
        cache.put((0, frame), feature(frame))
    assert (len(cache), cache.used, cache.on_disk) == (5, 3 * one, 2 * one)
    for frame in range(5):
        held = cache.get((0, frame))
        assert held is not None
        assert torch.equal(held.values, feature(frame).values)
    assert sorted(cache.table()[0][:, 1].tolist()) == [0, 1, 2, 3, 4]
    cache.put((0, 0), feature(7))  # back from the file, pushing another out into its place
    assert cache.get((0, 0)).values[0, 0, 0] == 7
    assert (cache.used, cache.on_disk) == (3 * one, 2 * one)


def test_without_room_on_the_disk_the_oldest_are_dropped(monkeypatch):
    def full(*_, **__):
        raise OSError("no space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    one = feature(0).values.nbytes
    cache = FeatureCache(3 * one)
    for frame in range(5):
        cache.put((0, frame), feature(frame))
    assert (len(cache), cache.used) == (3, 3 * one)
    assert cache.get((0, 1)) is None
    assert cache.table()[0].tolist() == [[0, 2], [0, 3], [0, 4]]


def test_what_is_out_of_every_window_is_forgotten():
    cache = FeatureCache(4 * feature(0).values.nbytes)
    for frame in range(20):
        cache.put((frame % 3, frame), feature(frame))
    cache.retain(np.array([4, 15]), 2)
    assert sorted(frame for _, frame in cache.table()[0].tolist()) == [
        *(2, 3, 4, 5, 6),
        *(13, 14, 15, 16, 17),
    ]
    cache.retain(np.array([], dtype=np.int64), 2)
    assert len(cache) == cache.used == 0


def test_a_day_of_frames_takes_no_more_than_its_windows():
    """Every thousandth frame of 24 hours at 25 a second, in windows as wide in proportion."""
    one = feature(0)
    cache = FeatureCache(20 * one.values.nbytes)
    most = disk = 0
    for frame in range(0, 24 * 3600 * 25, 1000):
        cache.put((0, frame), one)
        cache.retain(np.array([frame - 15_000, frame + 1000]), 15_000)
        most, disk = max(most, len(cache)), max(disk, cache.on_disk)
        assert cache.used <= cache.budget
    assert most == 31
    assert disk <= 12 * one.values.nbytes


def test_those_who_only_stand_in_are_no_candidates_until_they_are_somebody():
    cache = FeatureCache(one := feature(0).values.nbytes)
    cache.put((0, 1), replace(feature(1), candidate=False))
    cache.put((0, 2), replace(feature(2), candidate=False))
    assert one == cache.used
    assert len(cache.table()[0]) == 0
    cache.promote((0, 1))
    cache.promote((0, 2))
    cache.promote((0, 3))
    assert sorted(cache.table()[0].tolist()) == [[0, 1], [0, 2]]


def test_putting_again_replaces():
    cache = FeatureCache(10**6)
    cache.put((0, 1), feature(1, score=0.2))
    cache.put((0, 1), feature(2, score=0.8))
    held = cache.get((0, 1))
    assert held is not None
    assert held.values[0, 0, 0] == 2
    assert cache.table()[1].tolist() == [0.8]
    assert cache.used == held.values.nbytes
    cache.drop((0, 1))
    assert len(cache) == cache.used == 0


def test_features_have_more_room_on_a_large_graphics_processor(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (80 * 2**30, 80 * 2**30))
    assert room_for_features(torch.device("cpu")) == 2**30
    assert room_for_features(torch.device("cuda", 0)) == 20 * 2**30
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2**30, 80 * 2**30))
    assert room_for_features(torch.device("cuda", 0)) == 2**30
