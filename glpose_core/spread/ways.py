"""What else may be wanted of the frames around a correction: beside the best, a track bent, straight lines, the machine's
own track, or nothing but the corrected frame.

The best speaks for everything that the keys change. The others are a person's choice for one stretch: of each joint
the frames between its last key before the correction and its next one after it.
"""

from __future__ import annotations

import numpy as np

from ..labels import JOINTS
from .project import Proposal, Question, answer, differs
from .spreading import Method, Spread, Way, spread
from .tracks import Bools
from .tuning import FITTED, REACH


def ways(question: Question) -> tuple[Proposal, ...]:
    """Everything that can be proposed: the best if there is one, then others that differ from all before,
    last ``Way.HERE``. Empty where there is nothing to choose from."""
    best = answer(question)
    found = [] if best is None else [best]
    around = _stretch(question, [] if best is None else best.joints)
    if around.any():
        for other in (_wanted(question, way, around) for way in (Way.BENT, Way.LINEAR)):
            _add(found, other, question)
        _add(found, _own(question, around), question)
    if found:
        nothing = np.zeros_like(question.open)
        found.append(Proposal(question.person, question.start, found[0].spread, nothing, Way.HERE))
    return tuple(found)


def _stretch(question: Question, joints: list[int]) -> Bools:
    """The frames that a choice is for, ``[F, 17]``: of ``joints`` and the corrected one."""
    around = np.zeros((len(question.here), JOINTS), bool)
    at = question.frame - question.start
    for joint in {*joints, *(() if question.joint is None else (question.joint,))}:
        keys = np.flatnonzero(question.keys.set[:, joint])
        before, after = keys[keys < at], keys[keys > at]
        low = before[-1] + 1 if len(before) else max(at - REACH, 0)
        high = after[0] if len(after) else at + REACH + 1
        around[low:high, joint] = True
    return around


def _wanted(question: Question, way: Way, around: Bools) -> Proposal:
    made = spread(question.machine, question.keys, FITTED, way)
    changed = question.open & around & differs(question, made) & (made.method != Method.MODEL)
    if way is Way.BENT:
        changed &= beside_keys(changed, question.keys.set)
    return Proposal(question.person, question.start, made, changed, way)


def beside_keys(changed: Bools, keyed: Bools) -> Bools:
    """``changed`` without runs of frames that no key stands beside, ``[F, 17]``: where the bent track has come back
    to the machine's, what it drifts afterwards is nobody's wish."""
    kept = np.zeros_like(changed)
    for joint in np.flatnonzero(changed.any(axis=0)).tolist():
        edges = np.flatnonzero(np.diff(changed[:, joint], prepend=False, append=False))
        key = np.pad(keyed[:, joint], 1)  # key[n + 1] is frame n
        for low, high in edges.reshape(-1, 2).tolist():
            kept[low:high, joint] = key[low] or key[high + 1]
    return kept


def _own(question: Question, around: Bools) -> Proposal:
    """The machine's own track, where it sees the person."""
    machine = question.machine
    method = np.full(machine.score.shape, Method.MODEL, np.uint8)
    made = Spread(machine.xy, machine.visibility, method, machine.score)
    changed = question.open & around & differs(question, made) & machine.seen[:, None]
    return Proposal(question.person, question.start, made, changed, Way.MODEL)


def _add(found: list[Proposal], new: Proposal, question: Question) -> None:
    """Add a proposal that changes something, and not as one of those before does."""
    least = FITTED.kept * question.machine.head
    if new.changed.any() and not any(_alike(one, new, least) for one in found):
        found.append(new)


def _alike(a: Proposal, b: Proposal, least: float) -> bool:
    """Whether two proposals change the same joints to about the same places."""
    if not np.array_equal(a.changed, b.changed):
        return False
    changed = a.changed
    off = np.nan_to_num(a.spread.xy[changed]) - np.nan_to_num(b.spread.xy[changed])
    states = a.spread.visibility[changed] == b.spread.visibility[changed]
    return bool((np.hypot(*off.T) <= least).all() and states.all())
