"""A choice of what to export becomes a file, while the window lives on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from .dialogs.exporting import ExportChoices, acceptance, write_file
from .session import JobStatus
from .workers.exporting import ExportThread

if TYPE_CHECKING:
    from glpose_core.formats.posetrack_report import ExportReport
    from glpose_core.labels import Project

    from .session import Session

BUSY = "A file is being exported: wait for it, or cancel it."
SHOWN_AFTER_MS = 400
"""What takes less is over before it could be read."""
CANCELLED = "The export was cancelled: no file was written."


class Exporting(QObject):
    """Runs one export at a time, shown as running work where nothing else is."""

    written = Signal(object, object, bool)
    """The ExportChoices that were done, the ExportReport, and whether whoever chose them has gone on to other things."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._thread: ExportThread | None = None
        self._choices: ExportChoices | None = None
        self._status: JobStatus | None = None
        self._began = 0.0
        self._patience = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._patience.timeout.connect(lambda: self._tell(0, 0))
        session.releasing.connect(self.close)

    @property
    def running(self) -> bool:
        """Whether a file is being written, or waits for its frames to be accepted."""
        return self._choices is not None

    @property
    def shown(self) -> bool:
        """Whether it is what is shown as running work."""
        return self._status is not None and self._session.job is self._status

    def start(self, choices: ExportChoices) -> bool:
        """Accept the frames first if that was chosen, then write. Returns whether it has begun."""
        project = self._session.project
        if project is None:
            return False
        if self.running:
            self._session.notice("info", BUSY)
            return False
        if choices.what == "labels" and choices.accept_first:
            title, frame, parts = acceptance(project.state, choices)
            self._choices = choices
            self._session.apply_in_turns(
                title, frame, parts, lambda _done: self._accepted(choices), self._over
            )
        else:
            self._choices = choices
            self._write(project, choices)
        return self.running

    def cancel(self) -> None:
        """Stop; the file is as it was before."""
        if self._thread is not None:
            self._thread.cancel()

    def close(self) -> None:
        """Stop, wait for the thread, and say so: the project is about to be closed."""
        choices, thread = self._choices, self._thread
        if choices is None:
            return
        if thread is not None:
            thread.cancel()
            thread.wait()
        self._over()
        if thread is not None and thread.report is not None:
            self.written.emit(choices, thread.report, True)  # it came before
        else:
            self._session.notice("info", CANCELLED)

    def _accepted(self, choices: ExportChoices) -> None:
        project = self._session.project
        if project is not None and self._choices is choices:  # not closed meanwhile
            self._write(project, choices)

    def _write(self, project: Project, choices: ExportChoices) -> None:
        thread = ExportThread(project, lambda state, watch: write_file(state, choices, watch), self)
        thread.progress.connect(self._tell)
        thread.written.connect(self._end)
        thread.failed.connect(self._fail)
        thread.stopped.connect(self._stop)
        self._thread = thread
        self._began = time.monotonic()
        self._patience.start()
        thread.start()

    def _tell(self, done: int, total: int) -> None:
        job = self._session.job
        if self._thread is None or (job is not None and job is not self._status):
            return  # other work is shown
        if self._patience.isActive():
            return
        spent = time.monotonic() - self._began
        left = spent / done * (total - done) if done else None
        self._status = JobStatus("Exporting", done, total, left, "", self.cancel)
        self._session.set_job(self._status)

    def _over(self) -> None:
        self._patience.stop()
        if self._thread is not None:
            self._thread.deleteLater()
        if self.shown:
            self._session.set_job(None)
        self._thread = self._choices = self._status = None

    def _end(self, report: ExportReport) -> None:
        choices = self._choices
        if choices is None:
            return
        late = not self._patience.isActive()
        self._over()
        self.written.emit(choices, report, late)

    def _fail(self, sentence: str) -> None:
        if self._choices is not None:
            self._over()
            self._session.notice("error", sentence)

    def _stop(self) -> None:
        if self._choices is not None:
            self._over()
            self._session.notice("info", CANCELLED)
