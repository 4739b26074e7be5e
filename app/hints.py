"""Hints for the first clip: the next step of the loop, one at a time, until each was done or put away.

Which ones are over is remembered in the settings, so that nobody is told twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from .settings import settings

if TYPE_CHECKING:
    from .session import Session

_KEY = "hints/over"
_REST_MS = 80


@dataclass(frozen=True)
class Hint:
    """One step.

    Attributes:
        id: what the settings remember.
        title, text: what to do, and how.
        keys: the keys that do it.
        action: the action that its button triggers, or "" where the hand has to do it.
        ends_with: actions of the table that show that the step is known.
    """

    id: str
    title: str
    text: str
    keys: tuple[str, ...] = ()
    action: str = ""
    ends_with: tuple[str, ...] = ()


HINTS = (
    Hint(
        "predict",
        "Find the people",
        "GLPose finds everybody in the clip and predicts their joints, while you go on looking. "
        "Or draw a box around somebody.",
        ("P", "B"),
        "predict",
    ),
    Hint(
        "correct",
        "Correct a joint",
        "Drag a joint to where it belongs: no prediction ever overwrites it. Is everything right "
        "already? Then accept the frame.",
        (),
        "accept_frame",
        ("accept_frame", "accept_pose", "accept_joint", "accept_range", "accept_person"),
    ),
    Hint(
        "judge",
        "Say what is seen",
        "Click a joint, then press `1` if it is visible, `2` if it is hidden behind something, `3` if it is "
        "absent. Each key goes on to the next joint.",
        ("1", "2", "3"),
        "",
        ("mark_visible", "mark_hidden", "mark_absent"),
    ),
    Hint(
        "export",
        "Export the labels",
        "They become a PoseTrack file. Every edit is on the disk already, and Train teaches the "
        "network what you corrected.",
        ("Ctrl+E",),
        "export_labels",
    ),
)
BY_ID = {hint.id: hint for hint in HINTS}


class Hints(QObject):
    """Which hint is due. Watches the session; :meth:`did` hears which actions were taken."""

    changed = Signal()
    """``current`` is another one."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.current: Hint | None = None
        self._over = _remembered()
        self._insisting = False
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self.refresh)
        session.project_changed.connect(self.refresh)
        session.poses_changed.connect(self._later)
        session.job_changed.connect(self._note_job)

    @property
    def number(self) -> int:
        """The place of the current hint, from 1; 0 if there is none."""
        return 0 if self.current is None else HINTS.index(self.current) + 1

    def did(self, action: str) -> None:
        """An action was triggered: the hints that it ends are over."""
        for hint in HINTS:
            if action in hint.ends_with:
                self.finish(hint.id)

    def finish(self, hint: str) -> None:
        """The step was taken: its hint is over, if it was due."""
        if self._due(BY_ID[hint]):
            self._end(hint)

    def dismiss(self) -> None:
        """Put the current hint away for good."""
        if self.current is not None:
            self._end(self.current.id)

    def dismiss_all(self) -> None:
        """No more hints."""
        self._remember(set(BY_ID))

    def again(self) -> None:
        """Show them all from the start, the work that is there notwithstanding."""
        self._insisting = True
        self._remember(set())

    def refresh(self) -> None:
        """Find the hint that is due now."""
        self._notice_work()
        due = next((hint for hint in HINTS if hint.id not in self._over), None)
        if due is not None and not self._due(due):
            due = None
        if due != self.current:
            self.current = due
            self.changed.emit()

    def _notice_work(self) -> None:
        """Work that is there shows that a step is known, unless somebody asked for all hints."""
        if self._insisting or not self.session.people():
            return
        known = {"predict", "correct"} if self._labelled() else {"predict"}
        if not known <= self._over:
            self._over |= known
            _store(self._over)

    def _due(self, hint: Hint) -> bool:
        """Whether the step can be taken: all but the first need people, the last one needs a frame that is done."""
        project = self.session.project
        if project is None or hint.id == "predict":
            return project is not None
        return bool(project.state.reviewed if hint.id == "export" else self.session.people())

    def _labelled(self) -> bool:
        project = self.session.project
        if project is None:
            return False
        marks = project.state.marks
        return any(len(marks(person.id).labelled) for person in self.session.people())

    def _later(self, _change: object) -> None:
        # Not restarted by further changes: a run that never pauses must still be seen.
        if len(self._over) < len(HINTS) and not self._timer.isActive():
            self._timer.start()

    def _note_job(self) -> None:
        """Predicting has begun: the first step is taken."""
        if self.session.job is not None and "predict" not in self._over:
            self._end("predict")

    def _end(self, hint: str) -> None:
        self._remember(self._over | {hint})

    def _remember(self, over: set[str]) -> None:
        self._over = over
        _store(over)
        self.refresh()


def _remembered() -> set[str]:
    return set(str(settings().value(_KEY, "")).split()) & set(BY_ID)


def _store(over: set[str]) -> None:
    settings().setValue(_KEY, " ".join(sorted(over)))
