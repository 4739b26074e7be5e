"""The review list: made for a whole project once, then kept up to date near what changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import numpy as np

from ..labels import PoseRows
from ..labels.state import ProjectState
from .examine import Examined, examine
from .findings import Reason
from .items import BRIDGE, Cells, Item, Wording, doubtful, grouped
from .usual import Usual, usual_of

REACH = 32
"""So many frames away a pose can change what is said of another (exchanged sides see furthest)."""
Seen = Callable[[int, int], PoseRows]
"""Frames ``start`` … ``stop`` − 1 → what is seen in them, POSE_DTYPE by person and frame."""


class Queue:
    """Doubtful joints of a project, as items.

    It belongs to one thread. A pose takes some 15 microseconds, so :meth:`refresh` of a long project and
    :meth:`update` with many people belong on a worker.
    """

    def __init__(
        self,
        seen: Seen,
        frames: int,
        *,
        name: Callable[[int], str] = lambda person: f"person {person}",
        reviewed: Collection[int] = (),
        second: PoseRows | None = None,
        references: PoseRows | None = None,
        models: str = "two models",
        skipped: Iterable[int] = (),
    ) -> None:
        """Look at everything once.

        Args:
            seen: reads poses; asked again by :meth:`update`. frames: how many the video has.
            name: what a person is called in sentences.
            reviewed: frames that a person has reviewed: nothing in them is an item.
            second, references: poses of another model, and of other reference frames (POSE_DTYPE).
            models: what is compared, as in "GLPose against HRNet".
            skipped: cells that an earlier list skipped (:attr:`skipped`).
        """
        self._seen, self._frames = seen, frames
        self._second, self._references = second, references
        self.name, self._models = name, models
        self._reviewed = frozenset(reviewed)
        self.skipped: set[int] = set(skipped)
        """Keys of the cells that were skipped: store them with the project as plain numbers."""
        self._cells: dict[tuple[int, int], Cells] = {}
        self._items: dict[tuple[int, int], list[Item]] = {}
        self.usual = Usual(float("nan"))
        self.refresh()

    @classmethod
    def of(cls, state: ProjectState, **options: object) -> Queue:
        """The list of a project's state; ``options`` as in the constructor."""
        queue: Queue = cls(
            reader_of(state),
            state.video.frames,
            name=namer_of(state),
            reviewed=state.reviewed,
            **options,  # type: ignore[arg-type]
        )
        return queue

    def refresh(self) -> None:
        """Look at everything again, and measure anew what is usual."""
        rows = self._seen(0, self._frames)
        self.usual = usual_of(rows)
        self._cells = _by_key(self._open(self._doubtful(rows)))
        everything = [cells for _, cells in sorted(self._cells.items())]
        self._items = {key: [] for key in self._cells}
        for item in self._grouped(np.concatenate(everything)) if everything else []:
            self._items[item.person, int(item.reason)].append(item)

    def update(self, start: int, stop: int, reviewed: Collection[int] | None = None) -> None:
        """Frames ``start`` … ``stop`` − 1 have changed: look near them only.

        What is usual stays as it was at the last :meth:`refresh`. ``reviewed`` replaces the set of
        reviewed frames where it is given.
        """
        if reviewed is not None:
            self._reviewed = frozenset(reviewed)
        low, high = max(start - REACH, 0), min(stop + REACH, self._frames)
        rows = self._seen(max(low - REACH, 0), min(high + REACH, self._frames))
        cells = self._open(self._doubtful(rows))
        new = _by_key(cells[(cells["frame"] >= low) & (cells["frame"] < high)])
        for key in self._cells.keys() | new.keys():
            old = self._cells.get(key, cells[:0])
            outside = (old["frame"] < low) | (old["frame"] >= high)
            if key in new or not outside.all():
                both = np.concatenate([old[outside], new.get(key, cells[:0])])
                self._put(key, both, low, high)

    def skip(self, item: Item) -> None:
        """Leave an item out until its pose changes."""
        self.skipped.update(item.cells.tolist())
        key = item.person, int(item.reason)
        if key in self._cells:
            self._put(key, self._open(self._cells[key]), item.frame, item.stop)

    def items(
        self,
        reasons: Collection[Reason] | None = None,
        person: int | None = None,
        joint: int | None = None,
        frames: range | None = None,
    ) -> list[Item]:
        """Items, the greatest expected gain first; all filters given must hold.

        ``frames`` keeps items that touch the range; ``reasons`` keeps items of which one is the tag or among ``also``. Whole-pose items stay when filtering by ``joint``.
        """
        kept = [
            item
            for (who, _), items in self._items.items()
            if person is None or who == person
            for item in items
            if (reasons is None or not {item.reason, *item.also}.isdisjoint(reasons))
            and (joint is None or not item.joints or joint in item.joints)
            and (frames is None or (item.frame < frames.stop and item.stop > frames.start))
        ]
        return sorted(kept, key=lambda item: (-item.gain, item.frame, item.person, item.reason))

    def _doubtful(self, rows: PoseRows) -> Cells:
        return doubtful(self._examine(rows))

    def _examine(self, rows: PoseRows) -> Examined:
        return examine(rows, self.usual, self._second, self._references)

    def _open(self, cells: Cells) -> Cells:
        """Without what a person has skipped or reviewed."""
        if self._reviewed:
            cells = cells[~np.isin(cells["frame"], np.fromiter(self._reviewed, np.int64))]
        if self.skipped:
            cells = cells[~np.isin(cells["key"], np.fromiter(self.skipped, np.uint64))]
        return cells

    def _put(self, key: tuple[int, int], cells: Cells, low: int, high: int) -> None:
        """Replace the cells of a person and reason, of which only those in the range have changed."""
        self._cells[key] = cells[np.lexsort((cells["frame"], cells["joint"]))]
        items, frames = self._items.get(key, []), self._cells[key]["frame"]
        low, high = low - BRIDGE, high + BRIDGE
        touched: list[Item] = []
        while True:  # an item at the edge takes in what overlaps it
            more = [one for one in items if one.frame < high + BRIDGE and one.stop > low - BRIDGE]
            if len(more) == len(touched):
                break
            touched = more
            low = min(low, *(one.frame for one in more))
            high = max(high, *(one.stop for one in more))
        kept = [one for one in items if one.stop <= low or one.frame >= high]
        near = (frames >= low) & (frames < high)
        self._items[key] = kept + self._grouped(self._cells[key][near])

    def _grouped(self, cells: Cells) -> list[Item]:
        return grouped(cells, Wording(self.usual.confidence, self.name, self._models))


def review(
    state: ProjectState, frames: range | None = None, usual: Usual | None = None
) -> list[Item]:
    """The items of a project, best gain first; with ``frames``, of what lies there only.

    ``usual`` (of an earlier :class:`Queue`) saves looking at the rest of the project.
    """
    if frames is None or usual is None:
        return Queue.of(state).items(frames=frames)
    rows = reader_of(state)(max(frames.start - REACH, 0), frames.stop + REACH)
    cells = doubtful(examine(rows, usual))
    inside = (cells["frame"] >= frames.start) & (cells["frame"] < frames.stop)
    inside &= ~np.isin(cells["frame"], list(state.reviewed))
    wording = Wording(usual.confidence, namer_of(state))
    return sorted(
        grouped(cells[inside], wording),
        key=lambda item: (-item.gain, item.frame, item.person, item.reason),
    )


def reader_of(state: ProjectState) -> Seen:
    """How a project's poses are read: living people, by person and frame."""

    def seen(start: int, stop: int) -> PoseRows:
        return state.seen([p.id for p in state.people()], start, min(stop, state.video.frames))

    return seen


def namer_of(state: ProjectState) -> Callable[[int], str]:
    """What people of a project are called."""

    def name(person: int) -> str:
        record = state.person(person)
        return record.name if record is not None and record.name else f"person {person}"

    return name


def _by_key(cells: Cells) -> dict[tuple[int, int], Cells]:
    """Cells (by person and reason) of each person and reason apart."""
    if not len(cells):
        return {}
    cuts = np.flatnonzero((np.diff(cells["person"]) != 0) | (np.diff(cells["reason"]) != 0)) + 1
    return {
        (int(part["person"][0]), int(part["reason"][0])): part for part in np.split(cells, cuts)
    }
