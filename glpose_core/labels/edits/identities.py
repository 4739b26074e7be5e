"""Who is who: two identities exchanged or made one, labels and predictions alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from ..changes import Change, Edit, Span, extra_change, label_change, no_label, spans_change
from ..state import ProjectState, split_spans
from .looking import name_of


def swap_people(state: ProjectState, a: int, b: int, frame: int) -> Edit:
    """Exchange two identities from ``frame`` on, labels and predictions alike."""
    other = {a: b, b: a}
    changes = _relabel(state, a, b, frame) + _relabel(state, b, a, frame)
    filled = {(change.kind, change.key) for change in changes if change.value is not None}
    changes = [c for c in changes if c.value is not None or (c.kind, c.key) not in filled]
    changes += _respan(state, lambda person: other.get(person, person), frame)
    return Edit(
        f"Swap {name_of(state, a)} and {name_of(state, b)} from here", tuple(changes), frame
    )


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
        for change in _relabel(state, other, keep, 0)
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
    return Edit(title, tuple(changes))


def _deleted_frames(state: ProjectState, person: int) -> set[int]:
    frames = state.labels.frames_of(person)
    return set(frames[state.labels.field("deleted", person)].tolist())


def _to_nobody(spans: tuple[Span, ...], person: int, frames: set[int]) -> tuple[Span, ...]:
    """Take frames of a track from a person, so that they show nowhere."""
    for frame in sorted(frames):
        if any(s.person == person and s.start <= frame < s.stop for s in spans):
            spans = split_spans(split_spans(spans, frame), frame + 1)
            spans = tuple(
                replace(s, person=None) if s.start == frame and s.person == person else s
                for s in spans
            )
    return _joined(spans)


def _relabel(state: ProjectState, source: int, target: int, start: int) -> list[Change]:
    """Move the labels of ``source`` from frame ``start`` on to ``target``."""
    changes: list[Change] = []
    rows = state.labels.rows(source)
    for row in rows[rows["frame"] >= start]:
        frame = int(row["frame"])
        extra = state.annotation_extra(source, frame)
        changes.append(no_label(source, frame))
        row = row.copy()
        row["person"] = target
        changes.append(label_change(row))
        if extra:
            changes.append(extra_change(source, frame, {}))
            changes.append(extra_change(target, frame, extra))
    return changes


def _respan(state: ProjectState, owner: Callable[[int], int], start: int) -> list[Change]:
    """Give the active run's tracks from frame ``start`` on to other people."""
    if state.active_run is None:
        return []
    changes = []
    for track, spans in state.tracks_of_run(state.active_run).items():
        new = tuple(
            span
            if span.start < start or span.person is None
            else replace(span, person=owner(span.person))
            for span in split_spans(spans, start)
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
