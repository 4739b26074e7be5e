"""Where two models disagree: takes a second run beside what is seen, and lists it, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from glpose_core.errors import GLPoseError
from glpose_core.review.compare import disagreements, short_name
from glpose_core.review.items import Item

if TYPE_CHECKING:
    from glpose_core.labels import Project

    from .session import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Comparison:
    """What a comparison found. ``first`` and ``second`` are the models; ``items`` the worst first."""

    first: str
    second: str
    items: Sequence[Item]


class Comparing(QObject):
    """Makes the list; the window only waits for :attr:`listed`."""

    listed = Signal(object)
    """A Comparison, or ``None`` when there is none any more."""

    _made = Signal(object, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._thread: threading.Thread | None = None
        self._made.connect(self._hear)
        session.releasing.connect(self.close)

    @Slot(int)
    def compare(self, run: int) -> None:
        """List where a run of the open project differs from what is seen."""
        project = self._session.project
        if project is None or run not in project.state.runs:
            return
        state = project.state
        active = state.runs.get(state.active_run or 0)
        first = active.model if active is not None else "your labels"
        names = {person.id: self._session.person_name(person.id) for person in state.people()}
        seen = state.seen(names)
        seen = seen[~seen["deleted"]]
        reviewed, second = set(state.reviewed), state.runs[run].model

        def work() -> None:
            try:
                items = disagreements(
                    seen,
                    project.run_rows(run),
                    models=f"against {short_name(second)}",
                    name=lambda person: names.get(person, f"person {person}"),
                    reviewed=reviewed,
                )
            except GLPoseError as error:
                self._made.emit(project, str(error))
            except Exception:
                log.exception("comparing failed")
                self._made.emit(project, "The comparison failed: the details are in the log.")
            else:
                self._made.emit(project, Comparison(first, second, items))

        self._thread = threading.Thread(target=work, daemon=True, name="comparing")
        self._thread.start()

    def close(self) -> None:
        """Wait for the thread; the list is gone with its project."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.listed.emit(None)

    @Slot(object, object)
    def _hear(self, project: Project, found: Comparison | str) -> None:
        if project is not self._session.project:
            return
        if isinstance(found, str):
            self._session.notice("error", found)
            return
        places = len(found.items)
        where = "nowhere" if places == 0 else "in 1 place" if places == 1 else f"in {places} places"
        names = f"{short_name(found.first)} and {short_name(found.second)}"
        self._session.notice("info", f"{names} differ {where}.")
        self.listed.emit(found)
