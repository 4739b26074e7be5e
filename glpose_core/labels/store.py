"""The project file: SQLite, written by one thread that owns the only writing connection.

A job is one transaction; its future is done when COMMIT has returned. A job that the disk refuses stays
at the head of the queue and is tried again: nothing is lost while the program lives.
"""

from __future__ import annotations

import contextlib
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ..errors import ProjectError
from .changes import KEY_NAMES, Change, Kind
from .poses import POSE_DTYPE, PREDICTION_DTYPE, PoseRows
from .state import ProjectState, Run, VideoRecord

APPLICATION_ID = 0x474C5053
"""Written into the SQLite header: "GLPS"."""
SCHEMA_VERSION = 1
RETRY_SECONDS = 2.0
IDLE_CHECKPOINT_SECONDS = 5.0

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE videos (id INTEGER PRIMARY KEY, path TEXT, fingerprint TEXT, frames INTEGER, width INTEGER,
    height INTEGER, rate REAL, pixel_aspect REAL, times BLOB, frame_index BLOB);
CREATE TABLE runs (id INTEGER PRIMARY KEY, model TEXT, weights TEXT, device TEXT, created REAL,
    settings TEXT, status TEXT, first_track INTEGER);
CREATE TABLE predictions (run INTEGER, track INTEGER, frame INTEGER, value BLOB,
    PRIMARY KEY (run, track, frame)) WITHOUT ROWID;
CREATE TABLE journal (seq INTEGER PRIMARY KEY, title TEXT, frame INTEGER, created REAL,
    forward BLOB, inverse BLOB);
"""

Statement: TypeAlias = tuple[str, Sequence[Any]]


def _table(kind: Kind) -> str:
    return f"cell_{kind}"


def _create_cells() -> str:
    parts = []
    for kind, names in KEY_NAMES.items():
        keys = names or ("only",)
        columns = ", ".join(f"{name} INTEGER" for name in keys)
        parts.append(
            f"CREATE TABLE {_table(kind)} ({columns}, value BLOB, "
            f"PRIMARY KEY ({', '.join(keys)})) WITHOUT ROWID;"
        )
    return "\n".join(parts)


def cell_statement(change: Change) -> Statement:
    """The SQL that brings one change into the file."""
    names = KEY_NAMES[change.kind] or ("only",)
    key = change.key or (0,)
    if change.value is None:
        where = " AND ".join(f"{name} = ?" for name in names)
        return f"DELETE FROM {_table(change.kind)} WHERE {where}", key
    marks = ", ".join("?" * (len(names) + 1))
    return f"INSERT OR REPLACE INTO {_table(change.kind)} VALUES ({marks})", (*key, change.value)


def meta_statement(name: str, value: int | str) -> Statement:
    """The SQL that sets one entry of the meta table."""
    return "INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value)


def run_statement(run: Run) -> Statement:
    """The SQL that inserts or updates one run."""
    return "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (
        run.id,
        run.model,
        run.weights,
        run.device,
        run.created,
        json.dumps(run.settings),
        run.status,
        run.first_track,
    )


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a project file and check that it is one.

    Raises:
        ProjectError: if it is missing, no project, damaged or from a newer version.
    """
    if not path.exists():
        raise ProjectError("does not exist", file=path, remedy="check the path")
    uri = path.resolve().as_uri() + ("?mode=ro" if read_only else "?mode=rw")
    try:
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        if mark != APPLICATION_ID:
            raise ProjectError(
                "is not a GLPose project", file=path, remedy="open a .glpose file or a video"
            )
        version = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise ProjectError(
            f"cannot be read as a project ({error})",
            file=path,
            remedy="restore a snapshot or a copy; the file has not been changed",
        ) from error
    if version > SCHEMA_VERSION:
        raise ProjectError(
            f"was written by a newer version (layout {version})",
            file=path,
            field="meta.schema",
            remedy="update GLPose Studio",
        )
    return connection


def create_file(path: Path, video: VideoRecord) -> None:
    """Write a new project file. Raises ProjectError if the folder cannot be written."""
    try:
        with path.open("xb"):
            pass
        connection = sqlite3.connect(path, isolation_level=None)
    except FileExistsError as error:
        raise ProjectError("exists already", file=path, remedy="open it instead") from error
    except (OSError, sqlite3.Error) as error:
        raise ProjectError(
            f"cannot be created ({error})", file=path, remedy="choose a folder you may write to"
        ) from error
    try:
        connection.executescript(
            f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; {_SCHEMA} {_create_cells()}"
            f" INSERT INTO meta VALUES ('schema', {SCHEMA_VERSION}); COMMIT;"
        )
        connection.execute(
            "INSERT INTO videos VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                video.path,
                video.fingerprint,
                video.frames,
                video.width,
                video.height,
                video.rate,
                video.pixel_aspect,
                np.asarray(video.times, dtype="<f8").tobytes(),
                video.index,
            ),
        )
    except sqlite3.Error as error:
        connection.close()
        path.unlink()
        raise ProjectError(
            f"cannot be created ({error})", file=path, remedy="free some space on the disk"
        ) from error
    connection.close()


def load_video(connection: sqlite3.Connection) -> VideoRecord:
    """Read the project's video."""
    row = connection.execute(
        "SELECT path, fingerprint, frames, width, height, rate, pixel_aspect, times, frame_index"
        " FROM videos WHERE id = 1"
    ).fetchone()
    path, fingerprint, frames, width, height, rate, pixel_aspect, times, index = row
    return VideoRecord(
        path=path,
        fingerprint=fingerprint,
        frames=frames,
        width=width,
        height=height,
        times=np.frombuffer(times, dtype="<f8").astype(np.float64),
        index=index,
        rate=rate,
        pixel_aspect=pixel_aspect,
    )


def load_state(connection: sqlite3.Connection) -> ProjectState:
    """Read everything but the journal and the predictions."""
    state = ProjectState(load_video(connection))
    blobs = [row[0] for row in connection.execute("SELECT value FROM cell_label")]
    state.load_labels(np.frombuffer(b"".join(blobs), POSE_DTYPE))
    for kind, names in KEY_NAMES.items():
        if kind == "label":
            continue
        for row in connection.execute(f"SELECT * FROM {_table(kind)}"):
            state.write(Change(kind, tuple(row[: len(names)]), row[-1]))
    for row in connection.execute("SELECT * FROM runs"):
        number, model, weights, device, created, settings, status, first = row
        state.runs[number] = Run(
            number, model, weights, device, created, json.loads(settings), status, first
        )
    known = connection.execute("SELECT value FROM meta WHERE name = 'next_person'").fetchone()
    state.next_person = max(state.next_person, known[0] if known else 1)
    return state


def load_predictions(connection: sqlite3.Connection, run: int) -> PoseRows:
    """Read the rows of a run: ``[N]`` of PREDICTION_DTYPE."""
    blobs = connection.execute("SELECT value FROM predictions WHERE run = ?", (run,))
    return np.frombuffer(b"".join(row[0] for row in blobs), PREDICTION_DTYPE)


def prediction_statements(run: int, rows: PoseRows) -> Iterable[Statement]:
    """The SQL that stores rows of a run."""
    for row in rows:
        yield (
            "INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?)",
            (run, int(row["track"]), int(row["frame"]), row.tobytes()),
        )


@dataclass
class _Job:
    statements: list[Statement]
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
        self.trouble: ProjectError | None = None
        self.committed_at: float | None = None
        self.on_commit: Callable[[], None] = lambda: None
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
        connection.execute("PRAGMA synchronous = FULL")
        self._thread = threading.Thread(target=self._work, name="project writer", daemon=True)
        self._thread.start()

    @property
    def pending(self) -> int:
        """Jobs whose COMMIT has not returned."""
        return self._pending

    def submit(self, statements: Iterable[Statement]) -> Future[None]:
        """Queue one transaction. The future is done when it is on the disk."""
        job = _Job(list(statements))
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
        while True:
            try:
                self._transact(job.statements)
            except (sqlite3.Error, OSError) as error:
                self.trouble = ProjectError(
                    f"cannot be written ({error}); the change is kept in memory and tried again",
                    file=self._path,
                    remedy="free some space or check the disk",
                )
                self.on_commit()
                if self._closing:
                    job.done.set_exception(self.trouble)
                    return
                time.sleep(RETRY_SECONDS)
                continue
            break
        self.trouble = None
        self.committed_at = time.time()
        with self._lock:
            self._pending -= 1
        job.done.set_result(None)
        self.on_commit()

    def _transact(self, statements: list[Statement]) -> None:
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
