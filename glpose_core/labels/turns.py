"""A large edit made, taken back or made again in short turns, so that a window can live between them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager

from ..errors import Cancelled
from .changes import Change, Edit

PART = 1000
"""Changes that are made in one turn: some ten milliseconds."""


class Turns:
    """Something large under way. Memory changes turn by turn; the journal and the listeners hear of it at the end.

    Any thread may finish it, but one at a time makes a turn. A listener that is told at the end, and wants it
    finished, finds nothing left to do.

    Attributes:
        edit: what was done, once all is done: title, frame and, where one turn was enough, the changes.
            Without any where a turn has failed.
        error: what that turn raised.
        cancelled: whether it is being taken back, or was.
    """

    def __init__(
        self,
        steps: Generator[None, None, Edit],
        lock: AbstractContextManager[object],
    ) -> None:
        """``steps`` yields after each turn but the last, and returns the edit. Where it is given a
        :class:`Cancelled` instead of its next turn, it takes back what it has made, in turns as well. ``lock``, which
        may be entered again, is held during a turn."""
        self._steps = steps
        self._lock = lock
        self._making = False
        self.edit: Edit | None = None
        self.error: BaseException | None = None
        self.cancelled = False
        self._heard = False

    def cancel(self) -> None:
        """Take back what has been made so far, with the turns that follow. Nothing happens where all is done."""
        with self._lock:
            self.cancelled = self.cancelled or self.edit is None

    def step(self) -> bool:
        """Do one turn. Returns whether more are left."""
        with self._lock:
            if self.edit is not None or self._making:
                return False
            self._making = True
            try:
                self._go_on()
            except StopIteration as end:
                self.edit = end.value
            except Cancelled:  # it had not begun, or has taken all back at once
                self.edit = Edit("", ())
            except BaseException as error:
                self.error = error
                self.edit = Edit("", ())  # nothing is left that could go on
                raise
            finally:
                self._making = False
            return self.edit is None

    def _go_on(self) -> None:
        if self.cancelled and not self._heard:
            self._heard = True
            self._steps.throw(Cancelled())
        else:
            next(self._steps)

    def finish(self) -> None:
        """Do all that is left."""
        while self.step():
            pass


def sliced(changes: Iterable[Change], size: int = PART) -> Iterator[tuple[Change, ...]]:
    """Changes in their order, some at a time."""
    part: list[Change] = []
    for change in changes:
        part.append(change)
        if len(part) == size:
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)
