"""The menu Go."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from glpose_core.labels.schedule import schedule_of, set_schedule, step_within

from ..asking import ask_step
from ..bound import NO_JOINT
from ..scheduling import progress, scheduled
from ..stops import (
    STOPS,
    Frames,
    doubtful,
    ends,
    joint_keys,
    labelled,
    nearest,
    predicted_only,
    unreviewed,
)
from ..timeline.stretches import stretches
from ..tracking import go_to_crossing
from .base import CommandGroup


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
        if not len(runs):
            session.notice("info", f"{session.person_name(session.person)} is seen nowhere.")
            return
        ahead = runs[runs[:, 1] > session.frame]
        if not len(ahead):
            ahead = runs[-1:]
        start, stop = (int(at) for at in ahead[0])
        self._go_to(start)
        session.play((start, stop))

    def scrub(self) -> None:
        self._window.scrubbing.begin()

    def slower(self) -> None:
        self._change_speed(-1)

    def faster(self) -> None:
        self._change_speed(1)

    def _change_speed(self, step: int) -> None:
        speed = self._session.change_speed(step)
        self._session.notice("info", f"Plays at {speed:g} times the video’s own speed.")

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
        self._leap("labelled", -1, silent=True)

    def next_labelled(self) -> None:
        self._leap("labelled", 1, silent=True)

    def previous_unreviewed(self) -> None:
        if not self._leap("unreviewed", -1, silent=True):
            self._session.notice("info", "Nothing is left to review before this frame.")

    def next_unreviewed(self) -> None:
        if not self._leap("unreviewed", 1, silent=True):
            self._session.notice("info", "Nothing is left to review after this frame.")

    def stop_back(self) -> None:
        self._leap(self._session.view.stop, -1)

    def stop_on(self) -> None:
        self._leap(self._session.view.stop, 1)

    def choose_stop(self) -> None:
        """A menu of what jumps stop at; a letter chooses."""
        menu = QMenu(self._canvas)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setObjectName("stops")
        for name, stop in STOPS.items():
            entry = menu.addAction(stop.text)
            entry.setCheckable(True)
            entry.setChecked(name == self._session.view.stop)
            entry.triggered.connect(partial(self._stop_at, name))
        size, middle = menu.sizeHint(), self._canvas.rect().center()
        menu.popup(self._canvas.mapToGlobal(middle - QPoint(size.width(), size.height()) / 2))

    def _stop_at(self, name: str, _checked: bool = False) -> None:
        self._session.view.stop = name
        self._session.view_changed.emit()
        if name == "doubts":
            self._window.reviewing.watch()
        kind = STOPS[name].text.replace("&", "")
        self._session.notice("info", f"`Alt+A` and `Alt+D` stop at: {kind[0].lower()}{kind[1:]}.")

    def _leap(self, stop: str, step: int, *, silent: bool = False) -> bool:
        """Go to the next frame of a kind. Returns whether there is one; if not, says so unless ``silent``."""
        frames = self._frames(stop)
        frame = None if frames is None else nearest(frames, self._session.frame, step)
        if frame is not None:
            self._go_to(frame)
        elif frames is not None and not silent:
            where = "after" if step > 0 else "before"
            self._session.notice("info", f"There is no {STOPS[stop].one} {where} this one.")
        return frame is not None

    def _frames(self, stop: str) -> Frames | None:
        """Where to stop, of the chosen person or of everybody; ``None`` where that cannot be known, and why has
        been said."""
        session, people = self._session, self._people_meant()
        if session.project is None:
            return None
        state = session.project.state
        if stop == "keys":
            if session.person is None or session.joint is None:
                session.notice("info", NO_JOINT)
                return None
            return joint_keys(state, session.person, session.joint)
        if stop == "doubts":
            reviewing = self._window.reviewing
            reviewing.watch()
            if reviewing.busy:
                session.notice("info", "The doubts are being looked for: try again in a moment.")
                return None
            return doubtful(reviewing.items, people)
        find = {
            "labelled": labelled,
            "predicted": predicted_only,
            "unreviewed": unreviewed,
            "ends": ends,
        }
        return find[stop](state, people)

    def previous_crossing(self) -> None:
        self._go_to_crossing(-1)

    def next_crossing(self) -> None:
        self._go_to_crossing(1)

    def _go_to_crossing(self, step: int) -> None:
        session, crossings = self._session, self._session.crossings
        frame = crossings.next(session.frame, step)
        if frame is not None:
            go_to_crossing(session, crossings.at(frame)[0])
            return
        where = "after" if step > 0 else "before"
        looking = " yet: people are still being looked at" if crossings.busy else ""
        session.notice("info", f"Nobody crosses {where} this frame{looking}.")

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
