"""Start GLPose where its single-frame backbone stands, instead of from noise.

The paper draws new weights from N(0, 0.001) and trains for many GPU hours. Where there are few, the
enhancement module's last block (𝒜 of Eq. 5; without that module, the stack of Eq. 4) is set to pass V_t
through unchanged and the head to read it as the backbone's own head does. The network then begins exactly
as good as the single frame, and training only has to learn what the references add.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from ..network import GLPose, HRNet
from ..network.hrnet import BasicBlock
from ..network.pixels import normalise
from .views import Batch


@torch.no_grad()
def start_from_single_frame(model: GLPose, single: HRNet, batch: Batch) -> None:
    """Give ``model`` the weights of ``single`` (an HRNet that ends at stage 3) and make it agree with it.

    Args:
        model: with at most one aggregation block.
        single: of the same width, modules and joints, with stage 4 left out.
        batch: crops on which the features' mean and deviation are measured.

    Raises:
        ValueError: if the two networks do not fit together.
    """
    _check(model, single)
    whole = single.state_dict()
    model.backbone.load_state_dict({name: whole[name] for name in model.backbone.state_dict()})
    model.eval()
    features = model.features(normalise(batch.crops[:, 0], torch.device("cpu"))).float()
    start_modules(model, single, features)


@torch.no_grad()
def start_modules(model: GLPose, single: HRNet, features: torch.Tensor) -> None:
    """The same for what is behind the backbone alone, from ``features [N, C, h, w]`` of its own crops.

    Raises:
        ValueError: if the two networks do not fit together.
    """
    _check(model, single)
    if model.config.enhancement:
        _pass_through(cast(BasicBlock, model.aggregation[0]), features, features.shape[1])
    else:
        first, *rest = (cast(BasicBlock, block) for block in model.processing)
        if first.downsample is None:
            rest.append(first)
        else:
            _pass_through(first, features, 0)
        for block in rest:
            _silence(block)
    _read_as(single.final_layer, model.head)


def _read_as(known: nn.Conv2d, head: nn.Module) -> None:
    """Let a head of any kind read features as a 1×1 convolution does."""
    if isinstance(head, nn.Sequential):
        # What it is given is not negative, and passes the first layer and the ReLU behind it.
        through, head = cast(nn.Conv2d, head[0]), head[2]
        through.weight[:, :, 0, 0] = torch.eye(through.in_channels)
        cast(nn.Parameter, through.bias).zero_()
    last = cast(nn.Conv2d, head)
    last.weight.zero_()
    middle = last.kernel_size[0] // 2
    last.weight[:, :, middle, middle] = known.weight[:, :, 0, 0]
    cast(nn.Parameter, last.bias).copy_(cast(nn.Parameter, known.bias))


def _check(model: GLPose, single: HRNet) -> None:
    config = model.config
    fits = not config.enhancement or config.aggregation_blocks == 1
    if not fits or single.modules_per_stage[2] or single.joint_names != model.joint_names:
        raise ValueError("GLPose can only start from an HRNet of its own shape")


def _pass_through(block: BasicBlock, features: torch.Tensor, at: int) -> None:
    """Let a block return its input channels from ``at`` on: V_t, which is not negative."""
    width = features.shape[1]
    shortcut = cast(nn.Sequential, block.downsample)
    select, norm = cast(nn.Conv2d, shortcut[0]), cast(nn.BatchNorm2d, shortcut[1])
    select.weight.zero_()
    select.weight[:, at : at + width, 0, 0] = torch.eye(width)
    variance, mean = torch.var_mean(features, dim=(0, 2, 3))
    running_mean, running_var = (
        cast(torch.Tensor, norm.running_mean),
        cast(torch.Tensor, norm.running_var),
    )
    running_mean.copy_(mean)
    running_var.copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.copy_(mean)
    _silence(block)


def _silence(block: BasicBlock) -> None:
    """Let a block add nothing to its shortcut."""
    block.bn2.weight.zero_()
    block.bn2.bias.zero_()
