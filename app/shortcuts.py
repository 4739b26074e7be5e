"""Which keys do what now: the keys of the table, and what a person has put in their place.

The one place that everything asks which shows or binds a key: menus, buttons, tooltips, hints, the key
sheet and the palette. Sentences name a key by the one that the table has, in backquotes ("press `Q`"), and
:func:`spelled` puts the key in use there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from .actions import ACTIONS, BY_ID, Action
from .settings import settings

_GROUP = "keys"
_NAMED = re.compile(r"`([^`]+)`")

Keys = tuple[str, ...]
"""Keys in Qt's portable form; the first is the one that is shown."""


class Shortcuts(QObject):
    """The keys in use. What differs from the table is kept in the settings, action by action."""

    changed = Signal()
    """Some action has other keys than before."""

    def __init__(self) -> None:
        super().__init__()
        self._own: dict[str, Keys] = {}
        self._in_use: dict[str, Keys] = {action.id: action.keys for action in ACTIONS}

    def load(self) -> None:
        """Read the settings of the present GLPOSE_HOME. What makes no sense there is passed over."""
        store = settings()
        store.beginGroup(_GROUP)
        kept: dict[str, Keys] = {}
        for action in ACTIONS:
            value = store.value(action.id)
            if isinstance(value, str) and editable(action):
                kept[action.id] = _readable(value.split("\n"))
        self._take(kept)

    def of(self, action: str) -> Keys:
        """The keys of an action, by its id."""
        return self._in_use[action]

    def owner(self, key: str) -> Action | None:
        """The action that has a key now, or ``None``."""
        key = portable(key)
        return next((one for one in ACTIONS if key in map(portable, self._in_use[one.id])), None)

    def differs(self, action: str) -> bool:
        """Whether an action has other keys than in the table."""
        return self._in_use[action] != BY_ID[action].keys

    def give(self, action: str, keys: Keys) -> list[Action]:
        """Give an action these keys, and return the actions that lost one of them.

        Raises:
            ValueError: a key belongs to an action that keeps its keys, or the action does.
        """
        keys = _readable(keys)
        losing = {one.id: one for one in map(self.owner, keys) if one and one.id != action}
        if not all(editable(one) for one in (BY_ID[action], *losing.values())):
            raise ValueError(f"{action} cannot have {keys}")
        own = dict(self._own)
        for loser in losing:
            own[loser] = tuple(key for key in self.of(loser) if portable(key) not in keys)
        own[action] = keys
        self._take(own)
        self._store()
        return list(losing.values())

    def reset(self, action: str) -> list[Action]:
        """Give an action the keys of the table again, and return the actions that lost one of them."""
        return self.give(action, BY_ID[action].keys)

    def reset_all(self) -> None:
        """Give every action the keys of the table."""
        self._take({})
        self._store()

    def _take(self, own: dict[str, Keys]) -> None:
        """Use these keys; one that several actions claim goes to a person's choice, then to the first."""
        taken: set[str] = {portable(k) for one in ACTIONS if not editable(one) for k in one.keys}
        in_use: dict[str, Keys] = {one.id: one.keys for one in ACTIONS if not editable(one)}
        by_choice = sorted(
            (one for one in ACTIONS if editable(one)), key=lambda one: one.id not in own
        )
        for action in by_choice:
            claimed = own.get(action.id, action.keys)
            keys = tuple(key for key in claimed if portable(key) not in taken)
            taken |= set(map(portable, keys))
            in_use[action.id] = keys
        before, self._in_use = self._in_use, in_use
        self._own = {name: keys for name, keys in in_use.items() if keys != BY_ID[name].keys}
        if in_use != before:
            self.changed.emit()

    def _store(self) -> None:
        store = settings()
        store.beginGroup(_GROUP)
        store.remove("")
        for action, keys in self._own.items():
            store.setValue(action, "\n".join(keys))


shortcuts = Shortcuts()
"""The keys of this program."""


def editable(action: Action) -> bool:
    """Whether a person may choose its keys. Escape and the arrows mean one thing everywhere, and the space
    bar, held, moves the view: what they do stays with them."""
    return action.listed and "Space" not in action.keys


def portable(key: str) -> str:
    """A key as settings and table write it, whichever way it was written; "" if it is none."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def native(key: str) -> str:
    """A key as this system writes it: "Ctrl+E", "⌘E"."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def in_use(key: str) -> str:
    """What to press now for what ``key`` does in the table, as this system writes it; where no key is left,
    the menu: "Go → Next Frame". A key of no action ("Shift") stays as it is."""
    action = _BY_KEY.get(portable(key))
    if action is None:
        return key
    keys = shortcuts.of(action.id)
    if not keys:
        return " → ".join(filter(None, (action.menu, action.under, action.text.removesuffix("…"))))
    return native(key if key in keys else keys[0])


def spelled(sentence: str) -> str:
    """A sentence with the keys in use in place of those that it names in backquotes."""
    return _NAMED.sub(lambda found: in_use(found.group(1)), sentence)


def key_text(action: Action) -> str:
    """The shown key of an action as this system writes it ("Ctrl+Z", "⌘Z"), or ""."""
    keys = shortcuts.of(action.id)
    return native(keys[0]) if keys else ""


def all_keys(action: Action) -> str:
    """Every key of an action as this system writes it: "A or ,"; twins of one key are said once."""
    names = map(native, shortcuts.of(action.id))
    return " or ".join(name for name in names if not name.endswith(("Backtab", "Return")))


def tooltip(action: Action) -> str:
    """Name, key and what it does."""
    name = action.text.removesuffix("…")
    key = key_text(action)
    head = f"{name} ({key})" if key else name
    tip = spelled(action.tip)
    return f"{head}: {tip[:1].lower()}{tip[1:]}" if tip else head


def _readable(keys: Iterable[str]) -> Keys:
    """The keys among these strings, each once."""
    known = [portable(key) for key in keys]
    return tuple(dict.fromkeys(filter(None, known)))


_BY_KEY = {portable(key): action for action in reversed(ACTIONS) for key in action.keys}
