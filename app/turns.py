"""Something large is edited in short turns of the event loop, so that the window never stands still."""

from __future__ import annotations

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
    """One sentence: a later turn has failed, and everything is as it was."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._turns: Turns | None = None
        self._then: Callable[[Edit], None] | None = None
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._go_on_later)

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self._turns is not None

    def run(self, turns: Turns, then: Callable[[Edit], None]) -> None:
        """Do it, the first turn at once; ``then`` is called with the edit at the end.

        Raises what the first turn raises.
        """
        self.finish()
        self._turns, self._then = turns, then
        self._go_on()

    def finish(self) -> None:
        """Do what is left now: something else is about to be edited."""
        if self._turns is not None:
            self._turns.finish()
            if self._turns is not None and self._turns.edit is not None:
                self._end()

    def _go_on_later(self) -> None:
        try:
            self._go_on()
        except GLPoseError as error:
            self.failed.emit(str(error))

    def _go_on(self) -> None:
        until = time.perf_counter() + TURN_SECONDS
        try:
            while self._turns is not None and self._turns.step():
                if time.perf_counter() > until:
                    self._next.start()
                    return
        except BaseException:
            self._turns = self._then = None
            raise
        self._end()

    def _end(self) -> None:
        self._next.stop()
        turns, then = self._turns, self._then
        self._turns = self._then = None
        if turns is not None and then is not None and turns.edit is not None:
            then(turns.edit)
