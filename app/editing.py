"""Editing what is open: one finished gesture at a time, and back again.

:class:`app.session.Session` is this, and everything else that is open now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from glpose_core.errors import GLPoseError
from glpose_core.labels.edits import says_of_joints

from .choice import Choice, ChoiceMemory, person_of
from .locking import Sparing, spared
from .naming import with_author
from .present import Present
from .shortcuts import spelled
from .turns import InTurns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from glpose_core.labels import Change, Edit, PoseRows, Project, ProjectState, Run
    from glpose_core.labels.turns import Turns


@dataclass(frozen=True)
class Offer:
    """What Undo takes back beside edits: after which edit it was done, what it is called, and what takes it back.

    ``after`` is ``None`` while a large edit goes on that had been begun before it."""

    after: int | None
    title: str
    take_back: Callable[[], None]


class Editing(Present):
    """Edits of the open project, from every view.

    Attributes beyond those of :class:`Present`:
        collecting: whether a gesture is under way that has not become an edit yet.
    """

    edited = Signal(object)
    """An Edit that a person has made (not one that was undone or done again)."""
    saved_changed = Signal()
    """``saved_text`` says something else."""
    settling = Signal()
    """Sent before the frame, the selection or the project changes: a gesture that is still being
    collected (a drag, a burst of nudges) becomes its edit now."""
    collecting_changed = Signal()
    """``collecting`` says something else."""
    offers_changed = Signal()
    """Undo may take back something else."""
    noticed = Signal(str, str)
    """(level, sentence): "info", "warning" or "error", and one sentence for the person."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.collecting = False
        self._choices = ChoiceMemory()
        self._offers: list[Offer] = []
        self._turns = InTurns(self)
        self._turns.failed.connect(lambda sentence: self.noticed.emit("error", sentence))

    def settle(self) -> bool:
        """Whatever is still being collected or made becomes its edit now. Returns whether it did: not where something
        large failed just now, or is taken back."""
        self.settling.emit()
        return self._turns.finish()

    def forget_edits(self) -> None:
        """Another project is open."""
        self._choices.forget()
        self._offers.clear()

    def pause(self) -> None:
        """Stop playing."""
        raise NotImplementedError

    def go_to(self, frame: int) -> None:
        """Make ``frame`` the present frame."""
        raise NotImplementedError

    def select(self, person: int | None, joint: int | None = None) -> None:
        """Choose a person, and possibly a joint of theirs."""
        raise NotImplementedError

    def apply(self, edit: Edit | Callable[[ProjectState], Edit | None] | None) -> bool:
        """Apply one finished gesture: memory at once, disk soon.

        Args:
            edit: the edit, or a function of the state that makes it (called once everything that is
                still being collected has been applied). ``None`` is "nothing to do".

        Returns whether anything was applied; a refusal is told through ``noticed``.
        """
        self.settle()
        if self.project is None:
            return False
        if callable(edit):
            edit = edit(self.project.state)
        edit = None if edit is None else spared(self, edit)
        if edit is None or not edit.changes:
            return False
        choice, joints = (self.person, self.joint), says_of_joints(self.project.state, edit.changes)
        try:
            self.project.submit(edit)
        except GLPoseError as error:
            self.noticed.emit("error", str(error))
            return False
        self._note_edit(replace(edit, joints=joints), choice)
        return True

    def apply_in_turns(
        self,
        title: str,
        frame: int | None,
        parts: Iterable[tuple[Change, ...]],
        then: Callable[[bool], None],
        otherwise: Callable[[], None] | None = None,
        *,
        confirms: bool = False,
    ) -> Callable[[], None]:
        """Apply a large edit in short turns, between which the window lives; whatever else is edited meanwhile
        finishes it first.

        Args:
            parts: its changes, each part made in a turn of its own. Locked people are spared.
            then: called at the end, with whether anything was changed.
            otherwise: called instead where all is as it was: if it fails, which is told through ``noticed``, or was
                cancelled.
            confirms: whether it only says that what is shown is right.

        Returns what cancels it, which may be called at any time.
        """
        choice, sparing = (self.person, self.joint), Sparing(self)

        def end(edit: Edit) -> None:
            self._date_offers()
            if sparing.changes:
                self._note_edit(replace(edit, confirms=confirms), choice)
            sparing.tell()
            then(sparing.changes > 0)

        spared_parts = map(sparing.spare, parts)
        return self._in_turns(lambda to: to.in_turns(title, frame, spared_parts), end, otherwise)

    def bring_run(
        self,
        run: Run,
        tracks: Mapping[int, int | None],
        rows: PoseRows,
        then: Callable[[Edit], None],
        otherwise: Callable[[], None] | None = None,
    ) -> Callable[[], None]:
        """Bring a whole run in in short turns, as :meth:`apply_in_turns` makes edits (``Project.bring_run``)."""

        def end(edit: Edit) -> None:
            self._date_offers()
            then(edit)

        return self._in_turns(lambda to: to.bring_run(run, tracks, rows), end, otherwise)

    def _in_turns(
        self,
        begin: Callable[[Project], Turns],
        then: Callable[[Edit], None],
        otherwise: Callable[[], None] | None,
    ) -> Callable[[], None]:
        self.settle()
        if self.project is None:
            return _nothing
        try:
            turns = begin(self.project)
        except GLPoseError as error:
            self.noticed.emit("error", str(error))
            if otherwise is not None:
                otherwise()
            return _nothing
        try:
            self._turns.run(turns, then, otherwise)
        except GLPoseError as error:
            self.noticed.emit("error", str(error))
        return turns.cancel

    def _note_edit(self, edit: Edit, choice: Choice) -> None:
        self._choices.note(edit, choice)
        self.edited.emit(edit)
        self.saved_changed.emit()

    def set_collecting(self, collecting: bool) -> None:
        """Note whether a gesture is under way."""
        if collecting != self.collecting:
            self.collecting = collecting
            self.collecting_changed.emit()

    def offer_undo(self, title: str, take_back: Callable[[], None]) -> None:
        """Something was done that is no edit: the next Undo takes it back, or one after the edits made since."""
        if self.project is not None:
            after = None if self._turns.busy else self.project.undo_number
            self._offers.append(Offer(after, title, take_back))
            self.offers_changed.emit()

    @property
    def undo_title(self) -> str | None:
        """What Undo would take back now."""
        offer = self._offered()
        if offer is not None:
            return offer.title
        return None if self.project is None else self.project.undo_title

    @property
    def undo_author(self) -> str:
        """Who made what Undo would take back, if that is somebody else; "" where it is one's own, or nobody knows."""
        if self.project is None or self._offered() is not None:
            return ""
        return self._other(self.project.undo_who)

    @property
    def redo_author(self) -> str:
        """:attr:`undo_author`, of what Redo would make again."""
        return "" if self.project is None else self._other(self.project.redo_who)

    def _other(self, who: str) -> str:
        return "" if self.project is None or who == self.project.annotator else who

    def _offered(self) -> Offer | None:
        """What was done last, if it is no edit."""
        if self.project is None or not self._offers:
            return None
        self._date_offers()
        present = self.project.undo_number
        while self._offers and (self._offers[-1].after or 0) > present:
            self._offers.pop()  # done after an edit that was taken back
        last = self._offers[-1] if self._offers else None
        return last if last is not None and last.after in (None, present) else None

    def _date_offers(self) -> None:
        """What was done while a large edit went on comes after that edit, now that it is made."""
        if self.project is not None and self._offers and not self._turns.busy:
            present = self.project.undo_number
            self._offers = [
                replace(one, after=present) if one.after is None else one for one in self._offers
            ]

    def undo(self) -> None:
        """Take back what was done last, and go to the nearest frame that this changes."""
        if not self.settle():
            return  # what was done last is taken back, or has taken itself back
        offer = self._offered()
        if offer is None:
            self._walk("undo")
            return
        self._offers.remove(offer)
        offer.take_back()
        self.offers_changed.emit()
        self.noticed.emit("info", f"Undone: {offer.title}")

    def redo(self) -> None:
        """Do the last undone edit again and go to the nearest frame that this changes."""
        self._walk("redo")

    def _walk(self, direction: str) -> None:
        if not self.settle() or self.project is None:
            return
        self.pause()
        try:
            turns = self.project.walk_in_turns(back=direction == "undo")
            if turns is not None:
                self._turns.run(turns, partial(self._walked, direction=direction))
        except GLPoseError as error:
            self.noticed.emit("error", str(error))

    def _walked(self, edit: Edit, direction: str) -> None:
        self._date_offers()
        if edit.frame is not None and edit.frame >= 0:
            self.go_to(self._nearest(edit.frames) if edit.frames else edit.frame)
        self._choose_again(edit, direction)
        self.saved_changed.emit()
        # What was just taken back is what Redo would make again, and the other way round.
        done, author = (
            ("Undone", self.redo_author)
            if direction == "undo"
            else ("Done again", self.undo_author)
        )
        self.noticed.emit("info", f"{done}: {with_author(edit.title, author)}")

    def _nearest(self, frames: Iterable[int]) -> int:
        """The present frame if it is one of ``frames``, else the nearest of them."""
        return min(frames, key=lambda frame: (abs(frame - self.frame), frame))

    def _choose_again(self, edit: Edit, direction: str) -> None:
        """Choose what was chosen when an edit was made, or else the person whom it is about."""
        if direction == "redo":
            self._choices.note(edit, (self.person, self.joint))
        before = self._choices.take(edit) if direction == "undo" else None
        about = person_of(edit)
        person, joint = before or (about, self.joint if about == self.person else None)
        if any(one.id == person for one in self.people()):
            self.select(person, joint)
        elif before is not None:
            self.select(None)

    def notice(self, level: str, sentence: str) -> None:
        """Tell the person something: "info", "warning" or "error", and one sentence, in which keys of the table
        stand in backquotes."""
        self.noticed.emit(level, spelled(sentence))


def _nothing() -> None:
    pass
