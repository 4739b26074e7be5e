"""Write the table of keys into the guide, from the app's own table of actions.

python docs/make_keys.py
"""

from __future__ import annotations

from pathlib import Path

from app.actions import ACTIONS, MENUS
from app.keys import POINTER

GUIDE = Path(__file__).resolve().with_name("guide.md")
BEGIN = "<!-- keys: written by docs/make_keys.py from the table of actions -->\n"
END = "<!-- keys end -->"


def keys_table() -> str:
    """Every action that has keys, by menu, and what the pointer does, as a table in Markdown."""
    rows = ["", "| menu | action | keys |", "|---|---|---|"]
    for menu in MENUS:
        for action in ACTIONS:
            if action.menu == menu and action.keys:
                keys = ", ".join(f"`{key}`" for key in action.keys)
                rows.append(f"| {menu} | {action.text.removesuffix('…')} | {keys} |")
    rows += [f"| Pointer | {what} | {how} |" for how, what in POINTER]
    return "\n".join(rows) + "\n\n"


def with_keys(guide: str) -> str:
    """The guide's text with the table in its place."""
    before, _, rest = guide.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + keys_table() + END + after


if __name__ == "__main__":
    GUIDE.write_text(with_keys(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
