"""Thousands of changes at once: the values that they replace, and the writing of them into memory.

The same as one change after the other (``ProjectState.read`` and ``.write``), with neighbouring labels
as one array, so that swapping two people through a whole clip does not hold up the window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from .changes import Change, check_change, label_changes, pack, unpacked
from .poses import POSE_DTYPE, PoseRows
from .state import ProjectState


@dataclass(frozen=True)
class Before:
    """The values that some cells had.

    Attributes:
        rows: labels that there were, POSE_DTYPE. absent: keys of labels that there were not.
        others: all other cells with their values, in the opposite order.
    """

    rows: PoseRows
    absent: list[tuple[int, ...]]
    others: list[Change]

    def changes(self) -> tuple[Change, ...]:
        """The changes that bring them back."""
        gone = (Change("label", key, None) for key in self.absent)
        return (*self.others, *gone, *label_changes(self.rows))


class Both:
    """An edit's changes and their inverse: what undo and redo walk.

    They become bytes on the writing thread, or part by part while a large edit is made in turns: hundreds of
    thousands of small objects that live on would cost every collection of garbage from then on.

    Attributes:
        parts: of how many parts it was made.
    """

    def __init__(
        self, forward: tuple[Change, ...] | bytes, before: tuple[Change, ...] | Before | bytes
    ) -> None:
        self._sides: tuple[tuple[Change, ...] | Before | bytes, ...] = (forward, before)
        self._gathered: tuple[list[bytes], list[bytes]] = ([], [])
        self.parts = 1

    @classmethod
    def gathering(cls) -> Both:
        """One that has no changes yet, for :meth:`gather`."""
        both = cls(b"", b"")
        both.parts = 0
        return both

    @classmethod
    def checked(cls, forward: bytes, inverse: bytes) -> Both:
        """As it was read from a file. Raises what :func:`.changes.check_change` does if that is damaged."""
        for side in (forward, inverse):
            for change in unpacked(side):
                check_change(change)
        return cls(forward, inverse)

    def gather(self, forward: tuple[Change, ...], before: Before) -> None:
        """Add what is made in one turn."""
        self._gathered[0].append(pack(forward))
        self._gathered[1].append(pack(before.changes()))
        self.parts += 1

    def packed(self) -> tuple[bytes, ...]:
        """Forward and inverse changes as bytes, which alone are kept from now on."""
        forward, inverse = self._gathered
        if forward:
            self._sides = (b"".join(forward), b"".join(reversed(inverse)))
        else:
            self._sides = tuple(
                side if isinstance(side, bytes) else pack(self.changes(at))
                for at, side in enumerate(self._sides)
            )
        self._gathered = ([], [])
        return self._sides  # type: ignore[return-value]

    def changes(self, side: int) -> tuple[Change, ...]:
        """Forward (0) or inverse (1) changes."""
        return tuple(self.walk(side))

    def walk(self, side: int) -> Iterator[Change]:
        """Forward (0) or inverse (1) changes, made as they are asked for."""
        gathered, one = list(self._gathered[side]), self._sides[side]
        if gathered:
            for part in gathered if side == 0 else reversed(gathered):
                yield from unpacked(part)
        elif isinstance(one, bytes):
            yield from unpacked(one)
        else:
            yield from one.changes() if isinstance(one, Before) else one


def before(state: ProjectState, changes: Iterable[Change]) -> Before:
    """The present values of the cells that ``changes`` set."""
    changes = list(changes)
    keys = list(dict.fromkeys(change.key for change in changes if change.kind == "label"))
    places = state.labels.places((key[0], key[1]) for key in keys)
    there = places >= 0
    absent = [] if there.all() else [keys[at] for at in np.flatnonzero(~there).tolist()]
    cells = dict.fromkeys((c.kind, c.key) for c in changes if c.kind != "label")
    others = [Change(kind, key, state.read(kind, key)) for kind, key in reversed(cells)]
    return Before(state.labels.at(places[there]), absent, others)


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
