"""What is missing before the labels are exported: asked for by a person, worked out on a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from glpose_core.labels.coverage import Finding, Survey, as_accepted, findings, survey

if TYPE_CHECKING:
    from .session import Session

log = logging.getLogger(__name__)

REST_MS = 400
"""While the list is watched it is made anew so long after a change, and not more often."""


class Coverage(QObject):
    """The coverage check of a session.

    Attributes:
        found: what is missing, by frame; ``None`` while nobody has asked, or the answer is not there yet.
        foreseen: what would be missing if the frames that were named to :meth:`foresee` were accepted first.
    """

    changed = Signal()
    """Another answer, or none."""
    _answered = Signal(int, object)
    _foretold = Signal(int, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.found: list[Finding] | None = None
        self.foreseen: list[Finding] | None = None
        self._watched = False
        self._generation = self._foresight = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.check)
        self._answered.connect(self._hear)
        self._foretold.connect(self._hear_foretold)
        session.poses_changed.connect(self._note_change)
        session.project_changed.connect(self.forget)

    def check(self) -> None:
        """Look anew; :attr:`changed` tells when the answer is there."""
        self._rest.stop()
        project = self._session.project
        if project is None:
            return
        self._generation += 1
        self._pool.start(_Check(survey(project.state), self._generation, self._answered.emit))

    def foresee(self, frames: NDArray[np.int64]) -> None:
        """Look for what would be missing if ``frames``, ascending, were accepted; :attr:`changed` tells when it is there."""
        project = self._session.project
        if project is None:
            return
        self.foreseen = None
        self._foresight += 1
        what = as_accepted(survey(project.state), frames)
        self._pool.start(_Check(what, self._foresight, self._foretold.emit))

    def watch(self) -> None:
        """Look now, and again after every change from here on."""
        self._watched = True
        self.check()

    def _hear_foretold(self, foresight: int, found: list[Finding]) -> None:
        if foresight == self._foresight:
            self.foreseen = found
            self.changed.emit()

    def forget(self) -> None:
        """Another project: nobody has asked."""
        self._rest.stop()
        self._watched = False
        self._generation += 1
        self._foresight += 1
        self.found = self.foreseen = None
        self.changed.emit()

    def close(self) -> None:
        """Wait for the thread."""
        self.forget()
        self._pool.waitForDone()

    def _note_change(self, _change: object) -> None:
        # Not restarted by further changes: a run that never pauses must still be seen.
        if self._watched and not self._rest.isActive():
            self._rest.start()

    def _hear(self, generation: int, found: list[Finding]) -> None:
        if generation == self._generation:
            self.found = found
            self.changed.emit()


class _Check(QRunnable):
    """One check on the pool's thread."""

    def __init__(
        self, what: Survey, generation: int, told: Callable[[int, list[Finding]], None]
    ) -> None:
        super().__init__()
        self._what, self._generation, self._told = what, generation, told

    def run(self) -> None:
        try:
            self._told(self._generation, findings(self._what))
        except RuntimeError:
            log.debug("a coverage check came after the end of its session")
        except Exception:
            log.exception("the coverage could not be checked")
