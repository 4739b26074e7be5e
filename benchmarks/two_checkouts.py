"""The same measurement of two checkouts of this project, each in a process of its own, in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]

_START = """
import runpy, sys
sys.path[0] = {checkout!r}
import glpose_core
sys.path[0] = {here!r}
sys.argv[1:] = {arguments!r}
runpy.run_module({module!r}, run_name="__main__")
"""
"""The core is that of the checkout, the benchmark this one's."""


def checkouts_of(against: Path | None) -> dict[str, Path]:
    """This checkout, and perhaps another."""
    return {"this": HERE} | ({"that": against.resolve()} if against else {})


class Served:
    """One checkout at work: a benchmark's module, called with ``--serve`` and what is asked for.

    Attributes:
        answers: what came of every turn.
    """

    def __init__(self, checkout: Path, module: str, asked: Sequence[str]) -> None:
        start = _START.format(
            checkout=str(checkout), here=str(HERE), arguments=["--serve", *asked], module=module
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", start],
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": ""},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.answers: list[Any] = []

    def turn(self) -> None:
        """Have it measured once more."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.answers.append(self.read())

    def read(self) -> Any:
        """What it says."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def answer(turn: Callable[[], Any]) -> None:
    """Measure once for every line that comes."""
    for _ in sys.stdin:
        print(json.dumps(turn()), flush=True)
