"""Spreading in a project: what a correction would change around it, and the edit that takes it.

Nothing here changes anything. A proposal is shown first; taking it is one edit, and never touches a human
joint, a reviewed frame, or a pose that a person took out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..labels import (
    JOINTS,
    POSE_DTYPE,
    Edit,
    PoseRows,
    ProjectState,
    Source,
    Visibility,
    edits,
    empty_pose,
)
from ..labels.changes import Change, decode_label, label_change
from ..labels.heads import HEAD_JOINTS, has_head_box
from ..labels.poses import is_human
from ..review.body import HEAD_SHARE
from .spreading import Method, Spread, Way, spread
from .tracks import Bools, Keys, Machine
from .tuning import FITTED, REACH

FURTHEST = 1000
"""Frames on either side in which the next keys are looked for."""
_SAME = 1e-3
"""Pixels: what was taken is still seen as it was."""


@dataclass(frozen=True)
class Stretch:
    """Frames ``start`` … ``stop`` − 1 of one joint that would change, the method that makes most of them,
    and how likely they are right on average."""

    joint: int
    start: int
    stop: int
    method: Method
    confidence: float


@dataclass(frozen=True)
class Proposal:
    """What would change of one person. F frames from ``start``.

    Attributes:
        person: whose. start: the first frame. spread: what is proposed, and
        changed: ``[F, 17]`` where it differs from what is seen; never a human joint.
        way: what was wanted; with ``HERE`` nothing changes.
    """

    person: int
    start: int
    spread: Spread
    changed: Bools
    way: Way = Way.BEST

    @property
    def joints(self) -> list[int]:
        """Slots of joints that would change somewhere."""
        return np.flatnonzero(self.changed.any(axis=0)).tolist()

    @property
    def frames(self) -> NDArray[np.int64]:
        """Frames in which something would change, ascending."""
        return self.start + np.flatnonzero(self.changed.any(axis=1))

    def at(self, frame: int) -> int | None:
        """The row of the arrays for a frame in which something would change, or ``None``."""
        row = frame - self.start
        return row if 0 <= row < len(self.changed) and self.changed[row].any() else None

    def stretches(self) -> list[Stretch]:
        """What would change, joint by joint, in runs of frames."""
        found = []
        for joint in self.joints:
            edges = np.flatnonzero(np.diff(self.changed[:, joint], prepend=False, append=False))
            for low, high in edges.reshape(-1, 2).tolist():
                method = int(np.bincount(self.spread.method[low:high, joint]).argmax())
                sure = float(self.spread.confidence[low:high, joint].mean())
                found.append(
                    Stretch(joint, self.start + low, self.start + high, Method(method), sure)
                )
        return found


@dataclass(frozen=True)
class Question:
    """What is known of a person near a frame: enough to answer on another thread.

    Attributes:
        person: whose. frame, joint: what was corrected (``None``: more than one joint, or nobody said).
        start: the first frame. here: what is seen, POSE_DTYPE ``[F]``.
        machine, keys: what to spread. open: ``[F, 17]``, what may be changed at all; settled: where what is seen
        was chosen by a person, so that nothing else is proposed unasked.
    """

    person: int
    frame: int
    joint: int | None
    start: int
    here: PoseRows
    machine: Machine
    keys: Keys
    open: Bools
    settled: Bools


def ask(
    state: ProjectState,
    person: int,
    frame: int,
    left_out: Collection[int] = (),
    *,
    joint: int | None = None,
    settled: Iterable[Proposal] = (),
) -> Question:
    """What there is near ``frame``, where ``joint`` was corrected.

    Nothing is to be proposed for the slots ``left_out``. ``settled`` are proposals that a person chose among others:
    where they are still what is seen, nothing better is proposed.
    """
    start, stop = _window(state, person, frame)
    seen, here = _here(state, person, start, stop)
    human = is_human(here["source"]) & ~here["deleted"][:, None]
    may = _open(state, here, start)
    may[:, list(left_out)] = False
    chosen = _held(here, human)
    for one in settled:
        if one.person == person:
            chosen |= _as_chosen(one, here, start)
    machine = _machine(state.predicted(person, start, stop), start, stop, seen)
    keys = Keys(human, here["xy"], here["visibility"])
    return Question(person, frame, joint, start, here, machine, keys, may, chosen)


def _as_chosen(chosen: Proposal, here: PoseRows, start: int) -> Bools:
    """``[F, 17]``: where the poses ``here``, of the frames from ``start``, are what a proposal made them."""
    low, high = max(start, chosen.start), min(start + len(here), chosen.start + len(chosen.changed))
    same = np.zeros((len(here), JOINTS), bool)
    if low < high:
        theirs, ours = (
            slice(low - chosen.start, high - chosen.start),
            slice(low - start, high - start),
        )
        made = chosen.spread
        near = np.abs(np.nan_to_num(made.xy[theirs]) - here["xy"][ours]).max(axis=2) < _SAME
        absent = (made.visibility[theirs] == 0) & (here["visibility"][ours] == 0)
        same[ours] = chosen.changed[theirs] & (near | absent)
    return same


def _held(here: PoseRows, human: Bools) -> Bools:
    """``[F, 17]``: where a joint of the poses ``here`` is held between two ``human`` ones that lie where it lies: it was put
    there on purpose, as a pasted pose is, and what a person says of its ends is all that is known."""
    frames = np.arange(len(here))[:, None]
    before = np.maximum.accumulate(np.where(human, frames, -1), axis=0)
    after = np.minimum.accumulate(np.where(human, frames, len(here))[::-1], axis=0)[::-1]
    held: Bools = (here["source"] == Source.INTERPOLATED) & (before >= 0) & (after < len(here))
    slots = np.arange(JOINTS)
    for key in (np.maximum(before, 0), np.minimum(after, len(here) - 1)):
        away = np.abs(here["xy"][key, slots] - here["xy"]).max(axis=2)
        held &= (away < _SAME) & (here["visibility"][key, slots] == here["visibility"])
    return held


def _here(state: ProjectState, person: int, start: int, stop: int) -> tuple[PoseRows, PoseRows]:
    """What is seen of a person, and the same with an empty row for each frame without: POSE_DTYPE."""
    seen = state.seen([person], start, stop)
    here = np.zeros(stop - start, POSE_DTYPE)
    here[seen["frame"] - start] = seen
    return seen, here


def _open(state: ProjectState, here: PoseRows, start: int) -> Bools:
    """``[F, 17]``: which joints of the poses ``here``, of the frames from ``start``, may be changed at all."""
    may: Bools = ~is_human(here["source"]) & ~here["deleted"][:, None]
    may[[at - start for at in state.reviewed if start <= at < start + len(here)]] = False
    drawn = np.flatnonzero(has_head_box(here))
    may[drawn[:, None], list(HEAD_JOINTS)] = False  # they follow the drawn box
    return may


def answer(question: Question) -> Proposal | None:
    """What the human joints say about the frames around them; ``None`` where nothing would change."""
    if len(question.here) < 2:
        return None  # the only frame of its video
    made = spread(question.machine, question.keys, FITTED)
    changed = question.open & ~question.settled & differs(question, made)
    return Proposal(question.person, question.start, made, changed) if changed.any() else None


def propose(
    state: ProjectState, person: int, frame: int, left_out: Collection[int] = ()
) -> Proposal | None:
    """:func:`answer` to :func:`ask` at once."""
    return answer(ask(state, person, frame, left_out))


def take(state: ProjectState, proposal: Proposal) -> Edit:
    """Take a proposal: its joints become interpolated ones, or the machine's own again where its track is
    proposed. What a person has judged, reviewed or taken out since it was made stays as it is."""
    proposal = _still(state, proposal)
    changes = tuple(
        label_change(_taken(state, proposal, frame)) for frame in proposal.frames.tolist()
    )
    first = proposal.frames[0] if len(proposal.frames) else None
    return Edit(_title(proposal), changes, None if first is None else int(first))


def take_and_accept(
    state: ProjectState, proposal: Proposal | None, frame: int, without: Collection[int] = ()
) -> Edit:
    """Take a proposal, and accept everybody in ``frame`` but those ``without`` as it then is, in one step."""
    accepted = edits.accept_frame(state, frame, without)
    proposal = None if proposal is None else _still(state, proposal)
    if proposal is None or not proposal.joints:
        return accepted
    changes = {(change.kind, change.key): change for change in accepted.changes}
    key = ("label", (proposal.person, frame))
    for change in take(state, proposal).changes:
        if (change.kind, change.key) == key:
            change = _accepted(changes[key], change, proposal, frame) if key in changes else change
        changes[change.kind, change.key] = change
    return Edit(f"{_title(proposal)} and accept frame {frame}", tuple(changes.values()), frame)


def _still(state: ProjectState, proposal: Proposal) -> Proposal:
    """A proposal without what may no longer be changed."""
    stop = proposal.start + len(proposal.changed)
    _, here = _here(state, proposal.person, proposal.start, stop)
    return replace(proposal, changed=proposal.changed & _open(state, here, proposal.start))


def _accepted(accepted: Change, taken: Change, proposal: Proposal, frame: int) -> Change:
    """The accepted label of a frame, with the joints that the proposal changes there."""
    assert accepted.value is not None
    assert taken.value is not None
    label, new = decode_label(accepted.value), decode_label(taken.value)
    changed = proposal.changed[frame - proposal.start] & (new["source"] == Source.INTERPOLATED)
    for name in ("xy", "visibility", "score"):
        label[name][changed] = new[name][changed]
    label["source"][changed] = Source.ACCEPTED
    return label_change(label)


def _taken(state: ProjectState, proposal: Proposal, frame: int) -> np.void:
    """The label of a frame with a proposal's joints."""
    row = frame - proposal.start
    label = state.label(proposal.person, frame)
    label = empty_pose(proposal.person, frame) if label is None else label
    made, changed = proposal.spread, proposal.changed[row]
    predicted = state.prediction(proposal.person, frame)
    own = np.zeros(JOINTS, bool)
    if predicted is not None:
        own = made.method[row] == Method.MODEL
        own &= predicted["visibility"] == made.visibility[row]
    machine, moved = changed & own, changed & ~own
    label["source"][machine], label["visibility"][machine] = Source.NONE, Visibility.ABSENT
    label["xy"][moved] = np.nan_to_num(made.xy[row][moved])
    label["visibility"][moved] = made.visibility[row][moved]
    label["score"][moved] = made.confidence[row][moved]
    label["source"][moved] = Source.INTERPOLATED
    return label


def _title(proposal: Proposal) -> str:
    names = [edits.joint_title(joint) for joint in proposal.joints]
    return f"Spread {names[0]}" if len(names) == 1 else f"Spread {len(names) or 'no'} joints"


def _window(state: ProjectState, person: int, frame: int) -> tuple[int, int]:
    """The frames that a correction in ``frame`` may change, and the next keys on either side."""
    start, stop = frame - 2 * REACH, frame + 2 * REACH + 1
    keys = state.marks(person).labelled
    before, after = keys[keys < start], keys[keys >= stop]
    if len(before) and before[-1] >= frame - FURTHEST:
        start = int(before[-1])
    if len(after) and after[0] <= frame + FURTHEST:
        stop = int(after[0]) + 1
    return max(start, 0), min(stop, state.video.frames)


def _machine(rows: PoseRows, start: int, stop: int, seen: PoseRows) -> Machine:
    """The machine's tracks; the head's size from its poses, or else from what is seen."""
    frames = stop - start
    at = rows["frame"] - start
    xy = np.full((frames, JOINTS, 2), np.nan)
    xy[at] = np.where((rows["visibility"] > 0)[..., None], rows["xy"], np.nan)
    score, visibility = np.zeros((frames, JOINTS)), np.zeros((frames, JOINTS), np.uint8)
    score[at] = np.where(rows["visibility"] > 0, rows["score"], 0)
    visibility[at] = rows["visibility"]
    known = np.zeros(frames, bool)
    known[at] = True
    return Machine(xy, score, visibility, known, head_size(rows if len(rows) else seen))


def head_size(rows: PoseRows) -> float:
    """About the size of a person's head, pixels, from their poses; 1 where there are none."""
    placed = (rows["visibility"] > 0)[..., None]
    low = np.where(placed, rows["xy"], np.inf).min(axis=1)
    high = np.where(placed, rows["xy"], -np.inf).max(axis=1)
    extent = (high - low).max(axis=1, initial=0.0)
    extent = extent[np.isfinite(extent) & (extent > 0)]
    return HEAD_SHARE * float(np.median(extent)) if len(extent) else 1.0


def differs(question: Question, made: Spread) -> Bools:
    """Where ``made`` is not what is seen, by more than is worth proposing, ``[F, 17]``."""
    here, least = question.here, FITTED.kept * question.machine.head
    shown = here["visibility"] > 0
    known = np.isfinite(made.xy[..., 0])
    off = np.hypot(*np.moveaxis(np.nan_to_num(made.xy) - here["xy"], -1, 0)) > least
    placed = (
        (made.visibility > 0) & known & (~shown | off | (made.visibility != here["visibility"]))
    )
    return np.asarray(placed | ((made.visibility == 0) & shown))
