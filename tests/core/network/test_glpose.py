"""GLPose: sizes, weights, mask, gradients (specification sections 4, 5 and 8)."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.network import GLPose, GLPoseConfig, pooled
from glpose_core.network.cost import multiply_adds, parameters
from glpose_core.network.glpose import global_weights, local_weights

pytestmark = pytest.mark.quick


def paper_sized(**fields: object) -> GLPose:
    with torch.device("meta"):
        return GLPose(GLPoseConfig(**fields)).eval()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("k", "n", "processing"), [(4, 6, 449_952), (0, 6, 265_632), (4, 0, 311_712)]
)
def test_parameters_at_w48(k: int, n: int, processing: int) -> None:
    model = paper_sized(k=k, n=n)
    assert parameters(model.processing) == processing
    assert parameters(model.encoder) == 41_616
    assert parameters(model.aggregation) == 67_104
    assert parameters(model.head) == 48 * 15 * 9 + 15
    assert parameters(model.backbone) == 17_036_544
    assert model.processing[0].conv1.in_channels == 48 * (1 + 2 * k + n)


@pytest.mark.parametrize(("width", "share"), [(48, 0.192), (32, 0.165), (18, 0.110)])
def test_the_modules_cost_a_small_share_of_the_features(width: int, share: float) -> None:
    model = paper_sized(width=width)
    crop = torch.zeros(1, 3, 384, 288)
    v = torch.zeros(1, width, 96, 72)
    features = multiply_adds(model, lambda: model.features(crop))
    modules = multiply_adds(
        model,
        lambda: model.from_features(v, v.expand(1, 8, -1, -1, -1), v.expand(1, 6, -1, -1, -1)),
    )
    assert modules / features == pytest.approx(share, abs=5e-4)
    if width == 48:
        assert round(modules / 1e9, 2) == 3.90


@pytest.mark.thorough
def test_shapes_at_w48() -> None:
    model = paper_sized()
    key = torch.zeros(1, 3, 384, 288)
    local, nonlocal_ = key.expand(1, 8, -1, -1, -1), key.expand(1, 6, -1, -1, -1)
    seen: list[torch.Tensor] = []
    multiply_adds(model, lambda: seen.extend([model.features(key), model(key, local, nonlocal_)]))
    assert [tuple(value.shape) for value in seen] == [(1, 48, 96, 72), (1, 15, 96, 72)]


def test_local_weights_of_the_paper_sized_window() -> None:
    expected = [0.05, 0.10, 0.15, 0.20, 0.20, 0.15, 0.10, 0.05]
    assert local_weights(GLPoseConfig(k=4)) == pytest.approx(expected)


@given(st.integers(1, 12), st.sampled_from(["linear", "inverse", "gauss", "uniform"]))
def test_local_weights_are_symmetric_fall_with_distance_and_sum_to_one(k: int, kind: str) -> None:
    weights = local_weights(GLPoseConfig(k=k, local_weight=kind))
    assert len(weights) == 2 * k
    assert sum(weights) == pytest.approx(1)
    assert weights == pytest.approx(weights[::-1])
    outwards = weights[k:]
    if kind == "uniform":
        assert outwards == pytest.approx([1 / (2 * k)] * k)
    else:
        assert all(near > far > 0 for near, far in itertools.pairwise(outwards))


def test_inverse_and_gaussian_weights_have_their_ratios() -> None:
    inverse = local_weights(GLPoseConfig(k=3, local_weight="inverse"))[3:]
    assert inverse[0] / inverse[2] == pytest.approx(3)
    gauss = local_weights(GLPoseConfig(k=3, local_weight="gauss"))[3:]
    assert gauss[0] / gauss[1] == pytest.approx(math.exp((4 - 1) / (2 * 2**2)))


@pytest.mark.parametrize("per_channel", [False, True])
def test_global_weights_sum_to_one_and_prefer_the_similar(per_channel: bool) -> None:
    v_t = torch.rand(3, 5, 4, 4)
    v_g = torch.rand(3, 6, 5, 4, 4)
    v_g[:, 2] = 3 * v_t
    weights = global_weights(v_t, v_g, per_channel)
    assert weights.shape == ((3, 6, 5) if per_channel else (3, 6))
    torch.testing.assert_close(weights.sum(1), torch.ones_like(weights.sum(1)))
    assert (weights.argmax(1) == 2).all()


@pytest.mark.parametrize("per_channel", [False, True])
def test_identical_references_weigh_the_same(per_channel: bool) -> None:
    v_t = torch.rand(2, 5, 4, 4)
    v_g = torch.rand(2, 1, 5, 4, 4).expand(-1, 6, -1, -1, -1)
    weights = global_weights(v_t, v_g, per_channel)
    torch.testing.assert_close(weights, torch.full_like(weights, 1 / 6))


def test_pooling_is_the_mean_over_the_picture() -> None:
    v = torch.arange(24.0).view(1, 2, 3, 4)
    assert pooled(v).tolist() == [[5.5, 17.5]]


@pytest.mark.parametrize(("mask", "channels"), [("full", 8), ("spatial", 1)])
def test_a_new_mask_is_one_half(mask: str, channels: int) -> None:
    torch.manual_seed(0)
    model = GLPose(GLPoseConfig(width=8, k=1, n=1, modules=(1, 1, 0), mask=mask)).eval()
    v = torch.rand(2, 8, 12, 9)
    found = model.explain_features(v, v[:, None].expand(-1, 2, -1, -1, -1), v[:, None]).mask
    assert found is not None
    assert found.shape == (2, channels, 12, 9)
    assert found.min() > 0
    assert found.max() < 1
    torch.testing.assert_close(found, torch.full_like(found, 0.5), atol=0.02, rtol=0)


def test_new_layers_start_from_the_papers_distribution() -> None:
    model = GLPose(GLPoseConfig(width=16, modules=(1, 1, 0)))
    for part in (model.processing, model.encoder, model.aggregation, model.head):
        convolutions = [m for m in part.modules() if isinstance(m, torch.nn.Conv2d)]
        values = torch.cat([c.weight.flatten() for c in convolutions])
        assert float(values.detach().std()) == pytest.approx(0.001, rel=0.1)
        assert all(c.bias is None or not int(c.bias.count_nonzero()) for c in convolutions)
    assert model.backbone.conv2.weight.std() > 0.02


def test_an_explanation_holds_what_the_heatmaps_came_from(tiny) -> None:
    model = tiny.glpose(k=2, n=3)
    v_t, v_l, v_g = torch.rand(2, 4, 6, 5), torch.rand(2, 4, 4, 6, 5), torch.rand(2, 3, 4, 6, 5)
    with torch.no_grad():
        seen = model.explain_features(v_t, v_l, v_g)
        assert torch.equal(seen.heatmaps, model.from_features(v_t, v_l, v_g))
    assert seen.aggregated.shape == (2, 4, 6, 5)
    assert seen.local_weights.tolist() == pytest.approx([1 / 6, 1 / 3, 1 / 3, 1 / 6])
    assert torch.equal(seen.global_weights, global_weights(v_t, v_g))


def test_a_frozen_backbone_stays_as_it_is(tiny) -> None:
    model = tiny.glpose(k=1, n=1).train()
    assert model.processing.training
    assert not any(module.training for module in model.backbone.modules())
    assert not model.features(tiny.crops(model.config)[0]).requires_grad
    before = {name: value.clone() for name, value in model.backbone.state_dict().items()}
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(2):
        optimiser.zero_grad()
        model(*tiny.crops(model.config)).square().mean().backward()
        optimiser.step()
    assert all(value.grad is None for value in model.backbone.parameters())
    after = model.backbone.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    idle = [
        n for n, p in model.named_parameters() if p.grad is None and not n.startswith("backbone")
    ]
    assert idle == []


def test_an_unfrozen_backbone_learns(tiny) -> None:
    model = tiny.glpose(k=1, n=1, freeze_backbone=False).train()
    statistics = model.backbone.bn1.running_mean.clone()
    model(*tiny.crops(model.config)).square().mean().backward()
    assert model.backbone.conv1.weight.grad.abs().sum() > 0
    assert not torch.equal(statistics, model.backbone.bn1.running_mean)


def test_freezing_can_be_changed_later(tiny) -> None:
    model = tiny.glpose(k=0, n=0).train()
    model.freeze_backbone(False)
    assert model.backbone.training
    assert model.backbone.conv1.weight.requires_grad
    model.freeze_backbone()
    assert not model.backbone.training
    assert model.processing.training


def test_a_wrong_number_of_references_is_refused_by_name(tiny) -> None:
    model = tiny.glpose(k=1, n=2)
    key, local, nonlocal_ = tiny.crops(model.config)
    with pytest.raises(
        ValueError, match=r"local: must have shape \[2, 2, 3, 48, 32\], not \[2, 1,"
    ):
        model(key, local[:, :1], nonlocal_)
    with pytest.raises(ValueError, match=r"nonlocal_: must have shape .*, not nothing"):
        model(key, local)
    with pytest.raises(ValueError, match="v_g: "):
        model.from_features(key, local, nonlocal_[:, :1])


@pytest.mark.parametrize(("k", "n"), [(0, 2), (2, 0), (0, 0)])
def test_absent_kinds_of_references_may_be_left_out_or_empty(tiny, k: int, n: int) -> None:
    model = tiny.glpose(k=k, n=n)
    key, local, nonlocal_ = tiny.crops(model.config)
    with torch.no_grad():
        empty = model(key, local, nonlocal_)
        left_out = model(key, local if k else None, nonlocal_ if n else None)
    assert torch.equal(empty, left_out)


def test_the_order_of_the_slots_matters(tiny) -> None:
    model = tiny.glpose(k=1, n=2)
    key, local, nonlocal_ = tiny.crops(model.config)
    with torch.no_grad():
        straight = model(key, local, nonlocal_)
        assert not torch.allclose(straight, model(key, local.flip(1), nonlocal_))
        assert not torch.allclose(straight, model(key, local, nonlocal_.flip(1)))


def test_people_in_a_batch_do_not_see_each_other(tiny) -> None:
    model = tiny.glpose(k=1, n=2)
    crops = tiny.crops(model.config, batch=3)
    with torch.no_grad():
        together = model(*crops)
        alone = torch.cat([model(*(part[row : row + 1] for part in crops)) for row in range(3)])
    torch.testing.assert_close(together, alone)


def test_channels_last_gives_the_same(tiny) -> None:
    model = tiny.glpose(k=1, n=2)
    crops = tiny.crops(model.config)
    with torch.no_grad():
        expected = model(*crops)
        model.to(memory_format=torch.channels_last)
        torch.testing.assert_close(model(*crops), expected, rtol=1e-4, atol=1e-5)
