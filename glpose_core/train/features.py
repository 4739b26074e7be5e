"""Features of a frozen backbone, computed once for each draw that is repeated, and kept.

A pose of GLPose costs 1 + 2k + n passes of the backbone and one of the modules, a tenth of a single
backbone pass. Where the backbone stands still, all but the modules' share is the same at every visit.
The crops of one pose always pass together, so a feature is the same bits whenever it is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..network import GLPose
from .mixture import Pick
from .temporal import features_of
from .views import Sample


@dataclass(frozen=True)
class Seen:
    """A pose whose crops have gone through the backbone.

    ``features`` is ``[1 + 2k + n, C, h, w]`` float16; ``xy [J, 2]`` and ``known [J]`` as in the sample;
    ``size`` the crops' (width, height).
    """

    features: Tensor
    xy: NDArray[np.float64]
    known: NDArray[np.bool_]
    size: tuple[int, int]


class KeptFeatures:
    """Features by pick, in the computer's memory as far as the budget goes.

    Args:
        model: its backbone stays as it is.
        device: where the backbone runs.
        gigabytes: what may be kept.
    """

    def __init__(self, model: GLPose, device: torch.device, gigabytes: float) -> None:
        self._model, self._device = model, device
        self._room = int(gigabytes * 1e9)
        self._kept: dict[Pick, Seen] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, pick: Pick, size: tuple[int, int]) -> Seen | None:
        """What is kept of a pick in crops of ``size``."""
        seen = self._kept.get(pick)
        return seen if seen is not None and seen.size == size else None

    def compute(self, pick: Pick, sample: Sample) -> Seen:
        """Pass the crops of a sample through the backbone, and keep the result if there is room."""
        height, width = sample.crops.shape[1:3]
        features = features_of(self._model, sample.crops, self._device).cpu()
        seen = Seen(features, sample.xy, sample.known, (width, height))
        old = self._kept.pop(pick, None)
        self._room += 0 if old is None else old.features.nbytes
        if features.nbytes <= self._room:
            self._room -= features.nbytes
            self._kept[pick] = seen
        return seen

    def stack(self, seen: Sequence[Seen]) -> Tensor:
        """Features of a batch, ``[B, 1 + 2k + n, C, h, w]`` on the device."""
        return torch.stack([one.features for one in seen]).to(self._device)
