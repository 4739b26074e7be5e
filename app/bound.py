"""The table of actions bound to one window: what is possible now, and why the rest is not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from .actions import ACTIONS, BY_ID, TOOLBAR, Action
from .naming import menu_text, plain_tip, with_author
from .scheduling import scheduled, steps_by_schedule
from .session import Session
from .shortcuts import key_text, shortcuts, spelled, tooltip
from .spreading import STILL
from .theme import icon

CONDITIONS: dict[str, Callable[[Session], bool]] = {
    "always": lambda session: True,
    "opening": lambda session: session.opening is not None,
    "open": lambda session: session.project is not None,
    "person": lambda session: session.project is not None and session.person is not None,
    "person or hidden": lambda session: (
        session.project is not None
        and (session.person is not None or session.hiding.last is not None)
    ),
    "pose": lambda session: session.pose() is not None,
    "joint": lambda session: session.joint is not None and session.pose() is not None,
    "chosen joint": lambda session: session.project is not None and session.joint is not None,
    "copied": lambda session: session.project is not None and session.copied is not None,
    "two people": lambda session: len(session.people()) > 1,
    "marked": lambda session: session.project is not None and session.marked is not None,
    "undo": lambda session: (
        bool(session.regions.draft) or session.collecting or session.undo_title is not None
    ),
    "redo": lambda session: session.project is not None and session.project.redo_title is not None,
    "job": lambda session: session.job is not None and session.job.cancel is not None,
    "spread": lambda session: session.spreading.proposal is not None,
    "ways": lambda session: bool(session.spreading.ways),
    "scheduled": lambda session: scheduled(session) is not None,
    "region": lambda session: session.regions.chosen is not None,
    "pose or region": lambda session: (
        session.pose() is not None or session.regions.chosen is not None
    ),
    "person or region": lambda session: (
        session.project is not None
        and (session.person is not None or session.regions.chosen is not None)
    ),
    "idle": lambda session: session.project is not None and session.job is None,
    "person idle": lambda session: session.person is not None and session.job is None,
}

NO_PERSON = "Choose a person first: click one, or press `Q`."
NO_JOINT = "Choose a joint first: click one, or press `Tab`."
WHY_NOT: dict[str, str] = {
    "open": "Open a video first: `Ctrl+O`.",
    "person": NO_PERSON,
    "person or hidden": NO_PERSON,
    "pose": "The chosen person is not in this frame.",
    "joint": NO_JOINT,
    "chosen joint": NO_JOINT,
    "copied": "Copy a pose first: choose a person, and press `Ctrl+C`.",
    "two people": "This needs two people.",
    "marked": "No range is marked.",
    "undo": "There is nothing to undo.",
    "redo": "There is nothing to do again.",
    "scheduled": "No frames are scheduled yet: Go, Scheduled Frames.",
    "region": "Choose an ignore region first: press `I`, then click it.",
    "pose or region": "The chosen person is not in this frame.",
    "person or region": NO_PERSON,
    "spread": "No correction is waiting to be spread.",
    "ways": "No correction has been made that could be spread in another way.",
    "job": "Nothing is running.",
    "idle": "Wait for the running work, or cancel it.",
    "person idle": NO_PERSON,
}
"""What is said of an action that is not possible, by its condition: when its key is pressed, or on its button. Keys stand in
backquotes, for :func:`app.shortcuts.spelled`."""

_EXPLAINED = {*(name for group in TOOLBAR for name in group), "redo"}


class Bound(QObject):
    """The table bound to one window: a ``QAction`` per entry, enabled as the session changes."""

    taken = Signal(str)
    """The id of an action that was triggered, after it was done."""
    finishing = Signal()
    """Sent before an action is done that a drag does not outlast: what the hand holds is let go."""

    def __init__(self, session: Session, commands: QObject) -> None:
        super().__init__(commands)
        self._session = session
        self.actions: dict[str, QAction] = {}
        for action in ACTIONS:
            self.actions[action.id] = self._make(action, commands)
        for signal in (
            session.project_changed,
            session.selection_changed,
            session.poses_changed,
            session.frame_changed,
            session.marked_changed,
            session.collecting_changed,
            session.hiding.changed,
            session.offers_changed,
            session.job_changed,
            session.opening_changed,
            session.spreading.changed,
            session.regions.changed,
            session.view_changed,
        ):
            signal.connect(self.refresh)
        session.playing_changed.connect(self._show_playing)
        shortcuts.changed.connect(self._take_keys)
        self._take_keys()

    def __getitem__(self, action_id: str) -> QAction:
        return self.actions[action_id]

    def _make(self, action: Action, commands: QObject) -> QAction:
        made = QAction(action.text, self)
        made.setObjectName(action.id)
        made.setCheckable(action.checkable)
        made.setAutoRepeat(action.repeats)
        if action.icon:
            made.setIcon(icon(action.icon))
        if not action.during_drag:
            made.triggered.connect(self.finishing)
        made.triggered.connect(getattr(commands, action.id))
        made.triggered.connect(lambda: self.taken.emit(action.id))
        return made

    def _take_keys(self) -> None:
        """Bind the keys in use, and say them."""
        for action in ACTIONS:
            made = self.actions[action.id]
            made.setShortcuts([QKeySequence(key) for key in shortcuts.of(action.id)])
            made.setToolTip(tooltip(action))
            made.setStatusTip(spelled(action.tip))
        self.refresh()

    def why_not(self, key: QKeySequence) -> str | None:
        """Why the action of a key is not possible now, or ``None`` if it is, or if there is no such key."""
        for action in ACTIONS:
            made = self.actions[action.id]
            if not made.isEnabled() and key in made.shortcuts():
                missing = self._missing(action)
                return None if missing is None else spelled(missing)
        return None

    def _missing(self, action: Action) -> str | None:
        """What an action lacks that is not possible now."""
        session, needs = self._session, action.when
        if session.project is None:
            return WHY_NOT["open"]
        if needs in ("pose", "pose or region", "joint", "chosen joint") and session.person is None:
            return NO_PERSON
        if needs == "joint" and session.pose() is None:
            return WHY_NOT["pose"]
        if needs in ("spread", "ways") and session.spreading.awaited:
            return STILL
        if needs == "person idle" and session.job is not None:
            needs = "idle"
        return WHY_NOT.get(needs)

    def refresh(self, *_: object) -> None:
        """Enable what is possible now, and say what Undo and Redo would do."""
        possible = {name: test(self._session) for name, test in CONDITIONS.items()}
        for action in ACTIONS:
            self.actions[action.id].setEnabled(possible[action.when])
        self.actions["scheduled_only"].setChecked(steps_by_schedule(self._session))
        project = self._session.project
        for name, title, author in (
            ("undo", self._session.undo_title, self._session.undo_author),
            ("redo", project.redo_title if project else None, self._session.redo_author),
        ):
            entry = BY_ID[name]
            bound = self.actions[name]
            said = menu_text(with_author(title, author)) if title else ""
            bound.setText(f"{entry.text} {said}".rstrip())
        for name in _EXPLAINED:
            self.actions[name].setToolTip(plain_tip(self._tip(name)))

    def _tip(self, name: str) -> str:
        """What a button would do, or why it cannot."""
        entry, bound = BY_ID[name], self.actions[name]
        if not bound.isEnabled():
            return "\n".join((tooltip(entry), spelled(self._missing(entry) or ""))).rstrip()
        key = key_text(entry)
        if bound.text() == entry.text or not key:
            return tooltip(entry)
        return f"{bound.text().replace('&&', '&')} ({key})"

    def _show_playing(self, playing: bool) -> None:
        self.actions["play"].setIcon(icon("pause" if playing else "play"))
