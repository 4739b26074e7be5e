"""A pinhole camera that may move: where points of the scene land on the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rig import unit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """The camera at one moment.

    Attributes:
        eye: position ``[3]`` metres. turn: rotation ``[3, 3]`` from the world to the camera, whose axes
            point right, down and forwards. focal: pixels. size: (width, height) of the picture.
    """

    eye: Floats
    turn: Floats
    focal: float
    size: tuple[int, int]

    @property
    def matrix(self) -> Floats:
        """``[3, 4]``: a point of the world (x, y, z, 1) becomes (depth · x, depth · y, depth)."""
        width, height = self.size
        lens = np.array(
            [[self.focal, 0, (width - 1) / 2], [0, self.focal, (height - 1) / 2], [0, 0, 1.0]]
        )
        return np.asarray(
            lens @ np.concatenate([self.turn, -(self.turn @ self.eye)[:, None]], axis=1)
        )

    def project(self, points: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Picture pixels ``[..., 2]`` and metres in front of the camera ``[...]`` of points ``[..., 3]``."""
        matrix = self.matrix
        mapped = np.asarray(points, dtype=np.float64) @ matrix[:, :3].T + matrix[:, 3]
        depth = mapped[..., 2]
        safe = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        return mapped[..., :2] / safe[..., None], depth

    def plane(self, origin: Floats, across: Floats, down: Floats) -> Floats:
        """Homography ``[3, 3]`` from (u, v) of the plane origin + u·across + v·down to picture pixels."""
        matrix = self.matrix
        columns = np.stack([matrix[:, :3] @ across, matrix[:, :3] @ down], axis=1)
        return np.column_stack([columns, matrix[:, :3] @ origin + matrix[:, 3]])


@dataclass(frozen=True)
class Camera:
    """A camera over time.

    Attributes:
        eye, target: where it stands and looks: ``[T, 3]`` metres at ``rate`` a second, linear between.
        roll: radians ``[T]``.
        focal: as a share of the picture's height.
    """

    eye: Floats
    target: Floats
    roll: Floats
    focal: float
    rate: float = 30.0

    @property
    def still(self) -> bool:
        """Whether it stands on a tripod."""
        moves = (
            np.ptp(self.eye, axis=0).max() + np.ptp(self.target, axis=0).max() + np.ptp(self.roll)
        )
        return bool(moves == 0)

    def view(self, seconds: float, size: tuple[int, int]) -> View:
        """The camera at one moment, for a picture of ``size`` (width, height)."""
        place = np.clip(seconds * self.rate, 0, len(self.eye) - 1)
        stamps = np.arange(len(self.eye))
        eye = np.array([np.interp(place, stamps, self.eye[:, axis]) for axis in range(3)])
        target = np.array([np.interp(place, stamps, self.target[:, axis]) for axis in range(3)])
        roll = float(np.interp(place, stamps, self.roll))
        forward = unit(target - eye)
        right = unit(np.cross(forward, [0, 1, 0]))
        down = np.cross(forward, right)
        cos, sin = np.cos(roll), np.sin(roll)
        turn = np.stack([cos * right + sin * down, cos * down - sin * right, forward])
        return View(eye, turn, self.focal * size[1], size)


def still_camera(eye: Floats, target: Floats, focal: float = 1.3) -> Camera:
    """A camera on a tripod."""
    return Camera(np.tile(eye, (2, 1)), np.tile(target, (2, 1)), np.zeros(2), focal)


def moving_camera(
    eye: Floats,
    target: Floats,
    seconds: float,
    rng: np.random.Generator,
    *,
    focal: float = 1.3,
    drift: Floats | None = None,
    pan: Floats | None = None,
    shake: float = 0.01,
) -> Camera:
    """A camera in somebody's hands.

    Args:
        eye, target: ``[3]`` at the start.
        drift, pan: ``[3]`` metres that eye and target move in all, gently begun and ended.
        shake: metres that the target trembles by at its distance.
    """
    time = np.linspace(0, seconds, max(int(seconds * 30) + 1, 2))
    share = time / max(seconds, 1e-6)
    ease = (share * share * (3 - 2 * share))[:, None]
    tremble = np.zeros((len(time), 3))
    for rate, size in ((0.4, 1.0), (1.1, 0.55), (2.9, 0.2)):
        phase = rng.uniform(0, 2 * np.pi, 3)
        tremble += size * np.sin(2 * np.pi * rate * rng.uniform(0.8, 1.2) * time[:, None] + phase)
    nothing = np.zeros(3)
    return Camera(
        eye + ease * (nothing if drift is None else drift),
        target + ease * (nothing if pan is None else pan) + shake * tremble,
        0.25 * shake * tremble[:, 0],
        focal,
    )
