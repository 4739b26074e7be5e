"""Taking times: medians of repeated work, after work on the device has ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import torch


def seconds(work: Callable[[], object], device: torch.device, times: int = 5) -> float:
    """Median seconds that ``work`` takes on the clock, after one turn that is not counted."""
    work()
    spent = []
    for _ in range(times):
        wait_for(device)
        began = time.perf_counter()
        work()
        wait_for(device)
        spent.append(time.perf_counter() - began)
    return median(spent)


def wait_for(device: torch.device) -> None:
    """Return when the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
