"""Names of those who label: what of a typed or stored text is one."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

LONGEST = 40
"""Characters of a name: it stands in tables and tooltips."""

_JOINERS = "\u200c\u200d"
"""Invisible, but letters of some scripts join or part by them."""
_ENDS = " " + _JOINERS


@lru_cache(maxsize=1024)
def clean_name(text: str) -> str:
    """A name in one line of at most :data:`LONGEST` characters, "" for nobody in particular.

    What is written alike is the same name. Control characters go, and those that would turn the words around a name;
    so does what no file can hold.
    """
    spaced = " ".join(text.split())  # a line's end parts words; other control characters do not
    kept = "".join(c for c in spaced if c in _JOINERS or unicodedata.category(c)[0] != "C")
    name = " ".join(unicodedata.normalize("NFC", kept).split()).strip(_ENDS)
    return name[:LONGEST].rstrip(_ENDS)
