"""Locked people in the window: what an edit leaves of them, and the sentence that says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from glpose_core.labels import Edit
from glpose_core.labels.locks import is_locked, spare_locked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from glpose_core.labels import Change

    from .editing import Editing

UNLOCKS = "`Ctrl+L`, or the lock in the list of people, unlocks"


def spared(session: Editing, edit: Edit) -> Edit:
    """An edit without what would change locked people; what was left out is told."""
    assert session.project is not None
    found = spare_locked(session.project.state, edit)
    if found.people and found.edit.changes:
        # After what the command says of the rest, which would take its place on the line.
        sentence = f"{who_are(session, found.people)} locked and left out."
        QTimer.singleShot(0, session, lambda: session.notice("info", sentence))
    elif found.people:
        session.notice("warning", refusal(session, found.people))
    return found.edit


class Sparing:
    """:func:`spared` for an edit in parts: what was left out is told once, at the end.

    Attributes:
        changes: how many were let through.
    """

    def __init__(self, session: Editing) -> None:
        self.changes = 0
        self._session = session
        self._people: set[int] = set()

    def spare(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """A part without what would change locked people."""
        assert self._session.project is not None
        found = spare_locked(self._session.project.state, Edit("", changes))
        self._people.update(found.people)
        self.changes += len(found.edit.changes)
        return found.edit.changes

    def tell(self) -> None:
        """Say what was left out."""
        session, people = self._session, sorted(self._people)
        if people and self.changes:
            sentence = f"{who_are(session, people)} locked and left out."
            QTimer.singleShot(0, session, lambda: session.notice("info", sentence))
        elif people:
            session.notice("warning", refusal(session, people))


def refusal(session: Editing, people: Iterable[int]) -> str:
    """Why nothing happens: "person 2 is locked: `Ctrl+L`, or the lock in the list of people, unlocks."."""
    return f"{who_are(session, people)} locked: {UNLOCKS}."


def is_locked_in(session: Editing, person: int | None) -> bool:
    """Whether a person of the open project is locked."""
    return session.project is not None and is_locked(session.project.state, person)


def refused(session: Editing, person: int | None) -> bool:
    """Whether a person is locked; if so, it is told."""
    if person is None or not is_locked_in(session, person):
        return False
    session.notice("warning", refusal(session, [person]))
    return True


def who_are(session: Editing, people: Iterable[int]) -> str:
    """Names with their verb: "person 1 is", "person 1 and person 2 are"."""
    names = [session.person_name(person) for person in people]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed} {'is' if len(names) == 1 else 'are'}"
