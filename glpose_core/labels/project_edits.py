"""Editing a project: edits in memory and in its file, large ones in turns, and the journal that undo walks.

:class:`.project.Project` is this, and what networks proposed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial

from ..errors import Cancelled
from . import bulk, store
from .changes import Change, Edit
from .journal import Done, Entry, edit_statements, read_history, read_sides
from .project_file import ProjectFile
from .telling import ProjectChange, frames_named, names_spans, summary
from .turns import PART, Turns, sliced
from .writer import Statement


class ProjectEdits(ProjectFile):
    """An open file that is edited. Memory changes at once; an edit is acknowledged when its COMMIT has returned.

    Attributes:
        annotator: who makes the edits from now on, noted with each of them; "": nobody is noted.
    """

    annotator: str = ""

    def apply(self, edit: Edit) -> int:
        """Make an edit and wait until it is on the disk. Returns its sequence number.

        An edit without changes is not journalled and returns the latest number.

        Raises:
            ProjectError: if the project is read-only, or the disk refuses for now (the edit is then in
                memory and tried again).
        """
        sequence, done = self._make(edit)
        self._wait(done)
        return sequence

    def submit(self, edit: Edit) -> Future[int]:
        """Make an edit in memory at once; the future gives its number when it is on the disk."""
        sequence, done = self._make(edit)
        acknowledged: Future[int] = Future()
        done.add_done_callback(lambda job: _pass_on(job, acknowledged, sequence))
        return acknowledged

    def _make(self, edit: Edit) -> tuple[int, Future[None]]:
        with self._lock:
            if not edit.changes:
                return self._journal.last_seq, _finished()
            writer = self._writable()
            both = bulk.Both(edit.changes, bulk.before(self.state, edit.changes))
            with self._way_back(both):
                self._fetch_run(edit.changes)
                self._write_memory(edit.changes)
            entry, gone = self._journal.add(edit.title, edit.frame, both, self.annotator)
            done = writer.submit(
                partial(
                    edit_statements,
                    *(entry, time.time(), edit.changes, both, gone, self._bookkeeping()),
                )
            )
        self._tell(summary(edit.changes))
        return entry.seq, done

    def in_turns(self, title: str, frame: int | None, parts: Iterable[tuple[Change, ...]]) -> Turns:
        """Make a large edit in short turns: each of its ``parts`` in memory by one, and all of them one entry of the
        journal at the end. Whatever else changes or closes the project finishes it first.

        If a part raises, or it is cancelled, what was made of the others is taken back.
        """
        self._writable()
        return self._begin_turns(self._gather(title, frame, parts))

    def _gather(
        self, title: str, frame: int | None, parts: Iterable[tuple[Change, ...]]
    ) -> Generator[None, None, Edit]:
        both, told = bulk.Both.gathering(), ProjectChange(frozenset())
        try:
            with self._way_back(both):
                try:
                    for part in parts:
                        if part:
                            with self._lock:
                                both.gather(part, bulk.before(self.state, part))
                                self._write_memory(part)
                            told |= summary(part)
                        yield
                except Cancelled:
                    yield from self._take_back(both)
                    both = bulk.Both.gathering()
        except Exception:
            self._tell(told)  # whoever has looked meanwhile has seen some of it
            raise
        self._enter(title, frame, both)
        if told.frames != frozenset():
            self._tell(told)
        at = None if frame is None else int(frame)
        return Edit(title, both.changes(0) if both.parts == 1 else (), at)

    def _enter(self, title: str, frame: int | None, both: bulk.Both) -> None:
        """A large edit is made: one entry of the journal, unless nothing was changed."""
        with self._lock:
            self._turns = None
            if not both.parts or self._writer is None:
                return
            entry, gone = self._journal.add(title, frame, both, self.annotator)
            now, kept = time.time(), self._bookkeeping()
            # Walked anew at each attempt: where the disk refuses the first, nothing would be left for the second.
            self._writer.submit(lambda: edit_statements(entry, now, both.walk(0), both, gone, kept))

    def _take_back(self, both: bulk.Both) -> Iterator[None]:
        """What was gathered is taken back, in turns."""
        for part in sliced(both.walk(1)):
            with self._lock:
                self._write_memory(part)
            yield

    @contextmanager
    def _way_back(self, both: bulk.Both, side: int = 1) -> Iterator[None]:
        """If anything raises meanwhile, memory is set back to a side of ``both``, the inverse by default: in step
        with the journal, which has not heard of it yet."""
        try:
            yield
        except BaseException:
            with self._lock:
                for part in sliced(both.walk(side)):
                    self._write_memory(part)
            raise

    def _begin_turns(self, steps: Generator[None, None, Edit]) -> Turns:
        self._turns = Turns(steps, self._lock)
        return self._turns

    def undo(self) -> Edit | None:
        """Take the latest edit back. Returns it (title, frame, frames and its inverse changes, but for an edit of more
        than :data:`PART` changes) or ``None``."""
        return self._step(back=True)

    def redo(self) -> Edit | None:
        """Make the edit again that was taken back last. Returns it, or ``None``."""
        return self._step(back=False)

    def _step(self, *, back: bool) -> Edit | None:
        turns = self.walk_in_turns(back=back)
        if turns is None:
            return None
        turns.finish()
        return turns.edit

    def walk_in_turns(self, *, back: bool) -> Turns | None:
        """:meth:`undo` or :meth:`redo` in short turns, as :meth:`in_turns` makes edits; ``None`` where there is
        nothing to walk over."""
        with self._lock:
            if self._turns is not None:
                self.finish_turns()
            entry = self._journal.next(back=back)
            if entry is None:
                return None
            self._writable()
            both = self._sides_of(entry)
        return self._begin_turns(self._walk(entry, both, back=back))

    def _walk(self, entry: Entry, both: bulk.Both, *, back: bool) -> Generator[None, None, Edit]:
        side, told = int(back), ProjectChange(frozenset())
        parts, changes, frames, spans = 0, tuple[Change, ...](), frozenset[int](), False
        with self._way_back(both, 1 - side):
            for part in sliced(both.walk(side)):
                with self._lock:
                    self._fetch_run(part)
                    self._write_memory(part)
                told, parts, changes = told | summary(part), parts + 1, part
                frames, spans = frames | frames_named(part), spans or names_spans(part)
                if len(part) == PART:
                    yield
        with self._lock:
            self._turns = None
            self._journal.walk(back=back)
            kept = self._bookkeeping()
            if self._writer is not None:
                self._writer.submit(
                    lambda: [*(store.cell_statement(c) for c in both.walk(side)), *kept]
                )
        self._tell(told)
        frames = frozenset() if spans else frames  # who is who changes in others, too
        return Edit(entry.title, changes if parts == 1 else (), entry.frame, frames=frames)

    def history(self) -> list[Done]:
        """Every edit that holds, the oldest first. Waits until all are on the disk.

        Raises ProjectError if the file is damaged.
        """
        self.flush()
        holds = {entry.seq: entry for entry in self._journal.done}
        with self._lock:
            try:
                return read_history(self._reader, holds)
            except store.DAMAGE as error:
                raise store.damaged(self.path, error) from error

    @property
    def undo_title(self) -> str | None:
        """What Undo would take back."""
        entry = self._journal.next(back=True)
        return None if entry is None else entry.title

    @property
    def undo_number(self) -> int:
        """The sequence number of the edit that Undo would take back; 0 where there is none."""
        entry = self._journal.next(back=True)
        return 0 if entry is None else entry.seq

    @property
    def undo_who(self) -> str:
        """Who made the edit that Undo would take back; "" where nobody knows."""
        entry = self._journal.next(back=True)
        return "" if entry is None else entry.who

    @property
    def redo_who(self) -> str:
        """Who made the edit that Redo would make again; "" where nobody knows."""
        entry = self._journal.next(back=False)
        return "" if entry is None else entry.who

    @property
    def redo_title(self) -> str | None:
        """What Redo would make again."""
        entry = self._journal.next(back=False)
        return None if entry is None else entry.title

    # Inside

    def _write_memory(self, changes: Iterable[Change]) -> None:
        run = self.state.active_run
        bulk.write_all(self.state, changes)
        if self.state.active_run != run:
            self._show_active_run()

    def _fetch_run(self, changes: Iterable[Change]) -> None:
        """Read the run that ``changes`` will show, before anything changes: reading it can fail."""
        for change in changes:
            if change.kind == "active_run" and change.value is not None:
                self._shelf.rows_of(json.loads(change.value))

    def _bookkeeping(self) -> list[Statement]:
        return [
            *self._journal.bookkeeping(),
            store.meta_statement("next_person", self.state.next_person),
        ]

    def _sides_of(self, entry: Entry) -> bulk.Both:
        """An entry's forward and inverse changes, from memory or from the file."""
        known = self._journal.kept(entry.seq)
        if known is not None:
            return known
        self.flush()
        try:
            return bulk.Both.checked(*read_sides(self._reader, entry.seq))
        except store.DAMAGE as error:
            raise store.damaged(self.path, error) from error


def _pass_on(job: Future[None], acknowledged: Future[int], sequence: int) -> None:
    error = job.exception()
    if error is None:
        acknowledged.set_result(sequence)
    else:
        acknowledged.set_exception(error)


def _finished() -> Future[None]:
    done: Future[None] = Future()
    done.set_result(None)
    return done
