"""What following has looked at already, so that it is not looked at again once the boxes have settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..geometry import Floats
from .references import PersonFrame

Look: TypeAlias = tuple[Tensor, NDArray[np.float32] | None]
"""What a network made of one crop: features ``[C, h, w]`` and, pooled, ``[C]``; or heatmaps and nothing."""


class Glimpses:
    """The crops of the last frames that were looked at.

    Args:
        most: how many frames are remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._frames: dict[int, tuple[Floats, list[Look]]] = {}

    def keep(self, frame: int, matrices: Floats, looks: list[Look]) -> None:
        """Remember what was made of the crops that ``matrices [N, 2, 3]`` cut out of a frame."""
        self._frames[frame] = matrices, looks
        while len(self._frames) > self._most:
            self._frames.pop(next(iter(self._frames)))

    def find(self, keys: Sequence[PersonFrame], matrices: Floats) -> list[Look | None]:
        """What was made of the same crops of those frames, or None."""
        return [self._find(key[1], matrix) for key, matrix in zip(keys, matrices, strict=True)]

    def _find(self, frame: int, matrix: Floats) -> Look | None:
        if frame not in self._frames:
            return None
        matrices, looks = self._frames[frame]
        same = np.flatnonzero(np.abs(matrices - matrix).max(axis=(1, 2)) < 1e-9)
        return looks[same[0]] if len(same) else None
