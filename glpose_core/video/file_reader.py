"""Frames of a video file by number, exactly."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import VideoError
from glpose_core.video.cache import FrameCache, Picture
from glpose_core.video.finder import FrameFinder
from glpose_core.video.index import FrameIndex
from glpose_core.video.reader import VideoInfo, frame_number, typical_rate

if TYPE_CHECKING:
    from av.video.stream import VideoStream

PRIVATE_BUDGET = 256 << 20
"""Bytes of decoded frames that a reader keeps when it is not given a cache."""


DEFAULT_RATE = 25.0
"""Frames per second of a file that neither declares a rate nor has times."""

_AGREES = 0.05


class FileReader:
    """A :class:`~glpose_core.video.reader.VideoReader` of one file.

    Stepping forward goes on decoding; stepping back is served from the frames that were decoded on
    the way, which are kept in the cache as the decoder made them.

    Args:
        path: the file.
        index: its frame index.
        cache: where decoded frames are kept; by default a private one of 256 MiB.
    """

    def __init__(self, path: Path, index: FrameIndex, cache: FrameCache | None = None) -> None:
        self.path = path
        self.index = index
        self.cache = FrameCache(PRIVATE_BUDGET) if cache is None else cache
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._finder = FrameFinder(path, index, self.cache, self._check_open)
        self.info = _describe(path, index, self._finder.decoder.stream)

    @property
    def times(self) -> NDArray[np.float64]:
        return self.index.times

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, n: int, /) -> Picture:
        number = frame_number(n, len(self))
        self._check_open()
        held = self.cache.get(number)
        if held is not None:
            return held
        with self._lock:
            self._check_open()
            picture = self._finder.find(number)
        return picture.rgb()

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._closed.set()  # a thread that is decoding stops at its next packet
        with self._lock:
            self._finder.decoder.close()

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise VideoError("the video is closed", file=self.path, remedy="open it again")


def _describe(path: Path, index: FrameIndex, stream: VideoStream) -> VideoInfo:
    width, height = index.upright_size
    rate = _rate(float(stream.average_rate or 0), index.times)
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    return VideoInfo(
        path=path,
        frames=len(index),
        width=width,
        height=height,
        rotation=index.rotation,
        pixel_aspect=1 / aspect if index.rotation in (90, 270) else aspect,
        codec=stream.codec_context.name,
        average_rate=rate,
        duration=float(index.times.max() - index.times.min()) + 1 / rate,
        start=float(index.times[0]),
        fingerprint=index.fingerprint,
        oddities=index.oddities,
    )


def _rate(declared: float, times: NDArray[np.float64]) -> float:
    """Frames per second: as declared, unless the times say something else and can be trusted."""
    if np.any(np.diff(times) < 0):
        return declared or DEFAULT_RATE
    measured = typical_rate(times, declared or DEFAULT_RATE)
    return declared if declared and abs(declared / measured - 1) < _AGREES else measured
