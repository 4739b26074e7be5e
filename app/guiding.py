"""Where the chosen person's next correction saves most: looked for on a thread, near the present frame first, and gone to.

What is doubted, and why, is what the review list says (:mod:`glpose_core.spread.guide`). A place that has been shown here, or
skipped in the review list, is passed over until its pose changes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from .shortcuts import spelled

if TYPE_CHECKING:
    from glpose_core.review import Item
    from glpose_core.spread import Doubts

    from .canvas.canvas import Canvas
    from .session import Session

log = logging.getLogger(__name__)

NEAR = 1500
"""Frames on either side in which is looked first; beyond, in stretches of as many."""
FAILED = "Where a correction saves most could not be worked out: the log says why (Help → Show Log Folder)."


@dataclass
class _Search:
    """One key's search: for whom, about what first, from where, and the stretches still to be looked at."""

    person: int
    joint: int | None
    frame: int
    stretches: Iterator[tuple[int, int]]


class Guiding(QObject):
    """Goes to the greatest doubt that is left about the chosen person."""

    _answered = Signal(int, object)

    def __init__(
        self,
        session: Session,
        canvas: Canvas,
        skipped: Callable[[], frozenset[int]],
        parent: QObject,
    ) -> None:
        """``skipped``: numbers of what was skipped in the review list since the project was opened."""
        super().__init__(parent)
        self._session, self._canvas, self._skipped = session, canvas, skipped
        self._shown: set[int] = set()
        self._places = 0
        self._whose: int | None = None
        self._number = 0
        self._search: _Search | None = None
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._answered.connect(self._take)
        session.project_changed.connect(self._forget)

    def next(self) -> None:
        """Look, and go there; says where and why, or that nothing is left."""
        session = self._session
        if session.project is None or session.person is None:
            return
        session.pause()
        session.settle()  # nudges that have not become an edit yet belong to it
        if session.person != self._whose:
            self._forget()
            self._whose = session.person
        where = stretches(session.frame, session.frames)
        self._search = _Search(session.person, session.joint, session.frame, where)
        self._look_on()

    def _forget(self) -> None:
        self._shown.clear()
        self._places, self._whose, self._search = 0, None, None
        self._number += 1

    def _look_on(self) -> None:
        """Look at the next stretch, or say that there is none."""
        search, project = self._search, self._session.project
        if search is None or project is None:
            return
        stretch = next(search.stretches, None)
        if stretch is None:
            self._search = None
            self._say_nothing_left()
            return
        from glpose_core.review import SKIPPED, read_keys
        from glpose_core.spread import doubts

        self._number += 1
        proposal = self._session.spreading.proposal
        asked = doubts(project.state, search.person, *stretch, proposal)
        # Of a project that is only read there is no note of them.
        passed = frozenset(self._shown | read_keys(project.note(SKIPPED)) | self._skipped())
        self._pool.start(_Look(asked, search.joint, passed, self._number, self._answered.emit))

    def _take(self, number: int, items: list[Item] | None) -> None:
        """What was found counts unless the person has gone elsewhere meanwhile; ``None`` is a failure."""
        search, session = self._search, self._session
        if number != self._number or search is None:
            return
        if items is None:
            self._search = None
            session.notice("error", FAILED)
        elif (session.person, session.frame) != (search.person, search.frame):
            self._search = None
        elif items:
            self._search = None
            self._go(items, search.joint)
        else:
            self._look_on()

    def _go(self, items: list[Item], joint: int | None) -> None:
        item, session = items[0], self._session
        self._shown |= set(item.cells.tolist())
        self._places += 1
        session.go_to(item.look)
        pose = session.pose()
        if item.joints and joint not in item.joints:
            joint = item.joints[0]
            if pose is not None:
                joint = min(item.joints, key=lambda one: float(pose["score"][one]))
        session.select(item.person, joint)
        self._canvas.look_at_chosen()
        session.notice("info", sentence(item, len(items) - 1))

    def _say_nothing_left(self) -> None:
        name = self._session.person_name(self._whose or 0)
        if self._places:
            places = "the one place" if self._places == 1 else f"the {self._places} places"
            said = f"Nothing more is doubted about {name} than {places} you have been shown: `Shift+N` begins anew."
        else:
            said = f"Nothing is left to doubt about {name}: `R` accepts a range."
        self._shown.clear()
        self._places = 0
        self._session.notice("info", spelled(said))


def stretches(frame: int, frames: int) -> Iterator[tuple[int, int]]:
    """Where to look, as (start, stop): around a frame, then on to the end of the video, then back to its start."""
    low, high = max(frame - NEAR, 0), min(frame + NEAR + 1, frames)
    yield low, high
    for start in range(high, frames, NEAR):
        yield start, min(start + NEAR, frames)
    for stop in range(low, 0, -NEAR):
        yield max(stop - NEAR, 0), stop


def sentence(item: Item, more: int) -> str:
    """Where it is gone to, and why: "Left wrist, frames 20 to 27: 38 px in one frame"."""
    from glpose_core.review import TAGS, Reason

    # No second model is asked here: what differs is where the keys have moved the joint.
    tags = {**TAGS, Reason.MODELS: "moved far by your keys"}
    last = item.stop - 1
    where = f"frame {last}" if last == item.frame else f"frames {item.frame} to {last}"
    also = f", also {', '.join(tags[one] for one in item.also)}" if item.also else ""
    left = f" {more} more." if more else ""
    return f"{item.what[:1].upper()}{item.what[1:]}, {where}: {item.words}{also}.{left}"


class _Look(QRunnable):
    """Looks at one stretch on the pool's thread."""

    def __init__(
        self,
        asked: Doubts,
        joint: int | None,
        passed: frozenset[int],
        number: int,
        told: Callable[[int, list[Item] | None], None],
    ) -> None:
        super().__init__()
        self._asked, self._joint, self._passed = asked, joint, passed
        self._number, self._told = number, told

    def run(self) -> None:
        found = self._found()
        try:
            self._told(self._number, found)
        except RuntimeError:
            log.debug("a doubt was found after the end of its session")

    def _found(self) -> list[Item] | None:
        """The doubts, or ``None`` where they could not be looked for, which nobody has foreseen."""
        from glpose_core.spread import look

        try:
            return look(self._asked, self._joint, self._passed)
        except Exception:
            log.exception("no doubts could be looked for")
            return None
