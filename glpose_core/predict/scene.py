"""What a predictor asks about the video it predicts."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..geometry import Floats

Picture: TypeAlias = NDArray[np.uint8]


class Scene(Protocol):
    """What is known about the people of a video while it is being predicted."""

    def picture(self, frame: int) -> Picture:
        """The RGB picture of a frame ``[h, w, 3]``."""

    def box(self, track: int, frame: int) -> Floats:
        """The box ``[4]`` of a track in a frame; beyond its ends, that of the nearest end."""

    def score(self, track: int, frame: int) -> float:
        """The box score, 0…1."""

    def shot(self, frame: int) -> tuple[int, int]:
        """The frames of the range that belong to the same shot, half open."""
