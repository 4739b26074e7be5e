"""Putting tensors from a file into a network, after checking each of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import WeightsError

_COUNTERS = ".num_batches_tracked"
"""BatchNorm's step counters: old files lack them, and nothing here depends on them."""


def fill(
    model: nn.Module, state: Mapping[str, Tensor], path: Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put entries into a network, which may be on the meta device.

    Shapes are compared first, so that a file cannot make us allocate what it does not hold.

    Args:
        model: the network; on the meta device it becomes real, on the CPU.
        state: entries by the network's own names; there may be others.
        path: the file they come from, for errors.

    Returns:
        The names used, and those missing: step counters that old files lack.

    Raises:
        WeightsError: naming the first entry that is absent, of another shape or type, or not finite.
    """
    places = model.state_dict()
    missing = tuple(name for name in places if name not in state and name.endswith(_COUNTERS))
    for name, place in places.items():
        if name not in missing:
            check_shape(name, state.get(name), tuple(place.shape), path)
    values = {
        name: torch.zeros((), dtype=torch.int64)
        if name in missing
        else _full_precision(name, state[name], places[name], path)
        for name in places
    }
    on_meta = any(place.is_meta for place in places.values())
    model.load_state_dict(values, assign=on_meta)
    return tuple(name for name in places if name not in missing), missing


def check_shape(name: str, tensor: Tensor | None, shape: tuple[int, ...], path: Path) -> None:
    """Raise ``WeightsError`` unless an entry is there and has the shape that the network wants."""
    if tensor is None:
        raise WeightsError("is missing", file=path, field=name, remedy="give a complete checkpoint")
    if tuple(tensor.shape) != shape:
        raise WeightsError(
            f"has shape {list(tensor.shape)}, not {list(shape)}",
            file=path,
            field=name,
            remedy="give the weights of a network of this size",
        )


def _full_precision(name: str, tensor: Tensor, place: Tensor, path: Path) -> Tensor:
    """A copy in the network's own precision; never a view into the file."""
    if tensor.is_floating_point() != place.is_floating_point() or tensor.is_complex():
        raise WeightsError(
            f"has type {str(tensor.dtype).removeprefix('torch.')}",
            file=path,
            field=name,
            remedy="give weights in floating point",
        )
    value = tensor.to(place.dtype, copy=True).contiguous()
    if not finite(value):
        raise WeightsError(
            "holds values that are no finite numbers",
            file=path,
            field=name,
            remedy="take an earlier checkpoint of that training",
        )
    return value


def finite(tensor: Tensor) -> bool:
    """Whether every value is finite. A finite sum proves it, and is much the quicker test."""
    return bool(tensor.sum(dtype=torch.float32).isfinite() or tensor.isfinite().all())
