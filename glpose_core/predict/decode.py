"""From heatmaps to joint positions."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..network.hrnet import FEATURE_STRIDE

Decoder: TypeAlias = Literal["quarter", "dark"]

FLOOR = 1e-6
"""Heatmaps below this count as empty: the logarithm of what a network says there is noise."""


def decode_heatmaps(
    heatmaps: NDArray[np.float32], decoder: Decoder = "dark", sigma: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the peak of every heatmap to a fraction of a cell.

    Args:
        heatmaps: ``[N, J, h, w]`` float32.
        decoder: ``quarter`` moves the maximum a quarter cell towards its higher neighbour (HRNet);
            ``dark`` smooths the map with the Gaussian it was trained on and takes one Newton step on its
            logarithm (Zhang et al., "Distribution-Aware Coordinate Representation", CVPR 2020, Eqs. 6–10).
        sigma: standard deviation in cells of the Gaussians the network was trained on; by default
            h / 32 (3 cells at a crop height of 384).

    Returns:
        Positions in crop pixels ``[N, J, 2]`` float64, and the maxima ``[N, J]`` float64.
    """
    n, joints, height, width = heatmaps.shape
    flat = heatmaps.reshape(n * joints, height, width)
    peak = flat.reshape(len(flat), height * width).argmax(axis=1)
    y, x = np.divmod(peak, width)
    score = flat[np.arange(len(flat)), y, x].astype(np.float64)
    if decoder == "quarter":
        offset = _quarter(flat, x, y)
    else:
        offset = _dark(flat, x, y, height / 32 if sigma is None else sigma)
    cells = np.stack([x, y], axis=1) + offset
    return (
        (cells * FEATURE_STRIDE).reshape(n, joints, 2),
        score.reshape(n, joints),
    )


def reach_of(sigma: float) -> int:
    """How many cells the Gaussian that smooths a heatmap reaches on each side."""
    return max(1, round(2.5 * sigma))


def _patches(
    flat: NDArray[np.float32], x: NDArray[np.int64], y: NDArray[np.int64], reach: int
) -> NDArray[np.float64]:
    """The cells within ``reach`` of each maximum, ``[N, 2r+1, 2r+1]``; those outside repeat the edge."""
    height, width = flat.shape[1:]
    step = np.arange(-reach, reach + 1)
    ys = (y[:, None] + step).clip(0, height - 1)
    xs = (x[:, None] + step).clip(0, width - 1)
    cells = flat[np.arange(len(flat))[:, None, None], ys[:, :, None], xs[:, None, :]]
    patches: NDArray[np.float64] = cells.astype(np.float64)
    return patches


def _inside(
    shape: tuple[int, ...], x: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.bool_]:
    return (x > 0) & (x < shape[-1] - 1) & (y > 0) & (y < shape[-2] - 1)


def _quarter(
    flat: NDArray[np.float32], x: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.float64]:
    near = _patches(flat, x, y, 1)
    step = np.stack([near[:, 1, 2] - near[:, 1, 0], near[:, 2, 1] - near[:, 0, 1]], axis=1)
    shift: NDArray[np.float64] = 0.25 * np.sign(step) * _inside(flat.shape, x, y)[:, None]
    return shift


def _smoothed(
    flat: NDArray[np.float32], x: NDArray[np.int64], y: NDArray[np.int64], sigma: float
) -> NDArray[np.float64]:
    """The 3×3 cells round each maximum of the Gaussian-smoothed map, ``[N, 3, 3]``.

    Only what is needed is smoothed. Near the border the kernel shrinks on both sides alike: cut on one
    side it would push the peak inwards.
    """
    height, width = flat.shape[1:]
    reach = reach_of(sigma)
    cells = _patches(flat, x, y, reach + 1)
    down = smoothing_kernels(np.minimum(y, height - 1 - y) - 1, reach, sigma)
    across = smoothing_kernels(np.minimum(x, width - 1 - x) - 1, reach, sigma)
    smooth: NDArray[np.float64] = down @ cells @ across.transpose(0, 2, 1)
    return smooth


def smoothing_kernels(room: NDArray[np.int64], reach: int, sigma: float) -> NDArray[np.float64]:
    """Weights that smooth the three cells round each maximum along one axis, ``[N, 3, 2·reach + 3]``.

    No kernel is longer than ``reach``, or than the ``room [N]`` there is up to the border, in cells.
    """
    step = np.arange(-reach - 1, reach + 2) - np.arange(-1, 2)[:, None]
    allowed = np.abs(step)[None] <= room.clip(0, reach)[:, None, None]
    weights = np.exp(-(step**2) / (2 * sigma**2)) * allowed
    kernels: NDArray[np.float64] = weights / weights.sum(axis=-1, keepdims=True)
    return kernels


def _dark(
    flat: NDArray[np.float32], x: NDArray[np.int64], y: NDArray[np.int64], sigma: float
) -> NDArray[np.float64]:
    log = np.log(np.maximum(_smoothed(flat, x, y, sigma), FLOOR))
    gx = (log[:, 1, 2] - log[:, 1, 0]) / 2
    gy = (log[:, 2, 1] - log[:, 0, 1]) / 2
    hxx = log[:, 1, 2] - 2 * log[:, 1, 1] + log[:, 1, 0]
    hyy = log[:, 2, 1] - 2 * log[:, 1, 1] + log[:, 0, 1]
    hxy = (log[:, 2, 2] - log[:, 2, 0] - log[:, 0, 2] + log[:, 0, 0]) / 4
    det = hxx * hyy - hxy**2
    peaked = (det > 1e-9) & (hxx < 0) & _inside(flat.shape, x, y)
    det = np.where(peaked, det, 1.0)
    dx = -(hyy * gx - hxy * gy) / det
    dy = -(hxx * gy - hxy * gx) / det
    offset = np.clip(np.stack([dx, dy], axis=1), -1.0, 1.0)
    return np.where(peaked[:, None], offset, 0.0)
