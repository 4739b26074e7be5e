"""Choose from which joint scores a joint is proposed as visible, hidden or absent.

Wrong proposals are weighed by what they cost the person who corrects them: a key where a joint has the
wrong state, a click where it has to be placed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..labels import Visibility
from ..predict.rows import VisibilityThresholds

KEY, CLICK = 0.3, 1.1
"""Seconds that a person takes to say what a joint is, and to place it."""
GRID = np.linspace(0.0, 1.0, 101)
"""Thresholds tried. A step of 0.01 is finer than any two data sets agree."""


@dataclass(frozen=True, eq=False)
class Judged:
    """M predicted joints whose true state is known.

    Attributes:
        scores: heatmap maximum times the score of the person's box, ``[M]``.
        truth: :class:`Visibility`, ``[M]`` uint8.
        near: whether the predicted place is right, ``[M]`` bool; absent joints have no place.
    """

    scores: NDArray[np.float64]
    truth: NDArray[np.uint8]
    near: NDArray[np.bool_]


def costs(found: Judged, proposed: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Seconds to correct each joint ``[M]`` that was proposed as ``proposed [M]``.

    A joint in the wrong place is dragged whatever was proposed of it; one that was taken for absent is placed.
    """
    here = found.truth != Visibility.ABSENT
    misplaced = here & ((proposed == Visibility.ABSENT) | ~found.near)
    placed_right = here & ~misplaced & (proposed != found.truth)
    invented = ~here & (proposed != Visibility.ABSENT)
    return np.asarray(CLICK * misplaced + KEY * (placed_right | invented), dtype=np.float64)


def choose_thresholds(sets: list[Judged]) -> VisibilityThresholds:
    """The thresholds that leave the least to correct, every set counting the same."""
    # Misplaced joints cost the same whatever is proposed, so only the states of the others decide.
    seen, placed = (np.zeros(len(GRID)) for _ in range(2))
    for found in sets:
        share = 1 / max(len(found.scores), 1)
        visible = _below(found, found.near & (found.truth == Visibility.VISIBLE)) * share
        hidden = _below(found, found.near & (found.truth == Visibility.OCCLUDED)) * share
        absent = _below(found, found.truth == Visibility.ABSENT) * share
        # Below "visible" a visible joint costs a key; from it on a hidden one does.
        seen += KEY * (visible + (hidden[-1] - hidden))
        # Below "placed" either is placed anew (the key for "hidden" is saved); from it on an absent one costs a key.
        placed += (CLICK - KEY) * visible + CLICK * hidden + KEY * (absent[-1] - absent)
    total = seen[:, None] + placed[None]
    total[np.triu_indices(len(GRID), 1)] = np.inf
    at = np.unravel_index(int(total.argmin()), total.shape)
    return VisibilityThresholds(visible=float(GRID[at[0]]), placed=float(GRID[at[1]]))


def _below(found: Judged, which: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How many of ``which`` score less than each entry of :data:`GRID`, the last one being all of them."""
    scores = np.sort(found.scores[which])
    counts = np.searchsorted(scores, GRID).astype(np.float64)
    counts[-1] = len(scores)
    return counts


def confusion(found: Judged, proposed: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Counts ``[3, 3]``: rows are the truth, columns the proposal, both absent, occluded, visible."""
    counts = np.zeros((3, 3), np.int64)
    np.add.at(counts, (found.truth, proposed), 1)
    return counts
