"""``glpose bench``: how fast this machine predicts, and goes through a video, beside an alternative in the same run."""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import torch

from ..bench.predicting import Speed, measure, rendered_people
from ..bench.reading import Reading, middle_and_worst, read_video
from ..errors import FormatError, UsageError
from ..network import find_weights, inspect_weights
from ..network.library import default_weights
from ..predict.boxes_file import read_boxes
from ..predict.job import Mode, Precision, PredictRequest
from ..video import open_video
from .predict import parse_frames
from .targets import demand_folders

SINGLE_FRAME = "hrnet-w32-starter"
"""What a model is held against where no other is named."""
FRAMES = 20
_DESCRIPTION = """Measure this machine.

  predict   person-frames a second from a video file to poses, and what share of the rate of the network’s backbone alone
            that is. Without a VIDEO: people of the demo clip, whose boxes are known.
  video     how fast a video is gone through, and whether seeking gives the right frames; OpenCV in the same table."""
_EPILOG = """examples:
  glpose bench predict                                        the model in use, and a single-frame network beside it
  glpose bench predict clip.mp4 --frames 0:50 --device cpu --device cuda
  glpose bench predict --model glpose-w18-starter --mode cached --mode paper --batch 1 --batch 8
  glpose bench video clip.mp4

Times are by the clock: leave the machine alone meanwhile, and compare within a table only."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose bench``."""
    parser = commands.add_parser(
        "bench",
        help="how fast this machine predicts, and goes through a video",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(dest="what", metavar="predict|video", required=True)
    _add_predict(kinds)
    video = kinds.add_parser("video", help="going through a video, beside OpenCV")
    video.add_argument("video", type=Path, metavar="VIDEO", help="a video file")
    video.add_argument("--seeks", type=int, default=30, metavar="N", help="random frames (30)")
    video.add_argument("--json", type=Path, metavar="FILE", help="also write the figures")


def _add_predict(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser("predict", help="person-frames a second, and what the backbone takes")
    add = parser.add_argument
    add("video", type=Path, nargs="?", metavar="VIDEO", help="a video (default: the demo clip)")
    add("--boxes", type=Path, metavar="FILE", help="people to follow, as for 'glpose predict'")
    add("--frames", metavar="A:B", help=f"frames A to B - 1 (default: the first {FRAMES})")
    add("--model", action="append", metavar="NAME|FILE", help="weights; more than once to compare")
    add("--mode", action="append", choices=get_args(Mode), help="of GLPose; more than once")
    add("--device", action="append", metavar="auto|cpu|cuda", help="more than once to compare")
    add("--batch", action="append", type=int, metavar="N", help="crops a pass; more than once")
    add("--precision", choices=get_args(Precision), default="auto", help="of the network")
    add("--threads", type=int, metavar="N", help="of the processor (default: PyTorch’s choice)")
    add("--json", type=Path, metavar="FILE", help="also write the figures")


def run(options: argparse.Namespace) -> int:
    """Measure, and print a table as it fills."""
    _check(options)
    return _predict(options) if options.what == "predict" else _video(options)


def _check(options: argparse.Namespace) -> None:
    numbers = ("seeks",) if options.what == "video" else ("threads",)
    counts = [(name, getattr(options, name)) for name in numbers]
    counts += [("batch", batch) for batch in getattr(options, "batch", None) or []]
    for name, value in counts:
        if value is not None and value < 1:
            raise UsageError(f"is {value}", field=f"--{name}", remedy="give 1 or more")
    demand_folders(options.json)


def _predict(options: argparse.Namespace) -> int:
    if options.threads:
        torch.set_num_threads(options.threads)
    speeds: list[Speed] = []
    print(f"{'model, way, batch':<46}{'poses/s':>9}{'backbone':>10}{'share':>7}{'first pose':>12}")
    for request in _requests(options):
        print(f"measuring {request.weights} …", file=sys.stderr, flush=True)
        speed = measure(request)
        print(_speed_line(speed), flush=True)
        speeds.append(speed)
    print()
    for line in dict.fromkeys(_circumstances(speed) for speed in speeds):
        print(line)
    print(
        "poses/s: from the video file to poses. backbone: crops/s of the network up to stage 3 alone, "
        "which no way can pass. share: of that."
    )
    _write(options.json, [asdict(speed) | {"share": speed.share} for speed in speeds])
    return 0


def _requests(options: argparse.Namespace) -> Iterator[PredictRequest]:
    """What is to be measured, one combination after the other; a network without references has one mode only."""
    people = _people(options)
    for device, model, batch in itertools.product(
        options.device or ["auto"],
        options.model or [default_weights(), SINGLE_FRAME],
        options.batch or [None],
    ):
        modes = options.mode or ["cached"]
        if inspect_weights(find_weights(model)).kind == "hrnet":
            modes = modes[:1]
        for mode in modes:
            yield replace(
                people,
                weights=model,
                device=device,
                batch=batch,
                mode=mode,
                precision=options.precision,
            )


def _people(options: argparse.Namespace) -> PredictRequest:
    """The video, the frames, and how its people become known."""
    start, stop = parse_frames(options.frames or f"0:{FRAMES}")
    if options.video is None:
        if options.boxes is not None:
            raise UsageError("goes with a video", field="--boxes", remedy="name the VIDEO, too")
        video, known, frames = rendered_people()
        stop = _within(options.frames, start, stop, frames)
        return PredictRequest(video, "", start=start, stop=stop, find_people=False, known=known)
    with open_video(options.video) as reader:
        index, frames = reader.index, len(reader)
    seeds = read_boxes(options.boxes, frames) if options.boxes is not None else ()
    stop = _within(options.frames, start, stop, frames)
    return PredictRequest(
        options.video,
        "",
        index=index,
        start=start,
        stop=stop,
        find_people=options.boxes is None,
        seeds=tuple(seed for seed in seeds if start <= seed.frame < stop),
    )


def _within(asked: str | None, start: int, stop: int | None, frames: int) -> int:
    """Where the frames end in a video of so many; told here, before anything is measured for nothing."""
    stop = min(frames if stop is None else stop, frames)
    if start >= stop:
        raise UsageError(
            f"{asked!r} holds no frame",
            field="--frames",
            remedy=f"choose a range within 0:{frames}",
        )
    return stop


def _speed_line(speed: Speed) -> str:
    name = f"{speed.model}, {speed.mode}, {speed.batch}"
    return (
        f"{name:<46}{speed.whole:>9.1f}{speed.backbone:>10.1f}{speed.share:>7.0%}"
        f"{speed.first:>10.2f} s"
    )


def _circumstances(speed: Speed) -> str:
    people = f"{speed.people} {'person' if speed.people == 1 else 'people'}"
    return (
        f"{speed.poses} poses of {people} on {speed.device}, {speed.precision}; by themselves: "
        f"{speed.decoding:.0f} frames/s decoded, {speed.cropping:.0f} crops/s cut"
    )


def _video(options: argparse.Namespace) -> int:
    if not options.video.exists():
        raise FormatError("does not exist", file=options.video, remedy="check the path")
    if not options.video.is_file():
        raise FormatError(
            "is no video file", file=options.video, remedy="give a video, not a folder"
        )
    print("going through the video twice, and back and forth …", file=sys.stderr, flush=True)
    found = read_video(options.video, options.seeks, lambda: False)
    print(
        f"{'milliseconds':<16}{'frames':>8}{'counted in':>12}{'decoded/s':>11}{'random p50/p95':>18}"
        f"{'first back':>12}{'further back':>15}{'wrong frames':>15}"
    )
    for one in found:
        print(_reading_line(one))
    _write(options.json, [asdict(one) for one in found])
    return 0


def _reading_line(one: Reading) -> str:
    seek, first, back = (middle_and_worst(t) for t in (one.seeks, one.first, one.steps))
    return (
        f"{one.name:<16}{one.frames:>8}{one.counting:>12.0f}{one.rate:>11.0f}"
        f"{f'{_time(seek[0], 0)} / {_time(seek[1], 0)}':>18}{_time(first[0]):>12}"
        f"{f'{_time(back[0])} / {_time(back[1])}':>15}{f'{one.wrong} of {one.asked}':>15}"
    )


def _time(milliseconds: float, digits: int = 1) -> str:
    """A dash where nothing was measured: a video of one frame has no step back."""
    return f"{milliseconds:.{digits}f}" if math.isfinite(milliseconds) else "–"


def _write(path: Path | None, figures: Sequence[dict[str, Any]]) -> None:
    if path is None:
        return
    try:
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise FormatError(
            f"cannot be written ({error.strerror})", file=path, remedy="choose another place"
        ) from error
