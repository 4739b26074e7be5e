"""The review list, kept up to date on a thread of its own, so that looking at everybody holds up nobody.

The thread has poses of its own, by person and frame: the window copies what has changed into it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from glpose_core.labels import POSE_DTYPE, PoseRows
from glpose_core.review import Item, Queue

log = logging.getLogger("glpose.review")


@dataclass(frozen=True)
class Whole:
    """Everything that is seen, POSE_DTYPE by person and frame, and what has been skipped before."""

    rows: PoseRows
    frames: int
    names: Mapping[int, str]
    reviewed: frozenset[int]
    skipped: frozenset[int]


@dataclass(frozen=True)
class Near:
    """All that is seen in the frames ``start`` … ``stop`` − 1, where something has changed."""

    start: int
    stop: int
    rows: PoseRows
    names: Mapping[int, str]
    reviewed: frozenset[int]


@dataclass(frozen=True)
class Skip:
    """Leave this one out until its pose changes."""

    item: Item


@dataclass(frozen=True)
class Found:
    """The list, best gain first; ``skipped`` are keys of what has been skipped, to be kept."""

    items: tuple[Item, ...]
    skipped: frozenset[int]


Message = Whole | Near | Skip


class Rows:
    """Poses by person and frame, of which a range of frames can be exchanged."""

    def __init__(self, rows: PoseRows) -> None:
        self._rows = rows

    def __call__(self, start: int, stop: int) -> PoseRows:
        """What is seen in the frames ``start`` … ``stop`` − 1."""
        frame = self._rows["frame"]
        return self._rows[(frame >= start) & (frame < stop)]

    def put(self, start: int, stop: int, rows: PoseRows) -> None:
        """Exchange the frames ``start`` … ``stop`` − 1."""
        frame = self._rows["frame"]
        both = np.concatenate([self._rows[(frame < start) | (frame >= stop)], rows])
        self._rows = both[np.lexsort((both["frame"], both["person"]))]


class ReviewThread(QObject):
    """Owns the list. Messages go in at any pace; a list comes out when nothing more is waiting."""

    found = Signal(object)
    """A :class:`Found`, delivered on the thread that this object lives on."""
    _told = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._told.connect(self.found, Qt.ConnectionType.QueuedConnection)

    def send(self, message: Message) -> None:
        """Tell the thread, which is started by the first message."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="review")
            self._thread.start()
        self._inbox.put(message)

    def close(self) -> None:
        """Stop after what is being done now."""
        if self._thread is not None:
            self._inbox.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        rows, names = Rows(np.zeros(0, POSE_DTYPE)), dict[int, str]()
        present: Queue | None = None
        while (message := self._inbox.get()) is not None:
            try:
                if isinstance(message, Whole):
                    rows, names = Rows(message.rows), dict(message.names)
                    present = self._begin(message, rows, names)
                elif present is not None:
                    _follow(present, message, rows, names)
                if present is not None and self._inbox.empty():
                    self._told.emit(Found(tuple(present.items()), frozenset(present.skipped)))
            except Exception:  # the window goes on without a list
                log.exception("the review list failed")

    @staticmethod
    def _begin(message: Whole, rows: Rows, names: Mapping[int, str]) -> Queue:
        return Queue(
            rows,
            message.frames,
            name=lambda person: names.get(person, f"person {person}"),
            reviewed=message.reviewed,
            skipped=message.skipped,
        )


def _follow(present: Queue, message: Near | Skip, rows: Rows, names: dict[int, str]) -> None:
    if isinstance(message, Skip):
        present.skip(message.item)
        return
    names.update(message.names)
    rows.put(message.start, message.stop, message.rows)
    present.update(message.start, message.stop, reviewed=message.reviewed)


def narrowed(
    items: Collection[Item], reason: int | None, person: int | None, joint: int | None
) -> list[Item]:
    """Those items that all given filters let through, in their order. Whole poses pass every joint."""
    return [
        item
        for item in items
        if (person is None or item.person == person)
        and (reason is None or reason == item.reason or reason in item.also)
        and (joint is None or not item.joints or joint in item.joints)
    ]
