"""One row of the table of actions, and what its buttons say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """One thing a person can do.

    Attributes:
        id: name of the command, stable: scripts and settings refer to it.
        text: what menus and the palette say.
        keys: shortcuts in Qt's portable form; the first is the one that is shown. A person may have chosen
            others: :mod:`app.shortcuts` knows those in use.
        menu: the menu it stands in. under: the submenu of that menu, or "".
        tip: one sentence for the tooltip.
        when: name of the condition in :data:`app.bound.CONDITIONS` under which it is possible.
        icon: name of a picture in ``resources/icons``, or "".
        short: the text on the toolbar; "" keeps it off the toolbar.
        checkable: whether it can be on or off (tools).
        gap: whether a line stands before it in its menu.
        listed: whether it stands in its menu at all; if not, only its key and the help sheet have it.
        repeats: whether a key that is held does it again and again.
        during_drag: whether a drag under way goes on. All other actions finish it first, as if the button had
            been let go, so that they act on what is seen.
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
    under: str = ""
    during_drag: bool = False


def label(action: Action) -> str:
    """What a button for it says: "Accept frame"."""
    return action.short or action.text.removesuffix("…").capitalize()
