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
        """Whether a file is being written."""
        return self._thread is not None

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
            self._session.apply_in_turns(title, frame, parts, lambda _done: self._write(choices))
        else:
            self._write(choices)
        return True

    def cancel(self) -> None:
        """Stop; the file is as it was before."""
        if self._thread is not None:
            self._thread.cancel()

    def close(self) -> None:
        """Stop, and wait for the thread: the project is about to be closed."""
        thread = self._thread
        if thread is not None:
            thread.cancel()
            thread.wait()
            self._over()

    def _write(self, choices: ExportChoices) -> None:
        project = self._session.project
        if project is None or self.running:
            return
        thread = ExportThread(project, lambda state, watch: write_file(state, choices, watch), self)
        thread.progress.connect(self._tell)
        thread.written.connect(self._end)
        thread.failed.connect(self._fail)
        thread.stopped.connect(self._stop)
        self._thread, self._choices = thread, choices
        self._began = time.monotonic()
        self._patience.start()
        thread.start()

    def _tell(self, done: int, total: int) -> None:
        if self._thread is None or self._session.job is not self._status:
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
        if self._status is not None and self._session.job is self._status:
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
