"""Names that people gave to people and files, where they are shown: as they are written, never taken for HTML or for a
mnemonic, and cut before they crowd out what stands beside them."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

LONG_NAME = 24
"""Characters of a name that a sentence with keys has room for."""
_LEAST = 4
"""Characters of a name, with the "…", that still say something."""


def brief(name: str, most: int = LONG_NAME) -> str:
    """A name in at most so many characters, cut in its middle: "Anna-Maria S…ff (trainer)"."""
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end].rstrip()}…{name[len(name) - end :].lstrip()}"


def with_author(title: str, author: str) -> str:
    """What an edit is called, and who made it: "Move left wrist · Anna"."""
    return f"{title} · {brief(author)}" if author else title


def plain_tip(text: str) -> str:
    """The text of a tooltip, for which Qt has no plain format: it takes whatever looks like HTML for HTML."""
    if "<" not in text:
        return text
    return f"<qt>{escape(text)}</qt>".replace("\n", "<br>")


def menu_text(name: str) -> str:
    """The text of a menu's entry, where "&" alone would underline what follows."""
    return name.replace("&", "&&")


def name_and(name: str, what: str, font: QFontMetrics, width: int) -> str:
    """ "Anna-Mar… · left wrist" within ``width`` pixels: the name gives way, and where hardly anything of it would be
    left it is left out."""
    right, beside = Qt.TextElideMode.ElideRight, f" · {what}"
    if font.horizontalAdvance(name + beside) <= width:
        return name + beside
    short = font.elidedText(name, right, width - font.horizontalAdvance(beside))
    return font.elidedText(what, right, width) if len(short) < _LEAST else short + beside
