"""Person-frames per second from a video file, against the rate of the backbone alone on the same device.

One width and a few ways a run, so that each run is short. The networks are untrained: only time is measured. The
clock runs from the opened video to the last pose: decoding, following the given boxes, cropping, network, joints.

    python -m benchmarks.throughput --cache FOLDER --width 48 [--ways paper cached early hrnet] [--batch 1 8 64]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

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


class Clock:
    """Processor seconds where the processor computes (others may use it, too), else seconds."""

    def __init__(self, device: torch.device) -> None:
        self._now: Callable[[], float] = (
            time.process_time if device.type == "cpu" else time.perf_counter
        )
        self._device = device

    def __call__(self) -> float:
        if self._device.type == "cuda":
            torch.cuda.synchronize()
        return self._now()


def models(width: int, folder: Path) -> dict[str, Path]:
    """Untrained weights files: GLPose as in the paper, and the whole single-frame HRNet."""
    torch.manual_seed(0)
    size = SIZES[width]
    glpose = GLPose(GLPoseConfig(width=width, input_size=size))
    hrnet = HRNet(width, 17)
    hrnet.record["input_size"] = list(size)
    paths = {"glpose": folder / "glpose.safetensors", "hrnet": folder / "hrnet.safetensors"}
    save_weights(glpose, paths["glpose"])
    save_weights(hrnet, paths["hrnet"], dict(hrnet.record))
    return paths


def backbone_alone(width: int, batch: int | None, device: torch.device, passes: int) -> float:
    """Seconds of a stage-3 pass for one crop, nothing else being done."""
    torch.manual_seed(0)
    engine = Engine(GLPose(GLPoseConfig(width=width, input_size=SIZES[width])), device, batch=batch)
    count = max(engine.batch, 2)
    size = SIZES[width]
    crops = np.random.default_rng(0).integers(0, 256, (count, size[1], size[0], 3), dtype=np.uint8)
    engine.features(crops)
    clock, spent = Clock(device), []
    for _ in range(passes):
        began = clock()
        engine.features(crops)
        spent.append((clock() - began) / count)
    return float(np.median(spent))


def end_to_end(request: PredictRequest, device: torch.device) -> tuple[float, float, int]:
    """Seconds per person-frame, seconds to the first pose, and person-frames."""
    clock, times, poses = Clock(device), {}, 0

    def hear(event: Event) -> None:
        nonlocal poses
        if isinstance(event, Started | Finished):
            times[type(event).__name__] = clock()
        elif isinstance(event, Rows):
            times.setdefault("first", clock())
            poses += 0 if event.provisional else len(event.rows)

    run(request, hear, lambda: False)
    spent = times["Finished"] - times["Started"]
    return spent / poses, times["first"] - times["Started"], poses


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True, help="where the rendered clip is kept")
    parser.add_argument("--width", type=int, choices=SIZES, default=18)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=["cached", "hrnet"])
    parser.add_argument("--batch", type=int, nargs="+", help="by default what the engine chooses")
    parser.add_argument("--frames", type=int, default=20, help="of two people each")
    parser.add_argument(
        "--passes", type=int, default=4, help="of the backbone alone, before and after"
    )
    parser.add_argument("--threads", type=int, help="by default PyTorch's choice")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    clip = labelled_clip("moving camera", options.cache, None)
    print(f"W{options.width} at {SIZES[options.width]}, {describe_device(device)}\n")
    print(
        "| way | batch | person-frames a second | first pose after | ÷ one backbone pass | of the backbone's rate |"
    )
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        paths = models(options.width, Path(folder))
        for batch in options.batch or [None]:
            before = backbone_alone(options.width, batch, device, options.passes)
            rows = []
            for way in options.ways:
                request = PredictRequest(
                    clip.video, str(paths["hrnet" if way == "hrnet" else "glpose"]),
                    start=clip.start, stop=clip.start + options.frames, known=clip.known,
                    find_people=False, device=options.device, batch=batch, early=way == "early",
                )  # fmt: skip
                if way == "paper":
                    request = replace(request, mode="paper")
                rows.append((way, *end_to_end(request, device)))
            # The machine may have become slower meanwhile: the backbone is timed before and after.
            alone = (before + backbone_alone(options.width, batch, device, options.passes)) / 2
            print(f"| backbone alone | {batch or 'auto'} | {1 / alone:.2f} | | 1.00 | 100 % |")
            for way, each, first, _ in rows:
                print(
                    f"| {way} | {batch or 'auto'} | {1 / each:.2f} | {first:.1f} s "
                    f"| {each / alone:.2f} | {100 * alone / each:.0f} % |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
