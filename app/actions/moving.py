"""The menu Go: playing, stepping, jumping, marking a range."""

from __future__ import annotations

from .action import Action

MOVING: tuple[Action, ...] = (
    Action(
        "play",
        "Play or Pause",
        ("Space",),
        "Go",
        "Within a marked range it begins anew at its end",
        icon="play",
    ),
    Action(
        "play_person",
        "Play This Person",
        ("Ctrl+Space",),
        "Go",
        "Over and over, the stretch in which the chosen person is seen",
        "person",
    ),
    Action("slower", "Play Slower", ("Ctrl+Down",), "Go", "Down to a tenth of the speed"),
    Action("faster", "Play Faster", ("Ctrl+Up",), "Go", "Up to four times the speed"),
    Action("step_back", "Previous Frame", ("A", ","), "Go", icon="step-back", gap=True),
    Action("step_on", "Next Frame", ("D", "."), "Go", icon="step-forward"),
    Action("long_back", "Long Step Back", ("Shift+A", "PgUp"), "Go"),
    Action("long_on", "Long Step On", ("Shift+D", "PgDown"), "Go"),
    Action(
        "step_length", "Length of the Long Step…", (), "Go", "How many frames `Shift+D` goes on"
    ),
    Action(
        "scrub",
        "Scrub while Held",
        ("Shift+Space",),
        "Go",
        "Hold the key and move the pointer to the left or to the right, anywhere",
        repeats=False,
    ),
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
)
