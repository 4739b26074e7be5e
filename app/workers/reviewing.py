"""The review list, kept up to date on a thread of its own, so that looking at everybody holds up nobody.

The thread has poses of its own, by person and frame: the window copies what has changed into it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from glpose_core.labels import POSE_DTYPE, PoseRows
from glpose_core.review import Item, Queue
from glpose_core.skeleton import POSETRACK17

log = logging.getLogger("glpose.review")

PATIENCE = 1.0
"""Seconds that the window waits for the thread at its end."""


@dataclass(frozen=True)
class Whole:
    """Everything that is seen, POSE_DTYPE by person and frame, and what has been skipped before.

    ``number`` tells this list from those of before, perhaps of another project.
    """

    number: int
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
    """The list of the :class:`Whole` with this number, best gain first; ``failed`` if it could not be made."""

    number: int
    items: tuple[Item, ...]
    failed: bool = False


Message = Whole | Near | Skip


class Rows:
    """Poses of which a range of frames can be exchanged: kept by frame, told by person and frame."""

    def __init__(self, rows: PoseRows) -> None:
        self._rows = rows[np.lexsort((rows["person"], rows["frame"]))]
        self._frames = np.ascontiguousarray(self._rows["frame"])

    def __call__(self, start: int, stop: int) -> PoseRows:
        """What is seen in the frames ``start`` … ``stop`` − 1."""
        rows = self._rows[self._between(start, stop)]
        return rows[np.lexsort((rows["frame"], rows["person"]))]

    def put(self, start: int, stop: int, rows: PoseRows) -> None:
        """Exchange the frames ``start`` … ``stop`` − 1."""
        here = self._between(start, stop)
        rows = rows[np.lexsort((rows["person"], rows["frame"]))]
        if np.array_equal(
            self._frames[here], rows["frame"]
        ):  # nobody came or went: no need to copy all others
            self._rows[here] = rows
            return
        self._rows = np.concatenate([self._rows[: here.start], rows, self._rows[here.stop :]])
        self._frames = np.ascontiguousarray(self._rows["frame"])

    def _between(self, start: int, stop: int) -> slice:
        first, last = np.searchsorted(self._frames, [start, stop])
        return slice(int(first), int(last))


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
        """Stop after what is being done now. A long list is not waited for: nobody will read it."""
        if self._thread is not None:
            self._inbox.put(None)
            self._thread.join(timeout=PATIENCE)
            self._thread = None

    def _work(self) -> None:
        rows, names = Rows(np.zeros(0, POSE_DTYPE)), dict[int, str]()
        present: Queue | None = None
        number = 0
        while (message := self._inbox.get()) is not None:
            try:
                if isinstance(message, Whole):
                    number, present = message.number, None
                    rows, names = Rows(message.rows), dict(message.names)
                    present = self._begin(message, rows, names)
                elif present is not None:
                    _follow(present, message, rows, names)
                if present is not None and self._inbox.empty():
                    self._told.emit(Found(number, tuple(present.items())))
            except Exception:  # the window goes on without a list
                log.exception("the review list failed")
                present = None
                self._told.emit(Found(number, (), failed=True))

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
    renamed = any(names.get(person) != name for person, name in message.names.items())
    names.update(message.names)
    # Sentences name others, too: after a renaming all are made anew.
    before = None if renamed else rows(message.start, message.stop)
    rows.put(message.start, message.stop, message.rows)
    present.update(message.start, message.stop, reviewed=message.reviewed, before=before)


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


@dataclass(frozen=True)
class Shares:
    """How many items each choice of a filter would leave, the other two being as they are."""

    reasons: Counter[int] = field(default_factory=Counter)
    people: Counter[int] = field(default_factory=Counter)
    joints: Counter[int] = field(default_factory=Counter)


def shares(
    items: Collection[Item], reason: int | None, person: int | None, joint: int | None
) -> Shares:
    """Count what :func:`narrowed` would leave for every choice of each filter."""
    found, whole = Shares(), 0
    for item in items:
        of_person = person is None or item.person == person
        of_reason = reason is None or reason == item.reason or reason in item.also
        of_joint = joint is None or not item.joints or joint in item.joints
        if of_person and of_joint:
            found.reasons.update({int(item.reason), *map(int, item.also)})
        if of_reason and of_joint:
            found.people[item.person] += 1
        if of_person and of_reason:
            found.joints.update(item.joints)
            whole += not item.joints
    for slot in range(len(POSETRACK17.joints)):
        found.joints[slot] += whole
    return found
