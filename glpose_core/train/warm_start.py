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
        model: with at most one aggregation block and a square convolution as head.
        single: of the same width, modules and joints, with stage 4 left out.
        batch: crops on which the features' mean and deviation are measured.

    Raises:
        ValueError: if the two networks do not fit together.
    """
    config = model.config
    fits = (not config.enhancement or config.aggregation_blocks == 1) and config.head != "mlp"
    if not fits or single.modules_per_stage[2] or single.joint_names != model.joint_names:
        raise ValueError("GLPose can only start from an HRNet of its own shape")
    whole = single.state_dict()
    model.backbone.load_state_dict({name: whole[name] for name in model.backbone.state_dict()})
    model.eval()
    features = model.features(normalise(batch.crops[:, 0], torch.device("cpu"))).float()
    if config.enhancement:
        _pass_through(cast(BasicBlock, model.aggregation[0]), features, features.shape[1])
    else:
        first, *rest = (cast(BasicBlock, block) for block in model.processing)
        if first.downsample is None:
            rest.append(first)
        else:
            _pass_through(first, features, 0)
        for block in rest:
            _silence(block)
    head = cast(nn.Conv2d, model.head)
    head.weight.zero_()
    middle = head.kernel_size[0] // 2
    head.weight[:, :, middle, middle] = single.final_layer.weight[:, :, 0, 0]
    cast(nn.Parameter, head.bias).copy_(cast(nn.Parameter, single.final_layer.bias))


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
