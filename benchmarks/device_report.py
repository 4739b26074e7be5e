"""Rows of benchmarks on a device, told as they come, and times by the device's own clock."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import torch

TIMES, LEAST, LONGEST = 30, 5, 0.4
"""A median is of so many turns, or fewer where they take longer than so many seconds in all."""

Work = Callable[[], object]


@dataclass
class Report:
    """Rows as they come: printed, and written to a file each time."""

    out: Path
    device: torch.device
    seconds: float
    began: float = field(default_factory=time.monotonic)
    rows: list[dict[str, Any]] = field(default_factory=list)
    matrix_rate: float = 0.0

    def tell(self, **row: Any) -> None:
        self.rows.append(row)
        (self.out / "device_speed.json").write_text(json.dumps(self.rows, indent=1))
        print("| " + " | ".join(_shown(value) for value in row.values()) + " |", flush=True)

    def title(self, *names: str) -> None:
        print(f"\n| {' | '.join(names)} |\n|{'---|' * len(names)}", flush=True)

    @property
    def left(self) -> float:
        """Seconds left of the budget."""
        return self.seconds - (time.monotonic() - self.began)


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) and value < 100 else (
        f"{value:.0f}" if isinstance(value, float) else str(value)
    )  # fmt: skip


def median_seconds(work: Work, device: torch.device) -> float:
    """Median of repeated work, by the device's own clock if it has one."""
    work()
    if device.type != "cuda":
        return median(_by_the_clock(work) for _ in range(3))
    work()
    torch.cuda.synchronize()
    spent: list[float] = []
    while len(spent) < LEAST or (len(spent) < TIMES and sum(spent) < LONGEST):
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        first.record()
        work()
        last.record()
        last.synchronize()
        spent.append(first.elapsed_time(last) / 1000)
    return median(spent)


def _by_the_clock(work: Work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
