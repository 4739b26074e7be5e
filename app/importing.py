"""A file of labels becomes edits of the project, while the window lives on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from glpose_core.labels.turns import sliced

from .label_file import LabelFile, Progress
from .session import JobStatus

if TYPE_CHECKING:
    from glpose_core.labels import Change

    from .dialogs.importing import ImportChoices, Prepared, RunBrought
    from .session import Session

BUSY = "A file is being imported: wait for it, or cancel it."
SHOWN_AFTER_MS = 400
"""What takes less is over before it could be read."""
CANCELLED = "The import was cancelled: the project is as it was."


class Importing(QObject):
    """Runs one import at a time, shown as running work where nothing else is."""

    sentence = "A file is being imported."
    """What is said of it where the project is to be closed meanwhile."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._file: LabelFile | None = None
        self._choices: ImportChoices | None = None
        self._status: JobStatus | None = None
        self._cancel_turns: Callable[[], None] | None = None
        self._unwanted = False
        self._progress = Progress("Importing")
        self._patience = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._patience.timeout.connect(lambda: self._tell(self._progress))
        session.releasing.connect(self.close)

    @property
    def running(self) -> bool:
        """Whether something that was chosen is being brought in."""
        return self._choices is not None

    @property
    def shown(self) -> bool:
        """Whether it is what is shown as running work."""
        return self._status is not None and self._session.job is self._status

    def read(self, path: Path) -> LabelFile | None:
        """Have a file read, to be asked how it is to be imported; ``None`` where that is not possible now, which is
        told. Call :meth:`accept` or :meth:`leave` then."""
        session = self._session
        if session.project is None:
            return None
        if self.running:  # asked before settling, which would bring all of it in at once
            session.notice("info", BUSY)
            return None
        session.settle()
        self.leave()
        video = None if session.info is None else Path(session.info.path)
        self._file = LabelFile(session.project, path, video, self)
        self._file.start()
        return self._file

    def leave(self) -> None:
        """The file that was read is not to be imported."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def accept(self, choices: ImportChoices) -> None:
        """Bring it in."""
        file = self._file
        if file is None:
            return
        self._choices, self._unwanted = choices, False
        self._progress = Progress("Importing")
        self._patience.start()
        file.progress.connect(self._tell)
        file.foretold.connect(self._bring)
        file.refused.connect(self._fail)
        if file.prepared is None or file.prepared.choices != choices:
            file.compare_anew(choices)
        else:
            self._bring()

    def cancel(self) -> None:
        """Stop; what has come in is taken back."""
        if not self.running or self._unwanted:
            return
        self._unwanted = True
        if self._cancel_turns is not None:
            self._cancel_turns()
        else:
            self._stop()

    def close(self) -> None:
        """Stop, and wait for the thread: the project is about to be closed."""
        self.cancel()
        self.leave()
        for file in self.findChildren(LabelFile):
            file.wait()

    # -- bringing it in ------------------------------------------------------------------------

    def _bring(self) -> None:
        """What was chosen is worked out: bring it in, unless the project is another one by now."""
        self._session.settle()
        file, choices = self._file, self._choices
        if file is None or choices is None or file.prepared is None:
            return
        if not file.fresh:
            file.compare_anew(choices)
            return
        prepared = file.prepared
        if prepared.run is not None:
            self._bring_run(prepared, prepared.run)
        elif prepared.edit is not None:
            self._bring_labels(prepared, prepared.edit.changes)
        else:
            self._end(prepared)

    def _bring_labels(self, prepared: Prepared, changes: tuple[Change, ...]) -> None:
        edit, parts = prepared.edit, self._counted(sliced(changes), len(changes))
        assert edit is not None
        cancel = self._session.apply_in_turns(
            edit.title, edit.frame, parts, lambda _any: self._end(prepared), self._stop
        )
        self._cancel_turns = cancel if self.running else None

    def _bring_run(self, prepared: Prepared, brought: RunBrought) -> None:
        self._tell(Progress("Importing"))
        cancel = self._session.bring_run(*brought, lambda _run: self._end(prepared), self._stop)
        self._cancel_turns = cancel if self.running else None

    def _counted(
        self, parts: Iterable[tuple[Change, ...]], total: int
    ) -> Iterator[tuple[Change, ...]]:
        began, done = time.monotonic(), 0
        for part in parts:
            left = (time.monotonic() - began) / done * (total - done) if done else None
            self._tell(Progress("Importing", done, total, left))
            yield part
            done += len(part)

    def _tell(self, progress: Progress) -> None:
        job, self._progress = self._session.job, progress
        if not self.running or self._patience.isActive():
            return
        if job is not None and job is not self._status:
            return  # other work is shown
        self._status = JobStatus(*progress, "", self.cancel)
        self._session.set_job(self._status)

    def _over(self) -> None:
        self._patience.stop()
        if self.shown:
            self._session.set_job(None)
        self._choices = self._status = self._cancel_turns = None
        self.leave()

    def _end(self, prepared: Prepared) -> None:
        if self.running:
            self._over()
            self._session.notice("info", prepared.done)

    def _fail(self, sentence: str) -> None:
        if self.running:
            self._over()
            self._session.notice("error", sentence)

    def _stop(self) -> None:
        """It was cancelled, or has failed, which was told."""
        if self.running:
            cancelled = self._unwanted
            self._over()
            if cancelled:
                self._session.notice("info", CANCELLED)
