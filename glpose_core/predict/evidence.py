"""What is asked and answered about why a pose is as it is.

:mod:`glpose_core.job.explain` works it out. Everything here is picklable and loads no network, because that
happens in a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..geometry import Floats
from ..labels.poses import PoseRows
from ..skeleton import POSETRACK17
from .job import Mode, Precision

if TYPE_CHECKING:
    from .decode import Decoder

_HEAD = POSETRACK17.index("head_top"), POSETRACK17.index("head_bottom")


@dataclass(frozen=True)
class Change:
    """What is different from the prediction: slots that are removed, and a seed of a shuffle (0: none).

    Slots are counted in the order of Eq. 4 without the key: t−k … t−1, t+1 … t+k, then the non-local ones.
    """

    removed: frozenset[int] = frozenset()
    shuffle: int = 0


@dataclass(frozen=True, eq=False)
class ExplainRequest:
    """Which pose, and how it was predicted.

    Attributes:
        weights: name or file. sha256: digest that the file must have; "" takes any.
        frame, box: of the key crop; box x, y, w, h in picture pixels ``[4]``.
        references: REFERENCE_DTYPE ``[2k + n]`` in the slot order of Eq. 4.
        change: what to change before estimating.
        device, precision, mode, decoder: as in :class:`PredictRequest`.
        flip: whether the prediction averaged with the heatmaps of the mirrored crops.
    """

    weights: str
    frame: int
    box: Floats
    references: PoseRows
    change: Change = field(default_factory=Change)
    sha256: str = ""
    device: str = "auto"
    precision: Precision = "auto"
    mode: Mode = "cached"
    decoder: Decoder = "dark"
    flip: bool = False


@dataclass(frozen=True, eq=False)
class Explained:
    """One pose and its references. The crops are those of the prediction; the rest obeys the change.

    Attributes:
        frame: the key frame. frames: of the references, ``[2k + n]``. boxes: their person boxes, ``[2k + n, 4]``.
        order: the reference that fills each slot, by the slot it was recorded in; −1 is the key, ``[2k + n]``.
        local_weights: W_l of Eq. 2, ``[2k]``. global_weights: W_g of Eq. 3, ``[n]``. Each sums to 1.
        xy: joints in picture pixels ``[17, 2]``; zero where the network predicts none.
        maxima: heatmap maxima ``[17]``.
        crops: RGB, key first and then the references, ``[1 + 2k + n, h, w, 3]`` uint8.
        matrices: picture → crop, ``[1 + 2k + n, 2, 3]``.
    """

    frame: int
    frames: NDArray[np.int64]
    boxes: Floats
    order: NDArray[np.int64]
    local_weights: NDArray[np.float32]
    global_weights: NDArray[np.float32]
    xy: NDArray[np.float64]
    maxima: NDArray[np.float64]
    crops: NDArray[np.uint8]
    matrices: Floats

    @property
    def weight_of_crops(self) -> tuple[Floats, float, float]:
        """What each reference weighs, whatever slots it fills: 0 for one that is removed.

        Returns:
            ``[2k + n]``, and what the key weighs in place of local and of non-local ones. The local
            weights and the first number sum to 1, and so do the others with the second.
        """
        local = len(self.local_weights)
        weights = np.concatenate([self.local_weights, self.global_weights]).astype(np.float64)
        of_crops = np.zeros(len(weights))
        there = self.order >= 0
        np.add.at(of_crops, self.order[there], weights[there])
        key = np.where(there, 0.0, weights)
        return of_crops, float(key[:local].sum()), float(key[local:].sum())


@dataclass(frozen=True)
class Move:
    """How far the joint that moved farthest moved.

    Attributes:
        joint: its slot. pixels: how far, in picture pixels.
        heads: the same in sizes of the head (head top to head bottom); None where the head is not placed.
    """

    joint: int
    pixels: float
    heads: float | None


def largest_move(before: Floats, after: Floats, placed: NDArray[np.bool_]) -> Move | None:
    """Compare two estimates of one pose.

    Args:
        before, after: joints in picture pixels, ``[17, 2]``.
        placed: joints that are there, ``[17]``.

    Returns:
        None where no joint is placed.
    """
    if not placed.any():
        return None
    away = np.where(placed, np.hypot(*(after - before).T), -1.0)
    joint = int(away.argmax())
    head = float(np.hypot(*(before[_HEAD[0]] - before[_HEAD[1]])))
    known = placed[list(_HEAD)].all() and head > 0
    return Move(joint, float(away[joint]), float(away[joint]) / head if known else None)
