"""Where the parts of the timeline lie at a size of the widget."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics

from ..theme import aside_font
from .curves import Kind
from .painting import Areas

NAMES_WIDTH = 264
RULER_HEIGHT = 36
CACHED_HEIGHT = 4
ROW_HEIGHT = 24
CURVE_HEIGHT = 72
SMALL_CURVE = 56
MOST_CURVE = 160
BAR = 10
"""Thickness of the scroll bars."""
GAP = 4
_LEAST_CURVE = 40
_RIGHT = 16
_WORD_SPACE = 12


def areas_of(size: QSize, people: int, crossings: int = 0) -> Areas:
    """The parts of a timeline of this size with lanes for so many people, and a strip ``crossings`` high for the
    marks of crossings."""
    left, width = NAMES_WIDTH, max(size.width() - NAMES_WIDTH - _RIGHT, 1)
    under = RULER_HEIGHT + CACHED_HEIGHT
    top = under + crossings + GAP
    room = max(size.height() - top - BAR, ROW_HEIGHT)
    wanted = max(people, 1) * ROW_HEIGHT
    # Where lanes lack room the curve gives some; the room of the strip is the curve's, so that the lanes stay.
    least = max(SMALL_CURVE - crossings, _LEAST_CURVE)
    curve = room - max(min(wanted, room - least), min(wanted, 2 * ROW_HEIGHT))
    curve = 0 if curve < _LEAST_CURVE else min(curve, MOST_CURVE)
    rows = min(room - curve, wanted)
    return Areas(
        names=QRect(0, top, left, rows),
        ruler=QRect(left, 0, width, RULER_HEIGHT),
        cached=QRect(left, RULER_HEIGHT, width, CACHED_HEIGHT),
        crossings=QRect(left, under + 1, width, crossings),
        lanes=QRect(left, top, width, rows),
        curve=QRect(left, top + rows + GAP, width, max(curve - GAP, 0)),
    )


def curve_words(areas: Areas) -> dict[Kind, QRect]:
    """The words at the left of the curve that choose what it shows, from left to right, and where they lie."""
    if areas.curve.height() <= 0:
        return {}
    metrics = QFontMetrics(aside_font())
    right, words = areas.names.right() - _WORD_SPACE, {}
    for kind in reversed(Kind):
        width = metrics.horizontalAdvance(kind.value)
        words[kind] = QRect(right - width, areas.curve.top() + 3, width, metrics.height() + 4)
        right -= width + _WORD_SPACE
    return dict(reversed(words.items()))
