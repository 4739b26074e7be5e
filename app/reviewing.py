"""What is to be looked at: the review list of the open project, where one stands in it, and its verdicts.

The list is made when somebody wants to see it, and follows every edit from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from glpose_core.labels import Edit, PoseRows, ProjectChange, ProjectState, edits
from glpose_core.review import SKIPPED, Item, keys_note, read_keys

from .workers.reviewing import Found, Near, ReviewThread, Skip, Whole, narrowed

if TYPE_CHECKING:
    from .session import Session

SETTLE_MS = 120
"""Changes are told to the thread so long after the first of them."""
POSES_A_TURN = 4000
"""So many poses are copied in one turn of the event loop."""
MANY_FRAMES = 400
"""Changes that reach farther have everything looked at again."""


class Reviewing(QObject):
    """The list and the place in it.

    Attributes:
        items: what the filters let through, best gain first.
        total: how many there are without filters.
        current: the item that was gone to last, or ``None``.
        reason, person, joint: the filters, ``None`` for all.
        busy: whether the first list is still being made. failed: whether that ended in an error.
    """

    changed = Signal()
    """The list, the filters or whether it is being made."""
    current_changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.items: list[Item] = []
        self.total = 0
        self.current: Item | None = None
        self.reason: int | None = None
        self.person: int | None = None
        self.joint: int | None = None
        self.busy = False
        self.failed = False
        self._number = 0
        self._skipped: set[int] = set()
        self._all: tuple[Item, ...] = ()
        self._at = 0
        self._watching = False
        self._stale = True
        self._span: tuple[int, int] | None = None
        self._copied: list[PoseRows] = []
        self._copy_from = 0
        self._thread = ReviewThread(self)
        self._thread.found.connect(self._take)
        self._rest = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._rest.timeout.connect(self._tell)
        self._copying = QTimer(self, interval=0)
        self._copying.timeout.connect(self._copy)
        session.project_changed.connect(self._forget)
        session.poses_changed.connect(self._note)

    def watch(self) -> None:
        """Somebody wants to see the list: make it, and follow every change from now on."""
        self._watching = True
        if self._stale:
            self._begin()

    def close(self) -> None:
        """Stop the thread."""
        self._copying.stop()
        self._rest.stop()
        self._thread.close()

    # -- the list ------------------------------------------------------------------------------

    @property
    def all(self) -> tuple[Item, ...]:
        """Every item, whatever the filters let through, best gain first."""
        return self._all

    def narrow(self, reason: int | None, person: int | None, joint: int | None) -> None:
        """Set the filters."""
        if (reason, person, joint) != (self.reason, self.person, self.joint):
            self.reason, self.person, self.joint = reason, person, joint
            self._show()
            if self.current is None:
                self._at = 0  # of another list the best comes first

    def _forget(self) -> None:
        self._copying.stop()
        self._rest.stop()
        self._all, self._span, self._stale, self.busy = (), None, True, False
        self.person = None
        self._skipped.clear()
        self._stand_at(None, 0)
        if self._watching:
            self._begin()
        self._show()

    def _begin(self) -> None:
        """Copy everything that is seen, a few thousand poses at a time, and have it looked at."""
        if self.session.project is None:
            return
        self._number += 1
        self._stale, self.busy, self.failed, self._span = False, True, False, None
        self._copied, self._copy_from = [], 0
        self._copying.start()
        self.changed.emit()

    def _copy(self) -> None:
        project, frames = self.session.project, self.session.frames
        assert project is not None
        state = project.state
        people = [person.id for person in self.session.people()]
        poses = sum(len(state.frames_of(person)) for person in people)
        step = max(frames * POSES_A_TURN // max(poses, 1), 1)
        stop = min(self._copy_from + step, frames)
        self._copied.append(state.seen(people, self._copy_from, stop))
        self._copy_from = stop
        if stop < frames:
            return
        self._copying.stop()
        rows = np.concatenate(self._copied)
        self._copied = []
        rows = rows[np.lexsort((rows["frame"], rows["person"]))]
        self._skipped |= read_keys(project.note(SKIPPED))
        self._thread.send(
            Whole(
                self._number,
                rows,
                frames,
                self._names(),
                frozenset(state.reviewed),
                frozenset(self._skipped),
            )
        )
        if self._span is not None:
            self._rest.start()

    def _names(self) -> dict[int, str]:
        return {person.id: self.session.person_name(person.id) for person in self.session.people()}

    def _note(self, change: ProjectChange) -> None:
        """Poses have changed: near them everything is looked at again, soon."""
        if self._stale or not self._watching:
            self._stale = True
            return
        frames = change.frames
        start, stop = (0, self.session.frames)
        if frames is not None:
            if not frames:
                return
            start, stop = min(frames), max(frames) + 1
        if self._span is not None:
            start, stop = min(start, self._span[0]), max(stop, self._span[1])
        self._span = start, stop
        # Not restarted by further changes: a run that never pauses must still be seen.
        if not self._rest.isActive() and not self._copying.isActive():
            self._rest.start()

    def _tell(self) -> None:
        span, self._span = self._span, None
        if span is None or self.session.project is None:
            return
        start, stop = span
        if stop - start > MANY_FRAMES:
            self._begin()
            return
        state = self.session.project.state
        people = [person.id for person in self.session.people()]
        rows = state.seen(people, start, stop)
        self._thread.send(Near(start, stop, rows, self._names(), frozenset(state.reviewed)))

    def _take(self, found: Found) -> None:
        if self.session.project is None or self._stale or found.number != self._number:
            return
        self.busy, self.failed = False, found.failed
        self._all = found.items
        if self._skipped:  # a list that was on its way when something was skipped still has it
            self._all = tuple(
                one for one in self._all if self._skipped.isdisjoint(one.cells.tolist())
            )
        self._show()

    def _show(self) -> None:
        self.total = len(self._all)
        self.items = narrowed(self._all, self.reason, self.person, self.joint)
        if self.current is not None:
            self._stand_at(self._again(self.current), self._at)
        self.changed.emit()

    def _again(self, item: Item) -> Item | None:
        """The item of the new list that speaks of the same, or ``None`` where that is settled."""
        for at, other in enumerate(self.items):
            same = other.person == item.person and other.reason == item.reason
            shared = not item.joints or not set(other.joints).isdisjoint(item.joints)
            if same and shared and other.frame < item.stop and item.frame < other.stop:
                self._at = at
                return other
        return None

    # -- walking through it --------------------------------------------------------------------

    def go(self, item: Item) -> None:
        """Show an item: its frame, its person, and the joint that the model is least sure of."""
        self._stand_at(item, self.items.index(item) if item in self.items else self._at)
        self.session.pause()
        self.session.go_to(item.look)
        self.session.select(item.person)
        pose = self.session.pose()
        if pose is not None and item.joints:
            surest_last = sorted(item.joints, key=lambda joint: float(pose["score"][joint]))
            self.session.select(item.person, surest_last[0])

    def begin_anew(self) -> None:
        """Stand before the list: the next item is its first."""
        self._stand_at(None, 0)

    def next(self) -> Item | None:
        """Go to the next item: the one after the current, or what has taken its place."""
        at = self._at if self.current is None else self._at + 1
        return self._go_at(at)

    def previous(self) -> Item | None:
        """Go to the item before."""
        return self._go_at(self._at - 1)

    def _go_at(self, at: int) -> Item | None:
        if not self.items:
            return None
        item = self.items[at % len(self.items)]
        self.go(item)
        return item

    def accept(self) -> Item | None:
        """The current item is right as it is: confirm its joints all through it, and go to the next.

        What speaks of whole poses (a gap, twins) has no joints to confirm, and is skipped. Nothing is
        confirmed that is not on show: elsewhere this goes back to the item first.
        """
        item = self.current
        if item is None:
            return None
        if not self.is_shown(item):
            self.go(item)
            return item
        if not item.joints:
            return self.skip()
        self.session.apply(lambda state: right_as_it_is(state, item))
        return self._leave(item)

    @property
    def skipped(self) -> frozenset[int]:
        """Numbers of what was skipped, as far as it is known by now."""
        return frozenset(self._skipped)

    def skip(self) -> Item | None:
        """Leave the current item out until its pose changes, and go to the next."""
        item = self.current
        if item is None:
            return None
        new = set(item.cells.tolist()) - self._skipped
        self._skipped |= new
        self._keep_skipped()
        self._thread.send(Skip(item))
        self.session.offer_undo(f"Skip {item.what}", lambda: self._list_again(item, new))
        return self._leave(item)

    def _list_again(self, item: Item, cells: set[int]) -> None:
        """Take a skip back, and stand at its item."""
        self._skipped -= cells
        self._keep_skipped()
        self._all = (item, *self._all)  # until the thread has found its place
        self._show()
        self.go(item)
        self._begin()

    def show_skipped(self) -> bool:
        """List everything that was skipped again. Returns whether there was anything."""
        there = bool(self._skipped or (self.session.project and self.session.project.note(SKIPPED)))
        self._skipped.clear()
        self._keep_skipped()
        self._begin()
        return there

    def _keep_skipped(self) -> None:
        if self.session.project is not None and not self.session.project.read_only:
            self.session.project.set_note(SKIPPED, keys_note(self._skipped))

    def speaks_of(self, person: int, frame: int) -> bool:
        """Whether the current item is about a pose: of the person, or of the other one concerned."""
        item = self.current
        return (
            item is not None
            and person in (item.person, item.other)
            and item.frame <= frame < item.stop
        )

    def settle_gone(self) -> Item | None:
        """What the current item was about has been deleted: take it off the list, and with it every item about people
        who are no more; go to the next."""
        item, living = self.current, self._names()
        if item is None:
            return None
        before = self.items[: self._at]
        self._at -= sum(one.person not in living for one in before)
        self._all = tuple(one for one in self._all if one.person in living)
        return self._leave(item)

    def is_shown(self, item: Item) -> bool:
        """Whether the item's person is chosen and its stretch is before the eyes."""
        return self.session.person == item.person and item.frame <= self.session.frame < item.stop

    def _leave(self, item: Item) -> Item | None:
        """Take an item off the list before the thread does, so that the hand need not wait."""
        at = self._at
        self._all = tuple(one for one in self._all if one is not item)
        self._stand_at(None, at)
        self._show()
        return self._go_at(at)

    def _stand_at(self, item: Item | None, at: int) -> None:
        self._at = at
        if item is not self.current:
            self.current = item
            self.current_changed.emit()


def right_as_it_is(state: ProjectState, item: Item) -> Edit:
    """The edit that confirms an item's joints."""
    return edits.accept_joints(state, item.person, item.joints, item.frame, item.stop)
