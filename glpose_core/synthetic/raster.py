"""Triangles to pixels: a z-buffer in numpy.

Triangles are sorted by the size of their bounding box; each size is tested against a small grid of
pixels at once, so that thousands of little triangles cost a few array operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

_SIZES = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 4096)
_AT_ONCE = 2_000_000
"""Candidate pixels tested in one go: bounds the memory of a close-up."""


@dataclass(frozen=True)
class Fragments:
    """The visible pixels of a set of triangles.

    Attributes:
        pixel: int32 ``[N]``, y × width + x; every pixel at most once.
        triangle: int32 ``[N]``.
        weights: float32 ``[N, 3]``, how much of each corner (perspective-correct).
        depth: float32 ``[N]`` metres in front of the camera.
    """

    pixel: Ints
    triangle: Ints
    weights: Floats
    depth: Floats


def rasterise(
    xy: Floats, depth: Floats, triangles: Ints, size: tuple[int, int], near: float = 0.1
) -> Fragments:
    """Find which triangle is seen in each pixel.

    Args:
        xy: ``[V, 2]`` picture pixels, pixel centres at whole numbers.
        depth: ``[V]`` metres in front of the camera. Triangles with a corner nearer than ``near`` are
            left out.
        triangles: ``[F, 3]``, counter-clockwise in the world: clockwise ones on the picture, whose y
            points down, face away and are left out.
        size: (width, height).
    """
    width, height = size
    corners = xy[triangles]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    # Minima of three columns: numpy's reductions over so short an axis are ten times slower.
    low = np.ceil(np.minimum(np.minimum(a, b), c)).astype(np.int32)
    high = np.floor(np.maximum(np.maximum(a, b), c)).astype(np.int32)
    low = np.maximum(low, 0)
    high = np.minimum(high, np.array([width - 1, height - 1], np.int32))
    before = depth > near
    seen = (area < -1e-9) & (high[:, 0] >= low[:, 0]) & (high[:, 1] >= low[:, 1])
    seen &= before[triangles[:, 0]] & before[triangles[:, 1]] & before[triangles[:, 2]]
    chosen = np.flatnonzero(seen)
    spans = high[chosen] - low[chosen] + 1
    reach = np.maximum(spans[:, 0], spans[:, 1])
    parts = []
    smaller = 0
    for side in _SIZES:
        group = chosen[(reach > smaller) & (reach <= side)]
        smaller = side
        step = max(1, _AT_ONCE // (side * side))
        for start in range(0, len(group), step):
            some = group[start : start + step]
            parts.append(
                _cover(corners[some], area[some], low[some], high[some], side, some, width)
            )
    if not parts:
        empty = np.zeros(0, dtype=np.int32)
        return Fragments(empty, empty, np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    pixel = np.concatenate([part[0] for part in parts])
    triangle = np.concatenate([part[1] for part in parts])
    flat = np.concatenate([part[2] for part in parts])
    return _nearest(pixel, triangle, flat, depth[triangles[triangle]], width * height)


def _cover(
    corners: Floats,
    area: Floats,
    low: Ints,
    high: Ints,
    side: int,
    which: NDArray[np.int64],
    width: int,
) -> tuple[Ints, Ints, Floats]:
    """Pixels inside triangles whose boxes are at most ``side`` wide and high."""
    along = np.arange(side, dtype=np.int32)
    x = low[:, 0, None] + along
    y = low[:, 1, None] + along
    a, b, c = (corners[:, n, None, :] for n in range(3))
    scale = (1 / area)[:, None].astype(np.float32)

    def edge(p: Floats, q: Floats) -> Floats:
        """Twice the area of p, q and every pixel, as a share of the triangle's: ``[T, side, side]``."""
        across = (q[..., 0] - p[..., 0]) * scale
        down = (q[..., 1] - p[..., 1]) * scale
        rows = across * (y - p[..., 1])
        columns = down * (x - p[..., 0])
        return np.asarray(rows[:, :, None] - columns[:, None, :], dtype=np.float32)

    first, second = edge(b, c), edge(c, a)
    third = 1 - first - second
    inside = (first >= 0) & (second >= 0) & (third >= 0)
    inside &= (y <= high[:, 1, None])[:, :, None] & (x <= high[:, 0, None])[:, None, :]
    flat = np.flatnonzero(inside)
    t, rest = np.divmod(flat, side * side)
    row, column = np.divmod(rest, side)
    pixel = (low[t, 1] + row) * width + low[t, 0] + column
    weights = np.stack([one.ravel()[flat] for one in (first, second, third)], axis=1)
    return pixel.astype(np.int32), which[t].astype(np.int32), weights


def _nearest(pixel: Ints, triangle: Ints, flat: Floats, depths: Floats, pixels: int) -> Fragments:
    """Keep the nearest fragment of each pixel; weights become perspective-correct."""
    weights = flat / depths
    inverse = weights[:, 0] + weights[:, 1] + weights[:, 2]
    depth = 1 / inverse
    buffer = np.full(pixels, np.inf, dtype=np.float32)
    np.minimum.at(buffer, pixel, depth)
    won = np.flatnonzero(depth <= buffer[pixel])
    # Two triangles that share an edge may tie exactly: one of them is enough.
    owner = np.zeros(pixels, dtype=np.int32)
    owner[pixel[won]] = won
    won = won[owner[pixel[won]] == won]
    return Fragments(
        pixel[won],
        triangle[won],
        (weights[won] / inverse[won, None]).astype(np.float32),
        depth[won],
    )
