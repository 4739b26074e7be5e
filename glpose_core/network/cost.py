"""What a network costs: parameters and multiply-adds, counted from shapes alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def parameters(module: nn.Module) -> int:
    """Number of trainable values, frozen ones included."""
    return sum(parameter.numel() for parameter in module.parameters())


def multiply_adds(module: nn.Module, run: Callable[[], Any]) -> int:
    """Count the multiply-adds of the convolutions that ``run()`` makes ``module`` go through.

    Batch normalisation, activations, sums and the few products of attention weights are left out, as is
    usual (they are below 1 % here). Convolutions are not computed: while ``run()`` lasts they return
    zeros of the right shape, so nobody else may use ``module`` meanwhile. Its weights are not read and
    may be on the meta device; the inputs had better be real ones on the CPU, because the first sums on
    the meta device load PyTorch's compiler, which takes seconds.

    Raises:
        ValueError: if a convolution gets another number of channels than it takes.
    """
    total = 0

    def instead_of(layer: nn.Conv2d) -> Callable[[Tensor], Tensor]:
        def forward(x: Tensor) -> Tensor:
            nonlocal total
            shape = _output_shape(layer, x)
            total += math.prod(shape) * layer.weight[0].numel()
            return x.new_zeros(()).expand(shape)

        return forward

    replaced: list[nn.Module] = []
    try:
        for layer in module.modules():
            if isinstance(layer, nn.Conv2d):
                vars(layer)["forward"] = instead_of(layer)
                replaced.append(layer)
            elif isinstance(layer, nn.BatchNorm2d | nn.ReLU):
                vars(layer)["forward"] = _unchanged
                replaced.append(layer)
        with torch.no_grad():
            run()
    finally:
        for layer in replaced:
            del vars(layer)["forward"]
    return total


def _unchanged(x: Tensor) -> Tensor:
    return x


def _output_shape(layer: nn.Conv2d, x: Tensor) -> tuple[int, ...]:
    batch, channels, *sides = x.shape
    if channels != layer.in_channels:
        raise ValueError(f"a convolution of {layer.in_channels} channels got {channels}")
    assert not isinstance(layer.padding, str), "padding by name is not used here"
    reached = (
        (side + 2 * margin - step * (size - 1) - 1) // stride + 1
        for side, margin, step, size, stride in zip(
            sides, layer.padding, layer.dilation, layer.kernel_size, layer.stride, strict=True
        )
    )
    return (batch, layer.out_channels, *reached)
