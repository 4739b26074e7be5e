"""Something large is edited in short turns of the event loop, so that the window never stands still."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from glpose_core.errors import GLPoseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from glpose_core.labels import Edit
    from glpose_core.labels.turns import Turns

TURN_SECONDS = 0.02
"""The event loop has the word again after so long, or after one turn that takes longer."""


class InTurns(QObject):
    """Runs one :class:`Turns` at a time."""

    failed = Signal(str)
    """One sentence: a turn after the first has failed, and everything is as it was."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._turns: Turns | None = None
        self._then: Callable[[Edit], None] = _nothing
        self._otherwise: Callable[[], None] = _nothing
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(lambda: self._go_on_telling(_soon()))

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self._turns is not None

    def run(
        self,
        turns: Turns,
        then: Callable[[Edit], None],
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Do it, the first turn at once; ``then`` is called with the edit at the end, ``otherwise`` if any turn
        has failed, or it was cancelled and all is taken back.

        Raises what the first turn raises.
        """
        self.finish()
        self._turns, self._then, self._otherwise = turns, then, otherwise or _nothing
        self._go_on(_soon())

    def finish(self) -> bool:
        """Do what is left now: something else is about to be edited. A failure is told as ``failed``. Returns whether
        what was under way, if anything was, has been made."""
        turns = self._turns
        return self._go_on_telling(math.inf) and (turns is None or not turns.cancelled)

    def _go_on_telling(self, until: float) -> bool:
        try:
            self._go_on(until)
        except GLPoseError as error:
            self.failed.emit(str(error))
            return False
        return True

    def _go_on(self, until: float) -> None:
        turns = self._turns
        if turns is None:
            return
        try:
            while turns.step():
                if time.perf_counter() > until:
                    self._next.start()
                    return
            if turns.error is not None:  # somebody else has made the turn that failed
                raise turns.error
        except BaseException:
            otherwise = self._otherwise
            self._forget()
            otherwise()
            raise
        if turns.edit is not None:  # else a turn is being made now, whose maker ends it
            then, otherwise = self._then, self._otherwise
            self._forget()
            if turns.cancelled:
                otherwise()
            else:
                then(turns.edit)

    def _forget(self) -> None:
        self._next.stop()
        self._turns, self._then, self._otherwise = None, _nothing, _nothing


def _soon() -> float:
    """When the event loop is to have the word again, by ``time.perf_counter``."""
    return time.perf_counter() + TURN_SECONDS


def _nothing(*_: object) -> None:
    pass
