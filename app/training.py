"""From a person's corrections to new weights: runs the training and says whether it helped.

The weights in use stay what they are until somebody decides otherwise with :func:`use`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import isfinite, isnan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from glpose_core.errors import GLPoseError
from glpose_core.home import glpose_home
from glpose_core.labels import ProjectState

from .choices import PredictChoices
from .remembering import adopt, remember, remembered
from .session import JobStatus
from .workers import finetune
from .workers.finetune import Figures, TrainBegan, TrainOrder, TrainReport
from .workers.jobs import JobRunner

if TYPE_CHECKING:
    from .session import Session

TITLE = "The training"
FRAMES_FOR_FIGURES = 10
"""With fewer labelled frames the core holds none out, so there are no figures."""
STAGES = {
    "reading": "Reading your labels",
    "scoring": "Measuring",
    "learning": "Training",
}


@dataclass(frozen=True)
class TrainChoices:
    """What a person chose.

    Attributes:
        weights: where to start: name of bundled weights, or a file.
        steps: how long; ``None`` fits it to the number of labels.
        device: "auto", "cpu", "cuda:0".
        seed: decides every random choice.
    """

    weights: str
    steps: int | None = None
    device: str = "auto"
    seed: int = 0


@dataclass(frozen=True)
class Labelled:
    """How much there is to learn from: poses with human joints, in so many frames."""

    poses: int
    frames: int


def count_labels(state: ProjectState) -> Labelled:
    """Count the poses with at least one human joint."""
    found = [state.marks(person.id).labelled for person in state.people()]
    if not found:
        return Labelled(0, 0)
    together = np.concatenate(found)
    return Labelled(len(together), len(np.unique(together)))


class Training(QObject):
    """Runs trainings on the open project, one at a time. ``session.job`` shows how far one is."""

    running_changed = Signal(bool)
    reported = Signal(object)
    """A :class:`TrainReport`: the new weights and the figures before and after."""

    def __init__(
        self, session: Session, parent: QObject | None = None, *, job: str = finetune.JOB
    ) -> None:
        """``job`` names the function that trains (tests put a small one in its place)."""
        super().__init__(parent)
        self._session, self._job = session, job
        self._runner = JobRunner(self)
        self._runner.result.connect(self._hear)
        self._runner.progress.connect(self._progress)
        self._runner.failed.connect(self._fail)
        self._runner.finished.connect(self._end)
        self._device = ""
        self._report: TrainReport | None = None

    @property
    def running(self) -> bool:
        """Whether a training is under way."""
        return self._runner.running

    def start(self, choices: TrainChoices) -> bool:
        """Begin training. Returns whether it began; if not, ``session.noticed`` has said why."""
        session = self._session
        project = session.project
        if project is None:
            session.notice("warning", "Open a project first, then train.")
            return False
        if session.job is not None:
            session.notice("warning", f"{session.job.title} is still running: wait, or cancel it.")
            return False
        path = Path(project.path)
        order = TrainOrder(
            data=path,
            weights=choices.weights,
            out=folder_for(path.stem),
            steps=choices.steps,
            seed=choices.seed,
            device=choices.device,
        )
        self._device, self._report = "", None
        try:
            project.flush()
            self._runner.start(self._job, order, TITLE)
        except GLPoseError as error:
            session.notice("error", str(error))
            return False
        self._status("Starting the training", 0, 0, None)
        self.running_changed.emit(True)
        return True

    def cancel(self) -> None:
        """Stop within about a second; nothing has been written then."""
        if self._runner.running:
            self._runner.cancel()
            self._status("Stopping", 0, 0, None)

    def close(self) -> None:
        """Stop at once."""
        running = self._runner.running
        self._runner.close()
        if running:
            self._over()

    @Slot(object)
    def _hear(self, event: object) -> None:
        if isinstance(event, TrainBegan):
            self._device = event.device
        elif isinstance(event, TrainReport):
            self._report = event

    @Slot(int, int, float, str)
    def _progress(self, done: int, total: int, seconds_left: float, stage: str) -> None:
        if not self._runner.cancelling:
            left = None if isnan(seconds_left) else seconds_left
            self._status(STAGES.get(stage, stage), done, total, left)

    def _status(self, title: str, done: int, total: int, left: float | None) -> None:
        self._session.set_job(JobStatus(title, done, total, left, self._device, self.cancel))

    @Slot(str)
    def _fail(self, sentence: str) -> None:
        self._over()
        self._session.notice("error", sentence)

    @Slot(bool)
    def _end(self, cancelled: bool) -> None:
        self._over()
        if cancelled:
            self._session.notice("info", "The training was cancelled; nothing has changed.")
        elif self._report is not None:
            self._session.notice("info", verdict(self._report))
            self.reported.emit(self._report)

    def _over(self) -> None:
        self._session.set_job(None)
        self.running_changed.emit(False)


def folder_for(project: str) -> Path:
    """Where the weights of a training that starts now go: named after the project and the time."""
    moment = datetime.now().strftime("%Y-%m-%d %H-%M-%S")
    return glpose_home() / "weights" / f"{project} {moment}"


def use(weights: Path) -> None:
    """Predict with these weights from now on, until others are chosen."""
    last = remembered(0, 0)
    device = "auto" if last is None else last.device
    find_people = True if last is None else last.find_people
    remember(PredictChoices(str(weights), 0, 0, find_people=find_people, device=device))
    adopt(weights)


def improved(report: TrainReport) -> bool | None:
    """Whether the held-out figures are better than before; ``None`` if there are none to compare."""
    if report.before is None or report.after is None:
        return None
    return _rank(report.after) > _rank(report.before)


def _rank(figures: Figures) -> tuple[float, float]:
    pck = figures.pck if isfinite(figures.pck) else 0.0
    return round(pck, 3), -figures.error


def verdict(report: TrainReport) -> str:
    """One sentence: did it help?"""
    better = improved(report)
    if better is None:
        return "Trained; too few frames are labelled to measure whether it helped."
    return "The training helped." if better else "The training did not help."


def compare(report: TrainReport) -> list[str]:
    """The figures before and after, as sentences."""
    before, after = report.before, report.after
    if before is None or after is None:
        return [
            f"Label at least {FRAMES_FOR_FIGURES} frames: some are then held out, and the figures before "
            "and after are measured on them."
        ]
    return [
        f"Joints in the right place: {_percent(before.pck)} before, {_percent(after.pck)} after "
        "(within 0.2 of the torso’s length).",
        f"Half of the joints are off by less than {before.error:.1f} pixels before, {after.error:.1f} "
        "after.",
        f"Measured on {before.joints} joints of frames that were not learned from.",
    ]


def _percent(share: float) -> str:
    return "unknown" if isnan(share) else f"{100 * share:.0f} %"
