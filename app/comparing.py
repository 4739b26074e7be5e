"""Where two models disagree: takes a second run beside what is seen, and lists it, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from glpose_core.errors import GLPoseError
from glpose_core.labels import PoseRows, Project, ProjectState, Run, Visibility
from glpose_core.labels.origin import OVER
from glpose_core.predict.record import RunRecord
from glpose_core.review.compare import disagreements, short_name
from glpose_core.review.items import Item

if TYPE_CHECKING:
    from .session import Session

log = logging.getLogger(__name__)

AGAIN_MS = 1500
"""How long after opening a project what was compared in it is listed again, so that opening comes first."""


@dataclass(frozen=True)
class Opinion:
    """Where the second model has the joints of one item.

    Attributes:
        person: whose. joints: their slots ``[J]``. model: the second model's short name.
        frames: in which it sees the person, ascending ``[F]``.
        xy: picture pixels ``[F, J, 2]``; NaN where it has a joint absent.
    """

    person: int
    joints: tuple[int, ...]
    model: str
    frames: NDArray[np.int64]
    xy: NDArray[np.float64]

    def at(self, frame: int | None) -> NDArray[np.float64] | None:
        """Picture pixels ``[J, 2]`` in a frame, or ``None``."""
        if frame is None or frame not in self.frames:
            return None
        return np.array(self.xy[int(np.searchsorted(self.frames, frame))])


@dataclass(frozen=True)
class Comparison:
    """What a comparison found. ``first`` and ``second`` are the models; ``items`` the worst first; ``rows`` what the second
    model said, POSE_DTYPE by person and frame. ``again``: it was made in an earlier session, and is listed anew."""

    first: str
    second: str
    items: Sequence[Item]
    rows: PoseRows
    again: bool = False

    def opinion(self, item: Item) -> Opinion:
        """Where the second model has the joints of an item, throughout it."""
        rows = self.rows[self.rows["person"] == item.person]
        rows = rows[(rows["frame"] >= item.frame) & (rows["frame"] < item.stop)]
        joints = list(item.joints)
        seen = rows["visibility"][:, joints] != Visibility.ABSENT
        xy = np.where(seen[..., None], rows["xy"][:, joints], np.nan)
        frames = rows["frame"].astype(np.int64)
        return Opinion(item.person, item.joints, short_name(self.second), frames, xy)


class Comparing(QObject):
    """Makes the list; the window only waits for :attr:`listed`."""

    listed = Signal(object)
    """A Comparison, or ``None`` when there is none any more."""

    _made = Signal(object, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._thread: threading.Thread | None = None
        self._later = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._later.timeout.connect(self._compare_again)
        self._made.connect(self._hear)
        session.releasing.connect(self.close)
        session.project_changed.connect(self._project_changed)

    @Slot(int)
    def compare(self, run: int) -> None:
        """List where a run of the open project differs from what is seen."""
        project = self._session.project
        if project is None or run not in project.state.runs:
            return
        seen = _Seen.of(project.state)
        self._start(project, lambda: _found(seen, project.run_rows(run), project.state.runs[run]))

    def _project_changed(self) -> None:
        project = self._session.project
        if project is not None and last_compared(project.state) is not None:
            self._later.start()

    def _compare_again(self) -> None:
        """List what was compared in an earlier session: from the file, beside the window."""
        project = self._session.project
        run = None if project is None else last_compared(project.state)
        if project is None or run is None or self._thread is not None:
            return
        path = project.path

        def work() -> Comparison:
            with Project.open(path, read_only=True) as copy:
                seen, second = _Seen.of(copy.state), copy.state.runs[run]
                return replace(_found(seen, copy.run_rows(run), second), again=True)

        self._start(project, work)

    def _start(self, project: Project, make: Callable[[], Comparison]) -> None:
        def work() -> None:
            try:
                found: Comparison | str = make()
            except GLPoseError as error:
                found = str(error)
            except Exception:
                log.exception("comparing failed")
                found = "The comparison failed: the details are in the log."
            self._made.emit(project, found)

        self._later.stop()
        self._thread = threading.Thread(target=work, daemon=True, name="comparing")
        self._thread.start()

    def close(self) -> None:
        """Wait for the thread; the list is gone with its project."""
        self._later.stop()
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
        if not found.again:
            places = len(found.items)
            where = (
                "nowhere" if places == 0 else "in 1 place" if places == 1 else f"in {places} places"
            )
            names = f"{short_name(found.first)} and {short_name(found.second)}"
            self._session.notice("info", f"{names} differ {where}.")
        self.listed.emit(found)


@dataclass(frozen=True)
class _Seen:
    """What a comparison needs of what is seen: it is made at once, so that edits may go on."""

    model: str
    names: dict[int, str]
    rows: PoseRows
    reviewed: set[int]

    @classmethod
    def of(cls, state: ProjectState) -> _Seen:
        active = state.runs.get(state.active_run or 0)
        names = {person.id: person.name for person in state.people()}
        rows = state.seen(names)
        model = active.model if active is not None else "your labels"
        return cls(model, names, rows[~rows["deleted"]], set(state.reviewed))


def _found(seen: _Seen, rows: PoseRows, second: Run) -> Comparison:
    items = disagreements(
        seen.rows,
        rows,
        models=f"against {short_name(second.model)}",
        name=lambda person: seen.names.get(person, f"person {person}"),
        reviewed=seen.reviewed,
    )
    return Comparison(seen.model, second.model, items, rows)


def last_compared(state: ProjectState) -> int | None:
    """The run that was compared last with what is seen now; ``None`` if people were looked for, or imported, since. Somebody
    who was followed since changes little of the list."""
    done = (run for run in state.runs.values() if run.status == "done")
    second = max((run.id for run in done if RunRecord.of(run).second), default=0)
    shown = state.active_run
    while shown is not None and shown > second:
        if RunRecord.of(state.runs[shown]).find_people:
            return None
        shown = state.runs[shown].settings.get(OVER)
    return second or None
