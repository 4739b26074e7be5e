"""The menu Go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glpose_core.labels.schedule import schedule_of, set_schedule, step_within, to_label

from ..asking import ask_step
from ..scheduling import progress, scheduled
from .base import CommandGroup

if TYPE_CHECKING:
    pass


class MoveCommands(CommandGroup):
    """The menu Go."""

    def play(self) -> None:
        self._session.toggle_playing()

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
        """Frames to be labelled in which the chosen person, or anybody, is seen and that are not reviewed,
        ascending."""
        session = self._session
        if session.project is None:
            return np.zeros(0, np.int64)
        state = session.project.state
        seen = [state.frames_of(person) for person in self._people_meant()]
        frames = np.intersect1d(np.concatenate([np.zeros(0, np.int64), *seen]), to_label(state))
        return np.setdiff1d(frames, np.fromiter(state.reviewed, np.int64, len(state.reviewed)))

    def _people_meant(self) -> list[int]:
        """The chosen person, or everybody where nobody is chosen."""
        session = self._session
        return [session.person] if session.person is not None else [p.id for p in session.people()]

    def previous_scheduled(self) -> None:
        self._go_scheduled(-1, "before")

    def next_scheduled(self) -> None:
        self._go_scheduled(1, "after")

    def _go_scheduled(self, step: int, where: str) -> None:
        frames = scheduled(self._session)
        if frames is None:
            return
        found = step_within(frames, self._session.frame, step)
        if found is None:
            self._session.notice("info", f"No frame is scheduled {where} this one.")
        else:
            self._go_to(found)

    def scheduled_only(self) -> None:
        view = self._session.view
        view.scheduled_only = not view.scheduled_only
        self._session.view_changed.emit()
        said = "the scheduled frames alone" if view.scheduled_only else "all frames"
        self._session.notice("info", f"Step keys go through {said}.")

    def schedule(self) -> None:
        from ..dialogs.schedule import ask_schedule

        session = self._session
        if session.project is None:
            return
        session.pause()
        state = session.project.state
        only = session.view.scheduled_only
        choices = ask_schedule(session.frames, schedule_of(state), only, self._window)
        if choices is None:
            return
        session.apply(lambda state: set_schedule(state, choices.schedule))
        session.view.scheduled_only = choices.only
        session.view_changed.emit()
        done = progress(session)
        said = "Every frame is to be labelled" if done is None else done.words
        session.notice("info", f"{said}.")

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
