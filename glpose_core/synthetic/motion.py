"""How people move: joint positions over time, from recordings or from :mod:`.gaits`."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from .rig import JOINTS, J, with_hands

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Motion:
    """One person's movement.

    Attributes:
        name: what it is ("walk").
        joints: float64 ``[T, 21, 3]`` metres in the order of :data:`.rig.JOINTS`; y up, floor at 0.
        rate: poses a second.
    """

    name: str
    joints: Floats
    rate: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return (len(self.joints) - 1) / self.rate

    def at(self, seconds: Floats) -> Floats:
        """Joints at times ``[N]`` s from the start (clipped to it), linear between poses: ``[N, 21, 3]``."""
        place = np.clip(np.asarray(seconds) * self.rate, 0, len(self.joints) - 1)
        before = np.minimum(place.astype(int), len(self.joints) - 2)
        share = (place - before)[:, None, None]
        mixed = self.joints[before] * (1 - share) + self.joints[before + 1] * share
        return np.asarray(mixed)

    def heading(self) -> float:
        """Where the person faces at first: radians about y, 0 for +z."""
        first = self.joints[0]
        left = first[J["left_hip"]] - first[J["right_hip"]]
        return float(np.arctan2(-left[2], left[0]))

    def placed(self, x: float, z: float, heading: float) -> Motion:
        """The same movement begun at (x, z) on the floor, facing ``heading`` (radians, 0 for +z)."""
        turn = heading - self.heading()
        cos, sin = np.cos(turn), np.sin(turn)
        rotation = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
        start = self.joints[0, J["pelvis"]] * [1, 0, 1]
        return replace(self, joints=(self.joints - start) @ rotation.T + [x, 0, z])

    def scaled(self, factor: float) -> Motion:
        """The same movement by a person ``factor`` times as tall."""
        return replace(self, joints=self.joints * factor)

    def mirrored(self) -> Motion:
        """Left and right exchanged."""
        order = [J[_other(name)] for name in JOINTS]
        return replace(self, joints=self.joints[:, order] * [-1, 1, 1])


def _other(name: str) -> str:
    if name.startswith("left_"):
        return "right_" + name[5:]
    return "left_" + name[6:] if name.startswith("right_") else name


@dataclass(frozen=True)
class Recordings:
    """Recorded motion from a file of arrays (``motion.npz``).

    Attributes:
        groups: coarse label of each sequence ("walk"), ``[S]``.
        names, licences: of each sequence, ``[S]``.
    """

    path: Path
    names: NDArray[np.str_]
    groups: NDArray[np.str_]
    licences: NDArray[np.str_]
    _joints: NDArray[np.float32]
    _start: NDArray[np.int64]
    _rate: float

    def __len__(self) -> int:
        return len(self.names)

    def motion(self, sequence: int) -> Motion:
        """One sequence. Missing hands are filled in."""
        rows = slice(int(self._start[sequence]), int(self._start[sequence + 1]))
        return Motion(
            str(self.groups[sequence]),
            with_hands(self._joints[rows].astype(np.float64)),
            self._rate,
        )

    def seconds(self) -> Floats:
        """Length of every sequence, ``[S]``."""
        return np.diff(self._start) / self._rate


@cache
def read_recordings(path: Path) -> Recordings:
    """Read recorded motion: arrays ``rel``, ``pelvis``, ``frame_start``, ``joint_names``, ``fps``,
    ``sequence``, ``group`` and ``licence``.

    Raises:
        FormatError: the file is missing, is no such archive, or its joints are others.
    """
    remedy = "give a motion.npz with the arrays rel, pelvis, frame_start, joint_names, fps"
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        joints = arrays["rel"].astype(np.float32) + arrays["pelvis"][:, None].astype(np.float32)
        if tuple(arrays["joint_names"].tolist()) != JOINTS:
            raise FormatError("has other joints", file=path, field="joint_names", remedy=remedy)
        return Recordings(
            path, arrays["sequence"], arrays["group"], arrays["licence"], joints,
            arrays["frame_start"].astype(np.int64), float(arrays["fps"]),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise FormatError("is not recorded motion", file=path, remedy=remedy) from error
