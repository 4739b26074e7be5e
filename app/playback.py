"""Playing: which frame belongs to this moment, by the wall clock and the file's own timestamps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer

if TYPE_CHECKING:
    from .session import Session

TICK = 8
"""Milliseconds between two looks at the clock."""


class Clock:
    """Maps the monotonic clock to frames. Stopped while pictures are late, so nothing is skipped unseen
    just because decoding is slow; started again, it goes on from the frame that is shown."""

    def __init__(self) -> None:
        self._offset: float | None = None

    @property
    def running(self) -> bool:
        """Whether the clock has been started since it was last stopped."""
        return self._offset is not None

    def start(self, now: float, at: float) -> None:
        """At the monotonic second ``now`` the file's second is ``at``."""
        self._offset = at - now

    def stop(self) -> None:
        """Forget where it was."""
        self._offset = None

    def frame_at(self, now: float, times: NDArray[np.float64]) -> int:
        """The last frame whose time is not after ``now``. ``times``: ascending seconds ``[frames]``."""
        at = now + (self._offset or 0.0)
        return max(int(np.searchsorted(times, at + 1e-6, side="right")) - 1, 0)


class Player(QObject):
    """Moves a session through its video. Waits for pictures: a frame is never passed before its own
    picture is there, so slow decoding plays slowly and skips nothing unseen."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._clock = Clock()
        self._ticker = QTimer(self)
        self._ticker.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticker.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        """Whether the video plays."""
        return self._ticker.isActive()

    def start(self) -> None:
        """Play from the session's present frame."""
        self._clock.stop()
        self._ticker.start(TICK)

    def stop(self) -> None:
        """Stop; the present frame stays."""
        self._ticker.stop()

    def jumped(self) -> None:
        """The session has gone elsewhere: go on from there."""
        self._clock.stop()

    def _tick(self) -> None:
        session = self._session
        if session.picture() is None and session.broken_reason() is None:
            self._clock.stop()
            return
        now = time.monotonic()
        if not self._clock.running:
            self._clock.start(now, float(session.times[session.frame]))
        target = self._clock.frame_at(now, session.times)
        if target > session.frame:
            session.move_to(target)
        if session.frame >= session.frames - 1:
            session.pause()
