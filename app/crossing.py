"""Where identities cross in the open project, kept up to date beside the work.

What is seen is copied on the window's thread, some blocks of frames in each turn of the event loop, and
looked at on another. An edit has only the blocks looked at that hold its frames.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from glpose_core.review.crossings import BLOCK, CROSSING_DTYPE, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from glpose_core.labels import PoseRows, ProjectChange

    from .session import Session

log = logging.getLogger(__name__)

REST_MS = 250
"""Changes are looked at so long after the first of them: a running prediction tells of many a second."""
POSES_A_TURN = 1500
"""So many poses are copied in one turn of the event loop."""


class Crossings(QObject):
    """The crossings of a session.

    Attributes:
        found: CROSSING_DTYPE by frame; what is known so far.
    """

    changed = Signal()
    _looked = Signal(int, object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: PoseRows = np.zeros(0, CROSSING_DTYPE)
        self._session = session
        self._stale: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._people: frozenset[int] = frozenset()
        self._watch = Watch()
        self._generation = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._begin)
        self._copying = QTimer(self, interval=0)
        self._copying.timeout.connect(self._copy)
        self._looked.connect(self._show)
        session.project_changed.connect(self._anew)
        session.releasing.connect(self._forget)
        session.poses_changed.connect(self._note)

    @property
    def busy(self) -> bool:
        """Whether something has changed that is not looked at yet."""
        return bool(self._stale.any()) or self._pool.activeThreadCount() > 0

    def next(self, frame: int, step: int = 1) -> int | None:
        """The frame of the first crossing after ``frame`` (or the last before it), or ``None``."""
        frames = np.unique(self.found["frame"])
        there = frames[frames > frame] if step > 0 else frames[frames < frame][::-1]
        return int(there[0]) if len(there) else None

    def at(self, frame: int) -> PoseRows:
        """The crossings whose frame this is."""
        here: PoseRows = self.found[self.found["frame"] == frame]
        return here

    def words(self, crossing: np.void) -> str:
        """ "person 1 and person 2 cross here"."""
        first, second = (self._session.person_name(int(crossing[name])) for name in ("a", "b"))
        what = "may have changed places" if crossing["exchanged"] else "cross"
        return f"{first} and {second} {what} here"

    def _forget(self) -> None:
        self._rest.stop()
        self._copying.stop()
        self._generation += 1
        self._watch = Watch()
        self._stale = np.zeros(0, dtype=bool)
        self._put(np.zeros(0, CROSSING_DTYPE))

    def _anew(self) -> None:
        self._forget()
        self._stale = np.ones(-(-self._session.frames // BLOCK), dtype=bool)
        self._rest.start()

    def _note(self, change: ProjectChange) -> None:
        before, self._people = self._people, frozenset(one.id for one in self._session.people())
        if change.frames is None:
            if not change.runs and self._people == before:
                return  # a name, a lock
            self._stale[:] = True
        elif change.frames:
            blocks = np.fromiter(change.frames, np.int64, len(change.frames)) // BLOCK
            self._stale[blocks[blocks < len(self._stale)]] = True
        # Not restarted by further changes: a run that never pauses must still be seen.
        if not self._rest.isActive() and not self._copying.isActive():
            self._rest.start()

    def _begin(self) -> None:
        if self._session.project is not None and self._stale.any():
            self._copying.start()

    def _copy(self) -> None:
        """One turn: copy what is seen in some neighbouring blocks that have changed, and hand it on."""
        project, stale = self._session.project, np.flatnonzero(self._stale)
        if project is None or not len(stale):
            self._copying.stop()
            return
        people = [person.id for person in self._session.people()]
        poses = sum(len(project.state.frames_of(person)) for person in people)
        most = max(round(POSES_A_TURN * len(self._stale) / max(poses, 1)), 1)
        unbroken = int((stale == stale[0] + np.arange(len(stale))).sum())
        first, last = int(stale[0]), int(stale[0]) + min(unbroken, most)
        self._stale[first:last] = False
        start, stop = first * BLOCK, min(last * BLOCK, self._session.frames)
        rows = project.state.seen(people, start, stop)
        done = not self._stale.any()
        told = self._looked.emit if done else None
        self._pool.start(_Look(self._watch, start, stop, rows, self._generation, told))
        if done:
            self._copying.stop()

    def _show(self, generation: int, found: PoseRows) -> None:
        if generation == self._generation:
            self._put(found)

    def _put(self, found: PoseRows) -> None:
        if len(found) or len(self.found):
            self.found = found
            self.changed.emit()


class _Look(QRunnable):
    """Looks at some blocks on the pool's one thread, which alone touches the watch."""

    def __init__(
        self,
        watch: Watch,
        start: int,
        stop: int,
        rows: PoseRows,
        generation: int,
        told: Callable[[int, PoseRows], None] | None,
    ) -> None:
        super().__init__()
        self._watch, self._start, self._stop, self._rows = watch, start, stop, rows
        self._generation, self._told = generation, told

    def run(self) -> None:
        try:
            self._watch.put(self._start, self._stop, self._rows)
            if self._told is not None:
                self._told(self._generation, self._watch.crossings())
        except RuntimeError:
            log.debug("crossings came after the end of their session")
        except Exception:  # the window goes on without them
            log.exception("crossings could not be looked for")
