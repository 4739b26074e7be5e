"""A project's file, open: who may write into it, what is on the disk, and closing it again.

:class:`.project.Project` is this, and everything that is done with what lies in it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Self

from ..errors import ProjectError
from . import store
from .copying import copy_project
from .filesystem import (
    ProjectLock,
    demand_writable,
    journal_mode,
    remove_empty_log,
    remove_project,
)
from .journal import Journal
from .moment import Moment
from .poses import PREDICTION_DTYPE, PoseRows, PoseTable
from .records import VideoRecord
from .shelf import RunShelf
from .telling import ProjectChange
from .turns import Turns
from .writer import Writer


class ProjectFile:
    """An open file with the state, the journal and the rows of runs that it holds."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self._lock = threading.RLock()
        self._listeners: list[Callable[[ProjectChange], None]] = []
        self._turns: Turns | None = None
        self._shelf = RunShelf(self._read_run)
        if not read_only:
            demand_writable(path)
        self._guard = None if read_only else ProjectLock(path)
        self._writer: Writer | None = None
        try:
            self._reader = store.connect(path, read_only=True)
            try:
                self._load()
            finally:
                # Alone, the writer may change the kind of log: a project may have come from another disk.
                self._reader.close()
            if not read_only:
                writing = store.connect(path, read_only=False)
                self._writer = Writer(writing, path, journal_mode(path))
            self._reader = store.connect(path, read_only=True)
            self._add_missing_tables()
            self._note_interrupted_runs()
        except BaseException:
            if self._writer is not None:
                self._writer.close()
            remove_empty_log(path)
            if self._guard is not None:
                self._guard.release()
            raise

    def _add_missing_tables(self) -> None:
        """A project of an earlier version gets the tables that later ones have."""
        missing = [] if self._writer is None else store.missing_tables(self._reader)
        if self._writer is not None and missing:
            self._writer.submit(missing)

    def _note_interrupted_runs(self) -> None:
        """A run that still says "running" when its project is opened was cut off by a crash."""
        if self._writer is None:
            return
        cut_off = [run.id for run in self.state.runs.values() if run.status == "running"]
        for run in cut_off:
            self.state.set_run_status(run, "interrupted")
        if cut_off:
            self._writer.submit(store.run_statement(self.state.runs[run]) for run in cut_off)

    @classmethod
    def create(cls, path: str | os.PathLike[str], video: VideoRecord) -> Self:
        """Write a new project file for a video and open it.

        Raises:
            ProjectError: if the file exists or the folder cannot be written.
        """
        store.create_file(Path(path), video)
        try:
            return cls.open(path)
        except BaseException:
            remove_project(Path(path))
            raise

    @classmethod
    def open(cls, path: str | os.PathLike[str], read_only: bool = False) -> Self:
        """Open a project file.

        Raises:
            ProjectError: if it is missing, no project, damaged, of a newer version or open elsewhere.
        """
        return cls(Path(path), read_only=read_only)

    def _load(self) -> None:
        try:
            self.state = store.load_state(self._reader)
            self._journal = Journal(self._reader)
            notes = self._reader.execute("SELECT name, value FROM meta WHERE name LIKE 'note.%'")
            self._notes = {name.removeprefix("note."): str(value) for name, value in notes}
            self._show_active_run()
        except store.DAMAGE as error:
            raise store.damaged(self.path, error) from error

    def close(self) -> None:
        """Write what is pending, leave one file behind and let others open it. May be called twice."""
        try:
            self.finish_turns()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        with self._lock:
            writer, self._writer = self._writer, None
            guard, self._guard = self._guard, None
        try:
            self._reader.close()
            if self.read_only:
                self._tidy()
            if writer is not None:
                writer.on_commit = lambda: None
                writer.close()
        finally:
            if guard is not None:
                guard.release()

    def _tidy(self) -> None:
        """A reader cannot fold SQLite's log away; do it if nobody else has the project open."""
        if not self.path.with_name(self.path.name + "-wal").exists():
            return
        with contextlib.suppress(ProjectError, sqlite3.Error):
            lock = ProjectLock(self.path)
            try:
                store.connect(self.path, read_only=False).close()
            finally:
                lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def finish_turns(self) -> None:
        """Do what is left of a large edit that is under way."""
        with self._lock:  # no other thread edits in between
            turns = self._turns
            if turns is not None:
                turns.finish()
                if turns.edit is not None:
                    self._turns = None

    def subscribe(self, listener: Callable[[ProjectChange], None]) -> Callable[[], None]:
        """Call ``listener`` after every change. Returns a function that ends this."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def pending(self) -> int:
        """Changes that are not on the disk yet."""
        return 0 if self._writer is None else self._writer.pending

    @property
    def saved_at(self) -> float | None:
        """Time of the last COMMIT of this session, in seconds since the epoch."""
        return None if self._writer is None else self._writer.committed_at

    @property
    def trouble(self) -> ProjectError | None:
        """Why the disk refuses to take changes at the moment, or ``None``."""
        return None if self._writer is None else self._writer.trouble

    def note(self, name: str) -> str:
        """What :meth:`set_note` wrote last, or ""."""
        return self._notes.get(name, "")

    def set_note(self, name: str, text: str) -> None:
        """Keep a text with the project that is no label: no edit, and nothing that Undo takes back."""
        with self._lock:
            self._notes[name] = text
            self._writable().submit([store.meta_statement(f"note.{name}", text)])

    def set_video(self, video: VideoRecord) -> Future[None]:
        """Take another file for the project's video, with as many frames of the same size: no edit, and nothing that
        Undo takes back. The future is done when it is on the disk."""
        with self._lock:
            writer = self._writable()
            self.state.video = video
            return writer.submit([store.video_statement(video)])

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` on the writing thread after every COMMIT, and when the disk refuses one."""
        self._writable().on_commit = listener

    def flush(self) -> None:
        """Wait until everything is on the disk. Raises ProjectError if the disk refuses for now."""
        self.finish_turns()
        if self._writer is not None:
            self._writer.wait(self._writer.submit([]))

    def moment(self) -> Moment:
        """The project as it is now, to be read on another thread while edits go on."""
        self.finish_turns()
        with self._lock:
            return Moment(self.path, self._writer)

    def check(self) -> None:
        """Let SQLite verify the whole file. Raises ProjectError naming the first damage."""
        with self._lock:
            try:
                found = self._reader.execute("PRAGMA integrity_check(1)").fetchone()[0]
            except store.DAMAGE as error:
                raise store.damaged(self.path, error) from error
        if found != "ok":
            raise ProjectError(
                f"is damaged ({found})", file=self.path, remedy="restore a snapshot or a copy"
            )

    def snapshot(self, path: str | os.PathLike[str]) -> Path:
        """Write a copy of the project, whole and closed, to ``path``; an older copy is replaced last.

        Raises ProjectError if it cannot be written, or is a project that is open.
        """
        self.flush()
        target = Path(path)
        if target.exists() and target.samefile(self.path):
            raise ProjectError(
                "is the project itself", file=target, remedy="give the copy another name"
            )
        with self._lock:
            copy_project(self._reader, target)
        return target

    # Inside

    def _writable(self) -> Writer:
        if self._writer is None:
            raise ProjectError(
                "was opened for reading only" if self.read_only else "is closed",
                file=self.path,
                remedy="open it again to make changes",
            )
        self.finish_turns()
        return self._writer

    def _wait(self, done: Future[None]) -> None:
        self._writable().wait(done)

    def _show_active_run(self) -> None:
        run = self.state.active_run
        self.state.show_run(
            PoseTable(PREDICTION_DTYPE, "track") if run is None else self._shelf.rows_of(run)
        )

    def _read_run(self, run: int) -> PoseRows:
        self.flush()
        try:
            return store.load_predictions(self._reader, run)
        except store.DAMAGE as error:
            raise store.damaged(self.path, error) from error

    def _tell(self, change: ProjectChange) -> None:
        for listener in list(self._listeners):
            listener(change)
