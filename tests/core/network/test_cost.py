"""Counting work, against counts done by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from glpose_core.network.cost import multiply_adds, parameters

pytestmark = pytest.mark.quick


def test_convolutions_are_counted_per_output_value() -> None:
    layer = nn.Conv2d(3, 8, 5, stride=2, padding=2)
    x = torch.empty(2, 3, 10, 12)
    assert multiply_adds(layer, lambda: layer(x)) == 2 * 8 * 5 * 6 * (3 * 5 * 5)
    assert parameters(layer) == 8 * 3 * 5 * 5 + 8


def test_groups_and_repeated_use_count_as_they_run() -> None:
    layer = nn.Conv2d(4, 8, 1, groups=2)
    x = torch.empty(1, 4, 3, 3)
    once = multiply_adds(layer, lambda: layer(x))
    assert once == 8 * 9 * 2
    assert multiply_adds(layer, lambda: [layer(x), layer(x)]) == 2 * once


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize(("stride", "margin", "dilation"), [(1, 0, 1), (2, 1, 1), (3, 2, 2)])
def test_shapes_are_those_of_the_real_convolution(
    size: int, stride: int, margin: int, dilation: int
) -> None:
    layer = nn.Conv2d(2, 4, size, stride, margin, dilation)
    x = torch.zeros(3, 2, 17, 14)
    seen: list[torch.Tensor] = []
    multiply_adds(layer, lambda: seen.append(layer(x)))
    assert seen[0].shape == layer(x).shape


def test_the_network_is_as_before_even_if_the_run_fails() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
    x = torch.randn(1, 3, 9, 9)
    before = network.eval()(x)
    with pytest.raises(ValueError, match="3 channels got 4"):
        multiply_adds(network, lambda: network(torch.empty(1, 4, 9, 9)))
    assert torch.equal(network(x), before)
