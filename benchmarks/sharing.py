"""Predicting while something else works, too: what the network's threads cost by waiting for each other.

    python -m benchmarks.sharing CLIP [--frames 40] [--turns 3] [--busy 0 1 2]

A convolution is shared out to threads that wait for the slowest. As they come, they wait busily (GNU OpenMP): good
where nothing else runs, and a waste of the processor that the slowest needs where something does. ``glpose predict``
runs with other settings of that wait, beside so many processes that never rest, in turns; the alternative is the
library as it comes. The clock runs from the command to its end, so some seconds of start are in every figure.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
WAYS: dict[str, dict[str, str]] = {
    "as the library comes": {"GOMP_SPINCOUNT": "300000"},
    "100,000 turns": {"GOMP_SPINCOUNT": "100000"},
    "30,000 turns": {"GOMP_SPINCOUNT": "30000"},
    "10,000 turns": {"GOMP_SPINCOUNT": "10000"},
    "1,000 turns": {"GOMP_SPINCOUNT": "1000"},
    "asleep at once": {"OMP_WAIT_POLICY": "PASSIVE"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
"""How long a thread waits busily before it sleeps. 300,000 turns are the default of GNU OpenMP."""


@contextmanager
def beside(busy: int) -> Iterator[None]:
    """So many processes that never rest."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def seconds(clip: Path, frames: int, way: dict[str, str], out: Path) -> float:
    """How long one prediction takes."""
    rest = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_"))}
    command = [sys.executable, "-m", "glpose_core.cli", "predict", str(clip)]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--frames", f"0:{frames}", "--out", str(out)],
        env=rest | {"PYTHONPATH": str(ROOT)} | way,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began


def compare(options: argparse.Namespace, out: Path) -> None:
    """Print the table, a row as it comes."""
    seconds(options.clip, options.frames, {}, out)  # the files are read once before the clock runs
    print("| beside | " + " | ".join(options.ways) + " |")
    print("|---" * (len(options.ways) + 1) + "|")
    for busy in options.busy:
        taken: dict[str, list[float]] = {name: [] for name in options.ways}
        with beside(busy):
            for _ in range(options.turns):
                for name in options.ways:
                    taken[name].append(seconds(options.clip, options.frames, WAYS[name], out))
        cells = " | ".join(f"{median(times):.1f} s" for times in taken.values())
        print(f"| {busy or 'nothing'} | {cells} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(options, Path(folder) / "labels.json")


if __name__ == "__main__":
    main()
