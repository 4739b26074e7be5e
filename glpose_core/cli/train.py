"""``glpose train``: teach the network what a person corrected."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..network.library import default_weights
from ..train import finetune
from ..train.finetune import TrainEvent, TrainProgress, TrainRequest, TrainStarted
from ..train.temporal import Score

_DESCRIPTION = """Fine-tune weights on corrected labels: a project (.glpose), or a PoseTrack file beside its
pictures. Some labelled frames are held out; the command prints how well they are found before and after.
The result is OUT/weights.safetensors, for --model of 'glpose predict' and for the app."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose train``."""
    parser = commands.add_parser(
        "train", help="teach the network what you corrected", description=_DESCRIPTION
    )
    parser.add_argument("--data", type=Path, required=True, metavar="PROJECT|LABELS.json")
    parser.add_argument(
        "--weights", default="", metavar="FILE|NAME", help="start from these (default: bundled)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--steps", type=int, help="training steps (default: by number of labels)")
    parser.add_argument("--batch", type=int, default=8, help="poses a step (default 8)")
    parser.add_argument("--seed", type=int, default=0, help="decides every random choice")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda …")


def run(options: argparse.Namespace) -> int:
    """Train in this process, telling the progress on stderr and the figures on stdout."""
    request = TrainRequest(
        data=options.data,
        weights=options.weights or default_weights(),
        out=options.out,
        steps=options.steps,
        batch=options.batch,
        seed=options.seed,
        device=options.device,
    )
    finetune.run(request, _tell, lambda: False)
    return 0


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
