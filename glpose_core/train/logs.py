"""The course of a training, as lines for people, a CSV table, TensorBoard events and a picture."""

from __future__ import annotations

import csv
import importlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from ..errors import UsageError
from .scoring import Score
from .training import Callback, Training

SECONDS_BETWEEN_LINES = 15.0


@dataclass(frozen=True)
class Line:
    """One line of a log.

    ``loss`` is the mean since the last line; ``measuring_minutes`` is the part of ``minutes`` that measuring
    took; ``scores`` is empty where nothing was measured since the last line.
    """

    step: int
    samples: int
    minutes: float
    measuring_minutes: float
    size: tuple[int, int]
    rate: float
    loss: float
    share: float
    scores: Mapping[str, Score]


class Sink(Protocol):
    """Where lines go."""

    def begin(self, training: Training) -> None:
        """Before the first line; forgets lines beyond the step that the training resumes from."""
        ...

    def write(self, line: Line) -> None:
        """Take one line."""
        ...

    def end(self) -> None:
        """After the last line."""
        ...


class Log(Callback):
    """Writes a line whenever something was measured, every few seconds, and at the end.

    Raises (while training):
        UsageError: when the loss is no longer a number, so that no more time is lost.
    """

    def __init__(self, sinks: Sequence[Sink], seconds: float = SECONDS_BETWEEN_LINES) -> None:
        self._sinks, self._seconds = sinks, seconds
        self._written, self._logged_score = 0.0, -1
        self._sum, self._count = torch.zeros(()), 0

    def begin(self, training: Training) -> None:
        for sink in self._sinks:
            sink.begin(training)
        self._written = time.monotonic()
        if training.scored_at == training.step:
            self._write(training)

    def after_step(self, training: Training) -> None:
        self._sum = self._sum.to(training.loss) + training.loss
        self._count += 1
        measured = training.scored_at != self._logged_score
        if measured or time.monotonic() - self._written >= self._seconds:
            self._write(training)

    def end(self, training: Training) -> None:
        if self._count or training.scored_at != self._logged_score:
            self._write(training)
        for sink in self._sinks:
            sink.end()

    def _write(self, training: Training) -> None:
        loss = float(self._sum) / self._count if self._count else math.nan
        if self._count and not math.isfinite(loss):
            raise UsageError(
                f"the loss is no longer a number at step {training.step}",
                field="learning_rate",
                remedy="choose a lower one and resume, or train anew",
            )
        measured = training.scored_at != self._logged_score
        line = Line(
            training.step,
            training.samples,
            training.seconds / 60,
            training.measuring / 60,
            training.size,
            training.rate,
            loss,
            min(training.share, 1.0),
            dict(training.scores) if measured else {},
        )
        for sink in self._sinks:
            sink.write(line)
        self._logged_score = training.scored_at
        self._sum, self._count = torch.zeros_like(self._sum), 0
        self._written = time.monotonic()


class Say:
    """Lines for people."""

    def __init__(self, tell: Callable[[str], None] = print) -> None:
        self._tell = tell

    def begin(self, training: Training) -> None:
        for name, poses, share in training.mixture.describe():
            self._tell(f"{name}: {poses} poses, {share:.0%} of what is drawn")
        if training.step:
            self._tell(f"resumed at step {training.step}")

    def write(self, line: Line) -> None:
        loss = "" if math.isnan(line.loss) else f", loss {line.loss:.4g}"
        self._tell(
            f"step {line.step} ({line.share:.0%}), {line.minutes:.1f} min at "
            f"{line.size[0]}×{line.size[1]}{loss}"
        )
        for name, score in line.scores.items():
            self._tell(
                f"  {name}: PCK@0.2 torso {score.pck:.3f}, median error {score.error:.1f} px over "
                f"{score.joints} joints of {score.people} poses"
            )
        if line.scores and line.minutes:
            self._tell(f"  measuring took {line.measuring_minutes / line.minutes:.0%} of the time")

    def end(self) -> None:
        """Nothing is left to say."""


FIELDS = ("step", "samples", "minutes", "measuring_minutes", "width", "height", "rate", "loss")


class Csv:
    """``log.csv``: one row a line, figures only where something was measured; and ``plot.svg`` of it."""

    def __init__(self, folder: Path, held_out: Sequence[str]) -> None:
        self._path, self._plot = folder / "log.csv", folder / "plot.svg"
        figures = [f"{figure} {name}" for name in held_out for figure in ("pck", "error")]
        self._fields = [*FIELDS, *figures]
        self._rows: list[dict[str, str]] = []

    def begin(self, training: Training) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if training.step and self._path.is_file():
            self._rows = [row for row in read_log(self._path) if int(row["step"]) <= training.step]
        with self._path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, self._fields, extrasaction="ignore")
            rows.writeheader()
            rows.writerows(self._rows)

    def write(self, line: Line) -> None:
        row = {
            "step": str(line.step),
            "samples": str(line.samples),
            "minutes": f"{line.minutes:.2f}",
            "measuring_minutes": f"{line.measuring_minutes:.2f}",
            "width": str(line.size[0]),
            "height": str(line.size[1]),
            "rate": f"{line.rate:.4g}",
            "loss": "" if math.isnan(line.loss) else f"{line.loss:.5g}",
        }
        for name, score in line.scores.items():
            row[f"pck {name}"] = f"{score.pck:.4f}"
            row[f"error {name}"] = f"{score.error:.2f}"
        self._rows.append(row)
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self._fields, extrasaction="ignore").writerow(row)
        if line.scores:
            self._draw()

    def end(self) -> None:
        self._draw()

    def _draw(self) -> None:
        from .plot import draw_log  # the picture is for people: nothing else needs it

        self._plot.write_text(draw_log(self._rows), encoding="utf-8")


def read_log(path: Path) -> list[dict[str, str]]:
    """The rows of a ``log.csv``."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class TensorBoard:
    """TensorBoard events; needs the optional package.

    Raises:
        UsageError: if it is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            module = importlib.import_module("torch.utils.tensorboard")
        except ImportError as error:
            raise UsageError(
                "TensorBoard is not installed",
                field="tensorboard",
                remedy="pip install 'glpose-studio[tensorboard]', or read log.csv",
            ) from error
        self._open: Callable[..., Any] = module.SummaryWriter
        self._folder = folder
        self._writer: Any = None

    def begin(self, training: Training) -> None:
        step = training.step or None
        self._writer = self._open(str(self._folder), purge_step=step)

    def write(self, line: Line) -> None:
        values = {"loss": line.loss, "rate": line.rate, "measuring minutes": line.measuring_minutes}
        for name, score in line.scores.items():
            values |= {f"pck/{name}": score.pck, f"error/{name}": score.error}
        for name, value in values.items():
            if math.isfinite(value):
                self._writer.add_scalar(name, value, line.step)

    def end(self) -> None:
        self._writer.close()
