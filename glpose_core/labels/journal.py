"""The journal in memory: which edits hold, which were taken back, and what undo and redo have to write.

An entry is one edit with its inverse. The latest are kept here, so that walking back need not read the
file; all of them lie in the file's table ``journal``, beside the number of the last one that holds.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import bulk, store
from .annotators import clean_name
from .changes import Change
from .writer import Statement

KEPT_EDITS = 256
"""How many of the latest edits stay in memory, so that undo need not read the file."""


@dataclass(frozen=True)
class Done:
    """One edit of the journal: when (seconds since the epoch), its title, the frame, if it has one, and who made it, if
    that is known."""

    created: float
    title: str
    frame: int | None
    who: str = ""


@dataclass(frozen=True)
class Entry:
    """One edit, by its number. ``who`` made it stays so, whoever takes it back or makes it again; "": nobody knows."""

    seq: int
    title: str
    frame: int | None
    who: str = ""


class Journal:
    """The entries of a project, the oldest first.

    Attributes:
        done: those that hold. undone: those that were taken back, the last one to be taken back last.
        last_seq: the highest number that was ever given.
    """

    def __init__(self, reader: sqlite3.Connection) -> None:
        """Read it from the file. Raises what SQLite raises where that is damaged."""
        entries = [
            Entry(seq, title, frame, clean_name(who))
            for seq, title, frame, who in store.load_entries(reader)
        ]
        head = reader.execute("SELECT value FROM meta WHERE name = 'head'").fetchone()
        last = reader.execute("SELECT value FROM meta WHERE name = 'last_seq'").fetchone()
        at: int = head[0] if head else 0
        self.done = [entry for entry in entries if entry.seq <= at]
        self.undone = [entry for entry in reversed(entries) if entry.seq > at]
        self.last_seq: int = int(last[0]) if last else 0
        self._recent: OrderedDict[int, bulk.Both] = OrderedDict()

    def add(
        self, title: str, frame: int | None, both: bulk.Both, who: str = ""
    ) -> tuple[Entry, int | None]:
        """Note an edit that ``who`` has made. Returns its entry, and the number from which on entries that were taken
        back are gone for good (``None``: there were none)."""
        self.last_seq += 1
        at = None if frame is None else int(frame)
        entry = Entry(self.last_seq, store.storable(title), at, clean_name(who))
        gone = self.undone[-1].seq if self.undone else None
        self.undone.clear()
        self.done.append(entry)
        self._recent[entry.seq] = both
        while len(self._recent) > KEPT_EDITS:
            self._recent.popitem(last=False)
        return entry, gone

    def next(self, *, back: bool) -> Entry | None:
        """What Undo (``back``) or Redo would walk over."""
        source = self.done if back else self.undone
        return source[-1] if source else None

    def walk(self, *, back: bool) -> None:
        """That entry has been taken back, or made again."""
        source, target = (self.done, self.undone) if back else (self.undone, self.done)
        target.append(source.pop())

    def kept(self, seq: int) -> bulk.Both | None:
        """An entry's changes, if they are still in memory."""
        return self._recent.get(seq)

    def bookkeeping(self) -> list[Statement]:
        """What the file must know of how far the journal holds."""
        return [
            store.meta_statement("head", self.done[-1].seq if self.done else 0),
            store.meta_statement("last_seq", self.last_seq),
        ]


def read_sides(reader: sqlite3.Connection, seq: int) -> tuple[bytes, bytes]:
    """An entry's forward and inverse changes, as they lie in the file."""
    row: Any = reader.execute(
        "SELECT forward, inverse FROM journal WHERE seq = ?", (seq,)
    ).fetchone()
    return row[0], row[1]


def read_history(reader: sqlite3.Connection, holds: Mapping[int, Entry]) -> list[Done]:
    """Those entries of the file that hold, by their numbers, the oldest first."""
    rows = reader.execute("SELECT seq, created, title, frame FROM journal ORDER BY seq").fetchall()
    return [
        Done(float(created), title, frame, holds[seq].who)
        for seq, created, title, frame in rows
        if seq in holds
    ]


def edit_statements(
    entry: Entry,
    created: float,
    changes: Iterable[Change],
    both: bulk.Both,
    undone_from: int | None,
    bookkeeping: Iterable[Statement],
) -> Iterable[Statement]:
    """The transaction of one edit. Made on the writing thread, so that a large one does not hold up the
    window."""
    yield from map(store.cell_statement, changes)
    if undone_from is not None:
        yield "DELETE FROM journal WHERE seq >= ?", (undone_from,)
        yield "DELETE FROM journal_who WHERE seq >= ?", (undone_from,)
    row = (entry.seq, entry.title, entry.frame, created, *both.packed())
    yield "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", row
    if entry.who:
        yield "INSERT OR REPLACE INTO journal_who VALUES (?, ?)", (entry.seq, entry.who)
    yield from bookkeeping
