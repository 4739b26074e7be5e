"""The network and its loss against the paper's Eqs. 1–6, written out again with plain loops in float64.

Nothing here calls the network's code: crops go in, weights come by their names in the state dict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from glpose_core.network import GLPoseConfig
from glpose_core.train.targets import gaussian_targets, heatmap_loss

pytestmark = pytest.mark.quick

Array = NDArray[np.float64]
State = Mapping[str, Array]


def convolve(x: Array, weight: Array, bias: Array | None = None, stride: int = 1) -> Array:
    """Convolution of ``x [C, h, w]`` with half a kernel of zeros around, one output cell at a time."""
    outputs, _, size, _ = weight.shape
    margin = size // 2
    padded = np.pad(x, ((0, 0), (margin, margin), (margin, margin)))
    rows, columns = range(0, x.shape[1], stride), range(0, x.shape[2], stride)
    result = np.zeros((outputs, len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            window = padded[:, row : row + size, column : column + size]
            result[:, i, j] = (window * weight).sum(axis=(1, 2, 3))
    return result if bias is None else result + bias[:, None, None]


def normalise(x: Array, state: State, name: str) -> Array:
    """BatchNorm with its stored statistics."""
    result = np.zeros_like(x)
    for channel in range(len(x)):
        spread = math.sqrt(state[f"{name}.running_var"][channel] + 1e-5)
        centred = (x[channel] - state[f"{name}.running_mean"][channel]) / spread
        result[channel] = (
            centred * state[f"{name}.weight"][channel] + state[f"{name}.bias"][channel]
        )
    return result


def rectify(x: Array) -> Array:
    return np.maximum(x, 0)


def basic_block(x: Array, state: State, name: str) -> Array:
    y = rectify(normalise(convolve(x, state[f"{name}.conv1.weight"]), state, f"{name}.bn1"))
    y = normalise(convolve(y, state[f"{name}.conv2.weight"]), state, f"{name}.bn2")
    if f"{name}.downsample.0.weight" in state:
        x = convolve(x, state[f"{name}.downsample.0.weight"])
        x = normalise(x, state, f"{name}.downsample.1")
    return rectify(y + x)


def bottleneck(x: Array, state: State, name: str) -> Array:
    y = rectify(normalise(convolve(x, state[f"{name}.conv1.weight"]), state, f"{name}.bn1"))
    y = rectify(normalise(convolve(y, state[f"{name}.conv2.weight"]), state, f"{name}.bn2"))
    y = normalise(convolve(y, state[f"{name}.conv3.weight"]), state, f"{name}.bn3")
    if f"{name}.downsample.0.weight" in state:
        x = convolve(x, state[f"{name}.downsample.0.weight"])
        x = normalise(x, state, f"{name}.downsample.1")
    return rectify(y + x)


def step(x: Array, state: State, name: str, stride: int = 1) -> Array:
    """Convolution and normalisation, ``name.0`` and ``name.1``."""
    return normalise(convolve(x, state[f"{name}.0.weight"], stride=stride), state, f"{name}.1")


def high_resolution_module(xs: list[Array], state: State, name: str) -> list[Array]:
    for branch in range(len(xs)):
        for block in range(4):
            xs[branch] = basic_block(xs[branch], state, f"{name}.branches.{branch}.{block}")
    fused = []
    for target in range(len(xs)):
        total = np.zeros_like(xs[target])
        for source, x in enumerate(xs):
            path = f"{name}.fuse_layers.{target}.{source}"
            if source > target:  # from a lower resolution: 1×1, then every cell 2 or 4 times
                x = step(x, state, path)
                times = 2 ** (source - target)
                x = x.repeat(times, axis=1).repeat(times, axis=2)
            for down in range(target - source):  # from a higher one: halved as often as need be
                x = step(x, state, f"{path}.{down}", stride=2)
                if down < target - source - 1:
                    x = rectify(x)
            total = total + x
        fused.append(rectify(total))
    return fused


def equation_1(x: Array, state: State, modules: tuple[int, ...]) -> Array:
    """V: a crop ``[3, H, W]`` through HRNet to the end of stage 3, branch 0."""
    state = {k.removeprefix("backbone."): v for k, v in state.items() if k.startswith("backbone.")}
    for number in (1, 2):
        x = convolve(x, state[f"conv{number}.weight"], stride=2)
        x = rectify(normalise(x, state, f"bn{number}"))
    for block in range(4):
        x = bottleneck(x, state, f"layer1.{block}")
    xs = [
        rectify(step(x, state, "transition1.0")),
        rectify(step(x, state, "transition1.1.0", stride=2)),
    ]
    for module in range(modules[0]):
        xs = high_resolution_module(xs, state, f"stage2.{module}")
    xs = [*xs, rectify(step(xs[-1], state, "transition2.2.0", stride=2))]
    for module in range(modules[1]):
        xs = high_resolution_module(xs, state, f"stage3.{module}")
    return xs[0]


def equation_2(config: GLPoseConfig) -> list[float]:
    k = config.k
    raw = []
    for d in [*range(-k, 0), *range(1, k + 1)]:
        raw.append(
            {
                "linear": (k + 1 - abs(d)) / (k * (k + 1)),
                "inverse": 1 / abs(d),
                "gauss": math.exp(-(d**2) / (2 * ((k + 1) / 2) ** 2)),
                "uniform": 1.0,
            }[config.local_weight]
        )
    total = 0.0
    for weight in raw:
        total += weight
    return [weight / total for weight in raw]


def equation_3(v_t: Array, v_g: list[Array], config: GLPoseConfig) -> list[Array]:
    """One weight per reference and channel ``[C]`` (all equal where weights are per frame)."""
    channels = len(v_t)
    similar = []
    for reference in v_g:
        products = np.array([v_t[c].mean() * reference[c].mean() for c in range(channels)])
        if config.global_weight == "per_frame":
            products = np.full(channels, products.sum() / math.sqrt(channels))
        similar.append(np.exp(products))
    return [one / sum(similar) for one in similar]


def equation_4(
    v_t: Array, v_l: list[Array], v_g: list[Array], config: GLPoseConfig, state: State
) -> Array:
    slots = [v_t]
    for weight, v in zip(equation_2(config), v_l, strict=True):
        slots.append(weight * v)
    for weights, v in zip(equation_3(v_t, v_g, config), v_g, strict=True):
        slots.append(weights[:, None, None] * v)
    s = np.concatenate(slots)
    for block in range(3):
        s = basic_block(s, state, f"processing.{block}")
    return s


def equation_5(v_t: Array, s: Array, config: GLPoseConfig, state: State) -> Array:
    psi = normalise(convolve(v_t, state["encoder.0.weight"]), state, "encoder.1")
    psi = convolve(rectify(psi), state["encoder.3.weight"], state["encoder.3.bias"])
    sigmoid = 1 / (1 + np.exp(-psi))
    f = np.concatenate([(1 - sigmoid) * s, v_t])
    for block in range(config.aggregation_blocks):
        f = basic_block(f, state, f"aggregation.{block}")
    return f


def detection_head(f: Array, config: GLPoseConfig, state: State) -> Array:
    if config.head == "mlp":
        hidden = rectify(convolve(f, state["head.0.weight"], state["head.0.bias"]))
        return convolve(hidden, state["head.2.weight"], state["head.2.bias"])
    return convolve(f, state["head.weight"], state["head.bias"])


def draw_fields(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)

    def one(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    return {
        "width": one(2, 3),
        "modules": (1, one(1, 2), 0),
        "k": one(0, 1, 2),
        "n": one(0, 1, 3),
        "joints": ("a", "b", "c"),
        "local_weight": one("linear", "inverse", "gauss", "uniform"),
        "global_weight": one("per_frame", "per_channel"),
        "enhancement": one(True, True, False),
        "mask": one("full", "spatial"),
        "aggregation_blocks": one(1, 3),
        "head": one("3x3", "5x5", "mlp"),
    }


FIELDS = [
    {"width": 3, "k": 2, "n": 3, "joints": ("a", "b", "c")},
    {
        "width": 3,
        "k": 1,
        "n": 2,
        "joints": ("a",),
        "global_weight": "per_channel",
        "mask": "spatial",
    },
    *(draw_fields(seed) for seed in range(6)),
]


@pytest.mark.parametrize("fields", FIELDS, ids=lambda fields: "-".join(map(str, fields.values())))
def test_the_network_is_the_papers_equations(tiny, fields: dict[str, Any]) -> None:
    model = tiny.glpose(**fields, input_size=(16, 32)).double()
    config = model.config
    crops = [part.double() for part in tiny.crops(config, batch=2)]
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    with torch.no_grad():
        found = model(*crops).numpy()
    key, local, nonlocal_ = (part[1].numpy() for part in crops)
    v_t = equation_1(key, state, config.modules)
    v_l = [equation_1(crop, state, config.modules) for crop in local]
    v_g = [equation_1(crop, state, config.modules) for crop in nonlocal_]
    f = equation_4(v_t, v_l, v_g, config, state)
    if config.enhancement:
        f = equation_5(v_t, f, config, state)
    expected = detection_head(f, config, state)
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(found[1], expected, rtol=1e-6, atol=1e-7)


def test_the_backbone_of_the_paper_is_equation_1(tiny) -> None:
    model = tiny.glpose(width=2, modules=(1, 4, 0), input_size=(16, 32))
    crop = tiny.crops(model.config, batch=1)[0].double()
    model.double()
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    with torch.no_grad():
        found = model.features(crop)[0].numpy()
    expected = equation_1(crop[0].numpy(), state, (1, 4))
    assert expected.shape == (2, 8, 4)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_the_loss_is_equation_6(seed: int) -> None:
    """Targets are Gaussians of peak 1 round the sub-pixel joint; cell i sits at crop pixel 4 i."""
    rng = np.random.default_rng(seed)
    people, joints, width, height, sigma = 2, 3, 6, 8, 1.5
    xy = rng.uniform(0, (4 * width, 4 * height), (people, joints, 2))
    visible = rng.integers(0, 2, (people, joints)).astype(float)
    heatmaps = rng.normal(0, 1, (people, joints, height, width))
    total = 0.0
    for person in range(people):
        for joint in range(joints):
            squares = 0.0
            for row in range(height):
                for column in range(width):
                    dx, dy = column - xy[person, joint, 0] / 4, row - xy[person, joint, 1] / 4
                    target = math.exp(-(dx**2 + dy**2) / (2 * sigma**2))
                    squares += (target - heatmaps[person, joint, row, column]) ** 2
            total += visible[person, joint] * squares / (width * height) / joints / people
    targets = gaussian_targets(torch.from_numpy(xy), (4 * width, 4 * height), sigma)
    found = heatmap_loss(torch.from_numpy(heatmaps), targets, torch.from_numpy(visible))
    assert float(found) == pytest.approx(total, rel=1e-5)
