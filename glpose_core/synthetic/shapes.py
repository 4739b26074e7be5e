"""Round shapes as signed distances, and how they melt into one another (after Inigo Quilez)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Cone:
    """A round cone: a sphere of radius ``ra`` at ``a`` and one of ``rb`` at ``b``, and all between them."""

    a: tuple[float, float, float]
    b: tuple[float, float, float]
    ra: float
    rb: float

    def distance(self, points: Floats) -> Floats:
        a, b = np.asarray(self.a, np.float32), np.asarray(self.b, np.float32)
        axis = b - a
        length2 = max(float(axis @ axis), 1e-9)
        taper = self.ra - self.rb
        a2 = length2 - taper * taper
        if a2 <= 0:  # one sphere swallows the other
            centre, radius = (a, self.ra) if taper > 0 else (b, self.rb)
            return np.asarray(np.linalg.norm(points - centre, axis=1) - radius, dtype=np.float32)
        offset = points - a
        y = offset @ axis
        z = y - length2
        side = offset * length2 - axis * y[:, None]
        x2 = (side * side).sum(axis=1)
        y2, z2 = y * y * length2, z * z * length2
        k = np.sign(taper) * taper * taper * x2
        body = (np.sqrt(np.maximum(x2 * a2 / length2, 0)) + y * taper) / length2 - self.ra
        near_b = np.sqrt(x2 + z2) / length2 - self.rb
        near_a = np.sqrt(x2 + y2) / length2 - self.ra
        far = np.sign(z) * a2 * z2 > k
        close = np.sign(y) * a2 * y2 < k
        return np.asarray(np.where(far, near_b, np.where(close, near_a, body)), dtype=np.float32)


@dataclass(frozen=True)
class Egg:
    """An ellipsoid: radii along the axes of ``frame`` (columns; the world's by default)."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    frame: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))

    def distance(self, points: Floats) -> Floats:
        local = (points - np.asarray(self.centre, np.float32)) @ self.frame.astype(np.float32)
        radii = np.asarray(self.radii, np.float32)
        outer = np.linalg.norm(local / radii, axis=1)
        inner = np.linalg.norm(local / radii**2, axis=1)
        return np.asarray(outer * (outer - 1) / np.maximum(inner, 1e-6), dtype=np.float32)


def melt(first: Floats, second: Floats, width: float) -> Floats:
    """Smooth minimum of two distances: a union whose seam is rounded over about ``width`` metres."""
    mix = np.maximum(width - np.abs(first - second), 0) / width
    return np.asarray(np.minimum(first, second) - mix * mix * width / 4, dtype=np.float32)
