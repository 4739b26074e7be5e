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


MOST_DROPPED = 0.25
"""Seconds of the video that are passed unseen at most when pictures are late. Where decoding is slower than
the video, longer and longer jumps would follow: then playing slows down as well."""


class Clock:
    """Maps the monotonic clock to frames."""

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
    """Moves a session through its video in real time. A frame asked for is always shown; those whose
    moment passed while it was awaited are dropped, :data:`MOST_DROPPED` seconds of them at most."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._clock = Clock()
        self._ticker = QTimer(self)
        self._ticker.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticker.timeout.connect(self._tick)
        self._times: NDArray[np.float64] = np.zeros(0)

    @property
    def playing(self) -> bool:
        """Whether the video plays."""
        return self._ticker.isActive()

    def start(self) -> None:
        """Play from the session's present frame."""
        self._clock.stop()
        self._times = playing_times(self._session.times)
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
            return
        now = time.monotonic()
        if not self._clock.running:
            self._clock.start(now, float(self._times[session.frame]))
        target = self._clock.frame_at(now, self._times)
        reach = furthest(session.frame, self._times)
        if target > reach:
            self._clock.start(now, float(self._times[reach]))
        if min(target, reach) > session.frame:
            session.move_to(min(target, reach))
        if session.frame >= session.frames - 1:
            session.pause()


def playing_times(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """When each frame is due: the file's seconds ``[frames]``, held where they go backwards or are missing."""
    return np.fmax.accumulate(times)


def furthest(frame: int, times: NDArray[np.float64]) -> int:
    """The last frame that may follow ``frame`` at once: the next, or one due within :data:`MOST_DROPPED`."""
    within = int(np.searchsorted(times, times[frame] + MOST_DROPPED, side="right")) - 1
    return max(within, min(frame + 1, len(times) - 1))
