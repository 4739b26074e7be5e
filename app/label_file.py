"""A file of labels beside the open project: read, and held against it for every choice, on a thread."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from glpose_core.errors import GLPoseError
from glpose_core.labels import Project

from .dialogs.importing import Comparison, ImportChoices, Prepared, Reading, read
from .file_work import so_far
from .workers.aside import Aside

if TYPE_CHECKING:
    from glpose_core.formats.documents import Watch

    from .workers.aside import Work

log = logging.getLogger(__name__)

TROUBLE = "The file could not be read"


class _Step(NamedTuple):
    """Something to do on the thread: what it is called, what makes the work once it is its turn, and who is told."""

    title: str
    prepare: Callable[[], Work]
    then: Callable[[object], None]


class LabelFile(QObject):
    """One file. It works on one thing at a time; what is no longer wanted is given up for what is.

    Attributes:
        path: where it lies.
        reading: what was read, once it is.
        prepared: the import with the latest choices, once it is worked out; ``None`` while it is not.
        refusal: why it cannot be imported at all, or "".
    """

    progress = Signal(object)
    """A Progress."""
    read = Signal()
    """``reading`` is there."""
    foretold = Signal()
    """``prepared`` is there."""
    refused = Signal(str)
    """One sentence: it cannot be imported."""
    closed = Signal()
    """Nobody wants it any more."""

    def __init__(
        self,
        project: Project,
        path: Path,
        video: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        """``video``: where the project's lies."""
        super().__init__(parent)
        self.path = path
        self.reading: Reading | None = None
        self.prepared: Prepared | None = None
        self.refusal = ""
        self._project, self._video = project, video
        self._comparison: Comparison | None = None
        self._version: object = None
        self._aside: Aside | None = None
        self._next: _Step | None = None
        self._closed = False
        self._began = 0.0
        self._title = ""
        self._then: Callable[[object], None] = _nothing

    def start(self) -> None:
        """Read it."""
        self._do(_Step("Reading", self._make_reading, self._show_reading))

    def choose(self, choices: ImportChoices) -> None:
        """Work out what an import would bring, as the project was when this was last compared with it."""
        comparison = self._comparison
        assert comparison is not None, "read first"
        self.prepared = None
        work = partial(comparison.prepare, choices)
        self._do(_Step("Comparing", lambda: work, self._show_prepared))

    def compare_anew(self, choices: ImportChoices) -> None:
        """The same with the project as it is now."""
        self.prepared = None
        self._do(_Step("Comparing", partial(self._make_comparing, choices), self._show_compared))

    @property
    def fresh(self) -> bool:
        """Whether what was worked out fits the project as it is now: edits since, and people who came with a
        prediction, may stand in its way."""
        return self._version == self._present_version()

    def close(self) -> None:
        """It is wanted no more: nothing is told from here on."""
        self._closed, self._next = True, None
        self.closed.emit()
        if self._aside is None:
            self.deleteLater()
        else:
            self._aside.cancel()

    def wait(self) -> None:
        """Wait for the thread, whose end is near once this was closed."""
        if self._aside is not None:
            self._aside.wait()

    def _present_version(self) -> object:
        return self._project.undo_number, self._project.state.next_person

    # -- one thing after the other -------------------------------------------------------------

    def _do(self, step: _Step) -> None:
        self._next = step
        if self._aside is None:
            self._go_on()
        else:
            self._aside.cancel()

    def _go_on(self) -> None:
        step, self._next = self._next, None
        if step is None:
            return
        self._title, self._began = step.title, time.monotonic()
        try:
            work = step.prepare()
        except GLPoseError as error:
            self._refuse(str(error))
            return
        aside = self._aside = Aside(work, TROUBLE, self)
        self._then = step.then
        aside.progress.connect(self._tell)
        aside.done.connect(self._succeed)
        aside.failed.connect(self._fail)
        aside.stopped.connect(self._end)
        aside.start()

    def _succeed(self, result: object) -> None:
        self._end(partial(self._then, result))

    def _fail(self, sentence: str) -> None:
        self._end(partial(self._refuse, sentence))

    def _end(self, tell: Callable[[], None] | None = None) -> None:
        if self._aside is not None:
            self._aside.deleteLater()
            self._aside = None
        if self._closed:
            self.deleteLater()
        elif self._next is not None:
            self._go_on()
        elif tell is not None:
            tell()

    def _tell(self, done: int, total: int) -> None:
        if self._closed or self._next is not None:
            return
        self.progress.emit(so_far(self._title, self._began, done, total))

    # -- what is done on the thread, and told on the window's ----------------------------------

    def _make_reading(self) -> Work:
        moment, path, video = self._project.moment(), self.path, self._video
        self._version = self._present_version()

        def work(watch: Watch) -> Comparison:
            state = moment.state()
            return Comparison(state, read(state, path, video, watch))

        return work

    def _make_comparing(self, choices: ImportChoices) -> Work:
        moment, reading = self._project.moment(), self.reading
        self._version = self._present_version()
        assert reading is not None

        def work(watch: Watch) -> tuple[Comparison, Prepared]:
            comparison = Comparison(moment.state(), reading)
            return comparison, comparison.prepare(choices, watch)

        return work

    def _show_reading(self, comparison: object) -> None:
        assert isinstance(comparison, Comparison)
        self._comparison, self.reading = comparison, comparison.reading
        self.read.emit()

    def _show_prepared(self, prepared: object) -> None:
        assert isinstance(prepared, Prepared)
        self.prepared = prepared
        self.foretold.emit()

    def _show_compared(self, both: object) -> None:
        assert isinstance(both, tuple)
        self._comparison = both[0]
        self._show_prepared(both[1])

    def _refuse(self, sentence: str) -> None:
        log.warning("not imported: %s", sentence)
        self.refusal = sentence
        self.refused.emit(sentence)


def _nothing(_result: object) -> None:
    pass
