"""ONE table of everything a person can do: menus, toolbar, keys, palette and help are made from it.

An action's ``id`` is the name of the method of :class:`app.commands.Commands` that does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from .session import Session
from .theme import icon


@dataclass(frozen=True)
class Action:
    """One thing a person can do.

    Attributes:
        id: name of the command, stable: scripts and settings refer to it.
        text: what menus and the palette say.
        keys: shortcuts in Qt's portable form; the first is the one that is shown.
        menu: the menu it stands in.
        tip: one sentence for the tooltip.
        when: name of the condition in :data:`CONDITIONS` under which it is possible.
        icon: name of a picture in ``resources/icons``, or "".
        short: the text on the toolbar; "" keeps it off the toolbar.
        checkable: whether it can be on or off (tools).
        gap: whether a line stands before it in its menu.
        listed: whether it stands in its menu at all; if not, only its key and the help sheet have it.
    """

    id: str
    text: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    tip: str = ""
    when: str = "open"
    icon: str = ""
    short: str = ""
    checkable: bool = False
    gap: bool = False
    listed: bool = True


CONDITIONS: dict[str, Callable[[Session], bool]] = {
    "always": lambda session: True,
    "opening": lambda session: session.opening is not None,
    "open": lambda session: session.project is not None,
    "person": lambda session: session.project is not None and session.person is not None,
    "pose": lambda session: session.pose() is not None,
    "joint": lambda session: session.joint is not None and session.pose() is not None,
    "chosen joint": lambda session: session.project is not None and session.joint is not None,
    "two people": lambda session: len(session.people()) > 1,
    "marked": lambda session: session.project is not None and session.marked is not None,
    "undo": lambda session: session.project is not None and session.project.undo_title is not None,
    "redo": lambda session: session.project is not None and session.project.redo_title is not None,
    "job": lambda session: session.job is not None and session.job.cancel is not None,
    "spread": lambda session: session.spreading.proposal is not None,
    "idle": lambda session: session.project is not None and session.job is None,
    "person idle": lambda session: session.person is not None and session.job is None,
}

NO_PERSON = "Choose a person first: click one, or press Q."
NO_JOINT = "Choose a joint first: click one, or press Tab."
WHY_NOT: dict[str, str] = {
    "open": "Open a video first: Ctrl+O.",
    "person": NO_PERSON,
    "pose": "The chosen person is not in this frame.",
    "joint": NO_JOINT,
    "chosen joint": NO_JOINT,
    "two people": "This needs two people.",
    "marked": "No range is marked.",
    "undo": "There is nothing to undo.",
    "redo": "There is nothing to do again.",
    "spread": "No correction is waiting to be spread.",
    "job": "Nothing is running.",
    "idle": "Wait for the running work, or cancel it.",
    "person idle": NO_PERSON,
}
"""What is said when a key is pressed whose action is not possible, by the action's condition."""

MENUS = ("File", "Edit", "View", "Go", "Pose", "People", "Predict", "Review", "Train", "Help")

ACTIONS: tuple[Action, ...] = (
    # File
    Action("open", "Open Video or Project…", ("Ctrl+O",), "File", when="always", icon="open"),
    Action(
        "open_folder",
        "Open Folder of Pictures…",
        ("Ctrl+Shift+O",),
        "File",
        when="always",
        icon="folder",
    ),
    Action(
        "open_demo",
        "Open the Demo Clip",
        (),
        "File",
        "A short rendered clip to try everything on",
        "always",
        "demo",
    ),
    Action("import_labels", "Import Labels…", ("Ctrl+I",), "File", icon="import", gap=True),
    Action("export_labels", "Export Labels…", ("Ctrl+E",), "File", icon="export"),
    Action(
        "snapshot",
        "Save a Snapshot",
        ("Ctrl+S",),
        "File",
        "Every edit is saved already; a snapshot keeps the project as it is now",
        icon="snapshot",
        gap=True,
    ),
    Action("save_copy", "Save a Copy…", ("Ctrl+Shift+S",), "File", icon="copy"),
    Action("close_project", "Close", ("Ctrl+W",), "File", gap=True),
    Action("quit", "Quit", ("Ctrl+Q",), "File", when="always"),
    # Edit
    Action(
        "undo", "Undo", ("Ctrl+Z",), "Edit", "Take the last change back", "undo", "undo", "Undo"
    ),
    Action("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", "", "redo", "redo"),
    Action(
        "tool_select",
        "Select",
        ("V",),
        "Edit",
        "Click a person or a joint, drag it where it belongs",
        icon="select",
        short="Select",
        checkable=True,
        gap=True,
    ),
    Action(
        "tool_box",
        "Box",
        ("B",),
        "Edit",
        "Drag a box around a person",
        icon="box",
        short="Box",
        checkable=True,
    ),
    Action(
        "tool_place",
        "Place Joints",
        ("J",),
        "Edit",
        "Click one joint after the other",
        icon="place",
        short="Place joints",
        checkable=True,
    ),
    Action(
        "escape",
        "Leave drag, tool or choice",
        ("Esc",),
        "Edit",
        when="always",
        listed=False,
    ),
    # View
    Action("fit", "Fit Picture", ("F",), "View", icon="fit"),
    Action("zoom_person", "Zoom to Person", ("Z",), "View", when="pose"),
    Action("zoom_in", "Zoom In", ("+", "="), "View", icon="zoom-in"),
    Action("zoom_out", "Zoom Out", ("-",), "View", icon="zoom-out"),
    Action("actual_size", "Actual Pixels", ("Ctrl+0",), "View"),
    # Go
    Action("play", "Play or Pause", ("Space",), "Go", icon="play"),
    Action("step_back", "Previous Frame", ("A", ","), "Go", icon="step-back", gap=True),
    Action("step_on", "Next Frame", ("D", "."), "Go", icon="step-forward"),
    Action("long_back", "Long Step Back", ("Shift+A", "PgUp"), "Go"),
    Action("long_on", "Long Step On", ("Shift+D", "PgDown"), "Go"),
    Action("step_length", "Length of the Long Step…", (), "Go", "How many frames Shift+D goes on"),
    Action("first", "First Frame", ("Home",), "Go", icon="first"),
    Action("last", "Last Frame", ("End",), "Go", icon="last"),
    Action("previous_labelled", "Previous Labelled Frame", ("Ctrl+Left",), "Go", gap=True),
    Action("next_labelled", "Next Labelled Frame", ("Ctrl+Right",), "Go"),
    Action("jump", "Jump to Frame…", ("Ctrl+G",), "Go"),
    Action("mark_start", "Mark Range from Here", ("[",), "Go", gap=True),
    Action("mark_stop", "Mark Range up to Here", ("]",), "Go"),
    Action("mark_none", "Clear the Marked Range", ("\\",), "Go", when="marked"),
    # Pose
    Action("next_joint", "Next Joint", ("Tab",), "Pose", when="person", icon="joint"),
    # "Backtab" beside it would make the key ambiguous where the system sends both, and neither would work.
    Action("previous_joint", "Previous Joint", ("Shift+Tab",), "Pose", when="person"),
    Action(
        "mark_visible",
        "Joint Is Visible",
        ("1",),
        "Pose",
        "and go on to the next joint",
        "joint",
        "visible",
        gap=True,
    ),
    Action(
        "mark_hidden",
        "Joint Is Hidden",
        ("2",),
        "Pose",
        "placed but not seen, and go on to the next joint",
        "joint",
        "hidden",
    ),
    Action(
        "mark_absent",
        "Joint Is Absent",
        ("3",),
        "Pose",
        "cannot be placed, and go on to the next joint",
        "chosen joint",
        "absent",
    ),
    Action("arrow_left", "Nudge joint left, or step back", ("Left",), "Pose", listed=False),
    Action("arrow_right", "Nudge joint right, or step on", ("Right",), "Pose", listed=False),
    Action("arrow_up", "Nudge joint up", ("Up",), "Pose", when="joint", listed=False),
    Action("arrow_down", "Nudge joint down", ("Down",), "Pose", when="joint", listed=False),
    Action("far_left", "The same by 10", ("Shift+Left",), "Pose", listed=False),
    Action("far_right", "The same by 10", ("Shift+Right",), "Pose", listed=False),
    Action("far_up", "The same by 10", ("Shift+Up",), "Pose", when="joint", listed=False),
    Action("far_down", "The same by 10", ("Shift+Down",), "Pose", when="joint", listed=False),
    Action(
        "copy_previous",
        "Copy the Pose Before",
        ("Ctrl+D",),
        "Pose",
        "The chosen person's last pose before this frame",
        "person",
        "copy",
        gap=True,
    ),
    Action(
        "carry_on",
        "Next Frame with This Pose",
        ("E",),
        "Pose",
        "Goes on, and copies the chosen person's pose where there is none yet",
        "person",
        "step-forward",
    ),
    Action(
        "carry_far",
        "Long Step with This Pose",
        ("Shift+E",),
        "Pose",
        "The same by a long step",
        "person",
    ),
    Action("delete_pose", "Delete Pose", ("Del",), "Pose", when="pose", icon="delete"),
    Action(
        "take_spread",
        "Take the Spread Correction",
        ("T",),
        "Pose",
        "Apply what is shown dashed to the frames around",
        "spread",
        "accept",
        gap=True,
    ),
    Action(
        "take_and_accept",
        "Take It and Accept Frame",
        ("Shift+T",),
        "Pose",
        "The same, and confirm everybody in this frame",
        "spread",
        "accept-all",
    ),
    Action(
        "leave_spread",
        "Leave the Frames Around",
        ("Backspace",),
        "Pose",
        "Change nothing but the corrected joint",
        "spread",
    ),
    # People
    Action(
        "new_person",
        "New Person with Skeleton",
        ("N",),
        "People",
        "A standing skeleton in the middle of the view, to be dragged into place",
        icon="add-person",
    ),
    Action("next_person", "Next Person", ("Q",), "People"),
    Action("rename_person", "Rename Person…", ("F2",), "People", when="person", icon="rename"),
    Action(
        "swap_people",
        "Swap People from Here…",
        ("X",),
        "People",
        "Exchange two identities from this frame to the end",
        "two people",
        "swap",
        "Swap people",
        gap=True,
    ),
    Action("merge_people", "Merge People…", (), "People", when="two people", icon="merge"),
    Action(
        "delete_person",
        "Delete Person",
        ("Shift+Del",),
        "People",
        "From the whole video; no prediction brings them back, Undo does",
        "person",
        "delete",
        gap=True,
    ),
    # Predict
    Action(
        "predict",
        "Predict…",
        ("P",),
        "Predict",
        "Find the people and predict their poses",
        "idle",
        "predict",
        "Predict",
    ),
    Action(
        "predict_person",
        "Follow This Person…",
        ("Shift+P",),
        "Predict",
        "Follow the chosen person from the boxes that you drew",
        "person idle",
        "person",
    ),
    Action("cancel_job", "Cancel the Running Work", ("Ctrl+.",), "Predict", when="job"),
    # Review
    Action(
        "accept_frame",
        "Accept Frame",
        ("Enter", "Return"),
        "Review",
        "Confirm everybody in this frame, and mark it as reviewed",
        icon="accept-all",
        short="Accept frame",
    ),
    Action(
        "accept_and_step",
        "Accept Frame and Go On",
        ("W",),
        "Review",
        "Confirm everybody in this frame, and show the next one",
        icon="accept-all",
    ),
    Action(
        "accept_pose",
        "Accept Pose",
        ("Shift+Enter", "Shift+Return"),
        "Review",
        "Confirm the chosen person's pose in this frame",
        "pose",
        "accept",
    ),
    Action(
        "accept_joint",
        "Accept Joint",
        ("C",),
        "Review",
        "Confirm the joint as it is, and go on to the next",
        "joint",
    ),
    Action(
        "accept_range",
        "Accept Range…",
        ("R",),
        "Review",
        "Confirm everybody in the marked frames, or in a range you choose",
    ),
    Action(
        "unreview",
        "Frame Is Not Reviewed",
        ("Ctrl+Enter", "Ctrl+Return"),
        "Review",
        "Take the frame's reviewed mark away",
    ),
    # Train
    Action(
        "train",
        "Train on These Labels…",
        ("Ctrl+T",),
        "Train",
        "Fine-tune the network on what you corrected",
        "idle",
        "train",
    ),
    # Help
    Action(
        "palette",
        "Search Actions…",
        ("Ctrl+K",),
        "Help",
        "Find anything by typing part of its name",
        "always",
        "search",
    ),
    Action("show_keys", "Keys", ("F1",), "Help", when="always", icon="keyboard"),
    Action(
        "show_messages",
        "Messages…",
        (),
        "Help",
        "What the line at the bottom has said since the start",
        "always",
        "messages",
    ),
    Action(
        "show_hints",
        "Show Hints Again",
        (),
        "Help",
        "The four hints of the first clip, from the start",
        "always",
        "hint",
        gap=True,
    ),
    Action("open_logs", "Show Log Folder", (), "Help", when="always"),
    Action("about", "About GLPose Studio", (), "Help", when="always", icon="info", gap=True),
)

BY_ID = {action.id: action for action in ACTIONS}

TOOLBAR: tuple[tuple[str, ...], ...] = (
    ("tool_select", "tool_box", "tool_place"),
    ("undo", "swap_people"),
    ("predict", "accept_frame"),
)
"""Groups on the toolbar, from left to right."""

TRANSPORT = ("first", "step_back", "play", "step_on", "last")
"""The small buttons at the timeline."""


class Bound(QObject):
    """The table bound to one window: a ``QAction`` per entry, enabled as the session changes."""

    taken = Signal(str)
    """The id of an action that was triggered, after it was done."""

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
            session.job_changed,
            session.opening_changed,
            session.spreading.changed,
        ):
            signal.connect(self.refresh)
        session.playing_changed.connect(self._show_playing)
        self.refresh()

    def __getitem__(self, action_id: str) -> QAction:
        return self.actions[action_id]

    def _make(self, action: Action, commands: QObject) -> QAction:
        made = QAction(action.text, self)
        made.setObjectName(action.id)
        made.setShortcuts([QKeySequence(key) for key in action.keys])
        made.setToolTip(tooltip(action))
        made.setStatusTip(action.tip)
        made.setCheckable(action.checkable)
        if action.icon:
            made.setIcon(icon(action.icon))
        made.triggered.connect(getattr(commands, action.id))
        made.triggered.connect(lambda: self.taken.emit(action.id))
        return made

    def why_not(self, key: QKeySequence) -> str | None:
        """Why the action of a key is not possible now, or ``None`` if it is, or if there is no such key."""
        session = self._session
        for action in ACTIONS:
            made = self.actions[action.id]
            if made.isEnabled() or key not in made.shortcuts():
                continue
            needs = action.when
            if session.project is None:
                return WHY_NOT["open"]
            if needs in ("pose", "joint", "chosen joint") and session.person is None:
                return NO_PERSON
            if needs == "joint" and session.pose() is None:
                return WHY_NOT["pose"]
            if needs == "person idle" and session.job is not None:
                needs = "idle"
            return WHY_NOT.get(needs)
        return None

    def refresh(self, *_: object) -> None:
        """Enable what is possible now, and say what Undo and Redo would do."""
        possible = {name: test(self._session) for name, test in CONDITIONS.items()}
        for action in ACTIONS:
            self.actions[action.id].setEnabled(possible[action.when])
        project = self._session.project
        for name, title in (
            ("undo", project.undo_title if project else None),
            ("redo", project.redo_title if project else None),
        ):
            entry = BY_ID[name]
            bound = self.actions[name]
            bound.setText(f"{entry.text} {title}" if title else entry.text)
            bound.setToolTip(f"{bound.text()} ({key_text(entry)})" if title else tooltip(entry))

    def _show_playing(self, playing: bool) -> None:
        self.actions["play"].setIcon(icon("pause" if playing else "play"))


def label(action: Action) -> str:
    """What a button for it says: "Accept frame"."""
    return action.short or action.text.removesuffix("…").capitalize()


def key_text(action: Action) -> str:
    """The shown key as this system writes it ("Ctrl+Z", "⌘Z"), or ""."""
    if not action.keys:
        return ""
    return QKeySequence(action.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)


def tooltip(action: Action) -> str:
    """Name, key and what it does."""
    name = action.text.removesuffix("…")
    key = key_text(action)
    head = f"{name} ({key})" if key else name
    return f"{head}: {action.tip[:1].lower()}{action.tip[1:]}" if action.tip else head
