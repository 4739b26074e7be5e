"""The network against the paper's Eqs. 2–5, written out again with plain loops in float64.

Nothing here calls the network's code after the backbone: features come from it one crop at a time, and
weights by their names in the state dict.
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

pytestmark = pytest.mark.quick

Array = NDArray[np.float64]
State = Mapping[str, Array]


def convolve(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Same-size convolution of ``x [C, h, w]``, one output cell at a time."""
    outputs, _, size, _ = weight.shape
    margin = size // 2
    padded = np.pad(x, ((0, 0), (margin, margin), (margin, margin)))
    result = np.zeros((outputs, *x.shape[1:]))
    for row in range(x.shape[1]):
        for column in range(x.shape[2]):
            window = padded[:, row : row + size, column : column + size]
            for output in range(outputs):
                result[output, row, column] = (window * weight[output]).sum()
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
    model = tiny.glpose(**fields).double()
    config = model.config
    key, local, nonlocal_ = (part.double() for part in tiny.crops(config, batch=2))
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    with torch.no_grad():
        found = model(key, local, nonlocal_).numpy()
        for person in range(2):
            v_t = model.features(key[person : person + 1])[0].numpy()
            v_l = [model.features(crop[None])[0].numpy() for crop in local[person]]
            v_g = [model.features(crop[None])[0].numpy() for crop in nonlocal_[person]]
            f = equation_4(v_t, v_l, v_g, config, state)
            if config.enhancement:
                f = equation_5(v_t, f, config, state)
            expected = detection_head(f, config, state)
            assert np.abs(expected).max() > 0.01
            np.testing.assert_allclose(found[person], expected, rtol=1e-6, atol=1e-7)
