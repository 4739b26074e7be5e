"""Features that fill the slots of Eq. 4, on their way from where they are kept to the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..geometry import Floats
from .features import resample


@dataclass(frozen=True, eq=False)
class Slots:
    """What N keys are compared with; nothing is copied until a part of them is laid out.

    Attributes:
        keys: features of the key crops, N of ``[C, h, w]``.
        near: of the local references, 2k for each key, in the order of the keys.
        far: of the non-local ones, n for each key.
        sources, targets: picture → crop of what ``near`` was made of, and of the keys, ``[N · 2k, 2, 3]``; None:
            ``near`` was made in the keys' boxes.
    """

    keys: Sequence[Tensor]
    near: Sequence[Tensor]
    far: Sequence[Tensor]
    sources: Floats | None
    targets: Floats

    def __len__(self) -> int:
        return len(self.keys)

    def laid_out(self, part: slice) -> tuple[Tensor, Tensor, Tensor]:
        """Features of some keys ``[M, C, h, w]``, of their local ``[M, 2k, …]`` and non-local ``[M, n, …]`` references."""
        key = torch.stack(list(self.keys[part]))
        near, far = self._of(self.near, part), self._of(self.far, part)
        return key, self._seen(near, part, key), _rows(far, key)

    def _of(self, features: Sequence[Tensor], part: slice) -> Sequence[Tensor]:
        """The features that belong to some of the keys."""
        each = len(features) // max(len(self.keys), 1)
        return features[part.start * each : part.stop * each]

    def _seen(self, near: Sequence[Tensor], part: slice, key: Tensor) -> Tensor:
        """Local references as seen in the boxes of their keys."""
        if self.sources is None or not near:
            return _rows(near, key)
        each = len(self.sources) // len(self.keys)
        rows = slice(part.start * each, part.stop * each)
        values = resample(near, self.sources[rows], self.targets[rows])
        return values.view(len(key), each, *key.shape[1:])


def _rows(features: Sequence[Tensor], key: Tensor) -> Tensor:
    """Features behind one another, as many for each key: ``[M, S, C, h, w]``."""
    shape = (len(key), len(features) // len(key), *key.shape[1:])
    return torch.stack(list(features)).view(shape) if features else key.new_empty(shape)
