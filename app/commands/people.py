"""The menu People: identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glpose_core.labels import Edit, ProjectState, edits

from ..canvas.stance import standing
from .base import CommandGroup

if TYPE_CHECKING:
    pass


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
        here = [int(row["person"]) for row in self._session.poses()]
        if here:
            at = here.index(self._session.person) + 1 if self._session.person in here else 0
            self._session.select(here[at % len(here)])

    def rename_person(self) -> None:
        if self._session.person is not None:
            self._window.people.rename(self._session.person)

    def swap_people(self) -> None:
        from ..dialogs.people import ask_swap, swap

        session = self._session
        if session.project is None:
            return
        session.pause()
        choices = ask_swap(session.project.state, session.frame, session.person, self._window)
        if choices is not None:
            self._edit(lambda state: swap(state, choices), tell=True)

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
        person = self._session.person
        if person is not None:
            self._edit(lambda state: edits.delete_person(state, person), tell=True)
