"""Playing: which frame belongs to this moment, by the wall clock and the file's own timestamps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer

if TYPE_CHECKING:
    from .viewing import Viewing

TICK = 8
"""Milliseconds between two looks at the clock."""
SPEEDS = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0)
MOST_DROPPED = 0.25
"""Seconds of the video that are passed unseen at most when pictures are late. Where decoding is slower than
the video, longer and longer jumps would follow: then playing slows down as well."""


class Clock:
    """Maps the monotonic clock to frames, at a multiple of the video's own pace."""

    def __init__(self) -> None:
        self.speed = 1.0
        self._began: tuple[float, float] | None = None

    @property
    def running(self) -> bool:
        """Whether the clock has been started since it was last stopped."""
        return self._began is not None

    def start(self, now: float, at: float) -> None:
        """At the monotonic second ``now`` the file's second is ``at``."""
        self._began = now, at

    def stop(self) -> None:
        """Forget where it was."""
        self._began = None

    def frame_at(self, now: float, times: NDArray[np.float64]) -> int:
        """The last frame whose time is not after ``now``. ``times``: ascending seconds ``[frames]``."""
        return max(int(np.searchsorted(times, self.second_at(now) + 1e-6, side="right")) - 1, 0)

    def second_at(self, now: float) -> float:
        """The file's second that belongs to the monotonic second ``now``."""
        began, at = self._began or (now, now)
        return at + (now - began) * self.speed


class Player(QObject):
    """Moves a session through its video in real time. A frame asked for is always shown; those whose
    moment passed while it was awaited are dropped, :data:`MOST_DROPPED` seconds of them at most."""

    def __init__(self, session: Viewing) -> None:
        super().__init__(session)
        self._session = session
        self._clock = Clock()
        self._ticker = QTimer(self)
        self._ticker.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticker.timeout.connect(self._tick)
        self._times: NDArray[np.float64] = np.zeros(0)
        self._loop: tuple[int, int] | None = None

    @property
    def playing(self) -> bool:
        """Whether the video plays."""
        return self._ticker.isActive()

    @property
    def speed(self) -> float:
        """How many seconds of the video pass in one second: one of :data:`SPEEDS`."""
        return self._clock.speed

    def change_speed(self, step: int) -> float:
        """Take the next higher (1) or lower (−1) of :data:`SPEEDS`, if there is one, and return it."""
        at = min(max(SPEEDS.index(self._clock.speed) + step, 0), len(SPEEDS) - 1)
        self._clock.speed = SPEEDS[at]
        self._clock.stop()
        return self._clock.speed

    def start(self, loop: tuple[int, int] | None = None) -> None:
        """Play from the session's present frame, over and over in ``loop`` (stop excluded) if it lies in there."""
        inside = loop is not None and loop[0] <= self._session.frame < loop[1]
        self._loop = loop if loop is not None and inside and loop[1] - loop[0] > 1 else None
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
        if self._begins_anew(self._clock.second_at(now)):
            return
        reach = furthest(session.frame, self._times, MOST_DROPPED * max(self._clock.speed, 1.0))
        if target > reach:
            self._clock.start(now, float(self._times[reach]))
        if min(target, reach) > session.frame:
            session.move_to(min(target, reach))
        if session.frame >= session.frames - 1 and self._loop is None:
            session.pause()

    def _begins_anew(self, second: float) -> bool:
        """At the end of a range that is played over and over: go back to its beginning."""
        times = self._times
        if self._loop is None:
            return False
        start, stop = self._loop
        end = times[stop] if stop < len(times) else 2 * times[-1] - times[-2]
        if second + 1e-6 < end:
            return False
        self._clock.stop()
        self._session.move_to(start)
        return True


def playing_times(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """When each frame is due: the file's seconds ``[frames]``, held where they go backwards or are missing."""
    return np.fmax.accumulate(times)


def furthest(frame: int, times: NDArray[np.float64], seconds: float = MOST_DROPPED) -> int:
    """The last frame that may follow ``frame`` at once: the next, or one due within so many ``seconds``."""
    within = int(np.searchsorted(times, times[frame] + seconds, side="right")) - 1
    return max(within, min(frame + 1, len(times) - 1))
