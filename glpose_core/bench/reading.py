"""How fast a video is gone through here, and whether the frames are the right ones, beside OpenCV.

Both are asked for the same frames. A picture is right when it is the one that the same library's own decoding
from the first frame on gives under that number: so what is counted is where seeking leads astray.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled
from ..video import FrameCache, build_index, open_video
from ..video.index import FrameIndex

Picture = NDArray[np.uint8]
FRAMES = 400
"""So many frames of a video are gone through at most: all are decoded once for what is right."""
STEPS = 20
"""Steps back in a row, from each of a few places just jumped to."""
PLACES = 4


@dataclass(frozen=True)
class Reading:
    """What one library came to; milliseconds but for ``rate`` (frames decoded one after the other, a second).

    Attributes:
        counting: until it says how many frames there are; ``frames``: what it says.
        seeks: random frames, nothing kept from before. first: one step back after such a seek.
        steps: the steps back after that.
        wrong: pictures that were of another frame, among ``asked``.
    """

    name: str
    frames: int
    counting: float
    rate: float
    seeks: tuple[float, ...]
    first: tuple[float, ...]
    steps: tuple[float, ...]
    wrong: int
    asked: int


def middle_and_worst(times: Sequence[float]) -> tuple[float, float]:
    """The median, and what 19 of 20 stay below."""
    if len(times) < 2:
        return (times[0], times[0]) if times else (float("nan"), float("nan"))
    cuts = quantiles(times, n=20, method="inclusive")
    return cuts[9], cuts[18]


def read_video(path: Path, seeks: int, cancelled: Callable[[], bool]) -> list[Reading]:
    """Go through a video with our reader and with OpenCV.

    Args:
        path: a video file. seeks: how many random frames are asked for.
        cancelled: asked between two frames.

    Raises:
        VideoError: if it cannot be read.
        Cancelled: ``cancelled`` said so.
    """
    began = time.perf_counter()
    index = build_index(path)
    counting = 1000 * (time.perf_counter() - began)
    with closing(_Ours(path, index)) as source:
        ours = _go_through(source, len(index), counting, seeks, cancelled)
    return [ours, _opencv(path, seeks, cancelled)]


class _Ours:
    name = "GLPose Studio"

    def __init__(self, path: Path, index: FrameIndex) -> None:
        self._cache = FrameCache()
        self._reader = open_video(path, index=index, cache=self._cache)

    def read(self, frame: int) -> Picture | None:
        return self._reader[frame]

    def forget(self) -> None:
        self._cache.clear()

    def close(self) -> None:
        self._reader.close()


class _OpenCV:
    name = "OpenCV"

    def __init__(self, path: Path) -> None:
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # what it prints of damaged files
        self._capture = cv2.VideoCapture(str(path))
        self._next = 0

    @property
    def frames(self) -> int:
        return max(int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)

    def read(self, frame: int) -> Picture | None:
        if frame != self._next:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, frame)
        self._next = frame + 1
        done, picture = self._capture.read()
        # To RGB, as ours are.
        return np.ascontiguousarray(picture[..., ::-1], dtype=np.uint8) if done else None

    def forget(self) -> None:
        """It keeps nothing."""

    def close(self) -> None:
        self._capture.release()


def _opencv(path: Path, seeks: int, cancelled: Callable[[], bool]) -> Reading:
    began = time.perf_counter()
    with closing(_OpenCV(path)) as source:
        frames = source.frames
        counting = 1000 * (time.perf_counter() - began)
        return _go_through(source, frames, counting, seeks, cancelled)


def _go_through(
    source: _Ours | _OpenCV,
    frames: int,
    counting: float,
    seeks: int,
    cancelled: Callable[[], bool],
) -> Reading:
    stop = max(min(frames, FRAMES), 0)
    truth, rate = _decode_all(source, stop, cancelled)
    right: list[bool] = []

    def ask(frame: int, times: list[float] | None) -> None:
        if cancelled():
            raise Cancelled
        began = time.perf_counter()
        picture = source.read(frame)
        if times is not None:
            times.append(1000 * (time.perf_counter() - began))
        right.append(picture is not None and np.array_equal(_small(picture), truth[frame]))

    sought: list[float] = []
    first: list[float] = []
    steps: list[float] = []
    rng = np.random.default_rng(0)
    for frame in rng.integers(0, len(truth), seeks if truth else 0).tolist():
        source.forget()
        ask(frame, sought)
    for place in rng.integers(min(STEPS, len(truth) - 1), len(truth), PLACES if truth else 0):
        source.forget()
        ask(int(place), None)
        for frame in range(int(place) - 1, max(int(place) - 1 - STEPS, -1), -1):
            ask(frame, first if frame == place - 1 else steps)
    return Reading(
        source.name, frames, counting, rate, tuple(sought), tuple(first), tuple(steps),
        wrong=len(right) - sum(right), asked=len(right),
    )  # fmt: skip


def _decode_all(
    source: _Ours | _OpenCV, stop: int, cancelled: Callable[[], bool]
) -> tuple[list[Picture], float]:
    """The frames 0 … ``stop`` − 1 in small, and how many came in a second."""
    found: list[Picture] = []
    spent = 0.0
    for frame in range(stop):
        if cancelled():
            raise Cancelled
        began = time.perf_counter()
        picture = source.read(frame)
        spent += time.perf_counter() - began
        if picture is None:
            break
        found.append(_small(picture))
    source.forget()
    return found, len(found) / spent if spent else 0.0


def _small(picture: Picture) -> Picture:
    """Enough of a picture to tell it from others: every eighth pixel."""
    return picture[::8, ::8].copy()
