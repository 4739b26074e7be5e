"""What helps the eye and changes no label: people dimmed, ghosts, trails, a magnifier, a brighter picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Aids:
    """What is shown beside the picture and the people.

    Attributes:
        dim: all but the chosen person are hardly seen.
        onion: the chosen person's key poses before and after this frame, as thin white ghosts.
        trails: the way of the chosen joint through the frames around.
        loupe: a magnifier beside a joint that is placed or dragged.
    """

    dim: bool = False
    onion: bool = False
    trails: bool = False
    loupe: bool = False


PLAIN = Aids()


@dataclass(frozen=True)
class Light:
    """How the picture is shown; the file and what is predicted from it stay as they are.

    Attributes:
        brightness: added, −100 … 100 per cent of white.
        contrast: −100 … 100; the middle grey stays where it is.
        gamma: 0.2 … 5; above 1 what is dark becomes brighter.
    """

    brightness: int = 0
    contrast: int = 0
    gamma: float = 1.0

    def table(self) -> NDArray[np.uint8]:
        """What each value of a channel becomes, ``[256]``."""
        value = (np.arange(256) / 255.0) ** (1.0 / self.gamma)
        slope = np.tan((self.contrast / 100.0 * 0.98 + 1.0) * np.pi / 4)
        value = (value - 0.5) * slope + 0.5 + self.brightness / 100.0
        return np.asarray(np.rint(np.clip(value, 0.0, 1.0) * 255), dtype=np.uint8)

    @property
    def words(self) -> str:
        """ "brightness +20 · gamma 1.50"; "" where the picture is shown as it is."""
        said = []
        if self.brightness:
            said.append(f"brightness {self.brightness:+d}")
        if self.contrast:
            said.append(f"contrast {self.contrast:+d}")
        if self.gamma != 1.0:
            said.append(f"gamma {self.gamma:.2f}")
        return " · ".join(said)


NEUTRAL = Light()
