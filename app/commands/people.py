"""The menu People: identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glpose_core.labels import Edit, ProjectState, edits

from ..canvas.stance import standing
from ..tracking import end_here, fill_gap, split_here, stretch, toggle_hidden, toggle_lock
from .base import CommandGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..session import Session


class PeopleCommands(CommandGroup):
    """The menu People: identities."""

    def new_person(self) -> None:
        """A standing skeleton: in the chosen person's box if it has no joints yet, else of somebody
        new, in the middle of the view."""
        session = self._session
        row, frame = session.pose(), session.frame
        if row is not None and not row["visibility"].any() and np.isfinite(row["box"]).all():
            person, (xy, shown) = int(row["person"]), standing(row["box"])
            self._edit(lambda state: edits.add_pose(state, person, frame, xy, shown))
            return
        xy, shown = standing(self._canvas.middle_box())
        added: list[int] = []

        def make(state: ProjectState) -> Edit:
            edit, person = edits.add_person(state, frame, xy=xy, visibility=shown)
            added.append(person)
            return edit

        if self._edit(make):
            session.select(added[0])

    def next_person(self) -> None:
        """Choose the next person in this frame."""
        unseen = self._session.hiding.unseen
        here = [int(row["person"]) for row in self._session.poses()]
        here = [person for person in here if person not in unseen]
        if here:
            at = here.index(self._session.person) + 1 if self._session.person in here else 0
            self._session.select(here[at % len(here)])
        else:
            self._session.notice("info", "Nobody is seen in this frame.")

    def rename_person(self) -> None:
        if self._session.person is not None:
            self._window.people.rename(self._session.person)

    def swap_people(self) -> None:
        """Of two people at once; of more, with the most likely one proposed."""
        from ..dialogs.people import SwapChoices, ask_swap, swap

        session = self._session
        if session.project is None or len(session.people()) < 2:
            return
        session.pause()
        people, (frame, stop) = [person.id for person in session.people()], stretch(session)
        choices: SwapChoices | None = SwapChoices(people[0], people[1], frame, stop)
        if len(people) > 2:
            state = session.project.state
            choices = ask_swap(state, frame, session.person, stop, session.frame, self._window)
        if choices is not None:
            self._edit(lambda state: swap(state, choices), tell=True)

    def split_person(self) -> None:
        self._track(split_here)

    def end_track(self) -> None:
        self._track(end_here)

    def fill_gap(self) -> None:
        self._track(fill_gap)

    def _track(self, do: Callable[[Session, int], None]) -> None:
        """Do something to the chosen person's track, if the frame on show is the present one."""
        self._session.pause()
        if self._may_edit() and self._session.person is not None:
            do(self._session, self._session.person)

    def lock_person(self) -> None:
        if self._session.person is not None:
            toggle_lock(self._session, self._session.person)

    def hide_person(self) -> None:
        """The chosen person; if nobody is chosen, who was hidden last is shown and chosen again."""
        session = self._session
        person = session.hiding.last if session.person is None else session.person
        if person is None:
            return
        toggle_hidden(session, person)
        if person not in session.hiding.people:
            session.select(person)

    def hide_others(self) -> None:
        """Show nobody but the chosen person."""
        person = self._session.person
        self._session.hiding.hide(one.id for one in self._session.people() if one.id != person)

    def show_everybody(self) -> None:
        count = len(self._session.hiding.people)
        self._session.hiding.hide(())
        if not count:
            self._session.notice("info", "Nobody is hidden.")

    def merge_people(self) -> None:
        from ..dialogs.people import ask_merge, merge

        session = self._session
        if session.project is None:
            return
        session.pause()
        choices = ask_merge(session.project.state, session.frame, session.person, self._window)
        if choices is not None and self._edit(lambda state: merge(state, choices), tell=True):
            session.select(choices.keep)

    def delete_person(self) -> None:
        """The chosen region wherever it is kept, or the chosen person."""
        if self._session.regions.chosen is not None:
            self._session.regions.delete()
            return
        if self._session.person is not None:
            self.remove_person(self._session.person)

    def remove_person(self, person: int) -> None:
        """Delete a person, whether chosen or not, from the whole video."""
        self._delete(person, lambda state: edits.delete_person(state, person))
