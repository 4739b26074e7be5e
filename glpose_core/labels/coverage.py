"""Is a project ready to be exported? What is missing in the frames that are to be labelled, one by one.

Every person who is seen in such a frame is labelled, with all joints that are seen, or lies in an ignore region, has
a head box, is there once, and comes and goes without gaps. Whatever is found is advice: exporting is possible all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ..geometry import PERSON_BOX_SCALE, person_boxes
from .changes import Person, Polygon
from .heads import HEAD_JOINTS, has_head_box
from .poses import PoseRows, Source, Visibility, is_human
from .regions import ignored
from .schedule import to_label
from .state import ProjectState

SAME = 0.05
"""Two people are one where their joints lie nearer to one another than this share of the body's extent."""
SHARED = 4
"""… in the median of at least so many joints."""

Frames = NDArray[np.int64]


class Gap(Enum):
    """What may be missing; the value is its heading."""

    UNLABELLED = "Not labelled"
    PARTIAL = "Only partly confirmed"
    HEADLESS = "No head box"
    TWICE = "One body twice"
    SAME_NUMBER = "One track number twice"
    BROKEN = "Track with gaps"
    UNREVIEWED = "Not reviewed"
    EMPTY = "Nobody there"


_COUNTED = {
    Gap.UNLABELLED: "not labelled",
    Gap.PARTIAL: "only partly confirmed",
    Gap.HEADLESS: "without a head box",
    Gap.TWICE: "on another’s body",
    Gap.SAME_NUMBER: "with another’s track number",
    Gap.BROKEN: "with a gap in the track",
    Gap.UNREVIEWED: "not reviewed",
    Gap.EMPTY: "with nobody there",
}


@dataclass(frozen=True)
class Finding:
    """One thing to see to.

    Attributes:
        gap: of which kind it is.
        frame: where to look.
        person: whom it is about, or ``None``.
        sentence: what is missing, and what to do.
        joints: how many are confirmed, of how many that are seen, where that is what is missing.
    """

    gap: Gap
    frame: int
    person: int | None
    sentence: str
    joints: tuple[int, int] | None = None


@dataclass(frozen=True)
class Survey:
    """What the check looks at, as arrays that no later edit changes: it may be checked on any thread.

    Attributes:
        frames: to be labelled, ascending.
        seen: poses in these frames, by frame, POSE_DTYPE ``[N]``.
        people: the living.
        taken_out: frames from which a human took each person.
        regions: ignore regions by frame.
        reviewed: frames.
    """

    frames: Frames
    seen: PoseRows
    people: tuple[Person, ...]
    taken_out: dict[int, Frames]
    regions: dict[int, tuple[Polygon, ...]]
    reviewed: frozenset[int]

    @property
    def names(self) -> dict[int, str]:
        """What each person is called."""
        return {person.id: person.name for person in self.people}


def survey(state: ProjectState, start: int = 0, stop: int | None = None) -> Survey:
    """Collect what lies in the frames to be labelled from ``start`` to ``stop`` − 1."""
    frames = to_label(state)
    frames = frames[(frames >= start) & (frames < (state.video.frames if stop is None else stop))]
    people = tuple(state.people())
    seen = state.seen([person.id for person in people])
    seen = seen[np.isin(seen["frame"], frames) & ~seen["deleted"]]
    labels = state.labels
    return Survey(
        frames=frames,
        seen=seen[np.argsort(seen["frame"], kind="stable")],
        people=people,
        taken_out={
            person.id: labels.frames_of(person.id)[labels.field("deleted", person.id)]
            for person in people
        },
        regions=dict(state.regions),
        reviewed=state.reviewed,
    )


def check_coverage(state: ProjectState, start: int = 0, stop: int | None = None) -> list[Finding]:
    """Look for what is missing in the frames to be labelled from ``start`` to ``stop`` − 1.

    Returns the findings by frame, and in a frame in the order of :class:`Gap`.
    """
    return findings(survey(state, start, stop))


def findings(what: Survey) -> list[Finding]:
    """:func:`check_coverage` of what was surveyed."""
    seen, names = what.seen, what.names
    aside = _ignored(what)
    labelled = _labelled(seen)
    found = [
        *_unlabelled(seen[~labelled & ~aside], names),
        *_partial(seen[labelled & ~aside], names),
        *_headless(seen[labelled & ~aside], names),
        *_twice(seen[~aside], names),
        *_same_numbers(what),
        *_broken(what, labelled),
        *_unreviewed(what),
    ]
    order = {gap: at for at, gap in enumerate(Gap)}
    return sorted(found, key=lambda one: (one.frame, order[one.gap], one.person or 0))


def as_accepted(what: Survey, frames: Frames) -> Survey:
    """What would be surveyed once everybody but locked people were accepted in some frames, ascending
    (:func:`..edits.accept_range`)."""
    seen = what.seen.copy()
    locked = [person.id for person in what.people if person.locked]
    machine = (seen["source"] != Source.NONE) & ~is_human(seen["source"])
    here = np.isin(seen["frame"], frames)
    waiting = here & np.isin(seen["person"], locked) & machine.any(axis=1)
    machine &= (here & ~np.isin(seen["person"], locked))[:, None]
    seen["source"][machine] = Source.ACCEPTED
    done = np.setdiff1d(frames, seen["frame"][waiting])
    return replace(what, seen=seen, reviewed=what.reviewed | frozenset(done.tolist()))


def coverage_words(found: Sequence[Finding]) -> str:
    """The findings counted by kind: "3 not labelled, 1 without a head box", or "nothing is missing"."""
    counts = Counter(one.gap for one in found)
    words = [f"{counts[gap]} {words}" for gap, words in _COUNTED.items() if counts[gap]]
    return ", ".join(words) or "nothing is missing"


def partly_words(found: Sequence[Finding]) -> str:
    """What the findings say of poses of which a part alone is confirmed, as a sentence: "1 pose is only partly
    confirmed: 2 of 15 joints are written."; "" where there is none."""
    parts = [one.joints for one in found if one.joints is not None]
    if not parts:
        return ""
    if len(parts) == 1:
        some, all_ = parts[0]
        are = "is" if some == 1 else "are"
        return f"1 pose is only partly confirmed: {some} of {all_} joints {are} written."
    return f"{len(parts)} poses are only partly confirmed: their other joints stay out."


def _ignored(what: Survey) -> NDArray[np.bool_]:
    """Which poses lie in an ignore region: ``[N]``."""
    seen = what.seen
    aside = np.zeros(len(seen), dtype=bool)
    for frame, regions in what.regions.items():
        low, high = np.searchsorted(seen["frame"], (frame, frame + 1))
        if low < high:
            aside[low:high] = ignored(seen[low:high], regions)
    return aside


def _labelled(seen: PoseRows) -> NDArray[np.bool_]:
    """Which poses have a joint that a person placed or accepted: ``[N]``."""
    placed = is_human(seen["source"]) & (seen["visibility"] != Visibility.ABSENT)
    return np.asarray(placed.any(axis=1))


def _unlabelled(rows: PoseRows, names: dict[int, str]) -> Iterator[Finding]:
    jointed = (rows["visibility"] != Visibility.ABSENT).any(axis=1)
    for person, frame, head in _each(rows, has_head_box(rows) & ~jointed):
        what = (
            "has a head box and no joints: place them"
            if head
            else "is not confirmed: label or accept the pose, delete it, or draw an ignore region"
        )
        yield Finding(Gap.UNLABELLED, frame, person, f"{names[person]} {what}.")


def _partial(rows: PoseRows, names: dict[int, str]) -> Iterator[Finding]:
    """Labelled poses with joints that only a machine says: these are seen, but not written."""
    placed = rows["visibility"] != Visibility.ABSENT
    human = is_human(rows["source"])
    confirmed = (placed & human).sum(axis=1)
    waiting = (placed & ~human & (rows["source"] != Source.NONE)).sum(axis=1)
    counts = iter(np.stack([confirmed, confirmed + waiting], axis=1).tolist())
    for person, frame, partly in _each(rows, waiting > 0):
        some, all_ = next(counts)
        if partly:
            sentence = (
                f"{names[person]}: {some} of {all_} joints confirmed, and only these are written: accept the others, "
                "or take them away."
            )
            yield Finding(Gap.PARTIAL, frame, person, sentence, (some, all_))


def _headless(rows: PoseRows, names: dict[int, str]) -> Iterator[Finding]:
    head = list(HEAD_JOINTS)
    human = is_human(rows["source"][:, head]) & (rows["visibility"][:, head] != Visibility.ABSENT)
    for person, frame, fine in _each(rows, has_head_box(rows) | human.all(axis=1)):
        if not fine:
            sentence = (
                f"{names[person]} has no head box: draw it, or confirm head top and head bottom."
            )
            yield Finding(Gap.HEADLESS, frame, person, sentence)


def _each(rows: PoseRows, flags: NDArray[np.bool_]) -> Iterator[tuple[int, int, bool]]:
    """Person, frame and flag of each row."""
    return zip(rows["person"].tolist(), rows["frame"].tolist(), flags.tolist(), strict=True)


def _twice(rows: PoseRows, names: dict[int, str]) -> Iterator[Finding]:
    """Rows are by frame; each is compared with the ``apart``-th after it, all rows at once."""
    boxes = np.nan_to_num(
        person_boxes(rows["xy"], rows["visibility"] != Visibility.ABSENT), nan=-np.inf
    )
    size = boxes[:, 2:].max(axis=1, initial=0.0) / PERSON_BOX_SCALE
    centre = boxes[:, :2] + boxes[:, 2:] / 2
    for apart in range(1, len(rows)):
        pairs = np.flatnonzero(rows["frame"][apart:] == rows["frame"][:-apart])
        if not len(pairs):
            return
        # Few lie near enough to one another to be looked at joint by joint.
        large = np.maximum(size[pairs], size[pairs + apart])
        with np.errstate(invalid="ignore"):
            away = np.abs(centre[pairs] - centre[pairs + apart]).max(axis=1)
        near = away < large
        pairs, large = pairs[near], large[near]
        same = pairs[_same_bodies(rows[pairs], rows[pairs + apart], large)]
        for at in same.tolist():
            one, two = int(rows["person"][at]), int(rows["person"][at + apart])
            sentence = f"{names[two]} lies on {names[one]}: merge them, or delete one pose."
            yield Finding(Gap.TWICE, int(rows["frame"][at]), two, sentence)


def _same_bodies(one: PoseRows, two: PoseRows, size: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which poses of ``one`` and ``two``, of bodies of some ``size`` in pixels, each ``[N]``, are of one body."""
    placed = (one["visibility"] != Visibility.ABSENT) & (two["visibility"] != Visibility.ABSENT)
    away = np.linalg.norm(one["xy"] - two["xy"], axis=2)
    # The median of an even number of joints: the lower of the two in the middle.
    away = np.sort(np.where(placed, away, np.inf), axis=1)
    count = placed.sum(axis=1)
    median = away[np.arange(len(away)), np.maximum(count - 1, 0) // 2]
    return np.asarray((count >= SHARED) & (median < SAME * np.maximum(size, 1.0)))


def _same_numbers(what: Survey) -> Iterator[Finding]:
    """People who share the track number of an imported file in a frame."""
    owners: dict[int, Person] = {}
    for person in what.people:
        if person.track_id is None:
            continue
        first = owners.setdefault(person.track_id, person)
        if first is person:
            continue
        rows = what.seen
        both = np.intersect1d(*(rows["frame"][rows["person"] == one.id] for one in (first, person)))
        if len(both):
            sentence = (
                f"{person.name} and {first.name} both have the imported track number {person.track_id}: "
                "the second is written under another."
            )
            yield Finding(Gap.SAME_NUMBER, int(both[0]), person.id, sentence)


def _broken(what: Survey, labelled: NDArray[np.bool_]) -> Iterator[Finding]:
    """Frames between a person's labels in which the person is not seen, and nobody said so."""
    frames, seen = what.frames, what.seen
    for person, name in what.names.items():
        mine = seen["person"] == person
        own = seen["frame"][mine & labelled]
        if not len(own):
            continue
        between = frames[(frames > own[0]) & (frames < own[-1])]
        covered = np.concatenate([seen["frame"][mine], what.taken_out[person]])
        for stretch in _stretches(np.setdiff1d(between, covered), frames):
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


def _unreviewed(what: Survey) -> Iterator[Finding]:
    """Frames that nobody has accepted, which are written as unlabelled; those without anybody by the stretch."""
    waiting = np.array(sorted(set(what.frames.tolist()) - what.reviewed), dtype=np.int64)
    peopled = np.isin(waiting, what.seen["frame"])
    for stretch in _stretches(waiting[~peopled], what.frames):
        first, last = int(stretch[0]), int(stretch[-1])
        where = f"In frame {first}" if first == last else f"In frames {first} to {last}"
        sentence = f"{where} nobody is labelled and nothing is reviewed: label who is seen, or accept it as empty."
        yield Finding(Gap.EMPTY, first, None, sentence)
    for frame in waiting[peopled].tolist():
        sentence = (
            f"Frame {frame} is not reviewed and counts as unlabelled: accept it when it is done."
        )
        yield Finding(Gap.UNREVIEWED, frame, None, sentence)
