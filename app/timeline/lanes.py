"""What the lanes show: run lengths per person, worked out when marks change and only where seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..scheduling import scheduled
from .stretches import Ints, stretches

if TYPE_CHECKING:
    from glpose_core.labels import ProjectState

    from ..session import Session


@dataclass(frozen=True)
class Lane:
    """One person's row.

    Attributes:
        person: id.
        seen: stretches with a pose, ``[N, 2]``.
        reviewed: stretches of those that a person has reviewed, ``[M, 2]``.
        keys: frames with at least one human joint, ascending.
    """

    person: int
    seen: Ints
    reviewed: Ints
    keys: Ints


class Lanes:
    """The lanes of the open project. A lane is worked out when it is first asked for after a change."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lanes: dict[int, Lane] = {}
        self._reviewed: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.people: list[int] = []
        self.names: dict[int, str] = {}
        self.cached: Ints = np.zeros((0, 2), dtype=np.int64)
        self.scheduled: Ints = np.zeros((0, 2), dtype=np.int64)

    def refresh(self) -> None:
        """Forget the lanes and read again who there is and what is reviewed."""
        self._lanes.clear()
        people = self._session.people()
        self.people = [person.id for person in people]
        self.names = {person.id: person.name or f"person {person.id}" for person in people}
        self._reviewed = np.zeros(self._session.frames, dtype=bool)
        state = self._state()
        if state is not None:
            frames = np.fromiter(state.reviewed, dtype=np.int64)
            self._reviewed[frames[frames < len(self._reviewed)]] = True

        wanted = scheduled(self._session)
        self.scheduled = stretches(() if wanted is None else wanted)

    def refresh_cached(self) -> None:
        """Read again which frames are decoded."""
        self.cached = stretches(np.flatnonzero(self._session.cached()))

    def lane(self, row: int) -> Lane:
        """The lane in row ``row`` (0 is the first person)."""
        person = self.people[row]
        found = self._lanes.get(person)
        if found is None:
            found = self._lanes[person] = self._made(person)
        return found

    def row_of(self, person: int | None) -> int | None:
        """The row of a person, or ``None``."""
        return self.people.index(person) if person in self.people else None

    def _state(self) -> ProjectState | None:
        project = self._session.project
        return None if project is None else project.state

    def _made(self, person: int) -> Lane:
        state = self._state()
        none = np.zeros(0, dtype=np.int64)
        if state is None:
            return Lane(person, stretches(none), stretches(none), none)
        frames = np.asarray(state.frames_of(person), dtype=np.int64)
        known = frames[frames < len(self._reviewed)]
        labelled = np.asarray(state.marks(person).labelled, dtype=np.int64)
        return Lane(person, stretches(frames), stretches(known[self._reviewed[known]]), labelled)
