"""Locked people: whose poses neither a hand nor a machine changes until they are unlocked.

The lock lies in the person's record, so it is undone, kept and copied with the project. Edits stay plain
functions that know no locks; what a person does in a window, and what a run brings, passes through here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .changes import Change, Edit, Span, decode_person, decode_spans
from .poses import PoseRows
from .state import ProjectState


@dataclass(frozen=True)
class Spared:
    """What is left of an edit, and the locked people whose poses it would have changed, ascending."""

    edit: Edit
    people: tuple[int, ...]


def is_locked(state: ProjectState, person: int | None) -> bool:
    """Whether a person's poses are to stay as they are."""
    record = None if person is None else state.person(person)
    return record is not None and record.locked


def spare_locked(state: ProjectState, edit: Edit) -> Spared:
    """Take out of an edit what would change the poses of locked people.

    An edit that only sets labels (accepting a range) goes on without theirs. One that moves poses between
    people, or takes a locked person away, is nothing without its other half: all of it is left out.
    """
    labelled = {c.key[0] for c in edit.changes if c.kind in ("label", "label_extra")}
    labelled = {person for person in labelled if is_locked(state, person)}
    others = (change for change in edit.changes if change.kind in ("person", "spans"))
    tied = {person for change in others for person in _tied(state, change)}
    if not labelled and not tied:
        return Spared(edit, ())
    people = tuple(sorted(labelled | tied))
    moves = any(change.kind == "label" and change.value is None for change in edit.changes)
    if tied or moves or edit.whole:
        return Spared(replace(edit, changes=()), people)
    kept = tuple(
        change
        for change in edit.changes
        if change.kind not in ("label", "label_extra") or change.key[0] not in labelled
    )
    return Spared(replace(edit, changes=kept), people)


def unlocked_rows(state: ProjectState, run: int, rows: PoseRows) -> NDArray[np.bool_]:
    """Which rows of a run (PREDICTION_DTYPE ``[N]``, track numbers from 0) belong to nobody who is locked."""
    keep = np.ones(len(rows), dtype=bool)
    first = state.runs[run].first_track
    for track, spans in state.tracks_of_run(run).items():
        for span in spans:
            if is_locked(state, span.person):
                inside = (rows["frame"] >= span.start) & (rows["frame"] < span.stop)
                keep &= ~(inside & (rows["track"] == track - first))
    return keep


def _tied(state: ProjectState, change: Change) -> set[int]:
    """Locked people from whom a change takes frames of a track, to whom it gives some, or who would go."""
    if change.kind == "person":
        gone = change.value is None or decode_person(change.key, change.value).deleted
        return {change.key[0]} if gone and is_locked(state, change.key[0]) else set()
    before, after = (
        () if value is None else decode_spans(value)
        for value in (state.read("spans", change.key), change.value)
    )
    people = {span.person for span in (*before, *after) if span.person is not None}
    return {
        person
        for person in people
        if is_locked(state, person) and _frames(before, person) != _frames(after, person)
    }


def _frames(spans: Iterable[Span], person: int) -> list[tuple[int, int]]:
    """The frames of a track that belong to a person, as unbroken ranges."""
    own: list[tuple[int, int]] = []
    for span in spans:
        if span.person != person:
            continue
        start = own.pop()[0] if own and own[-1][1] == span.start else span.start
        own.append((start, span.stop))
    return own
