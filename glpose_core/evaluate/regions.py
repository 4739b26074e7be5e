"""Ignore regions: which points lie inside a polygon."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .joints import Bools, Floats


def inside_any(points: Floats, polygons: Sequence[Floats]) -> Bools:
    """Which points lie inside one of the polygons; a point on an edge or a corner does not.

    Args:
        points: ``[N, 2]`` float64 pixels.
        polygons: each ``[K, 2]``, closed or not; where one crosses itself, even-odd decides. Fewer than
            three corners enclose nothing.

    Returns:
        bool ``[N]``.
    """
    areas = [polygon for polygon in polygons if len(polygon) >= 3]
    if not areas or not len(points):
        return np.zeros(len(points), dtype=bool)
    starts = np.cumsum([0, *(len(area) for area in areas[:-1])])
    one = np.concatenate(areas)
    two = np.concatenate([np.roll(area, -1, axis=0) for area in areas])
    x, y = points[:, 0, None], points[:, 1, None]
    (x1, y1), (x2, y2) = one.T, two.T
    side = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
    within = (x >= np.minimum(x1, x2)) & (x <= np.maximum(x1, x2))
    within &= (y >= np.minimum(y1, y2)) & (y <= np.maximum(y1, y2))
    on_edge = np.logical_or.reduceat((side == 0) & within, starts, axis=1)
    up, down = (y1 <= y) & (y2 > y), (y2 <= y) & (y1 > y)
    crossed = (up & (side > 0)) | (down & (side < 0))
    odd = np.add.reduceat(crossed.astype(np.int64), starts, axis=1) % 2 == 1
    return np.asarray((odd & ~on_edge).any(axis=1))
