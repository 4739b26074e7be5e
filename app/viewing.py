"""Looking at what is open: the present frame, playing, the chosen person and joint, the marked range.

:class:`app.session.Session` is this, and everything else that is open now.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from .aids import NEUTRAL, Light
from .editing import Editing
from .playback import Player
from .scheduling import step_target
from .settings import ViewState, save_view

VIEW_MS = 2000
"""The view is written so long after it changed, so that it survives a crash as the edits do."""


class Viewing(Editing):
    """What of the open project is before one's eyes.

    Attributes beyond those of :class:`Editing`:
        marked: the marked range of frames as (start, stop), stop excluded, or ``None``.
        view: what is remembered of the view (frame, person, zoom, centre), apart from the journal.
    """

    frame_changed = Signal(int)
    selection_changed = Signal()
    """The chosen person or joint."""
    picture_changed = Signal(int)
    """The picture of frame n is ready (or known to be broken) and n is the present frame."""
    preview_changed = Signal(int)
    """While the present frame is being decoded, frame n, nearer to it than what is on show, can be shown."""
    view_changed = Signal()
    """``view`` says something else: the canvas was zoomed or moved."""
    cache_changed = Signal()
    """Which frames are decoded; at most a few times a second."""
    playing_changed = Signal(bool)
    marked_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.marked: tuple[int, int] | None = None
        self.view = ViewState()
        self._player = Player(self)
        self._view_timer = QTimer(self, singleShot=True, interval=VIEW_MS)
        self._view_timer.timeout.connect(self._save_view)
        self.frame_changed.connect(self._note_view)
        self.selection_changed.connect(self._note_view)
        self.view_changed.connect(self._note_view)

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

    # -- what is remembered of it ----------------------------------------------------------------

    def _note_view(self) -> None:
        # Not restarted by further changes: playing must not put it off.
        if self.project is not None and not self._view_timer.isActive():
            self._view_timer.start()

    def _save_view(self) -> None:
        self._view_timer.stop()
        if self.project is not None:
            self.view.frame, self.view.person = self.frame, self.person
            save_view(Path(self.project.path), self.view)
