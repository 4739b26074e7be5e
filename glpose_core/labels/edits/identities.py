"""Who is who: identities exchanged, split and made one, labels and predictions alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from ..changes import (
    Change,
    Edit,
    Person,
    Span,
    extra_change,
    label_changes,
    no_label,
    person_change,
    spans_change,
)
from ..owners import split_spans
from ..state import ProjectState
from .looking import living, name_of


def swap_people(state: ProjectState, a: int, b: int, frame: int, stop: int | None = None) -> Edit:
    """Exchange two identities in the frames ``frame`` … ``stop`` − 1 (``None``: to the end), labels and
    predictions alike."""
    where = "from here" if stop is None else f"in frames {frame}–{stop - 1}"
    stop = state.video.frames if stop is None else stop
    other = {a: b, b: a}
    changes = _relabel(state, other, frame, stop)
    changes += _respan(state, lambda person: other.get(person, person), frame, stop)
    return Edit(
        f"Swap {name_of(state, a)} and {name_of(state, b)} {where}",
        tuple(changes),
        frame,
        whole=True,
    )


def split_person(state: ProjectState, person: int, frame: int) -> tuple[Edit, int]:
    """Make somebody new of a person from ``frame`` on, labels and predictions alike; what is before keeps
    its id.

    Returns the edit and the new person's id. Where the person is seen on one side of ``frame`` only there is
    nothing to split. Runs that are not shown keep the person whole, as with :func:`swap_people`.
    """
    new, title = state.next_person, f"Split {name_of(state, person)} from here"
    seen = state.frames_of(person)
    if not living(state, person) or not len(seen) or not seen[0] < frame <= seen[-1]:
        return Edit(title, (), frame), new
    end = state.video.frames
    changes = [person_change(Person(new, f"person {new}"))]
    changes += _relabel(state, {person: new}, frame, end)
    changes += _respan(state, lambda one: new if one == person else one, frame, end)
    return Edit(title, tuple(changes), frame, whole=True), new


def merge_people(state: ProjectState, keep: int, other: int) -> Edit:
    """Give everything of ``other`` to ``keep``, in every run. Where both have a label, that of ``keep``
    stays; where one of the two was taken out of a frame, the one who is still seen there stays."""
    title = f"Merge {name_of(state, other)} into {name_of(state, keep)}"
    if keep == other:
        return Edit(title, ())
    doubles = _deleted_frames(state, other) & set(state.frames_of(keep).tolist())
    gaps = _deleted_frames(state, keep) & set(state.frames_of(other).tolist())
    changes: list[Change] = []
    for frame in sorted(gaps):
        changes += [no_label(keep, frame), extra_change(keep, frame, {})]
    stays = doubles | (set(state.labels.frames_of(keep).tolist()) - gaps)
    changes += [
        change
        for change in _relabel(state, {other: keep}, 0, state.video.frames)
        if change.value is None or change.key[1] not in stays
    ]
    for run in state.runs:
        for track, spans in state.tracks_of_run(run).items():
            new = spans
            if run == state.active_run:
                new = _to_nobody(_to_nobody(new, other, doubles), keep, gaps)
            new = tuple(replace(s, person=keep) if s.person == other else s for s in new)
            if new != spans:
                changes.append(spans_change(run, track, _joined(new)))
    if state.person(other) is not None:
        changes.append(Change("person", (other,), None))
    return Edit(title, tuple(changes), whole=True)


def _deleted_frames(state: ProjectState, person: int) -> set[int]:
    frames = state.labels.frames_of(person)
    return set(frames[state.labels.field("deleted", person)].tolist())


def _to_nobody(spans: tuple[Span, ...], person: int, frames: set[int]) -> tuple[Span, ...]:
    """Take frames of a track from a person, so that they show nowhere."""
    wanted = np.sort(np.fromiter(frames, np.int64, len(frames)))
    gone = [] if not len(wanted) else np.split(wanted, np.flatnonzero(np.diff(wanted) > 1) + 1)
    left: list[Span] = []
    for span in spans:
        start = span.start
        for run in gone if span.person == person else ():
            low, high = max(int(run[0]), start), min(int(run[-1]) + 1, span.stop)
            if low < high:
                left += [replace(span, start=start, stop=low), Span(low, high, None)]
                start = high
        left.append(replace(span, start=start))
    return _joined(span for span in left if span.start < span.stop)


def _relabel(state: ProjectState, owners: dict[int, int], start: int, stop: int) -> list[Change]:
    """Move the labels of some people in the frames ``start`` … ``stop`` − 1 to others: from → to."""
    moved: list[Change] = []
    extras: dict[tuple[int, int], dict[str, Any]] = {}
    emptied: set[tuple[int, int]] = set()
    for source, target in owners.items():
        rows = state.labels.rows(source)
        rows = rows[(rows["frame"] >= start) & (rows["frame"] < stop)]
        frames = rows["frame"].tolist()
        emptied.update((source, frame) for frame in frames)
        for frame in frames:
            if extra := state.annotation_extra(source, frame):
                extras.setdefault((source, frame), {})
                extras[target, frame] = extra
        rows["person"] = target
        moved += label_changes(rows)
    emptied.difference_update(change.key for change in moved)
    return [
        *(no_label(*key) for key in sorted(emptied)),
        *moved,
        *(extra_change(*key, extra) for key, extra in extras.items()),
    ]


def _respan(
    state: ProjectState, owner: Callable[[int], int], start: int, stop: int
) -> list[Change]:
    """Give the active run's tracks in the frames ``start`` … ``stop`` − 1 to other people."""
    if state.active_run is None:
        return []
    changes = []
    for track, spans in state.tracks_of_run(state.active_run).items():
        new = tuple(
            replace(span, person=owner(span.person))
            if start <= span.start < stop and span.person is not None
            else span
            for span in split_spans(split_spans(spans, start), stop)
        )
        if new != spans:
            changes.append(spans_change(state.active_run, track, _joined(new)))
    return changes


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and last.person == span.person and last.stop == span.start:
            joined[-1] = replace(last, stop=span.stop)
        else:
            joined.append(span)
    return tuple(joined)
