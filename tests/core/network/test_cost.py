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


def test_counting_leaves_no_hooks_behind_even_if_the_run_fails() -> None:
    layer = nn.Conv2d(3, 8, 3)
    with pytest.raises(RuntimeError):
        multiply_adds(layer, lambda: layer(torch.empty(1, 4, 9, 9)))
    assert not layer._forward_hooks
