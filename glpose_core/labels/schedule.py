"""The schedule: which frames of a video are to be labelled.

A list of ranges with a stride, kept with the project. Without one every frame is to be labelled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
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


_RANGE = re.compile(r"(\d+)(?:\s*[-\u2013]\s*(\d+))?(?:\s*/\s*(\d+))?")


def read_schedule(text: str, frames: int) -> Schedule:
    """A schedule as people write it: "0-34/4, 35-64, 99" is every fourth frame from 0 to 34, all from 35 to 64,
    and frame 99.

    Raises:
        UsageError: a part is no range, its stride is 0, or it lies outside a video of ``frames``.
    """
    stretches = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise UsageError(f"'{part}' is no range", remedy="write 0-34/4, 35-64 or 99")
        first, last, stride = int(found[1]), int(found[2] or found[1]), int(found[3] or 1)
        if stride < 1:
            raise UsageError(f"'{part}' takes no step", remedy="write 1 or more after the slash")
        if not first <= last < frames:
            raise UsageError(
                f"'{part}' is not within frames 0 to {frames - 1}",
                remedy="give frames of the video",
            )
        stretches.append(Stretch(first, last + 1, stride))
    return tuple(stretches)


def written_schedule(schedule: Iterable[Stretch]) -> str:
    """A schedule as :func:`read_schedule` reads it."""
    parts = []
    for one in schedule:
        last = one.frames[-1]
        span = f"{one.start}" if last == one.start else f"{one.start}-{last}"
        parts.append(span if one.stride == 1 or last == one.start else f"{span}/{one.stride}")
    return ", ".join(parts)


@lru_cache(maxsize=8)
def _decoded(value: bytes) -> Schedule:
    return tuple(Stretch(start, stop, stride) for start, stop, stride in json.loads(value))


@lru_cache(maxsize=8)
def _frames(value: bytes, frames: int) -> Frames:
    found = frames_of(_decoded(value), frames)
    found.flags.writeable = False
    return found
