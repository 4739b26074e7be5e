"""Person-frames per second from a video file, against the rate of the backbone alone on the same device.

The networks are untrained: only time is measured. The clock runs from the opened video to the last pose: decoding,
following the given boxes, cropping, network, joints. Shares are told by the clock and, on a processor, by processor
time as well, which other work on the machine hardly touches.

    python -m benchmarks.throughput --cache FOLDER --quick                       every width in a few minutes
    python -m benchmarks.throughput --cache FOLDER --width 48 [--ways paper cached early hrnet] [--batch 1 8 64]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
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
    save_weights,
)
from glpose_core.predict.engine import Engine
from glpose_core.predict.job import Event, Finished, PredictRequest, Rows, Started

SIZES = {18: (192, 256), 32: (192, 256), 48: (288, 384)}
"""The crops that networks of each width are usually fed with: (width, height)."""
WAYS = ("paper", "cached", "early", "hrnet")


@dataclass(frozen=True)
class Plan:
    """What is measured of one width: batches at most so large (None: the engine's own), and frames of two people."""

    width: int
    batches: tuple[int | None, ...]
    ways: tuple[str, ...]
    frames: int
    passes: int


QUICK = (
    Plan(18, (None, 1, 16, 64), ("cached", "hrnet"), 20, 4),
    Plan(18, (None,), ("paper",), 8, 4),
    Plan(32, (None, 16), ("cached", "hrnet"), 10, 3),
    Plan(32, (None,), ("paper",), 6, 3),
    Plan(48, (None, 8), ("cached", "hrnet"), 10, 3),
    Plan(48, (None,), ("paper",), 6, 3),
)


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


class Backbone:
    """Stage-3 passes of one width, nothing else being done."""

    def __init__(self, width: int, batch: int | None, device: torch.device) -> None:
        torch.manual_seed(0)
        model = GLPose(GLPoseConfig(width=width, input_size=SIZES[width]))
        self.engine = Engine(model, device, batch=batch)
        across, down = SIZES[width]
        shape = (max(self.engine.batch, 2), down, across, 3)
        self.crops = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        self.engine.features(self.crops)

    def timed(self, passes: int) -> list[NDArray[np.float64]]:
        """Seconds for one crop, pass by pass."""
        spent = []
        for _ in range(passes):
            began = now(self.engine.device)
            self.engine.features(self.crops)
            spent.append((now(self.engine.device) - began) / len(self.crops))
        return spent


@dataclass(frozen=True, eq=False)
class Ran:
    """One prediction: seconds for a person-frame ``[2]``, and seconds by the clock to the first pose."""

    each: NDArray[np.float64]
    first: float


def end_to_end(request: PredictRequest, device: torch.device) -> Ran:
    """Predict from a video file."""
    times: dict[str, NDArray[np.float64]] = {}
    poses = 0

    def hear(event: Event) -> None:
        nonlocal poses
        if isinstance(event, Started | Finished):
            times[type(event).__name__] = now(device)
        elif isinstance(event, Rows):
            times.setdefault("first", now(device))
            poses += 0 if event.provisional else len(event.rows)

    run(request, hear, lambda: False)
    spent = times["Finished"] - times["Started"]
    return Ran(spent / poses, float(times["first"][0] - times["Started"][0]))


def measure(plan: Plan, folder: Path, cache: Path, device_name: str) -> None:
    """Print the rows of one plan."""
    device = choose_device(device_name)
    clip = labelled_clip("moving camera", cache, None)
    paths = models(plan.width, folder)
    title = f"W{plan.width} at {SIZES[plan.width][0]}×{SIZES[plan.width][1]}"
    for batch in plan.batches:
        backbone = Backbone(plan.width, batch, device)
        batch = backbone.engine.batch
        spent = backbone.timed(plan.passes)
        rows = []
        for way in plan.ways:
            request = PredictRequest(
                clip.video, str(paths["hrnet" if way == "hrnet" else "glpose"]),
                start=clip.start, stop=clip.start + plan.frames, known=clip.known,
                find_people=False, device=device_name, batch=batch, early=way == "early",
            )  # fmt: skip
            if way == "paper":
                request = replace(request, mode="paper")
            rows.append((way, end_to_end(request, device)))
            # The machine may have become slower meanwhile: the backbone is timed before and after.
            spent += backbone.timed(plan.passes)
        alone = np.median(spent, axis=0)
        print(f"| {title} | backbone alone | {batch} | {1 / alone[0]:.2f} | | 1.00 | 100 % |")
        for way, ran in rows:
            ratio = ran.each / alone
            print(
                f"| | {way} | {batch} | {1 / ran.each[0]:.2f} | {ran.first:.1f} s "
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
    parser.add_argument("--passes", type=int, default=4, help="of the backbone alone, each time")
    parser.add_argument("--threads", type=int, help="by default PyTorch's choice")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    one = Plan(
        options.width, tuple(options.batch or (None,)), tuple(options.ways), options.frames, options.passes
    )  # fmt: skip
    print(f"{describe_device(choose_device(options.device))}\n")
    print(
        "| network | way | batch at most | person-frames a second | first pose after "
        "| ÷ one backbone pass (processor time) | of the backbone's rate |"
    )
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for plan in QUICK if options.quick else (one,):
            measure(plan, Path(folder), options.cache, options.device)


if __name__ == "__main__":
    main()
