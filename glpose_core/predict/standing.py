"""Poses that stand when somebody is followed anew, because what is wrong or missing lies elsewhere.

A person is followed from boxes drawn by hand since poses are missing, or lie on somebody else. What the same model
has predicted beyond that place has perhaps been looked at already; and without a detector to hold it, following
slips the farther it goes, so that it would put worse poses in the place of good ones.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..geometry import box_iou
from ..labels import ProjectState, Run, Source
from ..labels.origin import run_of_track
from .job import Rows
from .record import RunRecord

NOBODY: Mapping[int, int] = MappingProxyType({})
SAME_PLACE = 0.5
"""Overlap (intersection over union) of two boxes from which they show one person in one place."""


class Old(Enum):
    """What a followed person has already in a frame, beside what is predicted there now."""

    MISSING = 0
    """Nothing of the same model."""
    ELSEWHERE = 1
    HERE = 2


class Standing:
    """What is needed of a run that follows one person: from each box on, everything until the person is where the
    same model has predicted them already; from there on those poses stand, as far as they reach without a gap.

    Attributes:
        count: rows that were not needed, not counting provisional ones.
    """

    def __init__(self, seeds: Iterable[int]) -> None:
        """``seeds``: the frames whose boxes the person is followed from, at least one."""
        self.count = 0
        self._seeds = sorted(set(seeds))
        self._old: dict[int, Old] = {}
        self._drawn: set[int] = set()
        self._known: dict[tuple[int, int], bool] = {}
        self._waiting: list[Rows] = []

    def sift(
        self, state: ProjectState, run: Run, event: Rows, people: Mapping[int, int] = NOBODY
    ) -> list[Rows]:
        """What is needed of these rows, and of earlier ones of which that was not known yet.

        Provisional rows of which it is not known are left out: they come again.

        Args:
            state: in which ``run`` is shown, over what it was begun on; or what it would be begun on.
            run: one of the state's, or one that has not begun, because nothing of it has been needed so far.
            event: rows of the person who is followed.
            people: whose the tracks of a run that has not begun are.
        """
        begun = run.id in state.runs
        tracks = state.tracks_of_run(run.id) if begun else {}
        for row in event.rows:
            track, frame = int(row["track"]), int(row["frame"])
            person = people.get(track)
            if begun:
                spans = tracks.get(run.first_track + track, ())
                person = next((s.person for s in spans if s.start <= frame < s.stop), None)
            self._look(state, run, person, row)
        waiting, self._waiting = self._waiting, []
        return [part for one in (*waiting, event) for part in self._needed(one)]

    def rest(self) -> list[Rows]:
        """When no more rows come: those of which it was never known. They are needed."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def _look(self, state: ProjectState, run: Run, person: int | None, row: np.void) -> None:
        """Compare a row with what its person had in the frame when ``run`` began."""
        frame, begun = int(row["frame"]), run.id in state.runs
        if person is None:
            self._old[frame] = Old.MISSING
            return
        label = state.label(person, frame)
        if label is not None and label["box_source"] == Source.PLACED:
            self._drawn.add(frame)
        tracks = state.tracks_of_person(person, frame)
        older = (track for track in tracks if not begun or track < run.first_track)
        rows = (state.predictions.get(one, frame) for one in older)
        old = next((one for one in rows if one is not None), None)
        if old is None or not _same_model(state, run, int(old["track"])):
            self._old[frame] = Old.MISSING
        else:
            same = box_iou(row["box"], old["box"])[0, 0] >= SAME_PLACE
            self._old[frame] = Old.HERE if same else Old.ELSEWHERE

    def _needed(self, event: Rows) -> list[Rows]:
        stand = [self._stands(frame) for frame in event.rows["frame"].tolist()]
        needed = np.array([one is False for one in stand], dtype=bool)
        if not event.provisional:
            unknown = np.array([one is None for one in stand], dtype=bool)
            self.count += int((~needed & ~unknown).sum())
            self._waiting += _part(event, unknown)
        return _part(event, needed)

    def _stands(self, frame: int) -> bool | None:
        """Whether the pose that there is in a frame stands; ``None`` while that is not known."""
        if frame in self._drawn:  # so that the pose is predicted in it
            return False
        at = bisect.bisect_left(self._seeds, frame)
        found = {self._stands_from(seed, frame) for seed in self._seeds[max(at - 1, 0) : at + 1]}
        return False if False in found else None if None in found else True

    def _stands_from(self, seed: int, frame: int) -> bool | None:
        """The same, as far as the box in frame ``seed`` is concerned: look on the way to it for where both agree."""
        step = 1 if seed > frame else -1
        stands: bool | None = False
        for at in range(frame, seed + step, step):
            old = self._old.get(at)
            if old is Old.ELSEWHERE and (seed, at) not in self._known:
                continue
            stands = self._known.get((seed, at), None if old is None else old is Old.HERE)
            break
        if stands is not None:
            self._known[seed, frame] = stands
        return stands


def _same_model(state: ProjectState, run: Run, track: int) -> bool:
    """Whether the weights of a run have made a track that it carries, or would carry."""
    shown = run.id if run.id in state.runs else state.active_run
    maker = None if shown is None else run_of_track(state, shown, track)
    return maker is not None and RunRecord.of(maker).sha256 == RunRecord.of(run).sha256


def _part(event: Rows, which: NDArray[np.bool_]) -> list[Rows]:
    """Some rows of an event; none for no rows."""
    if not which.any():
        return []
    references = None if event.references is None else event.references[which]
    return [replace(event, rows=event.rows[which], references=references)]
