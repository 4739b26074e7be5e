"""The line of help on its plate, in several lines where the canvas is narrow, and which of its words give way where it
has no room. Its keys never do: who is not told of a key cannot press it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from .. import theme
from ..shortcuts import in_use
from ..theme import PALETTE, colour
from .marks import paint_plate

Part = tuple[str, bool]
Hint = Sequence[Part]
"""Parts of a line of help: text, and whether it is a key."""
HINT_HEIGHT = 32
LINE = 20
"""Screen pixels from one line to the next, where there are several."""
BREAK = ("\n", False)
"""The part that ends a line."""
SIDE = 12.0
"""Screen pixels from an end of the plate to its text."""
LEAST = 36.0
"""Words that would be cut to fewer screen pixels say nothing: they are left out."""
BETWEEN = "  ·  "
_WORDS = re.compile(r"(\s*(?:·\s*)?)(.*?)(\s*·\s*|:?\s*)", re.DOTALL)
"""What parts words from the key before, the words, and what parts them from the key behind."""
_CLAUSE = re.compile(r"\s*·\s*|, ")
_PIECE = re.compile(r".+?(?:\s+·\s+|\s{2,}|$)", re.DOTALL)
"""Words that stay in one line if they can, with what parts them from the next."""
_WORD = re.compile(r"\S*\s*")


def fits(hint: Hint, width: float) -> bool:
    """Whether a hint has room in ``width`` pixels with all of its words."""
    return sum(_widths(_spelled(hint))) <= width - 2 * SIDE


def fitting_hint(hint: Hint, width: float) -> list[Part]:
    """A hint, with the keys in use, within ``width`` pixels: its words are cut, then left out, and only where the keys
    alone have no room are the last of them missing. What keys do goes from the last key on, so that no words stand
    behind a bare key that they do not belong to."""
    return list(_fitted(_spelled(hint), width - 2 * SIDE))


@lru_cache(maxsize=64)
def _fitted(hint: tuple[Part, ...], room: float) -> tuple[Part, ...]:
    kept = list(hint)
    while (over := sum(widths := _widths(tuple(kept))) - room) > 0:
        worded = [at for at, (text, key) in enumerate(kept) if not key and text != BETWEEN]
        if not worded:
            return tuple(_keys_alone(kept, room))
        sentences = [at for at in worded if at == 0 or not kept[at - 1][1]]
        least = max(sentences, key=lambda at: widths[at]) if sentences else worded[-1]
        kept[least] = (_cut(kept[least][0], over), False)
        if not kept[least][0]:
            beside_keys = 0 < least < len(kept) - 1 and kept[least - 1][1]
            kept[least : least + 1] = [(BETWEEN, False)] if beside_keys else []
    return tuple(kept)


def _cut(text: str, over: float) -> str:
    """Words that are ``over`` pixels shorter, whole clauses if there are any, still parted from the keys beside them; ""
    where none would be left."""
    found = _WORDS.fullmatch(text)
    assert found is not None
    before, words, behind = found.groups()
    font = QFontMetricsF(theme.reading_font())
    # A pixel less, because the parts of a line are measured one by one.
    width = font.horizontalAdvance(words) - over - 1
    if width < LEAST:
        return ""
    clauses = [words[: end.start()] for end in _CLAUSE.finditer(words)]
    whole = [some for some in clauses if LEAST <= font.horizontalAdvance(some) <= width]
    shorter = whole[-1] if whole else font.elidedText(words, Qt.TextElideMode.ElideRight, width)
    return f"{before}{shorter}{behind}"


def _keys_alone(parts: list[Part], room: float) -> list[Part]:
    """As many keys as have room, from the first."""
    while parts and (not parts[-1][1] or sum(_widths(tuple(parts))) > room):
        parts = parts[:-1]
    return parts


def wrapped_hint(hint: Hint, width: float, most: int, *, whole: bool = False) -> list[Part]:
    """A hint, with the keys in use and what each does, in at most so many lines within ``width`` pixels; nothing where
    that is too little. Where not all has room, and it need not be ``whole``, clauses without a key are left out, the
    longest first."""
    return list(_wrapped(_spelled(hint), width - 2 * SIDE, most, whole))


@lru_cache(maxsize=64)
def _wrapped(hint: tuple[Part, ...], room: float, most: int, whole: bool) -> tuple[Part, ...]:
    chunks = _chunks(hint)
    while len(lines := _lines(chunks, room)) > most:
        bare = [at for at, chunk in enumerate(chunks) if not any(key for _, key in chunk)]
        if whole or not bare:
            return ()
        del chunks[max(bare, key=lambda at: sum(_widths(chunks[at])))]
    if max((sum(_widths(line)) for line in lines), default=0) > room:
        return ()
    return tuple(part for line in lines for part in (BREAK, *line))[1:]


def _lines(chunks: Sequence[tuple[Part, ...]], room: float) -> list[tuple[Part, ...]]:
    """Lines within a width in pixels: as many chunks in each as have room, and of what is too long the words."""
    lines: list[tuple[Part, ...]] = [()]
    for chunk in chunks:
        whole = sum(_widths(_stripped(chunk))) <= room
        for part in [chunk] if whole else _words(chunk):
            if lines[-1] and sum(_widths(_stripped((*lines[-1], *part)))) > room:
                lines.append(())
            lines[-1] += part
    return [_stripped(line) for line in lines if line]


def _chunks(hint: tuple[Part, ...]) -> list[tuple[Part, ...]]:
    """What belongs together: a key and what it does, a clause."""
    chunks: list[tuple[Part, ...]] = []
    for text, key in hint:
        for at, piece in enumerate([text] if key else _PIECE.findall(text)):
            if at == 0 and not key and chunks and chunks[-1][-1][1]:
                chunks[-1] += ((piece, False),)
            else:
                chunks.append(((piece, key),))
    return chunks


def _words(chunk: tuple[Part, ...]) -> list[tuple[Part, ...]]:
    """The words of a chunk, the first beside its key."""
    *keys, (text, key) = chunk
    first, *others = _WORD.findall(text)[:-1] or [text]
    return [(*keys, (first, key)), *(((word, key),) for word in others)]


def _stripped(line: tuple[Part, ...]) -> tuple[Part, ...]:
    """A line without what would part it from more."""
    *before, (text, key) = line
    return (*before, (text if key else text.rstrip(" ·"), key))


def hint_lines(hint: Hint) -> list[list[Part]]:
    """The lines of a hint; none where it has nothing to say."""
    lines: list[list[Part]] = [[]]
    for part in hint:
        if part == BREAK:
            lines.append([])
        else:
            lines[-1].append(part)
    return lines if hint else []


def hint_plate(hint: Hint, x: float, bottom: float) -> QRectF:
    """Where :func:`paint_hint` paints; nowhere where it has nothing to say."""
    lines = hint_lines(hint)
    wide = max((sum(_widths(tuple(line))) for line in lines), default=-2 * SIDE) + 2 * SIDE
    high = HINT_HEIGHT + (len(lines) - 1) * LINE if lines else 0
    return QRectF(x, bottom - high if lines else bottom - HINT_HEIGHT, wide, high)


def paint_hint(painter: QPainter, hint: Hint, x: float, bottom: float) -> None:
    """The lines at the bottom, keys in bold white."""
    if not hint:
        return
    plain, bold = theme.reading_font(), theme.reading_font(QFont.Weight.DemiBold)
    lines = [
        [
            (text, bold if key else plain, PALETTE.bright if key else PALETTE.quiet)
            for text, key in line
        ]
        for line in hint_lines(hint)
    ]
    plate = hint_plate(hint, x, bottom)
    if len(lines) == 1:
        paint_plate(painter, plate, lines[0], colour(PALETTE.panel, 0.88), theme.RADIUS, SIDE)
        return
    paint_plate(painter, plate, [], colour(PALETTE.panel, 0.88), theme.RADIUS, SIDE)
    for at, line in enumerate(lines):
        row = QRectF(plate.x(), plate.y() + at * LINE, plate.width(), HINT_HEIGHT)
        paint_plate(painter, row, line, colour(PALETTE.panel, 0.0), 0, SIDE)


def _spelled(hint: Hint) -> tuple[Part, ...]:
    """The keys in use, and what stands between two of them in one part."""
    parts: list[Part] = []
    for text, key in hint:
        if parts and not key and not parts[-1][1]:
            parts[-1] = (parts[-1][0] + text, False)
        else:
            parts.append((in_use(text) if key else text, key))
    return tuple(parts)


@lru_cache(maxsize=256)
def _widths(hint: tuple[Part, ...]) -> list[float]:
    plain, bold = theme.reading_font(), theme.reading_font(QFont.Weight.DemiBold)
    return [QFontMetricsF(bold if key else plain).horizontalAdvance(text) for text, key in hint]
