"""The thread that writes the project file. It owns the only writing connection.

A job is one transaction; its future is done when COMMIT has returned. A job that the disk refuses stays
at the head of the queue and is tried again: nothing is lost while the program lives.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sqlite3
import struct
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ..errors import ProjectError

log = logging.getLogger(__name__)

REFUSALS = (sqlite3.Error, OSError, UnicodeError, OverflowError, struct.error)
"""What writing can raise: the disk's reasons, and values that SQLite cannot take."""
RETRY_SECONDS = 2.0
IDLE_CHECKPOINT_SECONDS = 5.0

Statement: TypeAlias = tuple[str, Sequence[Any]]


@dataclass
class _Job:
    statements: list[Statement] | Callable[[], Iterable[Statement]]
    done: Future[None] = field(default_factory=Future)


class Writer:
    """The thread that writes. Jobs are transactions, done in the order in which they were given."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, journal_mode: str = "WAL"
    ) -> None:
        self._connection = connection
        self._path = path
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._lock = threading.Lock()
        self._pending = 0
        self._closing = False
        self._given_up = False
        self.trouble: ProjectError | None = None
        self.committed_at: float | None = None
        self.on_commit: Callable[[], None] = lambda: None
        try:
            connection.execute(f"PRAGMA journal_mode = {journal_mode}")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            connection.close()
            raise ProjectError(
                f"cannot be written ({error})",
                file=path,
                remedy="copy it to a folder you may write to and open the copy",
            ) from error
        self._thread = threading.Thread(target=self._work, name="project writer", daemon=True)
        self._thread.start()

    @property
    def pending(self) -> int:
        """Jobs whose COMMIT has not returned."""
        return self._pending

    def submit(
        self, statements: Iterable[Statement] | Callable[[], Iterable[Statement]]
    ) -> Future[None]:
        """Queue one transaction, or what makes its statements on the writing thread. The future is done when
        it is on the disk."""
        job = _Job(statements if callable(statements) else list(statements))
        with self._lock:
            self._pending += 1
        self._jobs.put(job)
        return job.done

    def wait(self, done: Future[None]) -> None:
        """Wait until a job is on the disk. Raises ProjectError if the disk refuses it for now."""
        while not done.done():
            if self.trouble is not None:
                raise self.trouble
            try:
                done.result(timeout=0.2)
            except TimeoutError:
                continue

    def close(self) -> None:
        """Write what is queued, fold the log into the file and stop.

        Raises ProjectError if the disk still refuses queued work; the file is closed all the same.
        """
        self._closing = True
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()
        if self.trouble is not None:
            raise self.trouble

    def _work(self) -> None:
        idle = False
        while True:
            try:
                job = self._jobs.get(timeout=None if idle else IDLE_CHECKPOINT_SECONDS)
            except queue.Empty:
                self._checkpoint("PASSIVE")
                idle = True
                continue
            if job is None:
                break
            idle = False
            self._do(job)
        self._checkpoint("TRUNCATE")

    def _do(self, job: _Job) -> None:
        while not self._given_up:
            try:
                given = job.statements
                self._transact(given() if callable(given) else given)
            except REFUSALS as error:
                self.trouble = ProjectError(
                    f"cannot be written ({error}); the change is kept in memory and tried again",
                    file=self._path,
                    remedy="free some space or check the disk",
                )
                if self._closing:
                    self._given_up = True
                    self.trouble = ProjectError(
                        f"was closed before its last changes could be written ({error})",
                        file=self._path,
                        remedy="free some space, open it again and repeat them",
                    )
                self._tell()
                if not self._given_up:
                    time.sleep(RETRY_SECONDS)
                continue
            self.trouble = None
            self.committed_at = time.time()
            with self._lock:
                self._pending -= 1
            job.done.set_result(None)
            self._tell()
            return
        # What follows a change that could not be written must not be written either.
        assert self.trouble is not None
        job.done.set_exception(self.trouble)

    def _tell(self) -> None:
        """A listener's failure must not end the thread that saves."""
        try:
            self.on_commit()
        except Exception:
            log.exception("a listener to commits failed")

    def _transact(self, statements: Iterable[Statement]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                self._connection.execute(sql, values)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _checkpoint(self, mode: str) -> None:
        """Fold the log into the file. Failing is harmless: the log is read at the next opening."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})")
