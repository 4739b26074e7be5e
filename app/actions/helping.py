"""The menu Help."""

from __future__ import annotations

from .action import Action

HELPING: tuple[Action, ...] = (
    Action(
        "palette",
        "Search Actions…",
        ("Ctrl+K",),
        "Help",
        "Find anything by typing part of its name",
        "always",
        "search",
    ),
    Action(
        "show_guideline",
        "Guideline",
        ("Shift+F1",),
        "Help",
        "Where exactly the chosen joint lies, and when it is hidden or absent",
        "always",
        "help",
    ),
    Action("show_keys", "Keys", ("F1",), "Help", when="always", icon="keyboard"),
    Action(
        "change_keys",
        "Change Keys…",
        (),
        "Help",
        "Give any action the key that suits your hand",
        "always",
    ),
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
