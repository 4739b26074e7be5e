"""HRNet against the published figures (specification section 1)."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from glpose_core.network import HRNet
from glpose_core.network.cost import multiply_adds, parameters
from glpose_core.network.hrnet import Backbone, joint_list

pytestmark = pytest.mark.quick

CROP = (1, 3, 384, 288)


def weightless(width: int) -> tuple[HRNet, Backbone, Tensor]:
    with torch.device("meta"):
        hrnet, backbone = HRNet(width, 17).eval(), Backbone(width, (1, 4)).eval()
    return hrnet, backbone, torch.zeros(CROP)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("width", "whole", "stage3"), [(48, 63_595_745, 17_036_544), (32, 28_536_113, 7_832_896)]
)
def test_parameter_counts_are_the_published_ones(width: int, whole: int, stage3: int) -> None:
    hrnet, backbone, _ = weightless(width)
    assert parameters(hrnet) == whole
    assert parameters(backbone) == stage3


@pytest.mark.thorough
def test_w48_has_the_official_number_of_entries() -> None:
    hrnet, backbone, _ = weightless(48)
    assert len(hrnet.state_dict()) == 1754
    assert len(backbone.state_dict()) == 960
    beside = sum(
        value.numel()
        for name, value in backbone.named_parameters()
        if name.startswith(("stage3.3.fuse_layers.1.", "stage3.3.fuse_layers.2."))
    )
    assert beside == 330_720


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name",
    [
        "conv1.weight",
        "layer1.0.downsample.1.running_var",
        "transition1.1.0.0.weight",
        "stage2.0.fuse_layers.1.0.0.0.weight",
        "stage3.3.branches.2.3.bn2.bias",
        "stage3.0.fuse_layers.2.0.1.1.weight",
        "stage4.2.fuse_layers.0.3.0.weight",
        "final_layer.bias",
    ],
)
def test_entries_have_the_official_names(name: str) -> None:
    assert name in weightless(48)[0].state_dict()


def test_the_last_module_fuses_the_first_row_only() -> None:
    names = weightless(48)[0].state_dict()
    assert not any(name.startswith("stage4.2.fuse_layers.1") for name in names)


@pytest.mark.parametrize(
    ("width", "whole", "stage3", "branch0"),
    [(48, 35.307, 20.546, 20.323), (32, None, None, 10.541)],
)
def test_multiply_adds(
    width: int, whole: float | None, stage3: float | None, branch0: float
) -> None:
    hrnet, backbone, crop = weightless(width)
    if whole is not None:
        assert round(multiply_adds(hrnet, lambda: hrnet(crop)) / 1e9, 3) == whole
        every_row = multiply_adds(backbone, lambda: backbone._to_stage3(crop, rows=None))
        assert round(every_row / 1e9, 3) == stage3
    assert round(multiply_adds(backbone, lambda: backbone.features(crop)) / 1e9, 3) == branch0


@pytest.mark.thorough
def test_shapes_of_w48() -> None:
    hrnet, _, crop = weightless(48)
    seen: list[Tensor] = []
    multiply_adds(hrnet, lambda: seen.extend([hrnet.features(crop), hrnet(crop)]))
    assert [tuple(value.shape) for value in seen] == [(1, 48, 96, 72), (1, 17, 96, 72)]


def test_features_are_the_first_output_of_the_whole_of_stage_3(tiny) -> None:
    hrnet = tiny.hrnet(modules=(1, 2, 1))
    crop = torch.randn(2, 3, 64, 48)
    with torch.no_grad():
        rows = hrnet._to_stage3(crop, rows=None)
        assert [tuple(row.shape[1:]) for row in rows] == [(4, 16, 12), (8, 8, 6), (16, 4, 3)]
        assert torch.equal(hrnet.features(crop), rows[0])
    assert rows[0].min() >= 0, "features come after the ReLU"


def test_stage_4_can_be_left_out(tiny) -> None:
    hrnet = tiny.hrnet(modules=(1, 2, 0), joints=15)
    crop = torch.randn(1, 3, 48, 48)
    with torch.no_grad():
        assert torch.equal(hrnet(crop), hrnet.final_layer(hrnet.features(crop)))
    assert not any("stage4" in name or "transition3" in name for name in hrnet.state_dict())


def test_the_whole_network_uses_every_entry(tiny) -> None:
    hrnet = tiny.hrnet(modules=(1, 1, 2)).train()
    hrnet(torch.randn(2, 3, 64, 64)).square().mean().backward()
    idle = [name for name, value in hrnet.named_parameters() if value.grad is None]
    assert idle == []


def test_sides_must_fit_the_lowest_branch(tiny) -> None:
    whole, stage3 = tiny.hrnet(), tiny.hrnet(modules=(1, 1, 0))
    with pytest.raises(ValueError, match="multiples of 32, not 48×64"):
        whole(torch.zeros(1, 3, 64, 48))
    with pytest.raises(ValueError, match="multiples of 16, not 40×64"):
        stage3(torch.zeros(1, 3, 64, 40))


def test_joint_lists() -> None:
    assert joint_list(17)[1] == "left_eye"
    assert joint_list(15)[1] == "head_bottom"
    assert joint_list(["a", "b"]) == ("a", "b")
    with pytest.raises(ValueError, match="no joint list of 16"):
        joint_list(16)


def test_a_new_head_starts_small_and_a_new_backbone_at_unit_gain() -> None:
    hrnet = HRNet(18, 17, (1, 1, 0))
    assert float(hrnet.final_layer.weight.detach().std()) == pytest.approx(0.001, rel=0.2)
    assert hrnet.final_layer.bias.count_nonzero() == 0
    assert float(hrnet.conv2.weight.detach().std()) == pytest.approx(
        (2 / (64 * 9)) ** 0.5, rel=0.05
    )
