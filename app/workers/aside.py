"""One piece of work on a thread of its own, for which the window does not wait: a file that is read or written."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, SignalInstance

from glpose_core.errors import Cancelled, GLPoseError
from glpose_core.formats.documents import Watch

log = logging.getLogger(__name__)

TOLD_S = 0.1
"""Seconds between two messages of how far it is."""
PATIENCE = 5.0
"""Seconds that the window waits for the thread at its end: it looks whether it is wanted with every few records."""

Work = Callable[[Watch], object]
"""Does it. It tells how many records are done, of how many, and ends with what that raises."""


class Aside(QObject):
    """One piece of work. Its signals arrive on the thread that this object lives on; at the end comes one of ``done``,
    ``failed`` and ``stopped``.

    Attributes:
        result: what the work returned, once it has, which may be before ``done`` arrives.
        finished: whether the work has returned.
    """

    progress = Signal(int, int)
    """Records, and of how many: 0 where that is not known."""
    done = Signal(object)
    """The result."""
    failed = Signal(str)
    """One sentence."""
    stopped = Signal()
    """Cancelled."""

    def __init__(self, work: Work, trouble: str, parent: QObject | None = None) -> None:
        """``trouble``: what is said where the work breaks in a way that nobody has foreseen: "The file could not be
        written"."""
        super().__init__(parent)
        self._work, self._trouble = work, trouble
        self._unwanted = threading.Event()
        self._told_at = 0.0
        self.result: object = None
        self.finished = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="aside")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop with the next records; safe to call twice."""
        self._unwanted.set()

    def wait(self) -> None:
        """Wait for the end, which is near once it was cancelled."""
        if self._thread.is_alive():
            self._thread.join(timeout=PATIENCE)

    def _run(self) -> None:
        try:
            result = self._work(self._watch)
        except Cancelled:
            self._say(self.stopped)
        except GLPoseError as error:
            self._say(self.failed, str(error))
        except Exception as error:
            log.exception("work aside of the window failed")
            self._say(self.failed, f"{self._trouble}: {error}")
        else:
            self.result, self.finished = result, True
            self._say(self.done, result)

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
