"""A file of labels becomes edits of the project, while the window lives on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from glpose_core.labels.turns import sliced

from .file_work import FileWork, Progress, so_far
from .label_file import LabelFile

if TYPE_CHECKING:
    from glpose_core.labels import Change

    from .dialogs.importing import ImportChoices, Prepared, RunBrought
    from .session import Session

BUSY = "A file is being imported: wait for it, or cancel it."
CANCELLED = "The import was cancelled: the project is as it was."


class Importing(FileWork):
    """Runs one import at a time."""

    sentence = "A file is being imported."

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(session, "Importing", parent)
        self._file: LabelFile | None = None
        self._choices: ImportChoices | None = None
        self._cancel_turns: Callable[[], None] | None = None

    @property
    def running(self) -> bool:
        """Whether something that was chosen is being brought in."""
        return self._choices is not None

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
            self._tell(so_far("Importing", began, done, total))
            yield part
            done += len(part)

    def _over(self) -> None:
        self._show_no_more()
        self._choices = self._cancel_turns = None
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
