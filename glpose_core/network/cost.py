"""What a network costs: parameters and multiply-adds, without computing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn


def parameters(module: nn.Module) -> int:
    """Number of trainable values, frozen ones included."""
    return sum(parameter.numel() for parameter in module.parameters())


def multiply_adds(module: nn.Module, run: Callable[[], Any]) -> int:
    """Count the multiply-adds of the convolutions that ``run()`` makes ``module`` compute.

    Batch normalisation, activations, sums and the few products of attention weights are left out, as is
    usual (they are below 1 % here). Put ``module`` and its inputs on the meta device and nothing is
    computed or allocated.
    """
    total = 0

    def count(layer: nn.Module, _: tuple[Any, ...], output: Tensor) -> None:
        nonlocal total
        assert isinstance(layer, nn.Conv2d)
        total += output.numel() * layer.weight[0].numel()

    hooks = [layer.register_forward_hook(count) for layer in _convolutions(module)]
    try:
        with torch.no_grad():
            run()
    finally:
        for hook in hooks:
            hook.remove()
    return total


def _convolutions(module: nn.Module) -> Iterable[nn.Conv2d]:
    return (layer for layer in module.modules() if isinstance(layer, nn.Conv2d))
