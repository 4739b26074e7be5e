"""The project file: its tables in SQLite, and what is read from them and written into them.

One thread writes (:mod:`.writer`); the statements that it is given are made here.
"""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..errors import ProjectError
from .changes import KEY_NAMES, Change, Kind
from .poses import POSE_DTYPE, PREDICTION_DTYPE, REFERENCE_DTYPE, PoseRows
from .records import Run, VideoRecord
from .state import ProjectState
from .writer import REFUSALS, Statement

APPLICATION_ID = 0x474C5053
"""Written into the SQLite header: "GLPS"."""
SCHEMA_VERSION = 1
_DISK_REFUSES = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
)
DAMAGE = (
    sqlite3.DatabaseError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
)
"""What reading a damaged file can raise: SQLite notices most of it, decoding its cells the rest."""

_REFERENCES = """
CREATE TABLE IF NOT EXISTS reference_frames (run INTEGER, track INTEGER, frame INTEGER, value BLOB,
    PRIMARY KEY (run, track, frame)) WITHOUT ROWID;
"""
"""What poses were predicted from. Projects of version 0.1 have no such table."""

_WHO = """
CREATE TABLE IF NOT EXISTS journal_who (seq INTEGER PRIMARY KEY, who TEXT);
"""
"""Who made an edit, where that is known. A table of its own: earlier versions, which write six values into ``journal``,
go on writing the file. They leave rows of entries behind that are gone, which does not matter: no number is given twice."""

_SCHEMA = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE videos (id INTEGER PRIMARY KEY, path TEXT, fingerprint TEXT, frames INTEGER, width INTEGER,
    height INTEGER, rate REAL, pixel_aspect REAL, times BLOB, frame_index BLOB);
CREATE TABLE runs (id INTEGER PRIMARY KEY, model TEXT, weights TEXT, device TEXT, created REAL,
    settings TEXT, status TEXT, first_track INTEGER);
CREATE TABLE predictions (run INTEGER, track INTEGER, frame INTEGER, value BLOB,
    PRIMARY KEY (run, track, frame)) WITHOUT ROWID;
{_REFERENCES}
CREATE TABLE journal (seq INTEGER PRIMARY KEY, title TEXT, frame INTEGER, created REAL,
    forward BLOB, inverse BLOB);
{_WHO}
"""


def _table(kind: Kind) -> str:
    return f"cell_{kind}"


def _create_cell(kind: Kind) -> str:
    keys = KEY_NAMES[kind] or ("only",)
    columns = ", ".join(f"{name} INTEGER" for name in keys)
    return (
        f"CREATE TABLE {_table(kind)} ({columns}, value BLOB, "
        f"PRIMARY KEY ({', '.join(keys)})) WITHOUT ROWID;"
    )


def missing_tables(connection: sqlite3.Connection) -> list[Statement]:
    """The SQL that gives a file of an earlier version the tables that have come since."""
    there = _tables(connection)
    statements = [_create_cell(kind) for kind in KEY_NAMES if _table(kind) not in there]
    if "reference_frames" not in there:
        statements.append(_REFERENCES.strip())
    if "journal_who" not in there:
        statements.append(_WHO.strip())
    return [(statement, ()) for statement in statements]


def _tables(connection: sqlite3.Connection) -> set[str]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in names}


def cell_statement(change: Change) -> Statement:
    """The SQL that brings one change into the file."""
    # NumPy's integers index arrays and dictionaries as int does, but SQLite refuses them.
    key = tuple(map(int, change.key)) or (0,)
    if change.value is None:
        return _REMOVE[change.kind], key
    return _SET[change.kind], (*key, change.value)


def _removing(kind: Kind) -> str:
    where = " AND ".join(f"{name} = ?" for name in KEY_NAMES[kind] or ("only",))
    return f"DELETE FROM {_table(kind)} WHERE {where}"


def _setting(kind: Kind) -> str:
    marks = ", ".join("?" * (len(KEY_NAMES[kind] or ("only",)) + 1))
    return f"INSERT OR REPLACE INTO {_table(kind)} VALUES ({marks})"


_REMOVE = {kind: _removing(kind) for kind in KEY_NAMES}
_SET = {kind: _setting(kind) for kind in KEY_NAMES}


def load_entries(connection: sqlite3.Connection) -> list[tuple[int, str, int | None, str]]:
    """Number, title, frame and who made it ("": nobody knows) of every entry of the journal, the oldest first."""
    rows = connection.execute("SELECT seq, title, frame FROM journal ORDER BY seq").fetchall()
    known: dict[int, object] = {}
    if "journal_who" in _tables(connection):
        known = dict(connection.execute("SELECT seq, who FROM journal_who"))
    return [(*row, who if isinstance(who := known.get(row[0]), str) else "") for row in rows]


def meta_statement(name: str, value: int | str) -> Statement:
    """The SQL that sets one entry of the meta table."""
    return "INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value)


def storable(text: str) -> str:
    """Text as SQLite takes it: parts of a file name that are no Unicode become question marks."""
    return text.encode("utf-8", "replace").decode()


def _path_value(path: str) -> str | bytes:
    """A path as it is stored: as text, or, where it is no Unicode, as the system's bytes."""
    return path if storable(path) == path else os.fsencode(path)


def run_statement(run: Run) -> Statement:
    """The SQL that inserts or updates one run."""
    return "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (
        run.id,
        storable(run.model),
        storable(run.weights),
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
    connection = None
    try:
        connection = _connect(path, read_only)
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        if mark != APPLICATION_ID:
            raise ProjectError(
                "is not a GLPose project", file=path, remedy="open a .glpose file or a video"
            )
        version = int(
            connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()[0]
        )
        if version > SCHEMA_VERSION:
            raise ProjectError(
                f"was written by a newer version (layout {version})",
                file=path,
                field="meta.schema",
                remedy="update GLPose Studio",
            )
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, DAMAGE):
            raise ProjectError(
                f"cannot be read as a project ({error})",
                file=path,
                remedy=_remedy(error, path),
            ) from error
        raise
    return connection


def _connect(path: Path, read_only: bool) -> sqlite3.Connection:
    uri = path.resolve().as_uri() + ("?mode=ro" if read_only else "?mode=rw")
    written_ahead = path.with_name(path.name + "-wal")
    if read_only and not written_ahead.exists() and not os.access(path.parent, os.W_OK):
        # SQLite wants to put the log's index beside the file even to read; there is no log here.
        uri += "&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)


def damaged(path: Path, error: Exception) -> ProjectError:
    """What a person is told when a project turns out to be damaged."""
    return ProjectError(
        f"is damaged ({error})",
        file=path,
        remedy=_restoring(path),
    )


def _remedy(error: BaseException, path: Path) -> str:
    """What helps where a project cannot be opened: a whole one, too, needs some space beside it to be opened."""
    if getattr(error, "sqlite_errorcode", None) in _DISK_REFUSES:
        return "free some space or check the disk; the file has not been changed"
    return _restoring(path)


def _restoring(path: Path) -> str:
    log = path.with_name(path.name + "-wal")
    mixed = (
        # SQLite replays it into whatever lies beside it.
        f", and take {log.name} away if it was left by an older file of this name"
        if log.exists()
        else ""
    )
    return f"restore a snapshot or a copy{mixed}; the file has not been changed"


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
    cells = "\n".join(_create_cell(kind) for kind in KEY_NAMES)
    try:
        connection.executescript(
            f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; {_SCHEMA} {cells}"
            f" INSERT INTO meta VALUES ('schema', {SCHEMA_VERSION}); COMMIT;"
        )
        connection.execute(
            "INSERT INTO videos VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _path_value(video.path),
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
    except REFUSALS as error:
        connection.close()
        path.unlink()
        raise ProjectError(
            f"cannot be created ({error})", file=path, remedy="free some space on the disk"
        ) from error
    connection.close()


def video_statement(video: VideoRecord) -> Statement:
    """Write what depends on the file of the project's video, whose frames are as many and as large as before."""
    return (
        "UPDATE videos SET path = ?, fingerprint = ?, rate = ?, pixel_aspect = ?, times = ?, frame_index = ?"
        " WHERE id = 1",
        (
            _path_value(video.path),
            video.fingerprint,
            video.rate,
            video.pixel_aspect,
            np.asarray(video.times, dtype="<f8").tobytes(),
            video.index,
        ),
    )


def load_video(connection: sqlite3.Connection) -> VideoRecord:
    """Read the project's video."""
    row = connection.execute(
        "SELECT path, fingerprint, frames, width, height, rate, pixel_aspect, times, frame_index"
        " FROM videos WHERE id = 1"
    ).fetchone()
    path, fingerprint, frames, width, height, rate, pixel_aspect, times, index = row
    return VideoRecord(
        path=os.fsdecode(path),
        fingerprint=fingerprint,
        frames=frames,
        width=width,
        height=height,
        times=np.frombuffer(times, dtype="<f8").astype(np.float64),
        index=index,
        rate=rate,
        pixel_aspect=pixel_aspect,
    )


def read_video(path: Path) -> VideoRecord:
    """The video of a project, without opening the project. Raises ProjectError where it cannot be read."""
    connection = connect(path, read_only=True)
    try:
        return load_video(connection)
    except DAMAGE as error:
        raise damaged(path, error) from error
    finally:
        connection.close()


def load_state(connection: sqlite3.Connection) -> ProjectState:
    """Read everything but the journal and the predictions."""
    state = ProjectState(load_video(connection))
    blobs = [row[0] for row in connection.execute("SELECT value FROM cell_label")]
    state.put_labels(np.frombuffer(b"".join(blobs), POSE_DTYPE))
    there = _tables(connection)
    for kind, names in KEY_NAMES.items():
        if kind == "label" or _table(kind) not in there:
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


def reference_statements(run: int, rows: PoseRows, references: PoseRows) -> Iterable[Statement]:
    """The SQL that stores what each of ``rows [N]`` was predicted from, REFERENCE_DTYPE ``[N, slots]``."""
    for row, used in zip(rows, references, strict=True):
        yield (
            "INSERT OR REPLACE INTO reference_frames VALUES (?, ?, ?, ?)",
            (run, int(row["track"]), int(row["frame"]), used.tobytes()),
        )


def load_references(
    connection: sqlite3.Connection, run: int, track: int, frame: int
) -> PoseRows | None:
    """What one pose was predicted from: REFERENCE_DTYPE ``[slots]``, or ``None`` if nobody kept it."""
    if "reference_frames" not in _tables(connection):
        return None
    found = connection.execute(
        "SELECT value FROM reference_frames WHERE run = ? AND track = ? AND frame = ?",
        (run, track, frame),
    ).fetchone()
    return None if found is None else np.frombuffer(found[0], REFERENCE_DTYPE)
