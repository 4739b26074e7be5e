"""Thousands of changes at once: the values that they replace, and the writing of them into memory.

The same as one change after the other (``ProjectState.read`` and ``.write``), with neighbouring labels
as one array, so that swapping two people through a whole clip does not hold up the window.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np

from .changes import Change, label_changes, pack, unpack
from .poses import POSE_DTYPE
from .state import ProjectState


class Both:
    """An edit's changes and their inverse: what undo and redo walk.

    They become bytes on the writing thread: hundreds of thousands of small objects that live on would
    cost every collection of garbage from then on.
    """

    def __init__(self, forward: Iterable[Change], inverse: Iterable[Change]) -> None:
        self._sides: tuple[tuple[Change, ...] | bytes, ...] = (tuple(forward), tuple(inverse))

    def packed(self) -> tuple[bytes, ...]:
        """Forward and inverse changes as bytes, which alone are kept from now on."""
        packed = tuple(one if isinstance(one, bytes) else pack(one) for one in self._sides)
        self._sides = packed
        return packed

    def changes(self, side: int) -> tuple[Change, ...]:
        """Forward (0) or inverse (1) changes."""
        one = self._sides[side]
        return unpack(one) if isinstance(one, bytes) else one


def inverse(state: ProjectState, changes: Iterable[Change]) -> list[Change]:
    """The cells of ``changes`` with their present values, in the opposite order."""
    cells = dict.fromkeys((change.kind, change.key) for change in changes)
    labels = [(key[0], key[1]) for kind, key in cells if kind == "label"]
    places = state.labels.places(labels)
    known = {c.key: c.value for c in label_changes(state.labels.at(places[places >= 0]))}
    return [
        Change(kind, key, known.get(key) if kind == "label" else state.read(kind, key))
        for kind, key in reversed(cells)
    ]


def write_all(state: ProjectState, changes: Iterable[Change]) -> None:
    """Set many cells, in their order."""
    for set_labels, group in groupby(changes, _sets_label):
        if set_labels:
            data = b"".join(change.value for change in group if change.value is not None)
            state.put_labels(np.frombuffer(data, POSE_DTYPE))
        else:
            for change in group:
                state.write(change)


def _sets_label(change: Change) -> bool:
    return change.kind == "label" and change.value is not None
