"""The menu Go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..asking import ask_step
from ..timeline.stretches import stretches
from .base import CommandGroup

if TYPE_CHECKING:
    pass


class MoveCommands(CommandGroup):
    """The menu Go."""

    def play(self) -> None:
        self._session.toggle_playing()

    def play_person(self) -> None:
        """Play the stretch in which the chosen person is seen here, or else the next one, over and over."""
        session = self._session
        if session.project is None or session.person is None:
            return
        runs = stretches(session.project.state.frames_of(session.person))
        ahead = runs[runs[:, 1] > session.frame]
        if not len(ahead):
            ahead = runs[-1:]
        start, stop = (int(at) for at in ahead[0])
        session.mark(start, stop)
        self._go_to(start)
        session.play()

    def scrub(self) -> None:
        self._window.scrubbing.begin()

    def slower(self) -> None:
        self._change_speed(-1)

    def faster(self) -> None:
        self._change_speed(1)

    def _change_speed(self, step: int) -> None:
        speed = self._session.change_speed(step)
        self._session.notice("info", f"Plays at {speed:g} times the video's own speed.")

    def step_back(self) -> None:
        self._session.step(-1)

    def step_on(self) -> None:
        self._session.step(1)

    def long_back(self) -> None:
        self._session.step(-self._session.view.long_step)

    def long_on(self) -> None:
        self._session.step(self._session.view.long_step)

    def step_length(self) -> None:
        frames = ask_step(self._session.view.long_step, self._window)
        if frames is not None:
            self._session.view.long_step = frames
            self._session.view_changed.emit()

    def first(self) -> None:
        self._go_to(0)

    def last(self) -> None:
        self._go_to(self._session.frames - 1)

    def previous_labelled(self) -> None:
        frames = self._labelled()
        before = frames[frames < self._session.frame]
        if len(before):
            self._go_to(int(before[-1]))

    def next_labelled(self) -> None:
        frames = self._labelled()
        after = frames[frames > self._session.frame]
        if len(after):
            self._go_to(int(after[0]))

    def _labelled(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Labelled frames of the chosen person, or of everybody, ascending."""
        session = self._session
        if session.project is None:
            return np.zeros(0, np.int64)
        parts = [session.project.state.marks(one).labelled for one in self._people_meant()]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))

    def previous_unreviewed(self) -> None:
        frames = self._unreviewed()
        before = frames[frames < self._session.frame]
        self._go_on(before[-1:], "before")

    def next_unreviewed(self) -> None:
        frames = self._unreviewed()
        after = frames[frames > self._session.frame]
        self._go_on(after[:1], "after")

    def _go_on(self, found: np.ndarray[tuple[int], np.dtype[np.int64]], where: str) -> None:
        if len(found):
            self._go_to(int(found[0]))
        else:
            self._session.notice("info", f"Nothing is left to review {where} this frame.")

    def _unreviewed(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Frames in which the chosen person, or anybody, is seen and that are not reviewed, ascending."""
        session = self._session
        if session.project is None:
            return np.zeros(0, np.int64)
        state = session.project.state
        seen = [state.frames_of(person) for person in self._people_meant()]
        frames = np.unique(np.concatenate([np.zeros(0, np.int64), *seen]))
        return np.setdiff1d(frames, np.fromiter(state.reviewed, np.int64, len(state.reviewed)))

    def _people_meant(self) -> list[int]:
        """The chosen person, or everybody where nobody is chosen."""
        session = self._session
        return [session.person] if session.person is not None else [p.id for p in session.people()]

    def jump(self) -> None:
        from ..dialogs.jump import ask_frame

        frame = ask_frame(self._session.frame, self._session.times, self._window)
        if frame is not None:
            self._go_to(frame)

    def mark_start(self) -> None:
        _, stop = self._session.marked or (0, self._session.frames)
        frame = self._session.frame
        self._session.mark(frame, max(stop, frame + 1))

    def mark_stop(self) -> None:
        start, _ = self._session.marked or (0, 0)
        frame = self._session.frame
        self._session.mark(min(start, frame), frame + 1)

    def mark_none(self) -> None:
        self._session.mark(None)
