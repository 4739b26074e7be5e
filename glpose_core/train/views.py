"""What a data set gives a trainer: one labelled pose, seen as the network sees it.

Stills, projects, PoseTrack files and rendered clips are all a :class:`PoseSet`. Drawing is a pure
function of the row, the view and the random numbers: so any process, on any thread, after any
interruption, draws the same crop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .augment import Augmentation


@dataclass(frozen=True)
class View:
    """How poses are to be seen: crops of (width, height) ``size``, ``k`` local references on each side,
    ``n`` non-local ones, and how far the crops stray."""

    size: tuple[int, int]
    k: int = 0
    n: int = 0
    how: Augmentation = field(default_factory=Augmentation)

    @property
    def slots(self) -> int:
        """Crops per pose: the key and its references."""
        return 1 + 2 * self.k + self.n


@dataclass(frozen=True)
class Sample:
    """One labelled pose as the network sees it.

    Attributes:
        crops: RGB uint8 ``[1 + 2k + n, h, w, 3]``: key, t−k … t−1, t+1 … t+k, non-local.
        xy: joints of the key in crop pixels, ``[J, 2]`` float64.
        known: joints with a position, ``[J]`` bool; the others carry no loss.
        scale: picture pixels per crop pixel.
    """

    crops: NDArray[np.uint8]
    xy: NDArray[np.float64]
    known: NDArray[np.bool_]
    scale: float = 1.0


class PoseSet(Protocol):
    """Labelled poses of one origin, all with the same joints."""

    @property
    def name(self) -> str:
        """What logs and reports call it."""
        ...

    @property
    def joints(self) -> tuple[str, ...]:
        """Joint names, J of them."""
        ...

    def __len__(self) -> int: ...

    def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
        """See pose ``row`` once; ``rng`` decides all that is random in it."""
        ...


@dataclass(frozen=True)
class Over:
    """A data set made from another: what it draws otherwise is its own, the rest is theirs."""

    poses: PoseSet

    @property
    def name(self) -> str:
        return self.poses.name

    @property
    def joints(self) -> tuple[str, ...]:
        return self.poses.joints

    def __len__(self) -> int:
        return len(self.poses)

    def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
        return self.poses.draw(row, view, rng)


@dataclass(frozen=True)
class Batch:
    """B samples: crops ``[B, 1 + 2k + n, h, w, 3]`` uint8, joints of the keys in crop pixels ``[B, J, 2]``
    float32, and 1 for each that counts, ``[B, J]`` float32."""

    crops: NDArray[np.uint8]
    xy: NDArray[np.float32]
    mask: NDArray[np.float32]


def collate(samples: Sequence[Sample]) -> Batch:
    """Stack samples of one view."""
    return Batch(
        np.stack([sample.crops for sample in samples]),
        np.stack([sample.xy for sample in samples]).astype(np.float32),
        np.stack([sample.known for sample in samples]).astype(np.float32),
    )
