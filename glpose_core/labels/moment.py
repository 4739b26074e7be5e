"""A project as it is at one moment, to be read on another thread while edits go on."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from ..errors import GLPoseError
from . import store
from .poses import PREDICTION_DTYPE, PoseTable
from .state import ProjectState
from .writer import Statement, Writer


class Moment:
    """Everything that had been changed when this was made is in it, and nothing that is changed later, however late
    it is read.

    The writing thread opens it in its place between two transactions: what SQLite shows a reader stays what it was
    when its own transaction began. It is to be read soon, and :meth:`close` called if it is not: meanwhile the log
    cannot be folded into the file and, where a disk has no such log, nothing can be written.
    """

    def __init__(self, path: Path, writer: Writer | None) -> None:
        """``writer``: who writes the file; ``None`` where nobody does."""
        self._path, self._writer = path, writer
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._error: Exception | None = None
        self._unwanted = False
        self._begun = None if writer is None else writer.submit(self._begin)

    def state(self) -> ProjectState:
        """What is in it: a state of the caller's own, with the rows of the run that is shown. Can be asked for once.

        Waits until all that belongs to it is on the disk.

        Raises:
            ProjectError: the disk refuses for now, or the file cannot be read.
        """
        try:
            if self._writer is None or self._begun is None:
                self._begin()
            else:
                self._writer.wait(self._begun)
            if self._error is not None:
                raise self._error
            assert self._connection is not None, "asked for once"
            return _read(self._connection)
        except store.DAMAGE as error:
            raise store.damaged(self._path, error) from error
        finally:
            self.close()

    def close(self) -> None:
        """It is not to be read, or was. May be called twice, and before it has begun."""
        with self._lock:
            self._unwanted = True
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _begin(self) -> list[Statement]:
        """On the writing thread, before the next transaction; again where the disk refused that."""
        with self._lock:
            if self._unwanted or self._connection is not None:
                return []
            try:
                connection = store.connect(self._path, read_only=True)
                self._connection = connection
                connection.execute("BEGIN")
                connection.execute("SELECT name FROM meta").fetchone()
            except (GLPoseError, OSError, *store.DAMAGE) as error:
                self._error = error  # for whoever reads it: nothing may end the thread that saves
        return []


def _read(connection: sqlite3.Connection) -> ProjectState:
    state = store.load_state(connection)
    if state.active_run is not None:
        table = PoseTable(PREDICTION_DTYPE, "track")
        table.put_many(store.load_predictions(connection, state.active_run))
        state.show_run(table)
    return state
