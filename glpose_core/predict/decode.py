"""From heatmaps to joint positions."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..network.hrnet import FEATURE_STRIDE

Decoder: TypeAlias = Literal["quarter", "dark"]


def decode_heatmaps(
    heatmaps: NDArray[np.float32], decoder: Decoder = "dark"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the peak of every heatmap to a fraction of a cell.

    Args:
        heatmaps: ``[N, J, h, w]`` float32.
        decoder: ``quarter`` moves the maximum a quarter cell towards its higher neighbour (HRNet);
            ``dark`` takes one Newton step on the logarithm of the smoothed map (Zhang et al.,
            "Distribution-Aware Coordinate Representation", CVPR 2020, Eqs. 6–9).

    Returns:
        Positions in crop pixels ``[N, J, 2]`` float64, and the maxima ``[N, J]`` float64.
    """
    n, joints, height, width = heatmaps.shape
    flat = heatmaps.reshape(n * joints, height, width).astype(np.float64)
    peak = flat.reshape(len(flat), -1).argmax(axis=1)
    y, x = np.divmod(peak, width)
    rows = np.arange(len(flat))
    score = flat[rows, y, x]
    offset = _quarter(flat, x, y) if decoder == "quarter" else _dark(flat, x, y)
    cells = np.stack([x, y], axis=1) + offset
    return (
        (cells * FEATURE_STRIDE).reshape(n, joints, 2),
        score.reshape(n, joints),
    )


def _neighbourhood(
    flat: NDArray[np.float64], x: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The 3×3 cells round each maximum, ``[N, 3, 3]``; cells outside repeat the edge."""
    height, width = flat.shape[1:]
    step = np.arange(-1, 2)
    ys = np.clip(y[:, None] + step, 0, height - 1)
    xs = np.clip(x[:, None] + step, 0, width - 1)
    return flat[np.arange(len(flat))[:, None, None], ys[:, :, None], xs[:, None, :]]


def _inside(
    shape: tuple[int, ...], x: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.bool_]:
    return (x > 0) & (x < shape[-1] - 1) & (y > 0) & (y < shape[-2] - 1)


def _quarter(
    flat: NDArray[np.float64], x: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.float64]:
    near = _neighbourhood(flat, x, y)
    step = np.stack([near[:, 1, 2] - near[:, 1, 0], near[:, 2, 1] - near[:, 0, 1]], axis=1)
    return 0.25 * np.sign(step) * _inside(flat.shape, x, y)[:, None]


def _dark(
    flat: NDArray[np.float64], x: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.float64]:
    log = np.log(np.maximum(_neighbourhood(flat, x, y), 1e-6))
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
    offset = np.stack([dx, dy], axis=1)
    return np.where(peaked[:, None], np.clip(offset, -0.5, 0.5), 0.0)
