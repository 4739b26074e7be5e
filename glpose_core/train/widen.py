"""A wider network that begins by saying what a narrower one says (after Chen et al., "Net2Net", ICLR 2016).

The old channels come first and do not listen to the new ones, which start at random and are heard as training finds
use for them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def widen(narrow: nn.Module, wide: nn.Module) -> None:
    """Give ``wide`` what ``narrow`` has learnt, in place. Layers add up channels and never line them up one after another.

    Raises:
        ValueError: if a layer of ``wide`` is missing in ``narrow``, or is narrower there.
    """
    old = narrow.state_dict()
    for name, value in wide.state_dict().items():
        known = old.get(name)
        if known is None or known.ndim != value.ndim or not _fits(known, value):
            raise ValueError(f"{name} cannot be widened")
        _copy(known, value)


def _fits(known: Tensor, value: Tensor) -> bool:
    return all(a <= b for a, b in zip(known.shape, value.shape, strict=True))


@torch.no_grad()
def _copy(known: Tensor, value: Tensor) -> None:
    if value.ndim > 1:
        value[: known.shape[0], known.shape[1] :] = 0
    value[tuple(slice(size) for size in known.shape)] = known
