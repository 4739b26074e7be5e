"""Batches made on threads, a few steps ahead of their use."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
AHEAD = 2
"""Steps that are prepared while one is taken."""


def ahead(make: Callable[[int], Item], start: int, threads: int = 1) -> Iterator[Item]:
    """``make(start)``, ``make(start + 1)`` … without end, in order, each made before it is asked for.

    ``make`` runs on ``threads`` threads; what it raises is raised here. Close the iterator to stop.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="batches")
    waiting: deque[Future[Item]] = deque()
    step = start
    try:
        while True:
            while len(waiting) <= max(AHEAD, threads):
                waiting.append(pool.submit(make, step))
                step += 1
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
