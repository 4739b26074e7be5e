"""What is done for a person and frame besides the network: crops, references, slots, joints, rows, bookkeeping.

The network is there but takes no time: features and heatmaps are made beforehand, and resampling returns what it was
given, since both are the device's work where it is a graphics processor. Counted are calls of functions, which come out
the same every time, and processor time, the median of turns that alternate with those of another checkout of this project.

    python -m benchmarks.host_work [--against FOLDER] [--people 20 2] [--frames 64] [--turns 7]
"""

from __future__ import annotations

import argparse
import cProfile
import importlib
import json
import pstats
import time
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.device_crowd import Crowd
from benchmarks.two_checkouts import Served, answer, checkouts_of
from glpose_core.network import GLPose, GLPoseConfig
from glpose_core.predict.engine import Engine
from glpose_core.predict.predictor import Predictor

SIZE = (192, 256)
TAKEN_IN, ROWS_AT_ONCE = 4, 16
"""Frames whose people are taken in at a time, and poses at a time."""


def hollow(width: int = 18) -> Engine:
    """An engine whose network has made everything beforehand."""
    torch.manual_seed(0)
    config = GLPoseConfig(width=width, input_size=SIZE, modules=(1, 1, 0))
    engine: Any = Engine(GLPose(config).eval(), torch.device("cpu"), batch=16)
    cells = (SIZE[1] // 4, SIZE[0] // 4)
    made = torch.rand(64, width, *cells).to(engine.kept_as)
    maps = torch.rand(64, len(engine.joints), *cells)
    shares = torch.full((64, config.n), 1 / config.n)
    engine._input = lambda crops: torch.empty(len(crops), 0)
    engine._evened = lambda x: x
    engine._model.features = lambda x: made[: len(x)]
    engine._fusion.heatmaps = lambda key, local, far: (maps[: len(key)], shares[: len(key)])
    for room in ("predictor", "slots"):  # wherever this version resamples
        try:
            module: Any = importlib.import_module(f"glpose_core.predict.{room}")
        except ModuleNotFoundError:
            continue
        if hasattr(module, "resample"):
            module.resample = lambda values, source, target: made.new_empty(
                (len(values), *values[0].shape)
            )
    return engine  # type: ignore[no-any-return]


def predict(engine: Engine, people: int, frames: int) -> None:
    """Predict everybody, a few frames after the other."""
    crowd = Crowd(people, frames)
    predictor = Predictor(engine, crowd)
    keys, taken = crowd.keys, TAKEN_IN * people
    for start in range(0, len(keys), taken):
        predictor.absorb(keys[start : start + taken])
    for start in range(0, len(keys), ROWS_AT_ONCE):
        predictor.predict_with_references(keys[start : start + ROWS_AT_ONCE])


def serve(people: int, frames: int) -> None:
    """Say how many calls a person-frame takes, and then for every turn how many milliseconds."""
    torch.set_num_threads(1)
    engine = hollow()
    predict(engine, people, min(frames, 8))
    profile = cProfile.Profile()
    profile.runcall(predict, engine, people, frames)
    stats: Any = pstats.Stats(profile)
    print(json.dumps(stats.total_calls / (people * frames)), flush=True)

    def turn() -> float:
        began = time.process_time()
        predict(engine, people, frames)
        return 1000 * (time.process_time() - began) / (people * frames)

    answer(turn)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--against", type=Path, help="another checkout of this project")
    parser.add_argument("--people", type=int, nargs="+", default=[20, 2])
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.frames)
        return
    print("| people | version | function calls a person-frame | processor time, ms |")
    print("|---|---|---|---|")
    for people in options.people:
        asked = [str(people), "--frames", str(options.frames)]
        served = {
            name: Served(folder, "benchmarks.host_work", asked)
            for name, folder in checkouts_of(options.against).items()
        }
        calls = {name: each.read() for name, each in served.items()}
        for _ in range(options.turns):
            for each in served.values():
                each.turn()
        for name, each in served.items():
            each.close()
            print(
                f"| {people} | {name} | {calls[name]:.0f} | {median(each.answers):.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
