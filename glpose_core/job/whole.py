"""A whole prediction at once, for the command line and for scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..labels.poses import PREDICTION_DTYPE, PoseRows
from ..predict.job import Event, Finished, Note, PredictRequest, Rows, Started, TracksFound
from .pipeline import run


@dataclass
class Prediction:
    """Everything a run said.

    Attributes:
        rows: ``PREDICTION_DTYPE``, sorted by frame and track; final ones only.
        tracks: the person of every track; negative ids are new people.
        started: device and model, in words, and the frames.
        notes: sentences for the reader.
        finished: what it came to.
        references: what each row was predicted from, REFERENCE_DTYPE ``[rows, 2k + n]``.
    """

    rows: PoseRows
    tracks: dict[int, int] = field(default_factory=dict)
    started: Started | None = None
    notes: list[str] = field(default_factory=list)
    finished: Finished | None = None
    references: PoseRows | None = None


def predict_video(
    request: PredictRequest,
    listen: Callable[[Event], None] = lambda event: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Prediction:
    """Run a prediction to its end and return all of it.

    Args:
        request: what to do.
        listen: hears every event as it comes.
        cancelled: asked several times a second.

    Raises:
        Cancelled, GLPoseError: as :func:`glpose_core.job.run`.
    """
    result = Prediction(np.zeros(0, PREDICTION_DTYPE))
    parts: list[PoseRows] = []
    used: list[PoseRows] = []

    def hear(event: Event) -> None:
        if isinstance(event, Started):
            result.started = event
        elif isinstance(event, TracksFound):
            result.tracks |= event.tracks
        elif isinstance(event, Rows):
            if not event.provisional:
                parts.append(event.rows)
                if event.references is not None:
                    used.append(event.references)
        elif isinstance(event, Note):
            result.notes.append(event.message)
        elif isinstance(event, Finished):
            result.finished = event
        listen(event)

    run(request, hear, cancelled)
    if parts:
        rows = np.concatenate(parts)
        order = np.lexsort((rows["track"], rows["frame"]))
        result.rows = rows[order]
        if len(used) == len(parts):
            result.references = np.concatenate(used)[order]
    return result
