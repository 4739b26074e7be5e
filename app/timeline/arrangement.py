"""Where the parts of the timeline lie at a size of the widget."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics

from ..theme import aside_font
from . import crossings
from .curves import Kind
from .painting import Areas

NAMES_WIDTH = 264
RULER_HEIGHT = 36
CACHED_HEIGHT = 4
ROW_HEIGHT = 24
CURVE_HEIGHT = 64
SMALL_CURVE = 56
MOST_CURVE = 160
MOST_SHARE = 0.3
"""Of the window's height: the picture needs the rest."""
LEAST_LANES = 2
MOST_LANES = 8
"""Beyond these, lanes are scrolled unless somebody makes room by hand."""
BAR = 10
"""Thickness of the scroll bars."""
GAP = 4
_LEAST_CURVE = 40
_RIGHT = 16
_WORD_SPACE = 12


def areas_of(size: QSize, people: int, strip: int = 0) -> Areas:
    """The parts of a timeline of this size with whole lanes for so many people, and a ``strip`` so high for the
    marks of crossings."""
    left, width = NAMES_WIDTH, max(size.width() - NAMES_WIDTH - _RIGHT, 1)
    under = RULER_HEIGHT + CACHED_HEIGHT
    top = under + strip + GAP
    room = max(size.height() - top - BAR, ROW_HEIGHT)
    wanted = max(people, 1) * ROW_HEIGHT
    # Where lanes lack room the curve gives some; the room of the strip is the curve's, so that the lanes stay.
    least = max(SMALL_CURVE - strip, _LEAST_CURVE)
    rows = _whole(max(min(wanted, room - least), min(wanted, 2 * ROW_HEIGHT, room)))
    curve = min(room - rows, MOST_CURVE)
    if curve < _LEAST_CURVE:
        rows, curve = _whole(min(wanted, room)), 0
    return Areas(
        names=QRect(0, top, left, rows),
        ruler=QRect(left, 0, width, RULER_HEIGHT),
        cached=QRect(left, RULER_HEIGHT, width, CACHED_HEIGHT),
        crossings=QRect(left, under + 1, width, strip),
        lanes=QRect(left, top, width, rows),
        curve=QRect(left, top + rows + GAP, width, max(curve - GAP, 0)),
    )


def fitting_height(people: int, window: int) -> int:
    """How high a timeline is to be that shows lanes of so many people and a curve in a window of this height."""
    rest = RULER_HEIGHT + CACHED_HEIGHT + crossings.HEIGHT + GAP + BAR + CURVE_HEIGHT
    room = (round(window * MOST_SHARE) - rest) // ROW_HEIGHT
    return rest + max(min(people, room, MOST_LANES), LEAST_LANES) * ROW_HEIGHT


def _whole(height: int) -> int:
    """As much of a height as whole lanes take, and one at least."""
    return max(height // ROW_HEIGHT, 1) * ROW_HEIGHT


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
