"""``glpose train``: teach the network what a person corrected, or train one from its beginnings."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch

from ..bundled import TRAINED
from ..errors import UsageError
from ..network.library import default_weights
from ..train import finetune
from ..train.finetune import TrainEvent, TrainProgress, TrainRequest, TrainStarted
from ..train.networks import Wanted
from ..train.order import Order, read_order, train
from ..train.processes import join_processes
from ..train.recipe import PRESETS, Recipe, preset
from ..train.scoring import Score

_DESCRIPTION = """Train on labels: projects (.glpose), PoseTrack18 or COCO keypoint files beside their pictures, folders of
such files, and folders of packed crops ('glpose pack').

With one project or file and no --recipe, the weights in use are fine-tuned on it: some labelled frames are held out,
and the command prints how well they are found before and after."""

_EPILOG = """recipes:
  corrections   gentle steps from weights that work already (the default)
  scratch       an HRNet up to stage 3 from noise, on stills: AdamW, location loss, small crops first
  modules       GLPose over a frozen backbone (--weights), from a warm start, on kept features
  paper         GLPose as published, over a pretrained backbone (--weights): Adam, 20 epochs

examples:
  glpose train --data clip.glpose --out runs/mine
  glpose train --recipe scratch --data stills.json --data shards=0.5 --validate val.json --out runs/backbone
  glpose train --recipe modules --weights runs/backbone/weights.safetensors --data shards --out runs/glpose
  glpose train --out runs/backbone --resume
  torchrun --nproc-per-node 2 -m glpose_core.cli train --recipe paper …

The folder gets weights.safetensors (for --model of 'glpose predict' and for the app). Corrections leave report.json
beside it; the other recipes checkpoint.pt, log.csv and plot.svg: there Ctrl+C saves before it stops."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose train``."""
    parser = commands.add_parser(
        "train",
        help="teach the network what you corrected",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="PATH[=WEIGHT]",
        help="labels to learn from; more than once to mix. Poses of weight 2 are drawn twice as often",
    )
    parser.add_argument(
        "--validate",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="labels to measure on (not with 'corrections', which holds some out)",
    )
    parser.add_argument(
        "--weights", default="", metavar="FILE|NAME", help="start from these (default: bundled)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--recipe", choices=sorted(PRESETS), default="corrections")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the training in OUT (not of 'corrections', which takes minutes)",
    )
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--steps", type=int, help="training steps (default: the recipe’s budget)")
    budget.add_argument("--epochs", type=float, help="passes over the data")
    budget.add_argument("--minutes", type=float, help="time, measuring included")
    parser.add_argument("--batch", type=int, help="poses a step, all processes together")
    parser.add_argument("--learning-rate", type=float, help="default: the recipe’s")
    parser.add_argument("--size", type=_size, metavar="WxH", help="crops of the last stage, pixels")
    parser.add_argument("--width", type=int, default=18, help="channels of a new HRNet (18)")
    # Not --k and --n as in the paper: torchrun takes --n for an abbreviation of its own options.
    parser.add_argument(
        "--references",
        type=_two,
        default=(4, 6),
        metavar="K,N",
        help="of a new GLPose: local ones on each side, and non-local ones (4,6)",
    )
    parser.add_argument(
        "--keep",
        type=int,
        metavar="DRAWS",
        help="over a frozen backbone: repeat so many draws, whose features are kept; 0: none",
    )
    parser.add_argument(
        "--measure-share", type=float, help="share of the time for measuring (0.05); 0: at the end"
    )
    parser.add_argument("--compile", action="store_true", help="torch.compile, for long GPU runs")
    parser.add_argument("--tensorboard", action="store_true", help="also write TensorBoard events")
    parser.add_argument("--seed", type=int, default=0, help="decides every random choice")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda …")
    parser.add_argument("--threads", type=int, help="of the processor (default: all)")


def run(options: argparse.Namespace) -> int:
    """Train in this process, telling the progress on stderr and the figures on stdout."""
    if options.threads:
        torch.set_num_threads(options.threads)
    if not options.resume and not options.data:
        raise UsageError("nothing to learn from", field="--data", remedy="give a project or a file")
    if options.recipe == "corrections" and not options.resume:
        return _fine_tune(options)
    order = read_order(options.out) if options.resume else _order(options)
    with join_processes(options.device) as processes:
        stop = _Stop() if processes.first else None
        scores = train(
            order,
            processes,
            resume=options.resume,
            threads=1 if processes.device.type == "cpu" else 8,
            tell=_note if processes.first else lambda line: None,
            cancelled=lambda: stop is not None and stop.asked,
        )
        if processes.first:
            print(f"weights   {options.out / 'weights.safetensors'}")
            for name, score in scores.items():
                print(f"{name}   {_words(score)}")
    return 0


def _fine_tune(options: argparse.Namespace) -> int:
    data = [split_weight(text)[0] for text in options.data]
    if len(data) != 1 or options.validate or options.epochs or options.minutes:
        raise UsageError(
            "corrections are learned from one project or file, for a number of steps",
            field="--recipe",
            remedy=f"choose another: {', '.join(sorted(set(PRESETS) - {'corrections'}))}",
        )
    if (options.out / TRAINED).exists():
        raise UsageError(
            "holds trained weights already", file=options.out, remedy="choose another folder"
        )
    given = {"batch": options.batch, "learning_rate": options.learning_rate}
    request = TrainRequest(
        data=data[0],
        weights=options.weights or default_weights(),
        out=options.out,
        steps=options.steps,
        seed=options.seed,
        device=options.device,
        **{name: value for name, value in given.items() if value is not None},
    )
    finetune.run(request, _tell, lambda: False)
    return 0


def _order(options: argparse.Namespace) -> Order:
    kind = "hrnet" if options.recipe == "scratch" else "glpose"
    return Order(
        data=tuple(split_weight(text) for text in options.data),
        held_out=tuple(options.validate),
        out=options.out,
        recipe=_recipe(options),
        wanted=Wanted(
            kind=kind,  # type: ignore[arg-type]
            width=options.width,
            modules=(1, 2) if options.width < 32 else (1, 4),
            k=options.references[0],
            n=options.references[1],
            weights=options.weights or None,
            warm=options.recipe == "modules",
        ),
        tensorboard=options.tensorboard,
    )


def _recipe(options: argparse.Namespace) -> Recipe:
    """The preset, with what the options change."""
    recipe = preset(options.recipe).lasting(options.steps, options.epochs, options.minutes)
    if options.size:
        recipe = recipe.at_size(options.size)
    changes = {
        "batch": options.batch,
        "learning_rate": options.learning_rate,
        "kept_draws": options.keep,
        "evaluation_share": options.measure_share,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    return replace(recipe, seed=options.seed, compile=options.compile, **given)


def split_weight(text: str) -> tuple[Path, float]:
    """``PATH=WEIGHT`` → path and weight; 1 where none is given.

    Raises:
        UsageError: if the weight is negative.
    """
    path, equals, weight = text.rpartition("=")
    try:
        value = float(weight)
    except ValueError:
        return Path(text), 1.0
    if not equals:
        return Path(text), 1.0
    if value < 0:
        raise UsageError("weights cannot be negative", field=f"--data {text}")
    return Path(path), value


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _two(text: str) -> tuple[int, int]:
    local, _, others = text.partition(",")
    return int(local), int(others)


class _Stop:
    """The first Ctrl+C, or a polite request to end, lets the step finish; the next one ends at once."""

    def __init__(self) -> None:
        self.asked = False
        for kind in (signal.SIGINT, signal.SIGTERM):
            signal.signal(kind, self._ask)

    def _ask(self, kind: int, frame: object) -> None:
        self.asked = True
        signal.signal(kind, signal.SIG_DFL)
        _note("stopping after this step, and saving")


def _tell(event: TrainEvent) -> None:
    if isinstance(event, TrainStarted):
        _note(f"learning from {event.poses} poses, {event.held_out} held out, on {event.device}")
    elif isinstance(event, TrainProgress):
        left = "" if event.seconds_left is None else f", {clock(event.seconds_left)} left"
        loss = "" if event.loss is None else f", loss {event.loss:.2f}"
        _note(f"{event.stage} {event.done} of {event.total}{loss}{left}", over=True)
    else:
        _note("")
        print(f"weights   {event.weights}")
        print(f"before    {_words(event.before)}")
        print(f"after     {_words(event.after)}")
        print(
            f"next      glpose predict VIDEO --out FILE --model {shlex.quote(str(event.weights))}"
        )


def _note(text: str, over: bool = False) -> None:
    """A line on stderr; on a terminal, progress is written over itself."""
    if over and sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
    elif text or sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)


def _words(score: Score | None) -> str:
    if score is None:
        return "not measured: label at least 10 frames, so that some can be held out"
    return (
        f"PCK@0.2 torso {score.pck:.3f} over {score.joints} joints of {score.people} held-out poses, "
        f"median error {score.error:.1f} px"
    )


def clock(seconds: float) -> str:
    """Seconds as m:ss."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
