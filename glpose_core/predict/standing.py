"""Poses that stand when somebody is followed anew: what a model has said of a place it need not say again.

A person is followed because poses are missing, or lie on somebody else. The others have perhaps been looked at
already, and some joints of them moved; a second opinion of the same model would only make that work void.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..geometry import box_iou
from ..labels import PoseRows, ProjectState, Source
from ..labels.origin import run_of_track
from .record import RunRecord

SAME_PLACE = 0.7
"""Overlap (intersection over union) of two boxes from which they show one person in one place."""


def standing_rows(state: ProjectState, run: int, rows: PoseRows) -> NDArray[np.bool_]:
    """Which rows of the shown run are not needed, because its person has such a pose already.

    That is one which the same weights predicted, in a box that overlaps the new one by :data:`SAME_PLACE`. In
    frames where a box was drawn by hand it is never so: it was drawn to have the pose predicted in it.

    Args:
        run: number of the run that the rows come from, which is the active one.
        rows: PREDICTION_DTYPE ``[N]``, track numbers from 0.

    Returns:
        bool ``[N]``.
    """
    first = state.runs[run].first_track
    model = RunRecord.of(state.runs[run]).sha256
    tracks = state.tracks_of_run(run)
    standing = np.zeros(len(rows), dtype=bool)
    for at, row in enumerate(rows):
        frame = int(row["frame"])
        spans = tracks.get(first + int(row["track"]), ())
        owners = [span.person for span in spans if span.start <= frame < span.stop]
        if not owners or owners[0] is None or _is_drawn(state, owners[0], frame):
            continue
        old = _shown_before(state, run, owners[0], frame)
        if old is None:
            continue
        maker = run_of_track(state, run, int(old["track"]))
        same_model = maker is not None and RunRecord.of(maker).sha256 == model
        standing[at] = same_model and box_iou(row["box"], old["box"])[0, 0] >= SAME_PLACE
    return standing


def _is_drawn(state: ProjectState, person: int, frame: int) -> bool:
    label = state.label(person, frame)
    return label is not None and bool(label["box_source"] == Source.PLACED)


def _shown_before(state: ProjectState, run: int, person: int, frame: int) -> np.void | None:
    """The row of a person that was shown in a frame when ``run`` began, or ``None``."""
    first = state.runs[run].first_track
    for track in state.tracks_of_person(person, frame):
        row = state.predictions.get(track, frame) if track < first else None
        if row is not None:
            return row
    return None
