"""The schedule: which frames of a video are to be labelled.

A list of ranges with a stride, kept with the project. Without one every frame is to be labelled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .changes import Change, Edit, to_json
from .state import ProjectState

Frames = NDArray[np.int64]

MIDDLE = 30
"""PoseTrack labels so many frames in the middle of a video one by one."""
STRIDE = 4
"""… and, in its validation set, every so many besides."""


@dataclass(frozen=True)
class Stretch:
    """Frames ``start``, ``start`` + ``stride`` … below ``stop``."""

    start: int
    stop: int
    stride: int = 1

    @property
    def frames(self) -> range:
        """The frames, ascending."""
        return range(self.start, self.stop, self.stride)


Schedule = tuple[Stretch, ...]


def schedule_of(state: ProjectState) -> Schedule:
    """The project's schedule; empty where every frame is to be labelled."""
    value = state.read("schedule", ())
    return () if value is None else _decoded(value)


def set_schedule(state: ProjectState, schedule: Iterable[Stretch]) -> Edit:
    """Label only the frames of ``schedule``; an empty one: every frame."""
    stretches = [[one.start, one.stop, one.stride] for one in schedule if len(one.frames)]
    value = to_json(stretches) if stretches else None
    same = state.read("schedule", ()) == value
    title = "Schedule frames" if stretches else "Schedule every frame"
    return Edit(title, () if same else (Change("schedule", (), value),))


def scheduled_frames(state: ProjectState) -> Frames | None:
    """The frames that are to be labelled, ascending; ``None`` where there is no schedule. The array is
    cached: do not write to it."""
    value = state.read("schedule", ())
    return None if value is None else _frames(value, state.video.frames)


def to_label(state: ProjectState) -> Frames:
    """The frames that are to be labelled, ascending: the scheduled ones, or all."""
    frames = scheduled_frames(state)
    return np.arange(state.video.frames, dtype=np.int64) if frames is None else frames


def frames_of(schedule: Iterable[Stretch], frames: int) -> Frames:
    """The frames of a schedule in a video of ``frames``: int64, ascending, each once."""
    parts = [np.asarray(one.frames, dtype=np.int64) for one in schedule]
    found = np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))
    return found[(found >= 0) & (found < frames)]


def step_within(frames: Frames, frame: int, steps: int) -> int | None:
    """The frame ``steps`` scheduled frames after ``frame`` (before: negative), as far as they go; ``None``
    where there is none that way."""
    at = int(np.searchsorted(frames, frame, side="right" if steps > 0 else "left"))
    target = at + steps - 1 if steps > 0 else at + steps
    ahead = len(frames) - at if steps > 0 else at
    if ahead == 0:
        return None
    return int(frames[min(max(target, 0), len(frames) - 1)])


def posetrack_training(frames: int, middle: int = MIDDLE) -> Schedule:
    """The ``middle`` frames in the middle of a video, as in PoseTrack's training set."""
    start = max((frames - middle) // 2, 0)
    return (Stretch(start, min(start + middle, frames)),)


def posetrack_validation(frames: int, middle: int = MIDDLE, stride: int = STRIDE) -> Schedule:
    """The frames in the middle, and every fourth besides, counted from the first frame."""
    (centre,) = posetrack_training(frames, middle)
    after = -(-centre.stop // stride) * stride
    stretches = (Stretch(0, centre.start, stride), centre, Stretch(after, frames, stride))
    return tuple(one for one in stretches if len(one.frames))


@lru_cache(maxsize=8)
def _decoded(value: bytes) -> Schedule:
    return tuple(Stretch(start, stop, stride) for start, stop, stride in json.loads(value))


@lru_cache(maxsize=8)
def _frames(value: bytes, frames: int) -> Frames:
    found = frames_of(_decoded(value), frames)
    found.flags.writeable = False
    return found
