"""Writes a file of labels on a thread of its own, from the project as it is on the disk: the window waits for neither."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, SignalInstance

from glpose_core.errors import Cancelled, GLPoseError
from glpose_core.formats.posetrack_report import ExportReport
from glpose_core.labels import Project, ProjectState

log = logging.getLogger(__name__)

TOLD_S = 0.1
"""Seconds between two messages of how far it is."""
PATIENCE = 5.0
"""Seconds that the window waits for the thread at its end: it looks whether it is wanted with every few records."""

Watch = Callable[[int, int], None]
Write = Callable[[ProjectState, Watch], ExportReport]
"""Writes the file, and tells how many records are done, of how many."""


class ExportThread(QObject):
    """One export. Its signals arrive on the thread that this object lives on; at the end comes one of ``written``,
    ``failed`` and ``stopped``.

    Attributes:
        report: what was written, once it is, which may be before ``written`` arrives.
    """

    progress = Signal(int, int)
    written = Signal(object)
    """The report of what was written."""
    failed = Signal(str)
    """One sentence."""
    stopped = Signal()
    """Cancelled: the file is as it was before."""

    def __init__(self, project: Project, write: Write, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project, self._write = project, write
        self._unwanted = threading.Event()
        self._told_at = 0.0
        self.report: ExportReport | None = None
        self._thread = threading.Thread(target=self._work, daemon=True, name="exporting")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop with the next records; safe to call twice."""
        self._unwanted.set()

    def wait(self) -> None:
        """Wait for the end, which is near once it was cancelled."""
        self._thread.join(timeout=PATIENCE)

    def _work(self) -> None:
        try:
            self._project.flush()
            # A second reader: the state in memory belongs to the window's thread.
            with Project.open(self._project.path, read_only=True) as project:
                self._watch(0, 0)
                report = self._write(project.state, self._watch)
        except Cancelled:
            self._say(self.stopped)
        except GLPoseError as error:
            self._say(self.failed, str(error))
        except Exception as error:
            log.exception("exporting failed")
            self._say(self.failed, f"The file could not be written: {error}")
        else:
            self.report = report
            self._say(self.written, report)

    def _watch(self, done: int, total: int) -> None:
        if self._unwanted.is_set():
            raise Cancelled
        now = time.monotonic()
        if now - self._told_at > TOLD_S:
            self._told_at = now
            self._say(self.progress, done, total)

    def _say(self, signal: SignalInstance, *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # whoever asked is gone
            signal.emit(*values)
