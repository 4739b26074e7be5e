"""Locked people in the window: what an edit leaves of them, and the sentence that says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from glpose_core.labels.locks import is_locked, spare_locked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from glpose_core.labels import Edit

    from .session import Session

UNLOCKS = "`Ctrl+L`, or the lock in the list of people, unlocks"


def spared(session: Session, edit: Edit) -> Edit:
    """An edit without what would change locked people; what was left out is told."""
    assert session.project is not None
    found = spare_locked(session.project.state, edit)
    if found.people and found.edit.changes:
        # After what the command says of the rest, which would take its place on the line.
        sentence = f"{_who(session, found.people)} locked and left out."
        QTimer.singleShot(0, session, lambda: session.notice("info", sentence))
    elif found.people:
        session.notice("warning", refusal(session, found.people))
    return found.edit


def refusal(session: Session, people: Iterable[int]) -> str:
    """Why nothing happens: "person 2 is locked: `Ctrl+L`, or the lock in the list of people, unlocks."."""
    return f"{_who(session, people)} locked: {UNLOCKS}."


def is_locked_in(session: Session, person: int | None) -> bool:
    """Whether a person of the open project is locked."""
    return session.project is not None and is_locked(session.project.state, person)


def refused(session: Session, person: int | None) -> bool:
    """Whether a person is locked; if so, it is told."""
    if person is None or not is_locked_in(session, person):
        return False
    session.notice("warning", refusal(session, [person]))
    return True


def _who(session: Session, people: Iterable[int]) -> str:
    names = [session.person_name(person) for person in people]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed} {'is' if len(names) == 1 else 'are'}"
