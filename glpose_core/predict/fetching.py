"""What a device has computed, on its way into memory while everybody goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from numpy.typing import NDArray
from torch import Tensor

Coming: TypeAlias = Callable[[], NDArray[Any]]
"""Waits for an array, on any thread."""


def fetch(values: Tensor) -> Coming:
    """Send for values. On a CUDA device they are not waited for until the array is asked for."""
    if values.device.type != "cuda":
        array = values.cpu().numpy()
        return lambda: array
    here = values.to("cpu", non_blocking=True)  # into pinned memory
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record(torch.cuda.current_stream(values.device))

    def wait() -> NDArray[Any]:
        arrived.synchronize()
        return here.numpy()

    return wait
