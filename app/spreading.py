"""What a correction would change around it: worked out after each one, shown, and taken or left by a key.

Nothing is ever applied by itself. A proposal belongs to the person who was corrected last, or who is chosen
again after others were corrected; it stays while one scrubs, so that it can be looked at, and is worked out
anew when labels or predictions change.
The working out is done on a thread of its own; what comes late is dropped.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from glpose_core.skeleton import POSETRACK17

from .locking import is_locked_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from glpose_core.labels import Edit, ProjectChange, ProjectState
    from glpose_core.spread import Proposal, Question

    from .session import Session

log = logging.getLogger(__name__)

REST_MS = 40
"""Edits are collected for so long before a proposal is worked out."""
CHANGED_MS = 200
"""The same for what changes otherwise: a running prediction tells of rows many times a second."""
NEAR = 120
"""Frames beyond which a change has nothing to do with a correction."""
_LIMBS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))


class Spreading(QObject):
    """The proposal of a session.

    Attributes:
        proposal: what would change, or ``None``.
        ways: all that can be proposed: the best if there is one, others, and at last to change nothing.
        awaited: whether a correction was made whose answer has not come: what is proposed meanwhile is older.
    """

    changed = Signal()
    """Another proposal, or none."""
    _answered = Signal(int, object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.proposal: Proposal | None = None
        self.ways: tuple[Proposal, ...] = ()
        self.awaited = False
        self._session = session
        self._about: tuple[int, int, int | None] | None = None
        self._waiting: dict[int, tuple[int, int, int | None]] = {}
        self._left: set[int] = set()
        self._settled: list[Proposal] = []
        self._taking = False
        self._wanted = 0  # Way.BEST; the core's part is loaded when it is first needed
        self._generation = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._ask)
        self._answered.connect(self._show)
        session.edited.connect(self._note_edit)
        session.poses_changed.connect(self._note_change)
        session.selection_changed.connect(self._note_choice)
        session.project_changed.connect(self.forget)
        session.releasing.connect(self.forget)

    def take(self) -> bool:
        """Apply what is proposed, as one step; whether there was anything."""
        from glpose_core.spread import take

        self._session.settle()  # nudges that have not become an edit yet are corrections
        proposal = self.proposal
        if self.awaited or proposal is None or not self._choose(proposal):
            return False
        return self._apply(lambda state: take(state, proposal))

    def take_and_accept(self) -> bool:
        """Apply what is proposed and accept the present frame, as one step."""
        from glpose_core.spread import take_and_accept

        self._session.settle()  # nudges that have not become an edit yet are corrections
        if self.awaited:
            return False
        chosen, frame = self.proposal, self._session.frame
        unseen = self._session.hiding.unseen
        proposal = chosen if chosen is not None and self._choose(chosen) else None
        apply = self._session.apply if chosen is None else self._apply
        return apply(lambda state: take_and_accept(state, proposal, frame, unseen))

    def _apply(self, edit: Callable[[ProjectState], Edit]) -> bool:
        """Apply what was chosen, which is no correction, however few frames it changes. It is proposed no
        more, even before it is known what is left to propose."""
        self._taking = True
        try:
            taken = self._session.apply(edit)
        finally:
            self._taking = False
        if taken:
            if self._about is not None:
                self._waiting.pop(self._about[0], None)
            self._generation += 1
            self._put(())
        return taken

    @property
    def at(self) -> int:
        """Which of :attr:`ways` is proposed, counted from 1; 0 if none is."""
        return next((n for n, one in enumerate(self.ways, 1) if one is self.proposal), 0)

    @property
    def corrected(self) -> int | None:
        """The slot of the joint whose correction is spread; ``None`` where it was more than one."""
        return None if self._about is None else self._about[2]

    def vary(self, step: int = 1) -> None:
        """Propose the next of :attr:`ways` instead, or with ``step`` −1 the one before, round and round. Where none is
        proposed nothing is changed, which is the last of them."""
        if self.ways:
            self.proposal = self.ways[(self.at - 1 + step) % len(self.ways)]
            self._wanted = self.proposal.way
            self.changed.emit()

    def leave(self) -> None:
        """Propose nothing more for these joints until one of their limb is corrected again."""
        if self.proposal is not None:
            self._waiting.pop(self.proposal.person, None)
            self._left |= {joint for way in self.ways for joint in way.joints}
            self._put(())

    def _choose(self, proposal: Proposal) -> bool:
        """What is chosen among others stays until something in its stretch is corrected; choosing to change
        nothing is leaving it. Returns whether anything is to be changed."""
        from glpose_core.spread import Way

        self._wanted = Way.BEST
        if proposal.way is Way.HERE:
            self.leave()
        elif proposal.way is not Way.BEST:
            self._settled.append(proposal)
        return proposal.way is not Way.HERE

    def forget(self) -> None:
        """Propose nothing, and know of no correction."""
        self._rest.stop()
        self._generation += 1
        self._about = None
        self._waiting.clear()
        self._wanted = 0
        self._left.clear()
        self._settled.clear()
        self._put(())

    def _note_edit(self, edit: Edit) -> None:
        """A person has done something: if it was to joints of one pose, that is what is spread."""
        if self._taking or not edit.joints:
            return
        poses = {change.key for change in edit.changes if change.kind == "label"}
        own = [key for key in poses if key[0] == self._session.person]
        frames = {frame for _, frame in poses}
        if edit.confirms and len(frames) != 1 and self._about is not None:
            # Of an edit so large that it was made in several parts nothing more is told.
            if not poses or any(person == self._about[0] for person, _ in poses):
                self._leave_be(self._about[0])
            return
        if len(frames) != 1 or not (own or len(poses) == 1):
            return
        person, frame = own[0] if own else next(iter(poses))
        if is_locked_in(self._session, person):
            return
        if self._about is not None and self._about[0] != person:
            self._left.clear()
            self._generation += 1
            self._put(
                ()
            )  # what is proposed for somebody else is theirs: they have it again when they are chosen
        joint = self._session.joint if own else None
        self._about, self._wanted = (person, frame, joint), 0
        self._waiting[person] = self._about
        if joint is not None and not edit.confirms:
            self._left -= same_limb(joint)
            self._settled = [
                one
                for one in self._settled
                if one.person != person or joint not in one.joints or one.at(frame) is None
            ]
        self._await()

    def _leave_be(self, person: int) -> None:
        """A stretch was looked through and confirmed: what would follow beyond it is proposed with the next correction,
        not again."""
        self._waiting.pop(person, None)
        self._about = None
        self._generation += 1
        self._rest.stop()
        self._put(())

    def _note_choice(self) -> None:
        """Somebody who was corrected before somebody else is chosen again: what follows from it is proposed
        again, if it was neither taken nor left."""
        about = self._waiting.get(self._session.person or 0)
        if about is None or self._about is None or self._about[0] == about[0]:
            return
        if is_locked_in(self._session, about[0]):
            return
        self._about, self._wanted = about, 0
        self._left.clear()
        self._generation += 1
        self._put(())
        self._await()

    def _await(self) -> None:
        """A correction is to be answered."""
        self.awaited = True
        self._rest.start(REST_MS)

    def _note_change(self, change: ProjectChange) -> None:
        if self._about is None or self._rest.isActive():
            return
        frame = self._about[1]
        if change.frames is None or any(abs(one - frame) <= NEAR for one in change.frames):
            self._rest.start(CHANGED_MS)

    def _ask(self) -> None:
        project = self._session.project
        if project is None or self._about is None:
            return
        from glpose_core.spread import ask

        self._generation += 1
        person, frame, joint = self._about
        record = project.state.person(person)
        if record is None or record.deleted:
            self._put(())  # should Undo bring them back, it is proposed again
            return
        question = ask(project.state, person, frame, self._left, joint=joint, settled=self._settled)
        self._pool.start(_Answer(question, self._generation, self._is_wanted, self._answered.emit))

    def _is_wanted(self, generation: int) -> bool:
        """Whether nothing was asked since. Called on the pool's thread."""
        return generation == self._generation

    def _show(self, generation: int, ways: tuple[Proposal, ...]) -> None:
        if self._is_wanted(generation):
            self._put(ways)

    def _put(self, ways: tuple[Proposal, ...]) -> None:
        """Of these, what was chosen stays proposed; else the best, if there is one."""
        self.awaited = False
        if ways or self.ways:
            self.ways = ways
            if all(one.way != self._wanted for one in ways):
                self._wanted = 0  # it is there no more: should it come back, it is one among others
            self.proposal = next((one for one in ways if one.way == self._wanted), None)
            self.changed.emit()


class _Answer(QRunnable):
    """Answers one question on the pool's thread."""

    def __init__(
        self,
        question: Question,
        generation: int,
        wanted: Callable[[int], bool],
        told: Callable[[int, tuple[Proposal, ...]], None],
    ) -> None:
        super().__init__()
        self._question, self._generation = question, generation
        self._wanted, self._told = wanted, told

    def run(self) -> None:
        from glpose_core.spread import ways

        if not self._wanted(self._generation):
            return  # joints are placed faster than this is worked out: only the last question matters
        try:
            found = ways(self._question)
        except Exception:
            log.exception("no proposal could be worked out")
            found = ()
        try:
            self._told(self._generation, found)
        except RuntimeError:
            log.debug("a proposal came after the end of its session")


def same_limb(joint: int) -> set[int]:
    """Slots of both limbs that a joint is part of; of the head, itself."""
    part = POSETRACK17.joints[joint].removeprefix("left_").removeprefix("right_")
    for limb in _LIMBS:
        if part in limb:
            return {
                POSETRACK17.index(f"{side}_{one}") for side in ("left", "right") for one in limb
            }
    return {joint}


STILL = "What would follow is still being worked out: look at it first, then do it again."
IN_WORDS = ("best", "bent", "straight", "the model’s own", "this frame only")
"""What each way is called, by its number."""
MOST_NAMED = 3
"""Joints that a summary names; of more it says how many."""


def summary(
    proposal: Proposal, name: str, most: int = MOST_NAMED, corrected: int | None = None
) -> str:
    """What a proposal changes, in a few words: "Anna's left wrist and left elbow in 12 frames".

    Args:
        name: of the person whose joints they are.
        most: joints that are named; with 0 their number alone is said.
        corrected: the slot that is named first: others change because they were judged in other frames.
    """
    joints = sorted(proposal.joints, key=lambda joint: joint != corrected)
    words = [POSETRACK17.joints[joint].replace("_", " ") for joint in joints]
    if most == 0 and len(words) > 1:
        words = [f"{len(words)} joints"]
    elif len(words) > most > 0:
        words = [*words[: most - 1], f"{len(words) - most + 1} more joints"]
    what = " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
    count = len(proposal.frames)
    return f"{name}’s {what} in {count} frame{'s' if count > 1 else ''}"


def way_in_words(spreading: Spreading, short: bool = False) -> str:
    """Which of the ways is proposed, in a few words: "bent, way 2 of 4"; "" where there is none."""
    proposal, of = spreading.proposal, len(spreading.ways)
    if proposal is None:
        return ""
    name = IN_WORDS[proposal.way]
    return f"{name} {spreading.at}/{of}" if short else f"{name}, way {spreading.at} of {of}"
