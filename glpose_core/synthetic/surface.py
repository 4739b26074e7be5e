"""From a signed distance to triangles: naive surface nets (Gibson 1998), vectorised.

One vertex a mixed cell, at the mean of the edge crossings; one quad for every grid edge that changes
sign. Vertices then slide onto the surface, so that a coarse grid still gives a smooth skin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Distance = Callable[[Floats], Floats]
"""Signed distance of points ``[N, 3]`` in metres, negative inside: ``[N]``."""

_CORNERS = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
_EDGES = [
    (a, b)
    for a in range(8)
    for b in range(a + 1, 8)
    if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1
]


@dataclass(frozen=True)
class Mesh:
    """Triangles facing outwards (counter-clockwise seen from outside).

    Attributes:
        vertices: float32 ``[V, 3]`` metres.
        normals: float32 ``[V, 3]``, unit length, outwards.
        triangles: int32 ``[F, 3]``.
    """

    vertices: Floats
    normals: Floats
    triangles: NDArray[np.int32]


def mesh_of(distance: Distance, low: Floats, high: Floats, step: float) -> Mesh:
    """Mesh the zero surface of ``distance`` inside the box ``low`` … ``high`` ``[3]``, cells of ``step`` metres."""
    counts = np.ceil((np.asarray(high) - low) / step).astype(int) + 1
    axes = [low[d] + step * np.arange(counts[d]) for d in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).astype(np.float32)
    field = distance(grid.reshape(-1, 3)).reshape(counts)
    cells, places = _cell_vertices(field)
    number = np.full(np.array(field.shape) - 1, -1, dtype=np.int32)
    number[tuple(cells.T)] = np.arange(len(cells), dtype=np.int32)
    vertices = (np.asarray(low) + step * (cells + places)).astype(np.float32)
    normals = gradient(distance, vertices, step / 4)
    for _ in range(2):
        vertices = vertices - normals * np.clip(distance(vertices), -step, step)[:, None]
    return Mesh(vertices, gradient(distance, vertices, step / 4), _triangles(field, number))


def gradient(distance: Distance, points: Floats, reach: float) -> Floats:
    """Unit gradient of ``distance`` at ``points`` ``[N, 3]`` by central differences."""
    slopes = np.empty_like(points)
    for axis in range(3):
        shift = np.zeros(3, dtype=np.float32)
        shift[axis] = reach
        slopes[:, axis] = distance(points + shift) - distance(points - shift)
    length = np.linalg.norm(slopes, axis=1, keepdims=True)
    return np.asarray(slopes / np.maximum(length, 1e-9), dtype=np.float32)


def _cell_vertices(field: Floats) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Mixed cells ``[V, 3]`` and where in the unit cell each one's vertex lies ``[V, 3]``."""
    inside = field < 0
    shape = np.array(field.shape) - 1
    corners = [
        inside[tuple(slice(c, c + n) for c, n in zip(o, shape, strict=True))] for o in _CORNERS
    ]
    mixed = np.logical_or.reduce(corners) & ~np.logical_and.reduce(corners)
    cells = np.argwhere(mixed)
    values = np.stack([field[tuple((cells + offset).T)] for offset in _CORNERS], axis=1)
    total, count = np.zeros((len(cells), 3)), np.zeros((len(cells), 1))
    for a, b in _EDGES:
        crosses = (values[:, a] < 0) != (values[:, b] < 0)
        span = np.where(crosses, values[:, a] - values[:, b], 1.0)
        share = (values[:, a] / span)[:, None]
        point = _CORNERS[a] + share * (_CORNERS[b] - _CORNERS[a])
        total += np.where(crosses[:, None], point, 0.0)
        count += crosses[:, None]
    return cells, total / count


def _triangles(field: Floats, number: NDArray[np.int32]) -> NDArray[np.int32]:
    inside = field < 0
    found = []
    for axis in range(3):
        first = [slice(None)] * 3
        second = [slice(None)] * 3
        first[axis], second[axis] = slice(0, -1), slice(1, None)
        here, there = inside[tuple(first)], inside[tuple(second)]
        u, v = (axis + 1) % 3, (axis + 2) % 3
        changes = here != there
        for d in (u, v):  # an edge on the rim of the grid has no four cells round it
            rim = [slice(None)] * 3
            rim[d] = slice(0, 1)
            changes[tuple(rim)] = False
            rim[d] = slice(-1, None)
            changes[tuple(rim)] = False
        at = np.argwhere(changes)
        quad = []
        for du, dv in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
            cell = at.copy()
            cell[:, u] += du
            cell[:, v] += dv
            quad.append(number[tuple(cell.T)])
        corners = np.stack(quad, axis=1)
        leaving = here[tuple(at.T)]
        corners[~leaving] = corners[~leaving][:, ::-1]
        found += [corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]]
    return np.concatenate(found).astype(np.int32)
