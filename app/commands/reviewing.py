"""The menu Review: what a person confirms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from glpose_core.labels import edits

from ..asking import ask_range
from ..dialogs.ranges import spoken
from ..locking import refused
from ..shortcuts import spelled
from ..tracking import unseen_here
from .base import CommandGroup

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from glpose_core.labels import Project
    from glpose_core.review import Item


class ReviewCommands(CommandGroup):
    """The menu Review: what a person confirms."""

    _waiting = False
    """Whether a key has asked for a doubt of a list that is still being made."""

    def accept_frame(self) -> None:
        """Enter closes the region that is being drawn, if one is."""
        if not self._session.regions.close_draft():
            self._accept_frame()

    def accept_and_step(self) -> None:
        if self._accept_frame():
            self._session.step(1)

    def _accept_frame(self) -> bool:
        """Whether the frame is accepted now; ``False`` while its picture is still being decoded."""
        frame, project = self._session.frame, self._session.project
        if project is None or not self._may_edit():
            return False
        unseen = self._session.hiding.unseen
        accepted = self._edit(lambda state: edits.accept_frame(state, frame, unseen))
        if not accepted and frame not in project.state.reviewed and not unseen:
            return True  # whoever is left is locked, which has been told
        said = "is accepted" if accepted else "was accepted already"
        if hidden := unseen_here(self._session):
            who = " and ".join(self._session.person_name(person) for person in hidden)
            said = f"is accepted but for {who}, who cannot be seen: `Ctrl+Shift+H` shows everybody"
        self._session.notice("info", f"Frame {frame} {said}.")
        return True

    def accept_pose(self) -> None:
        person, frame = self._session.person, self._session.frame
        if person is None or not self._may_edit() or refused(self._session, person):
            return
        accepted = self._edit(lambda state: edits.accept_pose(state, person, frame))
        said = "is accepted" if accepted else "was accepted already"
        name = self._session.person_name(person)
        self._session.notice("info", f"{name} in frame {frame} {said}.")

    def doubt_next(self) -> None:
        self._show_doubt(lambda: self._window.reviewing.next())

    def doubt_previous(self) -> None:
        self._show_doubt(lambda: self._window.reviewing.previous())

    def doubt_right(self) -> None:
        current = self._window.reviewing.current
        if current is not None and refused(self._session, current.person):
            return
        self._judge_doubt(self._window.reviewing.accept)
        if (
            current is not None
            and not current.joints
            and current not in self._window.reviewing.items
        ):
            self._session.notice("info", f"Left out: {current.tag} has no joints to confirm.")

    def doubt_skip(self) -> None:
        self._judge_doubt(self._window.reviewing.skip)

    def show_skipped(self) -> None:
        self._window.show_review()
        if not self._window.reviewing.show_skipped():
            self._session.notice("info", "Nothing has been skipped.")

    def _judge_doubt(self, verdict: Callable[[], Item | None]) -> None:
        """A verdict counts for what is seen: while its picture is being decoded there is none."""
        if self._window.reviewing.current is None:
            self._session.notice("info", spelled("Go to a doubt first: press `K`."))
        elif self._may_edit():
            self._show_doubt(verdict)

    def _show_doubt(self, go: Callable[[], Item | None]) -> None:
        """Walk on in the review list, and bring its pose before the eyes."""
        self._window.show_review()
        if (item := go()) is not None:
            self._canvas.look_at_chosen()
            self._session.notice("info", f"{item.what[:1].upper()}{item.what[1:]}: {item.words}.")
        elif (why := self._window.review.empty_text) is not None:
            self._session.notice("info", f"{why.rstrip(' …')}.")
            self._show_once_listed(go)

    def _show_once_listed(self, go: Callable[[], Item | None]) -> None:
        """Do what was asked when the list is there, unless its person has gone elsewhere meanwhile."""
        here = (self._session.project, self._session.frame)

        def look() -> None:
            present = (self._session.project, self._session.frame)
            if present == here and self._window.reviewing.current is None:
                self._show_doubt(go)

        self._once_listed(look)

    def filter_doubts(self) -> None:
        self._window.show_review()
        if self._window.review.take_keyboard():
            return
        if (why := self._window.review.empty_text) is not None:
            self._session.notice("info", f"{why.rstrip(' …')}.")
        here = self._where_one_is()

        def look() -> None:
            if self._where_one_is() == here:
                self._window.review.take_keyboard()

        self._once_listed(look)

    def _where_one_is(self) -> tuple[Project | None, int, QWidget | None]:
        """The project, the frame, and what has the keyboard: who has changed any of them does something else now."""
        return self._session.project, self._session.frame, QApplication.focusWidget()

    def _once_listed(self, then: Callable[[], object]) -> None:
        """Do something when the list that is being made is there; one thing at a time waits for it."""
        reviewing = self._window.reviewing
        if self._waiting or not reviewing.busy:
            return
        self._waiting = True

        def look() -> None:
            if reviewing.busy:
                return
            reviewing.changed.disconnect(look)
            self._waiting = False
            then()

        reviewing.changed.connect(look)

    def accept_range(self) -> None:
        chosen = self._session.marked or ask_range(
            "Accept a range",
            "Confirms everybody in these frames and marks the frames as reviewed.",
            "Accept",
            self._session.frames,
            parent=self._window,
        )
        project = self._session.project
        if chosen is None or project is None or not self._may_edit():
            return
        (start, stop), unseen = chosen, self._session.hiding.unseen
        self._session.settle()  # nudges that have not become an edit yet belong to it
        title, parts = edits.accept_range_in_parts(project.state, start, stop, unseen)

        def then(done: bool) -> None:
            whole = project.state.reviewed.issuperset(range(start, stop))
            if not done and not unseen and not whole:
                return  # whoever is left is locked, which has been told
            said = "are accepted" if done else "were accepted already"
            if unseen:
                said += ", but for whoever is hidden"
            self._session.notice("info", f"Frames {start} to {stop - 1} {said}.")

        self._session.mark(None)
        self._session.apply_in_turns(title, start, parts, then, confirms=True)

    def accept_person(self) -> None:
        """The chosen person alone; the range stays marked, for the next person."""
        session, person = self._session, self._session.person
        if person is None or session.project is None or refused(session, person):
            return
        name = session.person_name(person)
        chosen = session.marked or ask_range(
            f"Accept {name} in a range",
            "Confirms their poses in these frames; nobody else is touched, and the frames count as before.",
            "Accept",
            session.frames,
            parent=self._window,
        )
        if chosen is None or not self._may_edit():
            return
        start, stop = chosen
        session.settle()  # nudges that have not become an edit yet belong to it
        title, parts = edits.accept_person_in_parts(session.project.state, person, start, stop)

        def then(done: bool) -> None:
            said = "is accepted" if done else "was accepted already, or is not seen"
            session.notice("info", f"{name} {said} in {spoken(start, stop)}.")

        session.apply_in_turns(title, start, parts, then, confirms=True)

    def unreview(self) -> None:
        frame, project = self._session.frame, self._session.project
        if project is not None and frame not in project.state.reviewed:
            self._session.notice("info", f"Frame {frame} is not marked as reviewed.")
        elif self._edit(lambda state: edits.set_reviewed(state, [frame], False)):
            self._session.notice("info", f"Frame {frame} is to be reviewed again.")

    def show_statistics(self) -> None:
        from ..dialogs.statistics import show_statistics

        self._session.pause()
        self._session.settle()
        if self._session.project is not None:
            show_statistics(self._session.project, self._window)
