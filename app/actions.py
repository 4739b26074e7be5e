"""ONE table of everything a person can do: menus, toolbar, keys, palette and help are made from it.

An action's ``id`` is the name of the method of :class:`app.commands.Commands` that does it.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QKeySequence


@dataclass(frozen=True)
class Action:
    """One thing a person can do.

    Attributes:
        id: name of the command, stable: scripts and settings refer to it.
        text: what menus and the palette say.
        keys: shortcuts in Qt's portable form; the first is the one that is shown.
        menu: the menu it stands in.
        tip: one sentence for the tooltip.
        when: name of the condition in :data:`app.bound.CONDITIONS` under which it is possible.
        icon: name of a picture in ``resources/icons``, or "".
        short: the text on the toolbar; "" keeps it off the toolbar.
        checkable: whether it can be on or off (tools).
        gap: whether a line stands before it in its menu.
        listed: whether it stands in its menu at all; if not, only its key and the help sheet have it.
        repeats: whether a key that is held does it again and again.
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
    repeats: bool = True


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
    Action(
        "play",
        "Play or Pause",
        ("Space",),
        "Go",
        "Within a marked range it begins anew at its end",
        icon="play",
    ),
    Action("slower", "Play Slower", ("Ctrl+Down",), "Go", "Down to a tenth of the speed"),
    Action("faster", "Play Faster", ("Ctrl+Up",), "Go", "Up to four times the speed"),
    Action("step_back", "Previous Frame", ("A", ","), "Go", icon="step-back", gap=True),
    Action("step_on", "Next Frame", ("D", "."), "Go", icon="step-forward"),
    Action("long_back", "Long Step Back", ("Shift+A", "PgUp"), "Go"),
    Action("long_on", "Long Step On", ("Shift+D", "PgDown"), "Go"),
    Action("step_length", "Length of the Long Step…", (), "Go", "How many frames Shift+D goes on"),
    Action("first", "First Frame", ("Home",), "Go", icon="first"),
    Action("last", "Last Frame", ("End",), "Go", icon="last"),
    Action("previous_labelled", "Previous Labelled Frame", ("Ctrl+Left",), "Go", gap=True),
    Action("next_labelled", "Next Labelled Frame", ("Ctrl+Right",), "Go"),
    Action(
        "previous_unreviewed",
        "Previous Frame to Review",
        ("Shift+U",),
        "Go",
        "The last frame before this one in which somebody is seen that is not reviewed",
    ),
    Action(
        "next_unreviewed",
        "Next Frame to Review",
        ("U",),
        "Go",
        "The next frame in which somebody is seen that is not reviewed",
    ),
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
    Action(
        "swap_sides",
        "Swap Left and Right",
        ("L",),
        "Pose",
        "Exchange both sides of the chosen person, in this frame or in the marked ones",
        "pose",
        gap=True,
    ),
    Action(
        "swap_limb",
        "Swap This Pair of Limbs",
        ("Shift+L",),
        "Pose",
        "Exchange both arms or both legs, whichever the chosen joint belongs to",
        "joint",
    ),
    Action("delete_pose", "Delete Pose", ("Del",), "Pose", when="pose", icon="delete"),
    Action(
        "take_spread",
        "Take the Spread Correction",
        ("G",),
        "Pose",
        "Apply what is shown dashed to the frames around",
        "spread",
        "accept",
        gap=True,
    ),
    Action(
        "take_and_accept",
        "Take It and Accept Frame",
        ("Shift+G",),
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
    Action(
        "compare_models",
        "Compare with Another Model…",
        ("Ctrl+P",),
        "Predict",
        "Predict the same people with a second model, and list where the two disagree",
        "idle",
        "states",
    ),
    Action(
        "show_evidence",
        "Why This Pose",
        ("Y",),
        "Predict",
        "The crops that the chosen pose was predicted from, and their weights",
        "person",
        "search",
        gap=True,
    ),
    Action(
        "shuffle_references",
        "Shuffle Its Reference Crops",
        (),
        "Predict",
        "What the pose would be if the crops stood in other slots",
        "person",
    ),
    Action(
        "restore_references",
        "Restore Its Reference Crops",
        (),
        "Predict",
        "The pose as it was predicted",
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
        repeats=False,
    ),
    Action(
        "accept_and_step",
        "Accept Frame and Go On",
        ("W",),
        "Review",
        "Confirm everybody in this frame, and show the next one",
        icon="accept-all",
        repeats=False,
    ),
    Action(
        "accept_pose",
        "Accept Pose",
        ("Shift+Enter", "Shift+Return"),
        "Review",
        "Confirm the chosen person's pose in this frame",
        "pose",
        "accept",
        repeats=False,
    ),
    Action(
        "accept_joint",
        "Accept Joint",
        ("C",),
        "Review",
        "Confirm the joint as it is, and go on to the next",
        "joint",
        repeats=False,
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
    Action(
        "doubt_next",
        "Next Doubt",
        ("K",),
        "Review",
        "Show what may be wrong next, the most rewarding first",
        icon="next-doubt",
        short="Next",
        gap=True,
    ),
    Action("doubt_previous", "Previous Doubt", ("Shift+K",), "Review"),
    Action(
        "doubt_right",
        "It Is Right",
        ("T",),
        "Review",
        "Confirm the doubted joints as they are, and show the next doubt",
        short="Right",
        repeats=False,
    ),
    Action(
        "doubt_skip",
        "Skip This Doubt",
        ("S",),
        "Review",
        "Leave it out until its pose changes, and show the next one",
        short="Skip",
        repeats=False,
    ),
    Action(
        "show_skipped",
        "List Skipped Doubts Again",
        (),
        "Review",
        "Take back every Skip in this project",
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
