"""One joint of one person through the whole video, read from the tables' columns at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .poses import Source, Visibility
from .state import Frames, ProjectState


def joint_path(state: ProjectState, person: int, joint: int) -> tuple[Frames, NDArray[np.float64]]:
    """Where a joint is seen: frames ascending ``[N]``, and its place ``[N, 2]`` in pixels.

    In frames in which the person is seen and the joint is visible or hidden; label over prediction, as on the screen.
    """
    frames, xy = state.predicted_column(person, "xy", joint)
    shown = state.predicted_column(person, "visibility", joint)[1] != Visibility.ABSENT
    labels = state.labels
    said = labels.field("source", person, joint) != Source.NONE
    labelled = labels.frames_of(person)[said]
    placed = labels.field("visibility", person, joint)[said] != Visibility.ABSENT
    open_ = shown & ~np.isin(frames, labelled, assume_unique=True)
    every = np.concatenate([frames[open_], labelled[placed]])
    places = np.concatenate([xy[open_], labels.field("xy", person, joint)[said][placed]])
    seen = np.isin(every, state.frames_of(person), assume_unique=True)
    order = np.argsort(every[seen], kind="stable")
    return every[seen][order], places[seen][order].astype(np.float64)
