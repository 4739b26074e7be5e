"""What is open now: project, video, frame, selection. One object that every view watches and calls.

Views never call one another. They call the methods here, and they follow the signals. Everything in
this file runs on the window's thread; what other threads report arrives as a queued signal.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from glpose_core.errors import GLPoseError
from glpose_core.home import glpose_home

from .crossing import Crossings
from .demo import DemoOpening
from .early import Early
from .group import Group
from .hiding import Hiding
from .opening import SUFFIX, Missing, Opened, Opener, Opening
from .regions import Regions
from .settings import annotator, load_view, remember_annotator, remember_recent
from .spreading import Spreading
from .viewing import Viewing
from .workers.decode import FrameStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from glpose_core.labels import Project, ProjectChange

log = logging.getLogger(__name__)

NOBODY = -1


@dataclass(frozen=True)
class JobStatus:
    """The running work, as the status line shows it.

    Attributes:
        title: "Predicting", "Finding people".
        done, total: frames finished and frames in all; ``total`` 0 while that is unknown.
        seconds_left: expected seconds to the end, or ``None``.
        device: "CPU, 2 threads", "NVIDIA H200".
        cancel: stops the work; safe to call twice.
    """

    title: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    device: str = ""
    cancel: Callable[[], None] | None = None


class Session(Viewing):
    """What is open now.

    Attributes beyond those of :class:`.viewing.Viewing`:
        job: the running work, or ``None``.
        spreading: what the last correction would change around it.
        regions: the ignore region that is being drawn, and the chosen one.
        group: joints that are chosen together.
        copied: a row of POSE_DTYPE that was copied, to be pasted, or ``None``; it outlives the project.
        may_adopt: asked before what was opened takes the place of what is open.
        locate: asked where the video of a project is, if the project has lost it.
        hiding: who is not drawn. crossings: where identities cross. early: poses that a running prediction may change.
    """

    project_changed = Signal()
    """Another project is open, or none. Everything else may have changed with it."""
    poses_changed = Signal(object)
    """A ProjectChange: poses of some frames, people, runs or reviewed frames changed."""
    releasing = Signal()
    """Sent before the open project is closed: whoever is writing into it ends now."""
    opening_changed = Signal()
    job_changed = Signal()

    _told = Signal(object)
    _committed = Signal()
    _placed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.job: JobStatus | None = None
        self.copied: Any | None = None
        self.may_adopt: Callable[[Opened], bool] = lambda _opened: True
        self.locate: Callable[[Missing], Path | None] = lambda _missing: None
        self._unsubscribe: Callable[[], None] | None = None
        self._trouble: str | None = None
        self._opener = Opener(self)
        self._opener.opened.connect(self._adopt)
        self._opener.failed.connect(lambda sentence: self.noticed.emit("error", sentence))
        self._opener.lost.connect(self._look_for)
        self._opener.changed.connect(self.opening_changed)
        self.spreading = Spreading(self)
        self.regions = Regions(self)
        self.group = Group(self)
        self.hiding = Hiding(self)
        self.early = Early()
        self.crossings = Crossings(self)
        self._told.connect(self._hear)
        self._committed.connect(self._note_commit)
        self._placed.connect(self._say_placed)

    # -- opening and closing -------------------------------------------------------------------

    def open(self, path: str | Path) -> None:
        """Open a video, a folder of pictures or a ``.glpose`` project, without blocking.

        What was open is closed when the new one is ready; if opening fails, it stays open and
        ``noticed`` says why. ``project_changed`` tells that it is there.
        """
        if self._is_open(Path(path)):
            self.noticed.emit("info", f"{Path(path).name} is open already")
            return
        if self.unwritten is not None:
            self.noticed.emit("error", self.unwritten)
            return
        self._opener.start(Path(path))

    def open_demo(self) -> None:
        """Open the demo clip, which is rendered on its first use; like :meth:`open`, without blocking."""
        if self.unwritten is not None:
            self.noticed.emit("error", self.unwritten)
            return
        present = None if self.info is None else Path(self.info.path)
        self._opener.begin(DemoOpening(present))

    @property
    def unwritten(self) -> str | None:
        """Why edits are still waiting for the disk (one sentence), or ``None``. Closing now loses them."""
        trouble = None if self.project is None else self.project.trouble
        return None if trouble is None else str(trouble)

    def _is_open(self, path: Path) -> bool:
        if self.project is None or self.info is None:
            return False
        present = self.project.path if path.suffix.lower() == SUFFIX else self.info.path
        return path.resolve() == Path(present).resolve()

    def cancel_opening(self) -> None:
        """Give up opening; what was open stays."""
        self._opener.cancel()

    @property
    def opening(self) -> Opening | None:
        """The opening in progress (title, fraction, cancel), or ``None``."""
        return self._opener.current

    def close(self) -> None:
        """Wait for pending commits, stop the threads, and open nothing."""
        self.pause()
        self._opener.stop()
        self._release()
        self.project_changed.emit()
        self.saved_changed.emit()

    def _look_for(self, missing: Missing) -> None:
        """A project has lost its video: open it with the one that a person shows, or say why it stays closed."""
        video = self.locate(missing)
        if video is None:
            self.noticed.emit("error", missing.sentence)
        else:
            self._opener.begin(Opening(missing.project, video))

    def _adopt(self, opened: Opened) -> None:
        """An opening has succeeded: exchange what is open, unless a person does not want that."""
        if not self.may_adopt(opened):
            opened.project.close()
            return
        placed = self._take_place(opened)
        self.pause()
        self._release()
        if self.copied is not None:
            self.copied["person"] = NOBODY  # people of another project are others
        self.project, self.info = opened.project, opened.info
        self._forget()
        self.times = np.asarray(opened.index.times, dtype=np.float64)
        self.frames = len(self.times)
        self.view = load_view(opened.project_path)
        self.frame = min(max(self.view.frame, 0), max(self.frames - 1, 0))
        living = {person.id for person in self.people()}
        self.person = self.view.person if self.view.person in living else None
        self.joint = None
        self._trouble = None
        self.forget_edits()
        opened.project.annotator = annotator()
        opened.project.on_commit(self._committed.emit)
        self._unsubscribe = opened.project.subscribe(self._told.emit)
        self.store = FrameStore(opened.video_path, opened.index, parent=self)
        self.store.ready.connect(self._show)
        self.store.failed.connect(self._show_broken)
        self.store.preview.connect(self.preview_changed)
        self.store.cache_changed.connect(self.cache_changed)
        self.show_in(self.view.light)
        remember_recent(opened.opened_path, opened.same)
        self.project_changed.emit()
        self.frame_changed.emit(self.frame)
        self.selection_changed.emit()
        self.marked_changed.emit()
        self.saved_changed.emit()
        for sentence in opened.remarks:
            self.noticed.emit("info", sentence)
        if placed is not None:
            said = f"“{opened.project_path.name}” remembers that its video is “{opened.place}”"
            placed.add_done_callback(partial(self._note_placed, opened.project, said))
        self.store.request(self.frame)

    def _note_placed(self, project: Project, sentence: str, done: Future[None]) -> None:
        """On the writing thread: where the video is has been written, or could not be."""
        if not done.cancelled() and done.exception() is None:
            self._placed.emit(project, sentence)

    def _say_placed(self, project: Project, sentence: str) -> None:
        if project is self.project:
            self.noticed.emit("info", sentence)

    def _take_place(self, opened: Opened) -> Future[None] | None:
        """Let the project remember where its video is. One that cannot is open all the same, and asks again."""
        try:
            return opened.take_place()
        except GLPoseError as error:
            self.noticed.emit("error", str(error))
            return None

    def _release(self) -> None:
        """Let go of project and video. Raises nothing: a failing close is told, then forgotten."""
        self.settling.emit()
        self.releasing.emit()
        self.settle()  # a large edit ends, or what was cancelled of it just now is taken back
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self.store is not None:
            self.store.ready.disconnect(self._show)
            self.store.failed.disconnect(self._show_broken)
            self.store.preview.disconnect(self.preview_changed)
            self.store.close()
            self.store.deleteLater()
            self.store = None
        if self.project is not None:
            self._save_view()
            try:
                self.project.close()
            except GLPoseError as error:
                log.exception("closing the project failed")
                self.noticed.emit("error", str(error))
            self.project = None
        self.info, self.frames, self.frame = None, 0, 0
        self.times = np.zeros(0)
        self.person = self.joint = self.marked = None
        self._forget()

    # -- the disk ------------------------------------------------------------------------------

    def snapshot(self) -> None:
        """Write a named copy beside the journal (Ctrl+S) and say where it is."""
        self.settling.emit()
        if self.project is None:
            return
        try:
            path = self.project.snapshot(snapshot_path(self.project.path))
        except GLPoseError as error:
            self.noticed.emit("error", str(error))
            return
        self.saved_changed.emit()
        self.noticed.emit(
            "info", f"{self.saved_text[0].upper()}{self.saved_text[1:]} · snapshot {path.name}"
        )

    @property
    def saved_text(self) -> str:
        """ "all saved 14:02", "saving…", "not saved: …", or "" if nothing is open."""
        if self.project is None:
            return ""
        if self._trouble is not None:
            return "not saved yet"
        if self.project.pending:
            return "saving…"
        at = self.project.saved_at
        return "all saved" if not at else f"all saved {_clock_time(at)}"

    def _note_commit(self) -> None:
        """The writing thread has committed something, or the disk has refused it."""
        trouble = None if self.project is None else self.project.trouble
        sentence = None if trouble is None else str(trouble)
        if sentence is not None and sentence != self._trouble:
            self.noticed.emit("error", f"The last change is not on the disk yet: {sentence}")
        self._trouble = sentence
        self.saved_changed.emit()

    def _hear(self, change: ProjectChange) -> None:
        if self.project is None:
            return
        self._forget()
        if change.people and self.person is not None:
            living = {person.id for person in self.people()}
            if self.person not in living:
                self.select(None)
        self.poses_changed.emit(change)
        self.saved_changed.emit()

    # -- who labels ----------------------------------------------------------------------------

    @property
    def annotator(self) -> str:
        """The name that is noted with edits; "" where none was given."""
        return annotator() if self.project is None else self.project.annotator

    def set_annotator(self, name: str) -> None:
        """Note another name with edits from now on, in this project and in others; what is made already keeps its own."""
        self.settle()
        name = remember_annotator(name)
        if self.project is not None:
            self.project.annotator = name
        self.offers_changed.emit()

    # -- running work --------------------------------------------------------------------------

    def set_job(self, job: JobStatus | None) -> None:
        """Show (or stop showing) running work."""
        self.job = job
        self.job_changed.emit()


def snapshot_path(project: Path) -> Path:
    """Where a snapshot made now goes: a folder per project in GLPOSE_HOME, named by date and time."""
    moment = datetime.now().strftime("%Y-%m-%d %H-%M-%S")
    return glpose_home() / "snapshots" / project.stem / f"{moment}{project.suffix}"


def _clock_time(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%H:%M")
