"""Work done beside the caller: one piece after the other, in the order in which it was given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

Result = TypeVar("Result")


class Lane:
    """Where a network works while its caller prepares what comes next and reads what came before.

    Results do not depend on whether there is a thread: the pieces are the same, and so is their order.

    Args:
        beside: on a thread of its own; else every piece is done at once, by the caller.
        most: how many pieces may be under way. Giving one more waits for the oldest, which bounds the memory they
            hold and how far the caller runs ahead.
    """

    def __init__(self, beside: bool, most: int = 2) -> None:
        self._thread = ThreadPoolExecutor(1, "network") if beside else None
        self._most = most
        self._open: deque[Future[object]] = deque()

    @property
    def beside(self) -> bool:
        """Whether there is a thread."""
        return self._thread is not None

    def give(self, work: Callable[[], Result]) -> Future[Result]:
        """Have a piece done. What it raises, its future raises."""
        if self._thread is None:
            return _done_at_once(work)
        while len(self._open) >= self._most:
            wait([self._open.popleft()])
        given = self._thread.submit(work)
        self._open.append(given)  # type: ignore[arg-type]
        return given

    def close(self) -> None:
        """Give up what has not begun, and wait for what has."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)


def _done_at_once(work: Callable[[], Result]) -> Future[Result]:
    done: Future[Result] = Future()
    done.set_result(work())
    return done
