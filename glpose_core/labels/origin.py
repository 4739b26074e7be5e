"""Which run proposed what is seen, and what is kept of how it came to it.

A run carries the rows of the run it began on (see :meth:`Project.begin_run`), so a row's own run is told
by its track number. A joint that a person accepted has the place that some run proposed, to the digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import store
from .changes import Span
from .poses import PoseRows, Source, as_poses
from .records import Run
from .state import ProjectState

OVER = "over"
"""The setting of a run that names the run whose rows it carries."""
BEGUN_BY, FIRST_PERSON = "begun_by", "first_person"
"""Settings of a run that was shown: the number of the edit that showed it, and that of the first person who was new then."""


@dataclass(frozen=True)
class Origin:
    """A run that proposed some of a pose's joints.

    Attributes:
        run: the run that made the row, not one that only carried it along.
        shown: number of the run through which it is seen; with ``track`` and the frame it finds the row.
        track: the row's track. row: the row itself, of PREDICTION_DTYPE.
        joints: the slots that stand where the run put them, ascending.
    """

    run: Run
    shown: int
    track: int
    row: np.void
    joints: tuple[int, ...]


def origins_of(state: ProjectState, person: int, frame: int) -> tuple[Origin, ...]:
    """The runs that proposed the joints of a pose as it is seen, most joints first.

    Joints that a person placed have no origin; nor have accepted ones whose run is not the active one
    and is not carried by it.
    """
    pose = state.pose(person, frame)
    if pose is None or state.active_run is None:
        return ()
    left = (pose["source"] == Source.MODEL) | (pose["source"] == Source.ACCEPTED)
    seen = pose["xy"].astype(np.float32)
    found = []
    for track in state.tracks_of_person(person, frame):
        row = state.predictions.get(track, frame)
        if row is None:
            continue
        same = left & (seen == row["xy"]).all(axis=1)
        run = run_of_track(state, state.active_run, track)
        if same.any() and run is not None:
            joints = tuple(np.flatnonzero(same).tolist())
            found.append(Origin(run, state.active_run, track, row, joints))
            left &= ~same
    return tuple(sorted(found, key=lambda one: -len(one.joints)))


def run_of_track(state: ProjectState, run: int, track: int) -> Run | None:
    """The run that made a track which ``run`` shows, or ``None`` if that is not known any more."""
    at: int | None = run
    while at is not None and at in state.runs:
        record = state.runs[at]
        if track >= record.first_track:
            return record
        over = record.settings.get(OVER)
        at = over if isinstance(over, int) and over < at else _latest_before(state, at)
    return None


def _latest_before(state: ProjectState, run: int) -> int | None:
    """Version 0.1 did not note which run another began on: as a rule it was the one before."""
    return max((number for number in state.runs if number < run), default=None)


def rows_by_person(rows: PoseRows, tracks: Mapping[int, tuple[Span, ...]]) -> PoseRows:
    """Rows of a run as poses of the people its tracks belong to.

    Returns POSE_DTYPE ``[N]`` by person and frame; where tracks of a person overlap the newest counts.
    """
    owner = np.full(len(rows), -1, np.int64)
    for track, spans in tracks.items():
        for span in spans:
            if span.person is not None:
                inside = (rows["track"] == track) & (rows["frame"] >= span.start)
                owner[inside & (rows["frame"] < span.stop)] = span.person
    order = np.lexsort((rows["track"], rows["frame"], owner))
    order = order[owner[order] >= 0]
    poses = as_poses(rows[order], owner[order])
    newest = np.ones(len(poses), bool)
    newest[:-1] = (np.diff(poses["person"]) != 0) | (np.diff(poses["frame"]) != 0)
    return poses[newest]


def read_references(path: Path, run: int, track: int, frame: int) -> PoseRows | None:
    """What one pose of a run was predicted from, straight from the project's file, for any process.

    Returns REFERENCE_DTYPE ``[slots]`` in the slot order of Eq. 4, or ``None`` where the run did not
    keep it.

    Raises:
        ProjectError: the file is gone, or no project.
    """
    connection = store.connect(path, read_only=True)
    try:
        return store.load_references(connection, run, track, frame)
    except store.DAMAGE as error:
        raise store.damaged(path, error) from error
    finally:
        connection.close()
