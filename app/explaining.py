"""Why the chosen pose is as it is: what there is to explain, and who is asked.

:func:`subject_of` says, from memory alone, which row is seen and which run made it. :class:`Explaining` has it
worked out by a child process, and keeps the answers.
"""

from __future__ import annotations

import multiprocessing
from collections import OrderedDict
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from glpose_core.errors import GLPoseError
from glpose_core.labels import Origin, Source, origins_of
from glpose_core.predict.evidence import Change, Explained
from glpose_core.predict.record import RunRecord
from glpose_core.video import FrameIndex

from .workers import explaining
from .workers.explaining import Answer, Order, Service
from .workers.jobs import JobRunner

if TYPE_CHECKING:
    from .session import Session

KEPT = 48
"""Answers that are kept: a third of a megabyte each at most sizes."""
TITLE = "The explanation"
NOTHING_KEPT = "This run did not keep what it compared: predict again to see it."

NO_VIDEO = "Open a video, and this panel shows from which frames the chosen pose was predicted"
NO_PERSON = "Choose a person to see from which frames their pose was predicted"


@dataclass(frozen=True)
class Subject:
    """The pose on show and where it comes from.

    Attributes:
        person, frame: whose pose. origin: the row that proposed (most of) it. record: how that run was made.
        accepted: how many of its joints a person has confirmed as they were proposed.
    """

    person: int
    frame: int
    origin: Origin
    record: RunRecord
    accepted: int

    @property
    def key(self) -> tuple[int, int, int]:
        """The row, in the project: (run, track, frame)."""
        return self.origin.shown, self.origin.track, self.frame


@dataclass(frozen=True)
class Silence:
    """Why there are no references to show, in one sentence, and what proposed the pose, if anything did."""

    sentence: str
    subject: Subject | None = None


def subject_of(session: Session) -> Subject | Silence:
    """What the panel *Evidence* is about now."""
    if session.project is None:
        return Silence(NO_VIDEO)
    if session.person is None:
        return Silence(NO_PERSON)
    name, frame = session.person_name(session.person), session.frame
    pose = session.pose()
    if pose is None:
        return Silence(f"{name} is not seen in frame {frame}, so there is nothing to explain.")
    origins = origins_of(session.project.state, session.person, frame)
    if not origins:
        if (pose["source"] == Source.ACCEPTED).any():
            return Silence("The run that proposed this pose is not the one that is shown.")
        return Silence("You placed this pose yourself: no model has proposed it.")
    origin = origins[0]
    confirmed = pose["source"][list(origin.joints)] == Source.ACCEPTED
    record = RunRecord.of(origin.run)
    subject = Subject(session.person, frame, origin, record, int(confirmed.sum()))
    if record.network == "HRNet":
        return Silence("HRNet looks at each frame alone: no other frame lies behind it.", subject)
    if record.network != "GLPose":
        imported = origin.run.device == "imported"
        why = "This pose was imported: only the program that made it knows why."
        return Silence(why if imported else NOTHING_KEPT, subject)
    return subject


class Explaining(QObject):
    """Has poses explained, one at a time; the newest question counts.

    Nothing runs until something is asked, and the child ends by itself when nobody asks any more.
    """

    answered = Signal(object, object, object)
    """(key of the subject, Change, Explained, or one sentence)."""

    def __init__(
        self, session: Session, parent: QObject | None = None, *, job: str = explaining.JOB
    ) -> None:
        """``job`` names the function that serves (tests put a small one in its place)."""
        super().__init__(parent)
        self._session, self._job = session, job
        self._runner = JobRunner(self)
        self._runner.result.connect(self._hear)
        self._runner.failed.connect(self._fail)
        self._runner.finished.connect(self._ended)
        self._outbox: Connection | None = None
        self._asked: tuple[int, tuple[int, int, int], Change] | None = None
        self._number = 0
        self._known: OrderedDict[tuple[tuple[int, int, int], Change], Explained] = OrderedDict()
        session.releasing.connect(self.close)

    @property
    def working(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked is not None

    def ask(self, subject: Subject, change: Change) -> Explained | None:
        """The answer, if it is known already; otherwise ``answered`` brings it."""
        known = self._known.get((subject.key, change))
        if known is not None:
            self._known.move_to_end((subject.key, change))
            self._asked = None
            return known
        self._number += 1
        self._asked = self._number, subject.key, change
        try:
            self._send(self._order(subject, change))
        except GLPoseError as error:
            sentence = str(error)
            QTimer.singleShot(
                0, self, lambda: self._fail(sentence)
            )  # an answer never overtakes the question
        return None

    def forget(self) -> None:
        """The pose that was asked about is not chosen any more: an answer is kept, but not told."""
        self._asked = None

    def close(self) -> None:
        """End the child at once; another project may be opened."""
        self._asked = None
        self._known.clear()
        self._runner.close()
        self._close_outbox()

    def _order(self, subject: Subject, change: Change) -> Order:
        assert self._session.project is not None
        x, y, w, h = (float(value) for value in subject.origin.row["box"])
        return Order(
            number=self._number,
            project=Path(self._session.project.path).absolute(),
            run=subject.origin.shown,
            track=subject.origin.track,
            frame=subject.frame,
            box=(x, y, w, h),
            record=subject.record,
            change=change,
        )

    def _send(self, order: Order) -> None:
        if not self._runner.running:
            self._start()
        assert self._outbox is not None
        try:
            self._outbox.send(order)
        except OSError:  # the child has just ended by itself
            self._start()
            self._outbox.send(order)

    def _start(self) -> None:
        session = self._session
        assert session.project is not None
        assert session.info is not None
        self._close_outbox()
        inbox, self._outbox = multiprocessing.get_context("spawn").Pipe(duplex=False)
        stored = session.project.state.video.index
        index = FrameIndex.from_bytes(stored) if stored else None
        try:
            self._runner.start(self._job, Service(Path(session.info.path), index, inbox), TITLE)
        finally:
            inbox.close()

    def _close_outbox(self) -> None:
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None

    @Slot(object)
    def _hear(self, answer: object) -> None:
        assert isinstance(answer, Answer)
        if self._asked is None or answer.number != self._asked[0]:
            return
        _, key, change = self._asked
        self._asked = None
        if answer.explained is not None:
            self._known[key, change] = answer.explained
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        self.answered.emit(key, change, answer.explained or answer.problem or NOTHING_KEPT)

    @Slot(str)
    def _fail(self, sentence: str) -> None:
        if self._asked is not None:
            _, key, change = self._asked
            self._asked = None
            self.answered.emit(key, change, sentence)

    @Slot(bool)
    def _ended(self, _cancelled: bool) -> None:
        self._fail("The explanation ended before it was ready: try again.")
