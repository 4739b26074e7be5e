"""How much of the time a device is at work in a whole run from a video file, and when the first pose comes.

The device is pretended: what it is told takes as long as it took an NVIDIA H200 (docs/performance.md), one thing after the
other, and whoever asks for an outcome waits until then; telling it takes some calls of PyTorch. All else is the job as it
is. So what is said of a real device is only how well the host keeps it busy; recording passes is not pretended.

    python -m benchmarks.host_overlap [--against FOLDER] [--people 40 2] [--frames 160] [--turns 5]
        [--switch 0.0002]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import torch
from torch import Tensor

from benchmarks import hollow
from benchmarks.two_checkouts import Served, answer, checkouts_of

TOLD_BY = {"features": 20, "modules": 90}
"""Calls of PyTorch that begin a pass of the backbone, and one of the modules with reading its joints."""


@dataclass(frozen=True)
class Network:
    """A network on an H200: batch, and seconds for a crop and for comparing a pose with its references."""

    kind: str
    batch: int
    crop: float
    pose: float = 0.0


NETWORKS = {
    "W48 cached": Network("glpose", 16, 1 / 2963, 1 / 2148 - 1 / 2963),
    "W32 cached": Network("glpose", 64, 1 / 8452, 1 / 6216 - 1 / 8452),
    "W48 hrnet": Network("hrnet", 16, 1 / 1838),
}


class Pretended(hollow.Hollow):
    """An engine that knows everything beforehand and says it when a device would."""

    network = NETWORKS["W48 cached"]
    free = 0.0
    """When the device will have done all it was told."""

    def features(self, crops: Any) -> Tensor:
        values = super().features(crops)
        self._tell("features", self.network.crop * len(crops))
        return values

    def maps_of(self, crops: Any) -> Tensor:
        maps = super().maps_of(crops)
        self._tell("features", self.network.crop * len(crops))
        return maps

    def maps_fused(self, key: Tensor, local: Tensor, nonlocal_: Tensor) -> tuple[Tensor, Tensor]:
        maps = super().maps_fused(key, local, nonlocal_)
        self._tell("modules", self.network.pose * len(key))
        return maps

    def maps_alone(self, values: Tensor) -> Tensor:
        self._tell("modules", self.network.pose * len(values))
        return super().maps_alone(values)

    def pooled_soon(self, values: Tensor) -> Callable[[], Any]:
        return self._when_done(super().pooled_soon(values))

    def read(self, maps: Tensor) -> Callable[[], Any]:
        return self._when_done(super().read(maps))

    def _tell(self, what: str, seconds: float) -> None:
        for _ in range(TOLD_BY[what]):
            self._maps[:16, 0, 0, 0].add(1)
        Pretended.free = max(Pretended.free, time.perf_counter()) + seconds

    def _when_done(self, outcome: Callable[[], Any]) -> Callable[[], Any]:
        done = Pretended.free

        def wait() -> Any:
            time.sleep(max(done - time.perf_counter(), 0))
            return outcome()

        return wait


def serve(name: str, people: int, frames: int, folder: Path) -> None:
    """Answer every line with the person-frames a second, beside and in turns, and the first pose after."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    network = Pretended.network = NETWORKS[name]
    hollow.hollow_out(Pretended)

    def turn() -> tuple[float, float, float]:
        ran = [
            hollow.predict(network.kind, people, frames, folder, batch=network.batch, beside=beside)
            for beside in (True, False)
        ]
        return 1000 / ran[0].clock, 1000 / ran[1].clock, ran[0].first

    turn()
    answer(turn)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--against", type=Path, help="another checkout of this project")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--people", type=int, nargs="+", default=[40, 2])
    parser.add_argument("--frames", type=int, default=160)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument(
        "--switch",
        type=float,
        default=sys.getswitchinterval(),
        help="threads after so many seconds",
    )
    parser.add_argument("--serve", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        name, people, frames, folder, switch = options.serve
        sys.setswitchinterval(float(switch))
        serve(name, int(people), int(frames), Path(folder) / str(os.getpid()))
        return
    print(
        "| network | people | version | the device alone | beside | of it | in turns | first pose |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.networks:
            alone = 1 / (NETWORKS[name].crop + NETWORKS[name].pose)
            for people in options.people:
                asked = [name, str(people), str(options.frames), folder, str(options.switch)]
                served = {
                    version: Served(checkout, "benchmarks.host_overlap", asked)
                    for version, checkout in checkouts_of(options.against).items()
                }
                for _ in range(options.turns):
                    for each in served.values():
                        each.turn()
                for version, each in served.items():
                    each.close()
                    beside, turns, first = (median(one) for one in zip(*each.answers, strict=True))
                    print(
                        f"| {name} | {people} | {version} | {alone:.0f} | {beside:.0f} | "
                        f"{100 * beside / alone:.0f} % | {turns:.0f} | {first / 1000:.2f} s |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
