"""Joints that are chosen together, of one person or of many: what the hand does to one it does to all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from glpose_core.labels import Visibility

from .locking import is_locked_in, refusal, who_are

if TYPE_CHECKING:
    from .session import Session

Member = tuple[int, int]
"""A person and a slot of POSETRACK17."""


class Group(QObject):
    """At least two joints, or none. It stays while frames change, and is left when something else is chosen.

    Attributes:
        members: the joints; the session's own chosen joint is one of them.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._choosing = False
        self.members: frozenset[Member] = frozenset()
        session.selection_changed.connect(self._left)
        session.project_changed.connect(self.clear)

    def __bool__(self) -> bool:
        return bool(self.members)

    def toggle(self, member: Member) -> None:
        """Choose a joint in addition, or no longer."""
        self._choose(self._chosen() ^ {member})

    def add(self, members: Iterable[Member]) -> None:
        """Choose joints in addition."""
        self._choose(self._chosen() | set(members))

    def clear(self) -> None:
        """Choose one joint at most, as the session says."""
        if self.members:
            self._session.settling.emit()
            self.members = frozenset()
            self.changed.emit()

    def here(self, *, absent: bool = False) -> dict[int, list[int]]:
        """The members in the present frame, slots by person: those that are placed, or with ``absent`` all of
        people who are seen, so that what was marked absent can be marked otherwise again."""
        rows = self._session.poses()
        if not self.members or len(rows) == 0:
            return {}
        placed = rows["visibility"] != Visibility.ABSENT
        at = {person: row for row, person in enumerate(rows["person"].tolist())}
        found: dict[int, list[int]] = {}
        for person, joint in sorted(self.members):
            there = person in at and person not in self._session.hiding.unseen
            there = there and not is_locked_in(self._session, person)
            if there and (absent or placed[at[person], joint]):
                found.setdefault(person, []).append(joint)
        return found

    def withheld(self) -> str | None:
        """Where :meth:`here` has nobody because they are locked or hidden: one sentence that says so."""
        session = self._session
        here = {int(row["person"]) for row in session.poses()} & {one for one, _ in self.members}
        locked = sorted(one for one in here if is_locked_in(session, one))
        hidden = sorted((here & session.hiding.unseen) - set(locked))
        if locked:
            return refusal(session, locked)
        if hidden:
            return f"{who_are(session, hidden)} hidden: `Ctrl+Shift+H` shows everybody."
        return None

    def words(self) -> str:
        """ "5 joints of 2 people"; "3 of 5 joints of 2 people" where two are not in the present frame."""
        here, people = self.here(), {person for person, _ in self.members}
        seen, all_of_them = sum(map(len, here.values())), len(self.members)
        some = "" if seen == all_of_them else f"{seen} of "
        of = "" if len(people) == 1 else f" of {len(people)} people"
        return f"{some}{all_of_them} joints{of}"

    def _chosen(self) -> frozenset[Member]:
        """What is chosen now: the group, or else the one joint."""
        person, joint = self._session.person, self._session.joint
        if self.members or person is None or joint is None:
            return self.members
        row = self._session.pose(person)
        placed = row is not None and row["visibility"][joint] != Visibility.ABSENT
        return frozenset({(person, joint)}) if placed else frozenset()

    def _choose(self, members: frozenset[Member]) -> None:
        session = self._session
        session.settling.emit()
        self._choosing = True
        try:
            self.members = members if len(members) > 1 else frozenset()
            person, joint = session.person, session.joint
            if members and (person is None or joint is None or (person, joint) not in members):
                session.select(*_foremost(members, person))
            elif not members:
                session.select(person)
        finally:
            self._choosing = False
        self.changed.emit()

    def _left(self) -> None:
        if not self._choosing:
            self.clear()


def _foremost(members: frozenset[Member], person: int | None) -> Member:
    """The member that stands for all: of the chosen person if it has one, else of whoever has most."""
    people = Counter(one for one, _ in members)
    most = max(people, key=lambda one: (one == person, people[one], -one))
    return most, min(joint for one, joint in members if one == most)
