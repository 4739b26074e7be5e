"""Hidden people: not drawn in the picture, and nothing else. Remembered with the view, never journalled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from glpose_core.labels import PoseRows, ProjectChange

    from .session import Session


class Hiding(QObject):
    """Who is not drawn. Whoever is chosen is drawn all the same, so that nothing is edited unseen.

    Attributes:
        last: who was hidden last by :meth:`toggle`, as long as they are hidden; shown again by the same key.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._last: int | None = None
        session.poses_changed.connect(self._note)

    @property
    def last(self) -> int | None:
        return self._last if self._last in self.people else None

    @property
    def people(self) -> frozenset[int]:
        """Who is hidden, chosen or not."""
        return self._session.view.hidden

    @property
    def unseen(self) -> frozenset[int]:
        """Who is not drawn now."""
        return self.people - {self._session.person}

    def hide(self, people: Iterable[int]) -> None:
        """Hide these and nobody else. A hidden person is not chosen any longer."""
        hidden = frozenset(people)
        if hidden == self.people:
            return
        came = hidden - self.people
        self._session.view.hidden = hidden
        if self._session.person in came:
            self._session.select(None)
        self._session.view_changed.emit()
        self.changed.emit()

    def _note(self, change: ProjectChange) -> None:
        """Who is gone with a run that was taken back is not hidden: the next run gives the number away again."""
        if change.people and self.people:
            self.hide(self.people & {person.id for person in self._session.people()})

    def toggle(self, person: int) -> bool:
        """Hide a person, or show them again. Returns whether they are hidden now."""
        self._last = None if person in self.people else person
        self.hide(self.people ^ {person})
        return person in self.people

    def drawn(self, rows: PoseRows) -> PoseRows:
        """Those rows of POSE_DTYPE that are drawn."""
        unseen = self.unseen
        if not unseen or not len(rows):
            return rows
        shown: PoseRows = rows[~np.isin(rows["person"], list(unseen))]
        return shown
