"""The people finder's network and its files."""

from __future__ import annotations

import pytest
import safetensors.torch
import torch

from glpose_core.bundled import FINDER_FILE
from glpose_core.errors import WeightsError
from glpose_core.network import bundled_weights, save_weights
from glpose_core.network.finder import (
    PersonFinder,
    bundled_finder,
    load_finder,
    save_finder,
)
from glpose_core.network.hrnet import HRNet

pytestmark = pytest.mark.quick
SMALL = (4, (1, 1), 4)


def test_a_cell_for_every_four_pixels():
    centre, edges = PersonFinder(*SMALL)(torch.zeros(2, 3, 64, 96))
    assert centre.shape == (2, 16, 24)
    assert edges.shape == (2, 4, 16, 24)
    assert (edges > 0).all()


def test_a_new_finder_sees_what_the_pose_network_has_learnt():
    torch.manual_seed(0)
    pose, finder = HRNet(4, 15, (1, 1, 0)).eval(), PersonFinder(*SMALL).eval()
    finder.start_from(pose)
    x = torch.rand(1, 3, 32, 48)
    fine, middle, coarse = finder.trunk.pyramid(x)
    assert torch.equal(fine, pose.features(x))
    assert (middle.shape, coarse.shape) == ((1, 8, 4, 6), (1, 16, 2, 3))


def test_a_saved_finder_comes_back(tmp_path):
    torch.manual_seed(0)
    model = PersonFinder(*SMALL).eval()
    save_finder(model, tmp_path / "f.safetensors", {"pictures": 7})
    again = load_finder(tmp_path / "f.safetensors")
    assert again.record == {"pictures": 7}
    assert not again.training
    x = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(model(x)[0], again(x)[0], atol=1e-2)


def test_eight_bits_are_half_the_size_and_within_half_a_step(tmp_path):
    torch.manual_seed(0)
    model = PersonFinder(16, (1, 1), 16)
    model.trunk.conv1.weight.data[3] = 0.0  # a channel that says nothing has no scale of its own
    sizes = []
    for eight_bits in (False, True):
        path = tmp_path / f"{eight_bits}.safetensors"
        save_finder(model, path, {}, eight_bits)
        sizes.append(path.stat().st_size)
    assert sizes[1] < 0.6 * sizes[0]
    again = load_finder(path).state_dict()
    for name, value in model.state_dict().items():
        if value.ndim == 4:
            step = value.abs().amax(dim=(1, 2, 3), keepdim=True) / 127
            assert ((again[name] - value).abs() <= 0.5 * step + 1e-6).all()
        else:
            assert torch.equal(again[name], value)


@pytest.mark.parametrize("scale", [None, torch.ones(5), torch.tensor(1.0)])
def test_kernels_without_a_scale_for_each_channel_are_refused(tmp_path, scale):
    path = tmp_path / "f.safetensors"
    save_finder(PersonFinder(*SMALL), path, {}, eight_bits=True)
    with safetensors.safe_open(path, "pt") as file:
        words, state = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    del state["beside.weight.scale"]
    if scale is not None:
        state["beside.weight.scale"] = scale
    safetensors.torch.save_file(state, path, words)
    with pytest.raises(WeightsError, match="no people finder"):
        load_finder(path)


def test_other_files_are_refused(tmp_path):
    save_weights(HRNet(4, 15, (1, 1, 0)), tmp_path / "pose.safetensors")
    (tmp_path / "text.safetensors").write_text("no weights")
    for name in ("pose.safetensors", "text.safetensors", "absent.safetensors"):
        with pytest.raises(WeightsError, match=name):
            load_finder(tmp_path / name)


def test_sizes_in_a_file_are_not_trusted(tmp_path, monkeypatch):
    model = PersonFinder(*SMALL)
    model.width = 10**9
    save_finder(model, tmp_path / "huge.safetensors", {})
    with pytest.raises(WeightsError, match=r"huge.safetensors.*no people finder"):
        load_finder(tmp_path / "huge.safetensors")


def test_the_bundled_finder_is_small_and_no_pose_network():
    path = bundled_finder()
    assert path.name == FINDER_FILE
    assert path.stat().st_size < 10_000_000
    assert load_finder(path).record["pictures"] > 0
    assert path.stem not in bundled_weights()
