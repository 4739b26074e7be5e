"""Where a person's next correction is expected to save most: the review list's doubts about what is left of them
after spreading.

Nothing is judged anew here: what a joint is doubted for, how likely it is wrong and how many joints one correction
mends is said by :mod:`glpose_core.review`, which is asked about the poses as they would be with a proposal taken, beside the
machine's own (so that it counts how far the keys have moved its track).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from ..labels import PoseRows, ProjectState, Source, empty_pose
from ..review import Item, Queue
from ..review.queue import REACH, namer_of
from .project import Proposal
from .spreading import Method
from .tracks import Bools, Bytes

AGAINST = "moved by your keys from where the model has it"
"""What the list compares, in its sentences."""


@dataclass(frozen=True)
class Doubts:
    """What the doubts about a person are found from: enough to look on another thread.

    Attributes:
        person: who. name: what they are called.
        start, stop: the frames that are meant; the poses reach beyond them.
        frames: of the video.
        rows, machine: what is seen, as with a proposal taken, and what the machine says, POSE_DTYPE by frame.
        reviewed: frames that a person has reviewed.
    """

    person: int
    name: str
    start: int
    stop: int
    frames: int
    rows: PoseRows
    machine: PoseRows
    reviewed: frozenset[int]


def doubts(
    state: ProjectState, person: int, start: int, stop: int, proposal: Proposal | None = None
) -> Doubts:
    """What there is in frames ``start`` … ``stop`` − 1 of a person, with ``proposal`` as if it were taken."""
    frames = state.video.frames
    low, high = max(start - REACH, 0), min(stop + REACH, frames)
    rows = state.seen([person], low, high)
    if proposal is not None and proposal.person == person:
        rows = as_taken(rows, proposal, low, high)
    machine = state.predicted(person, low, high)
    name = namer_of(state)(person)
    reviewed = frozenset(state.reviewed)
    return Doubts(person, name, start, stop, frames, rows, machine, reviewed)


def as_taken(rows: PoseRows, proposal: Proposal, start: int, stop: int) -> PoseRows:
    """A person's poses of frames ``start`` … ``stop`` − 1, POSE_DTYPE by frame, as they were with a proposal taken."""
    frames = proposal.frames
    frames = frames[(frames >= start) & (frames < stop)]
    new = [empty_pose(proposal.person, one) for one in np.setdiff1d(frames, rows["frame"]).tolist()]
    rows = np.concatenate([rows, np.array(new, rows.dtype)]) if new else rows.copy()
    rows = rows[np.argsort(rows["frame"], kind="stable")]
    at, of = np.searchsorted(rows["frame"], frames), frames - proposal.start
    made, changed = proposal.spread, proposal.changed[of]
    for name, value in (
        ("xy", np.nan_to_num(made.xy[of])),
        ("visibility", made.visibility[of]),
        ("score", made.confidence[of]),
        ("source", _sources(made.method[of] == Method.MODEL)),
    ):
        here = rows[name][at]
        here[changed] = value[changed]
        rows[name][at] = here
    return rows


def _sources(own: Bools) -> Bytes:
    return np.where(own, Source.MODEL, Source.INTERPOLATED).astype(np.uint8)


def look(asked: Doubts, joint: int | None = None, passed: Iterable[int] = ()) -> list[Item]:
    """The doubts about a person, those about ``joint`` first, then those about other joints, then those about
    whole poses; the greatest expected gain first. ``passed``: cells (of :class:`Item`) to leave out."""

    def seen(start: int, stop: int) -> PoseRows:
        frame = asked.rows["frame"]
        return asked.rows[(frame >= start) & (frame < stop)]

    queue = Queue(
        seen,
        asked.frames,
        name=lambda _: asked.name,
        reviewed=asked.reviewed,
        second=asked.machine,
        models=AGAINST,
        skipped=passed,
    )
    found = [item for item in queue.items() if asked.start <= item.look < asked.stop]
    return sorted(found, key=lambda item: _order(item.joints, joint))


def _order(joints: Collection[int], joint: int | None) -> int:
    if joint in joints:
        return 0
    return 1 if joints else 2
