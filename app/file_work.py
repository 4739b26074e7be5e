"""What an import and an export have in common: each runs one at a time, shown as running work where nothing else is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer

from .session import JobStatus

if TYPE_CHECKING:
    from .session import Session

SHOWN_AFTER_MS = 400
"""What takes less is over before it could be read."""


class Progress(NamedTuple):
    """How far something is: what is done, records done, in all (0 where not known), expected seconds to the end."""

    title: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None


def so_far(title: str, began: float, done: int, total: int) -> Progress:
    """The progress of what ``began`` then, by ``time.monotonic``, if it goes on as fast as it has."""
    spent = time.monotonic() - began
    left = spent / done * (total - done) if done and total else None
    return Progress(title, done, total, left)


class FileWork(QObject):
    """A file that is read or written while the window lives on."""

    sentence = ""
    """What is said of it where the project is to be closed meanwhile."""

    def __init__(self, session: Session, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._status: JobStatus | None = None
        self._unwanted = False
        self._progress = Progress(title)
        self._patience = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._patience.timeout.connect(lambda: self._tell(self._progress))
        session.releasing.connect(self.close)

    @property
    def running(self) -> bool:
        """Whether something that was chosen is being done."""
        raise NotImplementedError

    @property
    def shown(self) -> bool:
        """Whether it is what is shown as running work."""
        return self._status is not None and self._session.job is self._status

    def cancel(self) -> None:
        """Stop; all is as it was before."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop, and wait for the thread: the project is about to be closed."""
        raise NotImplementedError

    def _tell(self, progress: Progress) -> None:
        """Show how far it is, once it has taken so long that it could be read, and if no other work is shown."""
        job, self._progress = self._session.job, progress
        if not self.running or self._patience.isActive():
            return
        if job is not None and job is not self._status:
            return
        self._status = JobStatus(*progress, "", self.cancel)
        self._session.set_job(self._status)

    def _show_no_more(self) -> None:
        self._patience.stop()
        if self.shown:
            self._session.set_job(None)
        self._status = None
