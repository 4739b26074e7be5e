"""Features of person-frames: a bounded cache, and resampling from one crop into another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..geometry import Floats, invert_affine
from ..network.hrnet import FEATURE_STRIDE
from .references import PersonFrame


@dataclass(frozen=True, eq=False)
class Feature:
    """What the backbone saw in one person's own crop.

    Attributes:
        values: V of Eq. 1 in half precision, ``[C, h, w]``.
        matrix: picture → crop, ``[2, 3]``.
        pooled: global average of V at unit length, ``[C]``, for ranking.
        score: the box score.
        box: the person box that the crop was cut by, ``[4]``.
    """

    values: Tensor
    matrix: Floats
    pooled: NDArray[np.float32]
    score: float
    box: Floats


class FeatureCache:
    """The features made last, up to a number of bytes. The oldest go first.

    Predicting walks outwards from the focus, so the oldest are also the farthest from where it works.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.used = 0
        self._held: dict[PersonFrame, Feature] = {}
        self._table: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: PersonFrame) -> bool:
        return key in self._held

    def get(self, key: PersonFrame) -> Feature | None:
        """The feature of a person-frame, or None if it was never made or has been dropped."""
        return self._held.get(key)

    def put(self, key: PersonFrame, feature: Feature) -> None:
        """Keep a feature, dropping the oldest others where the budget demands it."""
        self.drop(key)
        size = feature.values.nbytes
        while self._held and self.used + size > self.budget:
            self.drop(next(iter(self._held)))
        self._held[key] = feature
        self.used += size
        self._table = None

    def drop(self, key: PersonFrame) -> None:
        """Forget one feature, if it is held."""
        old = self._held.pop(key, None)
        if old is not None:
            self.used -= old.values.nbytes
            self._table = None

    def table(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """What is held, oldest first: (track, frame) ``[N, 2]`` and box scores ``[N]``."""
        if self._table is None:
            keys = np.array(list(self._held), dtype=np.int64).reshape(-1, 2)
            scores = np.array([feature.score for feature in self._held.values()])
            self._table = keys, scores.reshape(-1)
        return self._table


def cell_maps(source: Floats, target: Floats) -> Floats:
    """The affine maps from cells of the target's feature map to cells of the source's.

    ``source`` and ``target`` map picture → crop pixels, ``[N, 2, 3]`` each; cell i of either map sits at
    crop pixel 4 i. Returns ``[N, 2, 3]``.
    """
    back = invert_affine(target)
    linear = source[..., :2] @ back[..., :2]
    offset = source[..., :2] @ back[..., 2:] + source[..., 2:]
    return np.concatenate([linear, offset / FEATURE_STRIDE], axis=-1)


def resample(values: Tensor, source: Floats, target: Floats) -> Tensor:
    """See features of one crop as if they had been made of another crop of the same picture.

    Cells beyond the source's crop repeat its border.

    Args:
        values: ``[N, C, h, w]``.
        source: picture → crop of the crops the features were made of, ``[N, 2, 3]``.
        target: picture → crop wanted, ``[N, 2, 3]``.

    Returns:
        ``[N, C, h, w]`` float32 on the same device.
    """
    height, width = values.shape[-2:]
    # grid_sample with align_corners counts cells from −1 at the first centre to +1 at the last.
    span = np.array([max(width - 1, 1), max(height - 1, 1)]) / 2
    maps = cell_maps(source, target)
    theta = np.empty_like(maps)
    theta[..., :2] = maps[..., :2] * span[None, None, :] / span[None, :, None]
    theta[..., 2] = (maps[..., :2] @ span + maps[..., 2]) / span - 1
    grid = functional.affine_grid(
        torch.from_numpy(theta).float().to(values.device), list(values.shape), align_corners=True
    )
    return functional.grid_sample(
        values.float(), grid, mode="bilinear", padding_mode="border", align_corners=True
    )
