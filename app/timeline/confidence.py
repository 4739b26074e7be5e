"""The confidence of one joint of one person through time, read from the project's tables at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .stretches import Floats, Ints

if TYPE_CHECKING:
    from glpose_core.labels import ProjectState


@dataclass(frozen=True)
class Confidence:
    """``frames`` ascending ``[N]`` and the ``scores`` there (0 … 1) ``[N]``."""

    frames: Ints
    scores: Floats

    def at(self, frame: int) -> float | None:
        """The score in ``frame``, or ``None`` where there is none."""
        place = int(np.searchsorted(self.frames, frame))
        if place < len(self.frames) and self.frames[place] == frame:
            return float(self.scores[place])
        return None


NO_CONFIDENCE = Confidence(np.zeros(0, dtype=np.int64), np.zeros(0))


def confidence_of(state: ProjectState, person: int, joint: int) -> Confidence:
    """The model's confidence in a joint wherever it has one, in all frames of a person.

    Frames in which the pose is deleted are left out. Joints that a person placed or accepted keep
    the model's figure, because the curve says where the model is in doubt.
    """
    frames, scores = [], []
    tracks = {} if state.active_run is None else state.tracks_of_run(state.active_run)
    for track, spans in tracks.items():
        mine = [span for span in spans if span.person == person]
        if not mine:
            continue
        rows = state.predictions.rows(track)
        at = rows["frame"].astype(np.int64)
        inside = np.zeros(len(rows), dtype=bool)
        for span in mine:
            inside |= (at >= span.start) & (at < span.stop)
        frames.append(at[inside])
        scores.append(rows["score"][inside, joint].astype(np.float64))
    if not frames:
        return NO_CONFIDENCE
    # Where two tracks of one person overlap, the newer one is seen: keep the last of equals.
    at, value = np.concatenate(frames)[::-1], np.concatenate(scores)[::-1]
    unique, first = np.unique(at, return_index=True)
    seen = np.isin(unique, state.frames_of(person))
    return Confidence(unique[seen], np.clip(value[first][seen], 0.0, 1.0))
