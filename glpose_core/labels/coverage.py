"""Is a project ready to be exported? What is missing in the frames that are to be labelled, one by one.

Every person who is seen in such a frame is labelled or lies in an ignore region, has a head box, is there once,
and comes and goes without gaps. Whatever is found is advice: exporting is possible all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from .heads import HEAD_JOINTS, has_head_box
from .poses import PoseRows, Visibility, is_human
from .regions import ignored
from .schedule import to_label
from .state import ProjectState

SAME = 0.1
"""Two people are one where their joints lie nearer to one another than this share of the box's height."""
SHARED = 4
"""… in the median of at least so many joints."""

Frames = NDArray[np.int64]


class Gap(Enum):
    """What may be missing; the value is its heading."""

    UNLABELLED = "Not labelled"
    HEADLESS = "No head box"
    TWICE = "One body twice"
    SAME_NUMBER = "One track number twice"
    BROKEN = "Track with gaps"
    UNREVIEWED = "Not reviewed"


@dataclass(frozen=True)
class Finding:
    """One thing to see to.

    Attributes:
        gap: of which kind it is.
        frame: where to look.
        person: whom it is about, or ``None``.
        sentence: what is missing, and what to do.
    """

    gap: Gap
    frame: int
    person: int | None
    sentence: str


def check_coverage(state: ProjectState, start: int = 0, stop: int | None = None) -> list[Finding]:
    """Look for what is missing in the frames to be labelled from ``start`` to ``stop`` − 1.

    Returns the findings by frame, and in a frame in the order of :class:`Gap`.
    """
    frames = to_label(state)
    frames = frames[(frames >= start) & (frames < (state.video.frames if stop is None else stop))]
    seen = state.seen([person.id for person in state.people()])
    seen = seen[np.isin(seen["frame"], frames) & ~seen["deleted"]]
    seen = seen[np.argsort(seen["frame"], kind="stable")]
    aside = _ignored(state, seen)
    labelled = _labelled(seen)
    names = {person.id: person.name for person in state.people()}
    found = [
        *_unlabelled(seen[~labelled & ~aside], names),
        *_headless(seen[labelled & ~aside], names),
        *_twice(seen[~aside], names),
        *_same_numbers(state, frames),
        *_broken(state, seen, labelled, frames, names),
        *_unreviewed(state, seen, frames),
    ]
    order = list(Gap)
    return sorted(found, key=lambda one: (one.frame, order.index(one.gap), one.person or 0))


def coverage_words(found: Sequence[Finding]) -> str:
    """The findings counted by kind: "3 not labelled, 1 no head box", or "nothing is missing"."""
    counts = Counter(one.gap for one in found)
    words = [f"{counts[gap]} {gap.value.lower()}" for gap in Gap if counts[gap]]
    return ", ".join(words) or "nothing is missing"


def _ignored(state: ProjectState, seen: PoseRows) -> NDArray[np.bool_]:
    """Which poses (by frame) lie in an ignore region: ``[N]``."""
    aside = np.zeros(len(seen), dtype=bool)
    for frame, regions in state.regions.items():
        low, high = np.searchsorted(seen["frame"], (frame, frame + 1))
        if low < high:
            aside[low:high] = ignored(seen[low:high], regions)
    return aside


def _labelled(seen: PoseRows) -> NDArray[np.bool_]:
    """Which poses have a joint that a person placed or accepted: ``[N]``."""
    placed = is_human(seen["source"]) & (seen["visibility"] != Visibility.ABSENT)
    return np.asarray(placed.any(axis=1))


def _unlabelled(rows: PoseRows, names: dict[int, str]) -> Iterator[Finding]:
    for row in rows:
        person, frame = int(row["person"]), int(row["frame"])
        only_head = has_head_box(row) and not (row["visibility"] != Visibility.ABSENT).any()
        what = (
            "has a head box and no joints: place them"
            if only_head
            else "is not confirmed: label or accept the pose, delete it, or draw an ignore region"
        )
        yield Finding(Gap.UNLABELLED, frame, person, f"{names[person]} {what}.")


def _headless(rows: PoseRows, names: dict[int, str]) -> Iterator[Finding]:
    head = list(HEAD_JOINTS)
    human = is_human(rows["source"][:, head]) & (rows["visibility"][:, head] != Visibility.ABSENT)
    for row in rows[~has_head_box(rows) & ~human.all(axis=1)]:
        person = int(row["person"])
        sentence = f"{names[person]} has no head box: draw it, or confirm head top and head bottom."
        yield Finding(Gap.HEADLESS, int(row["frame"]), person, sentence)


def _twice(rows: PoseRows, names: dict[int, str]) -> Iterator[Finding]:
    for here in np.split(rows, np.flatnonzero(np.diff(rows["frame"])) + 1):
        for at in range(1, len(here)):
            for other in range(at):
                if _same_body(here[other], here[at]):
                    one, two = int(here["person"][other]), int(here["person"][at])
                    sentence = f"{names[two]} lies on {names[one]}: merge them, or delete one pose."
                    yield Finding(Gap.TWICE, int(here["frame"][at]), two, sentence)


def _same_body(one: np.void, two: np.void) -> bool:
    placed = (one["visibility"] != Visibility.ABSENT) & (two["visibility"] != Visibility.ABSENT)
    if placed.sum() < SHARED:
        return False
    a, b = one["xy"][placed], two["xy"][placed]
    size = max(float(np.ptp(a, axis=0).max()), float(np.ptp(b, axis=0).max()), 1.0)
    return float(np.median(np.linalg.norm(a - b, axis=1))) < SAME * size


def _same_numbers(state: ProjectState, frames: Frames) -> Iterator[Finding]:
    """People who share the track number of an imported file in a frame."""
    owners: dict[int, tuple[int, str]] = {}
    for person in state.people():
        if person.track_id is None:
            continue
        first = owners.setdefault(person.track_id, (person.id, person.name))
        if first[0] == person.id:
            continue
        both = np.intersect1d(state.frames_of(first[0]), state.frames_of(person.id))
        both = np.intersect1d(both, frames)
        if len(both):
            sentence = (
                f"{person.name} and {first[1]} both have the imported track number {person.track_id}: "
                "the second is written under another."
            )
            yield Finding(Gap.SAME_NUMBER, int(both[0]), person.id, sentence)


def _broken(
    state: ProjectState,
    seen: PoseRows,
    labelled: NDArray[np.bool_],
    frames: Frames,
    names: dict[int, str],
) -> Iterator[Finding]:
    """Frames between a person's labels in which the person is not seen, and nobody said so."""
    for person, name in names.items():
        mine = seen["person"] == person
        own = seen["frame"][mine & labelled]
        if not len(own):
            continue
        between = frames[(frames > own[0]) & (frames < own[-1])]
        taken_out = state.labels.frames_of(person)[state.labels.field("deleted", person)]
        missing = np.setdiff1d(between, np.concatenate([seen["frame"][mine], taken_out]))
        for stretch in _stretches(missing, frames):
            before, after = int(own[own < stretch[0]][-1]), int(own[own > stretch[-1]][0])
            where = (
                f"in frame {stretch[0]}"
                if len(stretch) == 1
                else f"from frame {stretch[0]} to {stretch[-1]}"
            )
            sentence = (
                f"{name} is labelled in frames {before} and {after} but not seen {where}: label the "
                "poses between, or give what follows to a person of its own."
            )
            yield Finding(Gap.BROKEN, int(stretch[0]), person, sentence)


def _stretches(missing: Frames, frames: Frames) -> list[Frames]:
    """Missing frames in stretches that no other frame to be labelled interrupts."""
    if not len(missing):
        return []
    places = np.searchsorted(frames, missing)
    return np.split(missing, np.flatnonzero(np.diff(places) > 1) + 1)


def _unreviewed(state: ProjectState, seen: PoseRows, frames: Frames) -> Iterator[Finding]:
    """Frames with somebody in them that nobody has accepted: they are written as unlabelled."""
    reviewed = np.fromiter(state.reviewed, np.int64, len(state.reviewed))
    for frame in np.setdiff1d(np.intersect1d(frames, seen["frame"]), reviewed).tolist():
        sentence = (
            f"Frame {frame} is not reviewed and counts as unlabelled: accept it when it is done."
        )
        yield Finding(Gap.UNREVIEWED, frame, None, sentence)
