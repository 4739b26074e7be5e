"""The review list: made for a whole project once, then kept up to date near what changes."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np

from ..labels import POSE_DTYPE, PoseRows
from ..labels.state import ProjectState
from .body import Body, make_body
from .examine import each_person, examine
from .findings import Reason
from .items import BRIDGE, CELL, Cells, Item, Wording, doubtful, grouped
from .neighbours import meetings, outlines
from .usual import Usual, people, usual_of

REACH = 32
"""So many frames away a pose can change what is said of another (exchanged sides see furthest)."""
FEW = 200
"""Up to so many new items are put into their places; more are sorted with all others."""
Seen = Callable[[int, int], PoseRows]
"""Frames ``start`` … ``stop`` − 1 → what is seen in them, POSE_DTYPE by person and frame."""


class Queue:
    """Doubtful joints of a project, as items.

    It belongs to one thread. A pose takes some 7 microseconds, so :meth:`refresh` of a long project belongs on a
    worker.
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
        usual: Usual | None = None,
    ) -> None:
        """Look at everything once.

        Args:
            seen: reads poses; asked again by :meth:`update`. frames: how many the video has.
            name: what a person is called in sentences.
            reviewed: frames that a person has reviewed: nothing in them is an item.
            second, references: poses of another model, and of other reference frames (POSE_DTYPE).
            models: what is compared, as in "GLPose against HRNet".
            skipped: cells that an earlier list skipped (:attr:`skipped`).
            usual: what is usual, where it need not be measured.
        """
        self._seen, self._frames = seen, frames
        self._second, self._references = second, references
        self.name, self._models = name, models
        self._reviewed = frozenset(reviewed)
        self.skipped: set[int] = set(skipped)
        """Keys of the cells that were skipped: store them with the project as plain numbers."""
        self._cells: dict[tuple[int, int], Cells] = {}
        self._items: dict[tuple[int, int], list[Item]] = {}
        self._ranked: list[Item] = []
        self._gone: set[int] = (
            set()
        )  # ids of items that are in _ranked or _fresh, and no longer in the list
        self._fresh: list[Item] = []  # not yet in _ranked
        self.usual = Usual(float("nan")) if usual is None else usual
        self._look(measured=usual is not None)

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
        self._look(measured=False)

    def _look(self, measured: bool) -> None:
        rows = self._seen(0, self._frames)
        bodies = [make_body(own) for own in people(rows)]
        if not measured:
            self.usual = usual_of(rows, bodies)
        self._cells = _by_key(self._open(self._doubtful(rows, bodies=bodies)))
        everything = [cells for _, cells in sorted(self._cells.items())]
        self._items = {key: [] for key in self._cells}
        items = self._grouped(np.concatenate(everything)) if everything else []
        for item in items:
            self._items[item.person, int(item.reason)].append(item)
        self._ranked, self._gone, self._fresh = sorted(items, key=rank), set(), []

    def update(
        self,
        start: int,
        stop: int,
        reviewed: Collection[int] | None = None,
        before: PoseRows | None = None,
    ) -> None:
        """Frames ``start`` … ``stop`` − 1 have changed: look near them only.

        What is usual stays as it was at the last :meth:`refresh`. ``reviewed`` replaces the set of
        reviewed frames where it is given. ``before`` is what was seen in these frames (POSE_DTYPE, by person and
        frame): with it, only people whom the change touches are looked at.
        """
        low, high = max(start - REACH, 0), min(stop + REACH, self._frames)
        rows = self._seen(max(low - REACH, 0), min(high + REACH, self._frames))
        whose = None
        if before is not None:
            now = rows[(rows["frame"] >= start) & (rows["frame"] < stop)]
            whose = touched(before, now)
        if reviewed is not None:
            if self._reviewed.symmetric_difference(reviewed):
                whose = None
            self._reviewed = frozenset(reviewed)
        cells = self._open(self._doubtful(rows, whose=whose))
        new = _by_key(cells[(cells["frame"] >= low) & (cells["frame"] < high)])
        for key in self._cells.keys() | new.keys():
            if whose is not None and key[0] not in whose:
                continue
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
        self._rank()
        if reasons is None and person is None and joint is None and frames is None:
            return self._ranked.copy()
        return [
            item
            for item in self._ranked
            if (person is None or item.person == person)
            and (reasons is None or not {item.reason, *item.also}.isdisjoint(reasons))
            and (joint is None or not item.joints or joint in item.joints)
            and (frames is None or (item.frame < frames.stop and item.stop > frames.start))
        ]

    def _rank(self) -> None:
        """Bring what has changed into the order; the many that have not are not sorted again."""
        if self._gone:
            self._ranked = [one for one in self._ranked if id(one) not in self._gone]
            self._fresh = [one for one in self._fresh if id(one) not in self._gone]
        if len(self._fresh) > FEW:
            self._ranked = sorted(self._ranked + self._fresh, key=rank)
        else:
            for one in self._fresh:
                insort(self._ranked, one, key=rank)
        self._gone, self._fresh = set(), []

    def _doubtful(
        self,
        rows: PoseRows,
        *,
        whose: Collection[int] | None = None,
        bodies: Sequence[Body] | None = None,
    ) -> Cells:
        each = each_person(
            rows, self.usual, whose=whose, bodies=bodies,
            second=self._second, references=self._references,
        )  # fmt: skip
        cells = [doubtful(examined) for _, examined in each]
        return np.concatenate(cells) if cells else np.zeros(0, CELL)

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
        near = (frames >= low) & (frames < high)
        new = self._grouped(self._cells[key][near])
        kept = [one for one in items if one.stop <= low or one.frame >= high]
        self._gone |= {id(one) for one in items} - {id(one) for one in kept}
        self._fresh += new
        self._items[key] = kept + new

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
    return sorted(grouped(cells[inside], wording), key=rank)


def rank(item: Item) -> tuple[float, int, int, int, tuple[int, ...]]:
    """What the list is in order of: the greatest expected gain first."""
    return -item.gain, item.frame, item.person, item.reason, item.joints


def touched(before: PoseRows, now: PoseRows) -> set[int]:
    """People whose poses differ, and those whose joints such a pose reaches into, before or after.

    ``before`` and ``now``: the same frames, POSE_DTYPE by person and frame.
    """
    rows = np.concatenate([before, now])
    order = np.lexsort((rows["frame"], rows["person"]))
    rows = rows[order]
    raw = rows.view(np.uint8).reshape(len(rows), POSE_DTYPE.itemsize)
    twice = (raw[1:] == raw[:-1]).all(axis=1)  # who, when and all that is said
    differs = np.ones(len(rows), bool)
    differs[1:] &= ~twice
    differs[:-1] &= ~twice
    whose = set(rows["person"][differs].tolist())
    for a, b in meetings(rows["frame"], *outlines(rows)):
        for one, other in ((a, b), (b, a)):
            whose.update(rows["person"][other[differs[one]]].tolist())
    return whose


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
