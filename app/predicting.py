"""From a person's choice (:mod:`app.choices`) to predictions in the project: asks the job, and stores what it says.

:class:`Predicting` runs the job and lays its rows into a new run of the project. Labels lie over runs, so nothing
here can change what a person placed.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from glpose_core.errors import GLPoseError
from glpose_core.labels.locks import is_locked, unlocked_rows
from glpose_core.predict.job import (
    Finished,
    Note,
    PredictRequest,
    Rows,
    Started,
    TracksFound,
)
from glpose_core.predict.record import run_of
from glpose_core.predict.standing import Standing

from .choices import PredictChoices, make_request
from .remembering import remember, weights_of_ones_own
from .session import JobStatus
from .workers import inventory
from .workers.inventory import Inventory, InventoryRequest
from .workers.jobs import JobRunner

if TYPE_CHECKING:
    from glpose_core.labels import PoseRows, Project, Run

    from .session import Session

JOB = "glpose_core.job:run"
TITLE = "The prediction"
CANCELLED = "The prediction was cancelled; what had arrived is kept."
CANCELLED_EARLY = "The prediction was cancelled; nothing had arrived."
LOOK_AROUND_MS = 2500
"""How long after opening a project devices and models are looked for, so that opening comes first."""


class Predicting(QObject):
    """Runs predictions of the open project, one at a time.

    Progress and the way to cancel are ``session.job``; what a person should know comes through
    ``session.noticed``.
    """

    running_changed = Signal(bool)
    compared = Signal(int)
    """The number of a run that was made to be compared with what is seen, when it is whole."""
    inventory_changed = Signal()
    """``inventory`` has been filled."""

    def __init__(self, session: Session, parent: QObject | None = None, *, job: str = JOB) -> None:
        """``job`` names the function that predicts (tests put a small one in its place)."""
        super().__init__(parent)
        self._session, self._job = session, job
        self._runner = JobRunner(self)
        self._runner.result.connect(self._hear)
        self._runner.progress.connect(self._progress)
        self._runner.failed.connect(self._fail)
        self._runner.finished.connect(self._end)
        session.releasing.connect(self._stop)
        session.project_changed.connect(self._project_changed)
        self.inventory: Inventory | None = None
        self._looked_at: tuple[Path, ...] | None = None
        self._looker = JobRunner(self)
        self._looker.result.connect(self._found)
        self._looker.failed.connect(lambda sentence: session.notice("warning", sentence))
        self._later = QTimer(self, singleShot=True, interval=LOOK_AROUND_MS)
        self._later.timeout.connect(self.look_around)
        self._project: Project | None = None
        self._request: PredictRequest | None = None
        self._second = False
        self._standing: Standing | None = None  # of a run that follows one person
        self._run: int | None = None
        self._record: Run | None = None  # of the run, before it begins
        self._tracks: list[dict[int, int]] = []  # found before it began
        self._newcomers: dict[int, int] = {}
        self._locked_out = 0  # poses of people who were locked meanwhile
        self._device = ""
        self._finished: Finished | None = None
        self._began = 0.0

    @property
    def running(self) -> bool:
        """Whether a prediction is under way."""
        return self._runner.running

    def look_around(self, again: bool = False) -> None:
        """Find out, in the background, which devices and models there are.

        Once, unless ``again`` or files of weights have come or gone since.
        """
        files = tuple(weights_of_ones_own())
        new = self._looked_at is not None and files != self._looked_at
        if again or ((self.inventory is None or new) and not self._looker.running):
            try:
                self._looker.start(inventory.JOB, InventoryRequest(files), "The search for devices")
                self._looked_at = files
            except GLPoseError as error:
                self._session.notice("warning", str(error))

    @Slot(object)
    def _found(self, found: object) -> None:
        assert isinstance(found, Inventory)
        self.inventory = found
        self.inventory_changed.emit()

    def start(self, choices: PredictChoices) -> bool:
        """Begin predicting. Returns whether it began; if not, ``session.noticed`` has said why."""
        session = self._session
        if session.project is None or session.info is None:
            session.notice("warning", "Open a video first, then predict.")
            return False
        if session.job is not None:
            session.notice("warning", f"{session.job.title} is still running: wait, or cancel it.")
            return False
        self._run, self._record, self._tracks = None, None, []
        self._finished, self._newcomers = None, {}
        self._device, self._began, self._locked_out = "", time.monotonic(), 0
        try:
            request = make_request(
                session.project.state, Path(session.info.path), choices, session.frame
            )
            self._runner.start(self._job, request, TITLE)
        except GLPoseError as error:
            session.notice("warning", str(error))
            return False
        if not choices.second:
            remember(choices)
        self._project, self._request, self._second = session.project, request, choices.second
        seeds = [seed.frame for seed in request.seeds]
        self._standing = Standing(seeds) if choices.person is not None else None
        self._status("Starting the prediction", 0, choices.stop - choices.start, None)
        self.running_changed.emit(True)
        return True

    def cancel(self) -> None:
        """Stop within about a second; what has arrived stays."""
        if self._runner.running:
            self._runner.cancel()
            self._status("Stopping", 0, 0, None)

    def close(self) -> None:
        """Stop at once and note it in the project. Call before the project is closed."""
        self._later.stop()
        self._looker.close()
        self._stop()

    def _stop(self) -> None:
        running, run = self._runner.running, self._run
        self._runner.close()
        if running:
            self._over("cancelled")
            self._session.notice("info", CANCELLED_EARLY if run is None else CANCELLED)

    # -- what the job says ---------------------------------------------------------------------

    @Slot(object)
    def _hear(self, event: object) -> None:
        try:
            if isinstance(event, Started):
                self._begin(event)
            elif isinstance(event, TracksFound):
                self._hear_tracks(event.tracks)
            elif isinstance(event, Rows):
                self._hear_rows(event)
            elif isinstance(event, Note):
                self._session.notice("info", event.message)
            elif isinstance(event, Finished):
                self._finished = event
                for part in [] if self._standing is None else self._standing.rest():
                    self._add_rows(part)
                if event.poses == 0:
                    self._ensure_run()  # That nobody is there was found out, too.
        except GLPoseError as error:  # the disk is full, or the project was closed
            self._session.notice("error", str(error))
            self._runner.cancel()

    def _begin(self, event: Started) -> None:
        assert self._project is not None
        assert self._request is not None
        self._device = event.device
        self._record = run_of(self._request, event, second=self._second)

    def _ensure_run(self) -> int:
        """The run that poses go into. It begins with the first that is taken: where it is cancelled earlier, or none is,
        a prediction leaves nothing behind, neither people nor a step to undo."""
        if self._run is None:
            assert self._project is not None
            assert self._record is not None
            self._run = self._project.begin_run(self._record, show=not self._second)
            for tracks in self._tracks:
                self._add_tracks(self._run, tracks)
        return self._run

    def _hear_tracks(self, tracks: dict[int, int]) -> None:
        if self._run is None:
            self._tracks.append(tracks)
        else:
            self._add_tracks(self._run, tracks)

    def _add_tracks(self, run: int, tracks: dict[int, int]) -> None:
        """Tracks of known people are theirs; a negative number is one new person, whose id is kept."""
        assert self._project is not None
        for track, person in tracks.items():
            known = person if person >= 0 else self._newcomers.get(person)
            made = self._project.add_tracks(run, {track: known})
            if person < 0:
                self._newcomers[person] = made[track]

    def _hear_rows(self, event: Rows) -> None:
        assert self._project is not None
        assert self._record is not None
        parts = [event]
        if self._standing is not None:
            state = self._project.state
            run = self._record if self._run is None else state.runs[self._run]
            parts = self._standing.sift(state, run, event, self._whose())
        for part in parts:
            self._add_rows(part)

    def _add_rows(self, event: Rows) -> None:
        assert self._project is not None
        rows, references = event.rows, event.references
        if not self._second:  # somebody may have been locked since this began
            keep = self._unlocked(rows)
            if not keep.all():
                self._session.early.forget(rows["track"][~keep].tolist())
                self._locked_out += 0 if event.provisional else int((~keep).sum())
            rows, references = rows[keep], None if references is None else references[keep]
            self._session.early.hear(rows, event.provisional)
        if len(rows):
            self._project.add_predictions(self._ensure_run(), rows, references)

    def _unlocked(self, rows: PoseRows) -> NDArray[np.bool_]:
        """Which rows ``[N]`` are of nobody who is locked."""
        assert self._project is not None
        state = self._project.state
        if self._run is not None:
            return unlocked_rows(state, self._run, rows)
        locked = [track for track, person in self._whose().items() if is_locked(state, person)]
        return ~np.isin(rows["track"], locked)

    def _whose(self) -> dict[int, int]:
        """The people of the tracks found before the run began."""
        return {track: person for tracks in self._tracks for track, person in tracks.items()}

    @Slot(int, int, float, str)
    def _progress(self, done: int, total: int, seconds_left: float, stage: str) -> None:
        if not self._runner.cancelling:
            left = None if np.isnan(seconds_left) else seconds_left
            self._status(stage, done, total, left)

    def _status(self, title: str, done: int, total: int, left: float | None) -> None:
        title = title[:1].upper() + title[1:]
        self._session.set_job(JobStatus(title, done, total, left, self._device, self.cancel))

    # -- how it ends ---------------------------------------------------------------------------

    @Slot(str)
    def _fail(self, sentence: str) -> None:
        self._over("failed")
        self._session.notice("error", sentence)

    @Slot(bool)
    def _end(self, cancelled: bool) -> None:
        run = self._run
        self._over("cancelled" if cancelled else "done")
        if cancelled:
            self._session.notice("info", CANCELLED_EARLY if run is None else CANCELLED)
        elif self._second and run is not None:
            self.compared.emit(run)
        elif self._finished is not None:
            seconds = time.monotonic() - self._began
            stand = 0 if self._standing is None else self._standing.count
            self._session.notice("info", summary(self._finished, seconds, stand, self._locked_out))

    def _over(self, status: str) -> None:
        project, run = self._project, self._run
        self._project = self._run = self._record = None
        self._session.early.clear()
        if self._session.job is not None:
            self._session.set_job(None)
        if project is not None and run is not None and self._session.project is project:
            try:
                project.finish_run(run, status)
            except GLPoseError as error:
                self._session.notice("error", str(error))
        self.running_changed.emit(False)

    @Slot()
    def _project_changed(self) -> None:
        if self._session.project is not None and self.inventory is None:
            self._later.start()


def summary(event: Finished, seconds: float, stand: int = 0, locked: int = 0) -> str:
    """What is said at the end: "Predicted 460 poses of 2 people in 0:48.".

    Args:
        stand: how many of them were there already, and stay as they were.
        locked: how many were left out, because somebody was locked meanwhile.
    """
    if event.poses == 0:
        return "Nobody was found: draw a box around a person with B, then predict again."
    people = "1 person" if event.people == 1 else f"{event.people} people"
    new = event.poses - stand - locked
    poses = "1 pose" if new == 1 else f"{new} poses"
    said = f"Predicted {poses} of {people} in {int(seconds) // 60}:{int(seconds) % 60:02d}."
    if stand:
        said += f" {stand} {'was' if stand == 1 else 'were'} there already and stayed."
    if locked:
        said += f" {locked} of locked people {'was' if locked == 1 else 'were'} left out."
    if event.broken:
        frames = "1 frame" if event.broken == 1 else f"{event.broken} frames"
        said += (
            f" {frames} could not be decoded and {'was' if event.broken == 1 else 'were'} left out."
        )
    return said
