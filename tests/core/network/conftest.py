"""Tiny networks and checkpoints: the real code at sizes that a processor runs in milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from glpose_core.network import GLPose, GLPoseConfig, HRNet


def scramble(module: nn.Module, seed: int = 0) -> None:
    """Give every weight and BatchNorm statistic a value of its own, so that no mix-up cancels out."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in module.state_dict().items():
            if name.endswith("running_var"):
                value.uniform_(0.5, 2.0, generator=generator)
            elif name.endswith("num_batches_tracked"):
                value.fill_(7)
            elif value.ndim > 1:
                fan = value[0].numel()
                value.normal_(std=fan**-0.5, generator=generator)
            else:
                value.normal_(std=0.5, generator=generator)


@dataclass
class Tiny:
    """Makes scrambled networks in evaluation mode, and crops to feed them."""

    size: tuple[int, int] = (32, 48)

    def glpose(self, seed: int = 0, **fields: Any) -> GLPose:
        fields = {"width": 4, "modules": (1, 1, 0), "input_size": self.size, **fields}
        model = GLPose(GLPoseConfig(**fields)).eval()
        scramble(model, seed)
        return model

    def hrnet(self, seed: int = 0, **arguments: Any) -> HRNet:
        model = HRNet(**{"width": 4, "joints": 17, "modules": (1, 1, 1), **arguments}).eval()
        scramble(model, seed)
        return model

    def crops(self, config: GLPoseConfig, batch: int = 2, seed: int = 0) -> tuple[Tensor, ...]:
        """key [B, 3, H, W], local [B, 2k, 3, H, W], nonlocal [B, n, 3, H, W]."""
        generator = torch.Generator().manual_seed(seed)
        width, height = config.input_size
        total = torch.randn(
            batch, 1 + config.references, 3, height, width, generator=generator
        ).split([1, 2 * config.k, config.n], dim=1)
        return total[0].squeeze(1), total[1], total[2]


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    return Tiny()


@pytest.fixture
def official(tiny: Tiny) -> Callable[..., dict[str, Tensor]]:
    """A state dict in the official layout, of a tiny HRNet."""

    def make(**arguments: Any) -> dict[str, Tensor]:
        return {name: value.clone() for name, value in tiny.hrnet(**arguments).state_dict().items()}

    return make
