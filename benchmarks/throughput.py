"""Person-frames per second from a video file, against the rate of the network alone on the same device.

GLPose is compared with its backbone (stage 3), the single-frame HRNet with the whole of itself.
The networks are untrained: only time is measured. The clock runs from the opened video to the last pose: decoding,
following the given boxes, cropping, network, joints. Shares are told by the clock and, on a processor, by processor
time as well, which other work on the machine hardly touches.

    python -m benchmarks.throughput --cache FOLDER --quick                       every width in a few minutes
    python -m benchmarks.throughput --cache FOLDER --quick --device cuda         the same with many people at once
    python -m benchmarks.throughput --cache FOLDER --width 48 [--ways beside "in turns"] [--turns 7] [--batch 1 8 64]
        [--crowd 10]

On a graphics processor every prediction is made once more, first, and does not count: libraries are loaded during it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.mode_clips import labelled_clip
from glpose_core.job import run
from glpose_core.network import (
    GLPose,
    GLPoseConfig,
    HRNet,
    choose_device,
    describe_device,
    load_weights,
    save_weights,
)
from glpose_core.predict.engine import Engine
from glpose_core.predict.job import Event, Finished, KnownBoxes, PredictRequest, Rows, Started

SIZES = {18: (192, 256), 32: (192, 256), 48: (288, 384)}
"""The crops that networks of each width are usually fed with: (width, height)."""
WAYS = ("paper", "cached", "early", "hrnet", "beside", "in turns")
"""*beside* and *in turns*: cached, the network working beside what is done round it, or taking turns with it. On a processor
*beside* suffers twice: from a thread that is not the program's first, and from those that wait for the first one's next pass."""
BESIDE = {"beside": True, "in turns": False}
"""The other ways do what the app does, which depends on the device."""


@dataclass(frozen=True)
class Plan:
    """What is measured of one width: batches at most so large (None: the engine's own), frames of two people, each
    of them ``crowd`` times, and crops that the network alone is timed with, before and after."""

    width: int
    batches: tuple[int | None, ...]
    ways: tuple[str, ...]
    frames: int
    crops: int = 8
    crowd: int = 1


QUICK = (
    Plan(18, (None,), ("cached", "hrnet"), 12),
    Plan(18, (1, 16, 64), ("cached",), 12),
    Plan(18, (None,), ("paper",), 6),
    Plan(32, (None,), ("cached", "hrnet"), 8),
    Plan(48, (None,), ("cached", "hrnet"), 6, 4),
    Plan(32, (None,), ("paper",), 5, 4),
    Plan(48, (None,), ("paper",), 5, 4),
)
QUICK_CUDA = (
    Plan(48, (None,), ("cached", "in turns", "hrnet"), 40, 256, 20),
    Plan(32, (None,), ("cached", "in turns", "hrnet"), 40, 512, 20),
    Plan(18, (None,), ("cached", "in turns", "hrnet"), 40, 512, 20),
    Plan(48, (64,), ("cached",), 40, 256, 20),
    Plan(48, (1, 8), ("cached",), 40, 64, 5),
    Plan(48, (None,), ("paper",), 40, 256, 5),
    Plan(32, (None,), ("paper",), 40, 256, 5),
    Plan(18, (None,), ("paper",), 40, 256, 5),
    Plan(48, (None,), ("cached", "hrnet"), 40, 64),
)
"""As many people as in sport or in a street, because two leave a graphics processor idle; and two, last."""


def now(device: torch.device) -> NDArray[np.float64]:
    """Seconds by the clock, and of processor time in all threads."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    return np.array([time.perf_counter(), time.process_time()])


def models(width: int, folder: Path) -> dict[str, Path]:
    """Untrained weights files: GLPose as in the paper, and the whole single-frame HRNet."""
    torch.manual_seed(0)
    size = SIZES[width]
    glpose = GLPose(GLPoseConfig(width=width, input_size=size))
    hrnet = HRNet(width, 17)
    hrnet.record["input_size"] = list(size)
    paths = {name: folder / f"{name}-{width}.safetensors" for name in ("glpose", "hrnet")}
    save_weights(glpose, paths["glpose"])
    save_weights(hrnet, paths["hrnet"], dict(hrnet.record))
    return paths


class Alone:
    """Passes of a network on crops that are there already: GLPose's backbone, or the whole HRNet."""

    def __init__(self, weights: Path, batch: int | None, device: torch.device) -> None:
        self.engine = Engine(load_weights(weights), device, batch=batch)
        across, down = self.engine.size
        shape = (max(self.engine.batch, 2), down, across, 3)
        self.crops = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        self.spent: list[NDArray[np.float64]] = []
        for _ in range(1 if device.type == "cpu" else 12):  # until kernels are loaded and recorded
            self._pass()

    def _pass(self) -> None:
        (self.engine.features if self.engine.config else self.engine.heatmaps)(self.crops)

    def time(self, crops: int) -> None:
        """Time passes of about so many crops in all, on the thread that predicts: on a processor PyTorch is faster on
        a program's first thread than on any other (49 against 31 crops a second of W18), where the app predicts, too."""
        self._pass()
        for _ in range(max(1, crops // len(self.crops))):
            began = now(self.engine.device)
            self._pass()
            self.spent.append((now(self.engine.device) - began) / len(self.crops))

    @property
    def each(self) -> NDArray[np.float64]:
        """Seconds for one crop, the median of all passes ``[2]``."""
        return np.array(np.median(self.spent, axis=0))


@dataclass(frozen=True, eq=False)
class Ran:
    """One prediction: seconds for a person-frame ``[2]``, and seconds by the clock to the first pose."""

    each: NDArray[np.float64]
    first: float


def end_to_end(request: PredictRequest, device: torch.device, beside: bool | None = None) -> Ran:
    """Predict from a video file, the network working ``beside`` the rest or in turns with it; None: as in the app."""
    times: dict[str, NDArray[np.float64]] = {}
    poses = 0

    def hear(event: Event) -> None:
        nonlocal poses
        if isinstance(event, Started | Finished):
            times[type(event).__name__] = now(device)
        elif isinstance(event, Rows):
            times.setdefault("first", now(device))
            poses += 0 if event.provisional else len(event.rows)

    run(request, hear, lambda: False, beside=beside)
    spent = times["Finished"] - times["Started"]
    return Ran(spent / poses, float(times["first"][0] - times["Started"][0]))


def crowded(known: KnownBoxes, crowd: int) -> KnownBoxes:
    """Everybody ``crowd`` times, a few pixels apart: only time is measured."""
    copies = range(crowd)
    apart = np.array([3.0, 1.0, 0.0, 0.0])
    return KnownBoxes.of(
        np.concatenate([known.person * crowd + i for i in copies]),
        np.tile(known.frame, crowd),
        np.concatenate([known.box + i * apart for i in copies]),
        human=np.tile(known.human, crowd),
    )


def measure(plan: Plan, folder: Path, cache: Path, device_name: str, turns: int) -> None:
    """Print the rows of one plan: medians of turns in which its ways alternate."""
    device = choose_device(device_name)
    clip = labelled_clip("moving camera", cache, None)
    known = crowded(clip.known, plan.crowd)
    paths = models(plan.width, folder)
    title = f"W{plan.width} at {SIZES[plan.width][0]}×{SIZES[plan.width][1]}"
    names = ["hrnet" if way == "hrnet" else "glpose" for way in plan.ways]
    for most in plan.batches:
        alone = {name: Alone(paths[name], most, device) for name in dict.fromkeys(names)}
        told: dict[str, list[Ran]] = {way: [] for way in plan.ways}
        for turn in range(turns + (device.type != "cpu")):
            for way, name in zip(plan.ways, names, strict=True):
                alone[name].time(plan.crops)
                request = PredictRequest(
                    clip.video, str(paths[name]), start=clip.start, stop=clip.start + plan.frames,
                    known=known, find_people=False, device=device_name,
                    batch=alone[name].engine.batch,
                    early=way == "early", mode="paper" if way == "paper" else "cached",
                )  # fmt: skip
                ran = end_to_end(request, device, BESIDE.get(way))
                # The machine may have become slower meanwhile: the network is timed before and after.
                alone[name].time(plan.crops)
                if turn or device.type == "cpu":
                    told[way].append(ran)
        for way, name in zip(plan.ways, names, strict=True):
            tell(f"{title} | {way} | {2 * plan.crowd}", alone[name], told[way])


def tell(title: str, network: Alone, ran: list[Ran]) -> None:
    """Print one row."""
    each = np.median([one.each for one in ran], axis=0)
    first = np.median([one.first for one in ran])
    ratio = each / network.each
    print(
        f"| {title} | {network.engine.batch} | {1 / network.each[0]:.2f} | {1 / each[0]:.2f} | {first:.1f} s "
        f"| {ratio[0]:.2f} ({ratio[1]:.2f}) | {100 / ratio[0]:.0f} % ({100 / ratio[1]:.0f} %) |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True, help="where the rendered clip is kept")
    parser.add_argument("--quick", action="store_true", help="every width, few batches and frames")
    parser.add_argument("--width", type=int, choices=SIZES, default=18)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=["cached", "hrnet"])
    parser.add_argument("--batch", type=int, nargs="+", help="by default what the engine chooses")
    parser.add_argument("--frames", type=int, default=20, help="of two people each")
    parser.add_argument("--crowd", type=int, default=1, help="how many times everybody is there")
    parser.add_argument("--threads", type=int, help="by default PyTorch's choice")
    parser.add_argument("--turns", type=int, default=1, help="every row is the median of so many")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    one = Plan(
        options.width, tuple(options.batch or (None,)), tuple(options.ways), options.frames,
        crowd=options.crowd,
    )  # fmt: skip
    device = choose_device(options.device)
    quick = QUICK_CUDA if device.type == "cuda" else QUICK
    print(f"{describe_device(device)}\n")
    print(
        "| network | way | people | batch at most | network alone, crops a second | person-frames a second | first pose after "
        "| time ÷ network alone (processor time) | of its rate |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for plan in quick if options.quick else (one,):
            measure(plan, Path(folder), options.cache, options.device, options.turns)


if __name__ == "__main__":
    main()
