"""A choice of what to export becomes a file, while the window lives on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from .dialogs.exporting import ExportChoices, acceptance, wanted_frames, write_file
from .file_work import FileWork, Progress, so_far
from .workers.aside import Aside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from glpose_core.formats.documents import Watch
    from glpose_core.formats.posetrack_report import ExportReport
    from glpose_core.labels import Change, Project
    from glpose_core.labels.moment import Moment

    from .session import Session

BUSY = "A file is being exported: wait for it, or cancel it."
CANCELLED = "The export was cancelled: no file was written."
TROUBLE = "The file could not be written"


class Exporting(FileWork):
    """Runs one export at a time."""

    sentence = "A file is being exported."

    written = Signal(object, object, bool)
    """The ExportChoices that were done, the ExportReport, and whether whoever chose them has gone on to other things."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(session, "Exporting", parent)
        self._thread: Aside | None = None
        self._choices: ExportChoices | None = None
        self._cancel_accepting: Callable[[], None] | None = None
        self._title = ""
        self._began = 0.0

    @property
    def running(self) -> bool:
        """Whether a file is being written, or waits for its frames to be accepted."""
        return self._choices is not None

    def start(self, choices: ExportChoices) -> bool:
        """Accept the frames first if that was chosen, then write. Returns whether it has begun."""
        project = self._session.project
        if project is None:
            return False
        if self.running:
            self._session.notice("info", BUSY)
            return False
        self._choices, self._unwanted = choices, False
        self._patience.start()
        if choices.what == "labels" and choices.accept_first:
            self._accept(project, choices)
        else:
            self._write(project, choices)
        return self.running

    def cancel(self) -> None:
        """Stop; the file is as it was before, and frames that were being accepted for it are as they were."""
        self._unwanted = True
        if self._thread is not None:
            self._thread.cancel()
        elif self._cancel_accepting is not None:
            self._cancel_accepting()

    def close(self) -> None:
        """Stop, wait for the thread, and say so: the project is about to be closed."""
        self.cancel()
        choices, thread = self._choices, self._thread
        if choices is None or thread is None:
            return
        thread.wait()
        self._over()
        if thread.finished:
            self.written.emit(choices, thread.result, True)  # it came before
        else:
            self._session.notice("info", CANCELLED)

    def _begin(self, title: str) -> None:
        self._title, self._began = title, time.monotonic()
        self._tell(Progress(title))

    def _accept(self, project: Project, choices: ExportChoices) -> None:
        title, frame, parts = acceptance(project.state, choices)
        told = self._counted(parts, wanted_frames(project.state, choices))
        self._begin("Accepting")
        cancel = self._session.apply_in_turns(
            title, frame, told, lambda _any: self._accepted(choices), self._give_up
        )
        self._cancel_accepting = cancel if self.running and self._thread is None else None

    def _counted(
        self, parts: Iterable[tuple[Change, ...]], frames: NDArray[np.int64]
    ) -> Iterator[tuple[Change, ...]]:
        """The parts, as they are: how far they are is told."""
        for part in parts:
            yield part
            last = max((one.key[-1] for one in part if one.kind in ("label", "frame")), default=-1)
            self._note(int(np.searchsorted(frames, last, "right")), len(frames))

    def _accepted(self, choices: ExportChoices) -> None:
        self._cancel_accepting = None
        project = self._session.project
        if project is not None and self._choices is choices:  # not closed meanwhile
            self._write(project, choices)

    def _give_up(self) -> None:
        """Nothing was accepted: that was cancelled, or has failed, which was told."""
        if self._unwanted:
            self._stop()
        else:
            self._over()

    def _write(self, project: Project, choices: ExportChoices) -> None:
        """Write what is seen now, whatever is edited while it is written."""
        thread = Aside(partial(_written, project.moment(), choices), TROUBLE, self)
        thread.progress.connect(self._note)
        thread.done.connect(self._end)
        thread.failed.connect(self._fail)
        thread.stopped.connect(self._stop)
        self._thread = thread
        self._begin("Exporting")
        thread.start()

    def _note(self, done: int, total: int) -> None:
        self._tell(so_far(self._title, self._began, done, total))

    def _over(self) -> None:
        self._show_no_more()
        if self._thread is not None:
            self._thread.deleteLater()
        self._thread = self._choices = self._cancel_accepting = None

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


def _written(moment: Moment, choices: ExportChoices, watch: Watch) -> ExportReport:
    """On the thread."""
    state = moment.state()
    watch(0, 0)
    return write_file(state, choices, watch)
