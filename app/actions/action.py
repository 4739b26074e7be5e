"""One row of the table of actions, and what its buttons and tooltips say."""

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
