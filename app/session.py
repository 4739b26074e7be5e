"""What is open now: project, video, frame, selection. One object that every view watches and calls.

Views never call one another. They call the methods here, and they follow the signals. Everything in
this file runs on the window's thread; what other threads report arrives as a queued signal.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from glpose_core.errors import GLPoseError
from glpose_core.home import glpose_home

from .aids import NEUTRAL, Light
from .crossing import Crossings
from .demo import DemoOpening
from .early import Early
from .editing import Editing
from .group import Group
from .hiding import Hiding
from .opening import SUFFIX, Opened, Opener, Opening
from .playback import Player
from .regions import Regions
from .scheduling import step_target
from .settings import ViewState, load_view, remember_recent, save_view
from .spreading import Spreading
from .workers.decode import FrameStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from glpose_core.labels import ProjectChange

log = logging.getLogger(__name__)

NOBODY = -1
VIEW_MS = 2000
"""The view is written so long after it changed, so that it survives a crash as the edits do."""


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


class Session(Editing):
    """What is open now.

    Attributes beyond those of :class:`Editing`:
        marked: the marked range of frames as (start, stop), stop excluded, or ``None``.
        job: the running work, or ``None``.
        spreading: what the last correction would change around it.
        regions: the ignore region that is being drawn, and the chosen one.
        group: joints that are chosen together.
        copied: a row of POSE_DTYPE that was copied, to be pasted, or ``None``; it outlives the project.
        hiding: who is not drawn. crossings: where identities cross. early: poses that a running prediction may change.
        view: what is remembered of the view (frame, person, zoom, centre), apart from the journal.
    """

    project_changed = Signal()
    """Another project is open, or none. Everything else may have changed with it."""
    frame_changed = Signal(int)
    selection_changed = Signal()
    """The chosen person or joint."""
    poses_changed = Signal(object)
    """A ProjectChange: poses of some frames, people, runs or reviewed frames changed."""
    picture_changed = Signal(int)
    """The picture of frame n is ready (or known to be broken) and n is the present frame."""
    preview_changed = Signal(int)
    """While the present frame is being decoded, frame n, nearer to it than what is on show, can be shown."""
    view_changed = Signal()
    """``view`` says something else: the canvas was zoomed or moved."""
    cache_changed = Signal()
    """Which frames are decoded; at most a few times a second."""
    playing_changed = Signal(bool)
    releasing = Signal()
    """Sent before the open project is closed: whoever is writing into it ends now."""
    marked_changed = Signal()
    opening_changed = Signal()
    job_changed = Signal()

    _told = Signal(object)
    _committed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.marked: tuple[int, int] | None = None
        self.job: JobStatus | None = None
        self.view = ViewState()
        self.copied: Any | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._trouble: str | None = None
        self._player = Player(self)
        self._view_timer = QTimer(self, singleShot=True, interval=VIEW_MS)
        self._view_timer.timeout.connect(self._save_view)
        self.frame_changed.connect(self._note_view)
        self.selection_changed.connect(self._note_view)
        self.view_changed.connect(self._note_view)
        self._opener = Opener(self)
        self._opener.opened.connect(self._adopt)
        self._opener.failed.connect(lambda sentence: self.noticed.emit("error", sentence))
        self._opener.changed.connect(self.opening_changed)
        self.spreading = Spreading(self)
        self.regions = Regions(self)
        self.group = Group(self)
        self.hiding = Hiding(self)
        self.early = Early()
        self.crossings = Crossings(self)
        self._told.connect(self._hear)
        self._committed.connect(self._note_commit)

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

    def _adopt(self, opened: Opened) -> None:
        """An opening has succeeded: exchange what is open."""
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
        opened.project.on_commit(self._committed.emit)
        self._unsubscribe = opened.project.subscribe(self._told.emit)
        self.store = FrameStore(opened.video_path, opened.index, parent=self)
        self.store.ready.connect(self._show)
        self.store.failed.connect(self._show_broken)
        self.store.preview.connect(self.preview_changed)
        self.store.cache_changed.connect(self.cache_changed)
        self.show_in(self.view.light)
        remember_recent(opened.opened_path)
        self.project_changed.emit()
        self.frame_changed.emit(self.frame)
        self.selection_changed.emit()
        self.marked_changed.emit()
        self.saved_changed.emit()
        for sentence in opened.remarks:
            self.noticed.emit("info", sentence)
        self.store.request(self.frame)

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

    def _note_view(self) -> None:
        # Not restarted by further changes: playing must not put it off.
        if self.project is not None and not self._view_timer.isActive():
            self._view_timer.start()

    def _save_view(self) -> None:
        self._view_timer.stop()
        if self.project is not None:
            self.view.frame, self.view.person = self.frame, self.person
            save_view(Path(self.project.path), self.view)

    # -- moving through the video --------------------------------------------------------------

    def go_to(self, frame: int) -> None:
        """Make ``frame`` the present frame (clipped to the video)."""
        self._player.jumped()
        self.move_to(frame)

    def step(self, n: int) -> None:
        """Move by ``n`` frames, of the scheduled ones if step keys go through those alone; pauses."""
        self.pause()
        self.go_to(step_target(self, n))

    @property
    def playing(self) -> bool:
        """Whether the video plays."""
        return self._player.playing

    def play(self, loop: tuple[int, int] | None = None) -> None:
        """Play from the present frame at the file's own times (from the start if at the end), over and over in
        ``loop`` (stop excluded), or else in a marked range, that it lies in."""
        if self.playing or self.frames < 2:
            return
        loop = loop or self.marked
        if self.frame >= self.frames - 1:
            inside = loop is not None and loop[0] <= self.frame < loop[1]
            self.go_to(loop[0] if loop is not None and inside else 0)
        if self.store is not None:
            self.store.set_playing(True)
        self._player.start(loop)
        self.playing_changed.emit(True)

    def change_speed(self, step: int) -> float:
        """Play at the next higher (1) or lower (−1) speed, and return it: 1.0 is the video's own."""
        return self._player.change_speed(step)

    def pause(self) -> None:
        """Stop playing; the present frame stays."""
        if not self.playing:
            return
        self._player.stop()
        if self.store is not None:
            self.store.set_playing(False)
        self.playing_changed.emit(False)

    def toggle_playing(self) -> None:
        """Play if paused, pause if playing."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def move_to(self, frame: int) -> None:
        """What :meth:`go_to` does, without telling the player, whose own steps these are."""
        frame = min(max(int(frame), 0), max(self.frames - 1, 0))
        if frame == self.frame or self.store is None:
            return
        self.settling.emit()
        self.frame = frame
        self.store.request(frame)
        self.frame_changed.emit(frame)
        if self.picture() is not None:
            self.picture_changed.emit(frame)

    def _show(self, frame: int) -> None:
        if frame == self.frame:
            self.picture_changed.emit(frame)

    def _show_broken(self, frame: int, _reason: str) -> None:
        self._show(frame)

    def show_in(self, light: Light) -> None:
        """Show pictures brighter, darker or with another contrast; nothing else sees them so."""
        self.view.light = light
        if self.store is not None:
            self.store.set_table(None if light == NEUTRAL else light.table())
        self.view_changed.emit()

    # -- choosing -------------------------------------------------------------------------------

    def select(self, person: int | None, joint: int | None = None) -> None:
        """Choose a person, and possibly a joint of theirs (slot 0 … 16)."""
        joint = None if person is None else joint
        if (person, joint) == (self.person, self.joint):
            return
        self.settling.emit()
        self.person, self.joint = person, joint
        self.selection_changed.emit()

    def mark(self, start: int | None, stop: int | None = None) -> None:
        """Mark the frames ``start`` … ``stop`` − 1 for range actions; ``mark(None)`` clears."""
        marked = None
        if start is not None:
            stop = start + 1 if stop is None else stop
            low, high = sorted((start, stop - 1))
            marked = (max(low, 0), min(high + 1, self.frames))
        if marked != self.marked:
            self.marked = marked
            self.marked_changed.emit()

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
