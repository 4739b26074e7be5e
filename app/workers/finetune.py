"""The far side of a training: runs the core's fine-tuning in the child process and says it without torch.

The core's own request and events live beside the network; naming them here again keeps torch, a second
to load and hundreds of megabytes, out of the window's process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glpose_core.train.scoring import Score

JOB = "app.workers.finetune:run"


@dataclass(frozen=True)
class TrainOrder:
    """As ``glpose_core.train.finetune.TrainRequest``; ``steps`` None chooses by the number of labels."""

    data: Path
    weights: str
    out: Path
    steps: int | None = None
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True)
class TrainBegan:
    """The labels are read: so many poses to learn from, so many held out."""

    poses: int
    held_out: int
    device: str


@dataclass(frozen=True)
class TrainTick:
    """How far it is; ``stage`` is "reading", "learning" …"""

    done: int
    total: int
    seconds_left: float | None
    stage: str


@dataclass(frozen=True)
class Figures:
    """Held-out poses: share of joints within 0.2 torso lengths, and median distance in pixels."""

    pck: float
    error: float
    people: int
    joints: int


@dataclass(frozen=True)
class TrainReport:
    """The result; no figures where too few frames are labelled to hold some out."""

    weights: Path
    before: Figures | None
    after: Figures | None
    seconds: float


def run(order: TrainOrder, emit: Callable[[object], None], cancelled: Callable[[], bool]) -> None:
    """Fine-tune; emits :class:`TrainBegan`, :class:`TrainTick` and at last :class:`TrainReport`."""
    from glpose_core.train import finetune

    def translate(event: finetune.TrainEvent) -> None:
        if isinstance(event, finetune.TrainStarted):
            emit(TrainBegan(event.poses, event.held_out, event.device))
        elif isinstance(event, finetune.TrainProgress):
            emit(TrainTick(event.done, event.total, event.seconds_left, event.stage))
        else:
            before, after = _figures(event.before), _figures(event.after)
            emit(TrainReport(event.weights, before, after, event.seconds))

    finetune.run(
        finetune.TrainRequest(
            data=order.data,
            weights=order.weights,
            out=order.out,
            steps=order.steps,
            seed=order.seed,
            device=order.device,
        ),
        translate,
        cancelled,
    )


def _figures(score: Score | None) -> Figures | None:
    return None if score is None else Figures(score.pck, score.error, score.people, score.joints)
