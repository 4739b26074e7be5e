"""What every source of frames offers, whether it is a video file or a folder of pictures."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import VideoError
from glpose_core.video.index import FrameIndex


class BrokenFrame(VideoError):
    """One frame cannot be decoded; the message says why. The other frames stay usable."""


@dataclass(frozen=True)
class VideoInfo:
    """What a video is.

    Attributes:
        path: the file or the folder.
        frames: how many frames a full sequential decode returns.
        width, height: pixels of the picture that ``reader[n]`` returns, after rotation.
        rotation: degrees clockwise (0, 90, 180, 270) by which the stored picture was turned.
        pixel_aspect: width / height of one pixel, after rotation. Reported, never applied.
        codec: the codec's short name ("h264"), or the pictures' suffix ("jpg").
        average_rate: frames per second.
        duration: seconds from the first frame to the end of the last.
        start: time of the first frame in seconds, as in the file.
        fingerprint: hex digest of the size and sampled bytes.
        oddities: plain sentences about what is unusual ("starts at 1.075 s").
    """

    path: Path
    frames: int
    width: int
    height: int
    rotation: int
    pixel_aspect: float
    codec: str
    average_rate: float
    duration: float
    start: float
    fingerprint: str
    oddities: tuple[str, ...] = ()


class VideoReader(Protocol):
    """Frames by number. One reader belongs to one thread; open another for another thread."""

    @property
    def path(self) -> Path: ...

    @property
    def info(self) -> VideoInfo: ...

    @property
    def index(self) -> FrameIndex:
        """Picklable; ``open_video(path, index=reader.index)`` skips the scan."""
        ...

    @property
    def times(self) -> NDArray[np.float64]:
        """Time of each frame in seconds as in the file, ``[frames]`` float64, read-only."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, n: int, /) -> NDArray[np.uint8]:
        """Frame ``n`` as uint8 RGB ``[height, width, 3]``, the caller's own copy.

        Negative numbers count from the end, as in a list. Raises ``IndexError`` past either end,
        :class:`BrokenFrame` for a frame that cannot be decoded, ``VideoError`` once closed.
        """
        ...

    def close(self) -> None:
        """Let go of the file. Safe to call twice, and while another thread waits for a frame."""
        ...

    def __enter__(self) -> VideoReader: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


def typical_rate(times: NDArray[np.float64], fallback: float) -> float:
    """Frames per second over a whole video from its times (``[n]`` s), or ``fallback`` if unknown."""
    if len(times) < 2:
        return fallback
    span = float(times.max() - times.min())
    return (len(times) - 1) / span if span > 0 else fallback


def frame_number(n: int, frames: int) -> int:
    """The frame that ``reader[n]`` means, counting back from the end if negative.

    Raises ``IndexError`` past either end and ``TypeError`` for anything but a whole number.
    """
    number = operator.index(n)
    number = number + frames if number < 0 else number
    if not 0 <= number < frames:
        raise IndexError(f"frame {n} of a video with {frames} frames")
    return number
