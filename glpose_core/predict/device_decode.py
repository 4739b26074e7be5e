"""Joint positions read off heatmaps on the device, so that only they travel: a heatmap is thousands of numbers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ..network.hrnet import FEATURE_STRIDE
from .decode import FLOOR, Decoder, reach_of, smoothing_kernels


@torch.no_grad()
def find_peaks(
    heatmaps: Tensor, decoder: Decoder = "dark", sigma: float | None = None
) -> tuple[Tensor, Tensor]:
    """Find what :func:`glpose_core.predict.decode.decode_heatmaps` finds, to a billionth of a pixel (tests say so).

    Nothing here waits for the device. On a processor numpy is two to three times as fast.

    Args:
        heatmaps: ``[N, J, h, w]`` float32 on a device that computes in float64 (MPS does not).
        decoder, sigma: as there.

    Returns:
        Positions in crop pixels ``[N, J, 2]`` float64, and the maxima ``[N, J]`` float64.
    """
    n, joints, height, width = heatmaps.shape
    flat = heatmaps.reshape(n * joints, height * width)
    peak = flat.argmax(dim=1)
    score = flat.gather(1, peak[:, None])[:, 0].double()
    y = peak.div(width, rounding_mode="floor")
    x = peak - y * width
    maps = flat.view(n * joints, height, width)
    if decoder == "quarter":
        offset = _quarter(maps, x, y)
    else:
        offset = _dark(maps, x, y, height / 32 if sigma is None else sigma)
    xy = (torch.stack([x, y], dim=1) + offset) * FEATURE_STRIDE
    return xy.view(n, joints, 2), score.view(n, joints)


def _patches(maps: Tensor, x: Tensor, y: Tensor, reach: int) -> Tensor:
    """The cells within ``reach`` of each maximum, ``[N, 2r+1, 2r+1]``; those outside repeat the edge."""
    count, height, width = maps.shape
    step = torch.arange(-reach, reach + 1, device=maps.device)
    ys = (y[:, None] + step).clamp(0, height - 1)
    xs = (x[:, None] + step).clamp(0, width - 1)
    cells = (ys[:, :, None] * width + xs[:, None, :]).view(count, len(step) ** 2)
    near = maps.view(count, height * width).gather(1, cells)
    return near.double().view(count, len(step), len(step))


def _inside(maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    height, width = maps.shape[1:]
    return (x > 0) & (x < width - 1) & (y > 0) & (y < height - 1)


def _quarter(maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    near = _patches(maps, x, y, 1)
    step = torch.stack([near[:, 1, 2] - near[:, 1, 0], near[:, 2, 1] - near[:, 0, 1]], dim=1)
    return 0.25 * step.sign() * _inside(maps, x, y)[:, None]


def _smoothed(maps: Tensor, x: Tensor, y: Tensor, sigma: float) -> Tensor:
    """The 3×3 cells round each maximum of the Gaussian-smoothed map, ``[N, 3, 3]``.

    Only what is needed is smoothed. Near the border the kernel shrinks on both sides alike: cut on one
    side it would push the peak inwards.
    """
    height, width = maps.shape[1:]
    reach = reach_of(sigma)
    cells = _patches(maps, x, y, reach + 1)
    kernels = _kernels(reach, sigma, maps.device)
    down = kernels[(torch.minimum(y, height - 1 - y) - 1).clamp(0, reach)]
    across = kernels[(torch.minimum(x, width - 1 - x) - 1).clamp(0, reach)]
    return down @ cells @ across.transpose(1, 2)


@lru_cache(maxsize=16)
def _kernels(reach: int, sigma: float, device: torch.device) -> Tensor:
    """Weights that smooth the three cells round a maximum along one axis, ``[reach + 1, 3, 2 · reach + 3]``.

    The first index is the room there is up to the border: no kernel is longer than that.
    """
    kernels = smoothing_kernels(np.arange(reach + 1), reach, sigma)
    with torch.inference_mode(False):  # kept, and used elsewhere as well
        return torch.from_numpy(kernels).to(device)


def _dark(maps: Tensor, x: Tensor, y: Tensor, sigma: float) -> Tensor:
    log = _smoothed(maps, x, y, sigma).clamp(min=FLOOR).log()
    gx = (log[:, 1, 2] - log[:, 1, 0]) / 2
    gy = (log[:, 2, 1] - log[:, 0, 1]) / 2
    hxx = log[:, 1, 2] - 2 * log[:, 1, 1] + log[:, 1, 0]
    hyy = log[:, 2, 1] - 2 * log[:, 1, 1] + log[:, 0, 1]
    hxy = (log[:, 2, 2] - log[:, 2, 0] - log[:, 0, 2] + log[:, 0, 0]) / 4
    det = hxx * hyy - hxy**2
    peaked = (det > 1e-9) & (hxx < 0) & _inside(maps, x, y)
    det = torch.where(peaked, det, 1.0)
    dx = -(hyy * gx - hxy * gy) / det
    dy = -(hxx * gy - hxy * gx) / det
    offset = torch.stack([dx, dy], dim=1).clamp(-1.0, 1.0)
    return torch.where(peaked[:, None], offset, 0.0)
