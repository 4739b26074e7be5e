"""The modules as they are run give what the network as it is written gives."""

from __future__ import annotations

import copy

import pytest
import torch

from glpose_core.network import GLPose, GLPoseConfig
from glpose_core.network.folding import fold_batch_norms, lower_precision
from glpose_core.predict.fusing import Fusion

pytestmark = pytest.mark.quick

VARIANTS = {
    "plain": {},
    "per channel": {"global_weight": "per_channel"},
    "no local": {"k": 0},
    "no non-local": {"n": 0},
    "no references": {"k": 0, "n": 0},
    "no enhancement": {"enhancement": False},
    "one mask": {"mask": "spatial"},
    "three blocks, perceptron": {"aggregation_blocks": 3, "head": "mlp"},
    "gauss": {"local_weight": "gauss", "k": 3},
}


def network(**fields: object) -> GLPose:
    """Weights as after training, the BatchNorms included."""
    config = GLPoseConfig(
        **({"width": 6, "k": 2, "n": 3, "modules": (1, 1, 0), "input_size": (32, 48)} | fields)  # type: ignore[arg-type]
    )
    generator = torch.Generator().manual_seed(5)
    model = GLPose(config).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
        if isinstance(module, torch.nn.Conv2d):
            spread = (2 / (module.in_channels * module.kernel_size[0] ** 2)) ** 0.5
            torch.nn.init.normal_(module.weight, std=spread, generator=generator)
    return model


def parts(config: GLPoseConfig, count: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [
        torch.rand(count, *slots, config.width, 12, 8, generator=generator)
        for slots in ((), (2 * config.k,), (config.n,))
    ]


def prepared(model: GLPose, dtype: torch.dtype, planes: bool | None = None) -> Fusion:
    own = copy.deepcopy(model)
    fold_batch_norms(own)
    lower_precision(own, dtype)
    return Fusion(own.to(memory_format=torch.channels_last), dtype, planes)  # type: ignore[call-overload]


@pytest.mark.parametrize("planes", [True, False], ids=["planes", "channels last"])
@pytest.mark.parametrize("name", VARIANTS)
def test_it_is_the_network_as_written(name: str, planes: bool) -> None:
    model = network(**VARIANTS[name])
    key, local, far = parts(model.config, 3)
    with torch.inference_mode():
        wanted = model.explain_features(key, local, far)
        fusion = prepared(model, torch.float32, planes)
        found, weights = fusion.heatmaps(key, local, far)
        slots = fusion._weighed(key, local, far, weights).flatten(1, 2)
    last = slots.is_contiguous(memory_format=torch.channels_last)
    assert slots.is_contiguous() if planes else last, "no copy on the way into the convolution"
    torch.testing.assert_close(found, wanted.heatmaps, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(weights, wanted.global_weights)


@pytest.mark.thorough
@pytest.mark.parametrize("name", VARIANTS)
def test_a_key_alone_is_a_key_with_itself_in_every_slot(name: str) -> None:
    model = network(**VARIANTS[name])
    key = parts(model.config, 3)[0]
    slots = [
        key[:, None].expand(-1, count, -1, -1, -1) for count in (2 * model.config.k, model.config.n)
    ]
    with torch.inference_mode():
        wanted = model.from_features(key, *slots)
        found = prepared(model, torch.float32).alone(key)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)


def test_half_precision_rounds_no_more_than_autocast_does() -> None:
    model = network(width=18, k=4, n=6)
    kept = [part.bfloat16() for part in parts(model.config, 4)]
    exact = [part.float() for part in kept]
    with torch.inference_mode():
        wanted = model.from_features(*exact)
        with torch.autocast("cpu", torch.bfloat16):
            usual = model.from_features(*exact)
        found = prepared(model, torch.bfloat16).heatmaps(*kept)[0]
    assert found.dtype == torch.float32
    off, usually_off = ((each - wanted).abs().mean() for each in (found, usual))
    assert 0 < off < 1.3 * usually_off


def test_references_of_another_precision_than_the_key() -> None:
    """As in cached mode: keys in half precision, neighbours resampled in full."""
    model = network()
    key, local, far = parts(model.config, 2)
    with torch.inference_mode():
        wanted = model.from_features(key.half().float(), local, far.half().float())
        found = prepared(model, torch.float32).heatmaps(key.half(), local, far.half())[0]
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("planes", [True, False], ids=["planes", "channels last"])
def test_references_in_half_precision_are_weighed_in_full(planes: bool) -> None:
    model = network(k=3)
    key, local, far = (part.half() for part in parts(model.config, 2))
    shares = torch.rand(2, 3, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        slots = prepared(model, torch.float32, planes)._weighed(key, local, far, shares)
    wanted = [
        key.float()[:, None],
        local.float() * model.local_weights[:, None, None, None],
        far.float() * shares[:, :, None, None, None],
    ]
    torch.testing.assert_close(slots, torch.cat(wanted, dim=1), rtol=1e-6, atol=0)
