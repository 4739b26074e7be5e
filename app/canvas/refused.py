"""The gesture on a locked person: it moves nothing, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glpose_core.labels.changes import Edit
from glpose_core.labels.state import ProjectState

from ..locking import refused
from .gestures import Gesture

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..session import Session


class Refused(Gesture):
    """Stands for a gesture of a locked person; a click still chooses, but places nothing."""

    def __init__(self, session: Session, meant: Gesture, locked: int) -> None:
        self._session, self._person, self._said = session, locked, False
        self.by_click = meant.by_click

    def move(self, point: ArrayLike) -> None:
        self._say()

    def finish(self, state: ProjectState) -> Edit | None:
        self._say()
        return None

    def _say(self) -> None:
        if not self._said:
            self._said = refused(self._session, self._person)
