"""What a person has skipped in the review list, as a note of the project."""

from __future__ import annotations

from collections.abc import Iterable

SKIPPED = "review.skipped"
"""The name of the note."""


def keys_note(keys: Iterable[int]) -> str:
    """Keys of skipped cells as the text of the note."""
    return " ".join(map(str, sorted(keys)))


def read_keys(note: str) -> set[int]:
    """The keys in a note; what is no key is left out."""
    return {
        int(word)
        for word in note.split()
        if word.isdecimal() and len(word) < 21 and int(word) < 2**64
    }
