"""A network made ready to predict: fewer passes, and weights in the precision that it computes in."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

HEADS = ("head", "final_layer")
"""What makes heatmaps, in GLPose and HRNet: eight significant bits would move joints."""


def fold_batch_norms(model: nn.Module) -> int:
    """Fold every BatchNorm of a network in evaluation mode into the convolution it follows, in place.

    The pairs are neighbours in a ``Sequential``, or attributes named ``conv1`` and ``bn1`` as in HRNet.

    Returns:
        How many were folded.
    """
    folded = 0
    with torch.no_grad():
        for module in list(model.modules()):
            for conv_name, norm_name in _pairs(module):
                conv, norm = getattr(module, conv_name), getattr(module, norm_name)
                setattr(module, conv_name, fuse_conv_bn_eval(conv, norm))
                setattr(module, norm_name, nn.Identity())
                folded += 1
    return folded


def lower_precision(model: nn.Module, dtype: torch.dtype) -> None:
    """Keep the weights of every convolution but those that make heatmaps in ``dtype``, in place.

    Autocast would do the same anew at every pass, which costs a few per cent of it.
    """
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d) and name.partition(".")[0] not in HEADS:
            module.to(dtype)


def _pairs(module: nn.Module) -> list[tuple[str, str]]:
    """Names of a convolution and of the BatchNorm that is applied to its output alone."""
    names = [name for name, _ in module.named_children()]
    if isinstance(module, nn.Sequential):
        neighbours = list(pairwise(names))
    else:
        neighbours = [(name, name.replace("conv", "bn")) for name in names if "conv" in name]
    return [
        (conv, norm)
        for conv, norm in neighbours
        if norm in names
        and isinstance(getattr(module, conv), nn.Conv2d)
        and isinstance(getattr(module, norm), nn.BatchNorm2d)
    ]
