"""What the host does for a person and frame in a whole run from a video file, part by part, as clips grow longer.

All that a graphics processor does takes no time (benchmarks/hollow.py). Function calls come out the same every time;
the frames are decoded on the same thread while they are counted. Processor time, of all threads, is the median of turns that
alternate with those of another checkout of this project; its parts are shared out as a profiler sees them.

    python -m benchmarks.run_work [--against FOLDER] [--people 40 20 2] [--frames 40 320] [--turns 5]
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import torch

from benchmarks import hollow
from benchmarks.two_checkouts import Served, answer, checkouts_of
from glpose_core.job import pipeline

PARTS = {
    "decode": ("video/", "job/pictures"),
    "follow": ("people/",),
    "bookkeeping, events": ("job/pipeline", "predict/lane", "benchmarks/"),
    "cut": ("predict/cutting", "predict/crops", "predict/feeding"),
    "features": ("predict/making", "predict/features", "predict/overflow", "predict/glimpses"),
    "choose": ("predict/choosing", "predict/references"),
    "slots": ("predict/predictor", "predict/slots", "predict/engine"),
    "rows": ("predict/rows",),
}
"""The files whose work, and that of the libraries they call, is counted as a part."""

Function = tuple[str, int, str]


def part_of(function: Function) -> str | None:
    """The part that a function belongs to; None: to whoever calls it."""
    where = function[0].replace(os.sep, "/")
    return next((name for name, files in PARTS.items() if any(f in where for f in files)), None)


def by_part(profile: cProfile.Profile) -> dict[str, tuple[float, float]]:
    """Calls and seconds of each part. What belongs to none is shared out to its callers by the time it took for each."""
    stats: Any = pstats.Stats(profile)
    calls = dict.fromkeys(PARTS, 0.0)
    seconds = dict.fromkeys(PARTS, 0.0)

    def give(function: Function, counted: float, spent: float, depth: int) -> None:
        part = part_of(function)
        if part is not None:
            calls[part] += counted
            seconds[part] += spent
            return
        callers = stats.stats[function][4] if depth else {}
        whole = sum(caller[3] for caller in callers.values())
        for caller, (_, _, _, each) in callers.items():
            share = each / whole if whole else 1 / len(callers)
            give(caller, counted * share, spent * share, depth - 1)

    for function, (_, counted, spent, _, _) in stats.stats.items():
        give(function, counted, spent, 6)
    return {name: (calls[name], seconds[name]) for name in PARTS}


def counted(kind: str, people: int, frames: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Calls of a person-frame and share of the time, by part. Opening the weights and the network are left out."""
    room: Any = pipeline
    ahead, whole = room.AHEAD, room._Pipeline.run
    profile = cProfile.Profile()
    room.AHEAD = 0
    room._Pipeline.run = lambda self: profile.runcall(whole, self)
    try:
        hollow.predict(kind, people, frames, folder)
    finally:
        room.AHEAD, room._Pipeline.run = ahead, whole
    parts = by_part(profile)
    total = sum(seconds for _, seconds in parts.values())
    return {
        name: (calls / people / frames, seconds / total) for name, (calls, seconds) in parts.items()
    }


def serve(kind: str, people: int, frames: int, folder: Path) -> None:
    """Answer every line with the milliseconds of a person-frame, after one line with its parts."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    hollow.hollow_out()
    hollow.predict(kind, people, min(frames, 12), folder)
    print(json.dumps(counted(kind, people, frames, folder)), flush=True)
    answer(lambda: hollow.predict(kind, people, frames, folder).processor)


def row(served: Served, parts: dict[str, tuple[float, float]]) -> str:
    """Calls and milliseconds in all, and of each part."""
    each = median(served.answers)
    calls = sum(calls for calls, _ in parts.values())
    cells = [f"{calls:.0f} / {1000 * share * each:.0f}" for calls, share in parts.values()]
    return f"**{calls:.0f}** | **{each:.3f}** | " + " | ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--against", type=Path, help="another checkout of this project")
    parser.add_argument("--kinds", nargs="+", choices=hollow.KINDS, default=hollow.KINDS)
    parser.add_argument("--people", type=int, nargs="+", default=[40, 20, 2])
    parser.add_argument("--frames", type=int, nargs="+", default=[40, 320])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--serve", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        kind, people, frames, folder = options.serve
        serve(kind, int(people), int(frames), Path(folder) / str(os.getpid()))
        return
    print(
        "| network | people | frames | version | function calls | processor time, ms | "
        + " | ".join(f"{part}: calls / µs" for part in PARTS) + " |"
    )  # fmt: skip
    print("|---" * (6 + len(PARTS)) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.kinds:
            for people in options.people:
                for frames in options.frames:
                    asked = [kind, str(people), str(frames), folder]
                    served = {
                        name: Served(checkout, "benchmarks.run_work", asked)
                        for name, checkout in checkouts_of(options.against).items()
                    }
                    parts = {name: each.read() for name, each in served.items()}
                    for _ in range(options.turns):
                        for each in served.values():
                            each.turn()
                    for name, each in served.items():
                        each.close()
                        title = f"{kind} | {people} | {frames} | {name}"
                        print(f"| {title} | {row(each, parts[name])} |", flush=True)


if __name__ == "__main__":
    main()
