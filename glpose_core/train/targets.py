"""Target heatmaps and the losses against them."""

from __future__ import annotations

import torch
from torch import Tensor

from ..network.hrnet import FEATURE_STRIDE
from .processes import mean_over_processes


def gaussian_sigma(height: int) -> float:
    """Standard deviation of the target in heatmap cells: 3 at 384, 2 at 256, 1.5 at 192 (spec section 6)."""
    return height / 128


def gaussian_targets(xy: Tensor, size: tuple[int, int], sigma: float) -> Tensor:
    """Draw heatmaps with peak 1 centred on the sub-pixel joints.

    Args:
        xy: joints in crop pixels, ``[B, J, 2]`` float.
        size: (width, height) of the crop.
        sigma: standard deviation in heatmap cells.

    Returns:
        ``[B, J, height/4, width/4]`` float32 on the device of ``xy``.
    """
    width, height = size[0] // FEATURE_STRIDE, size[1] // FEATURE_STRIDE
    cells = xy.float() / FEATURE_STRIDE
    across = torch.arange(width, device=xy.device, dtype=torch.float32)
    down = torch.arange(height, device=xy.device, dtype=torch.float32)
    gx = torch.exp(-((across - cells[..., :1]) ** 2) / (2 * sigma**2))
    gy = torch.exp(-((down - cells[..., 1:]) ** 2) / (2 * sigma**2))
    return gy[..., :, None] * gx[..., None, :]


def heatmap_loss(heatmaps: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """GLPose's loss: 1/M Σ_m v_m ‖G_m − P_m‖², mean over pixels and batch (paper, Eq. 6).

    ``heatmaps`` and ``targets`` are ``[B, M, h, w]``, ``mask`` is ``[B, M]`` (1 where the joint counts).
    """
    error = (heatmaps - targets).square().mean(dim=(-2, -1))
    return (error * mask).mean()


def location_loss(
    heatmaps: Tensor, targets: Tensor, mask: Tensor, sharpness: float = 10.0
) -> Tensor:
    """Cross-entropy between the target, as a distribution over cells, and the heatmap's soft-max.

    A training aid for networks that start from random weights: squared error alone first collapses to
    empty heatmaps, while this term asks only *where* the joint is. Same shapes as :func:`heatmap_loss`;
    joints whose target lies outside the crop carry no weight.
    """
    mass = targets.flatten(2)
    inside = mass.sum(-1)
    wanted = mass / inside.clamp_min(1e-6)[..., None]
    loss = -(wanted * (heatmaps.flatten(2) * sharpness).log_softmax(-1)).sum(-1)
    weight = mask * (inside > 0.5)
    # Each of several processes divides by the mean of their counts: the mean of their losses is then the
    # loss of all their joints together.
    return (loss * weight).sum() / mean_over_processes(weight.sum()).clamp_min(1.0)
