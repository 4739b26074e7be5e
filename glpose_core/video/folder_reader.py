"""A folder of pictures, read as a video."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import Cancelled, VideoError
from glpose_core.video.cache import FrameCache, Picture
from glpose_core.video.fingerprint import fingerprint_files
from glpose_core.video.index import PICTURES, FrameIndex
from glpose_core.video.packets import Cancel, Progress
from glpose_core.video.picture_size import picture_size
from glpose_core.video.reader import BrokenFrame, VideoInfo, frame_number, typical_rate

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
DEFAULT_RATE = 25.0
"""Frames per second of a folder whose rate nobody gave: frame n is at n / 25 s."""

PRIVATE_BUDGET = 256 << 20
_TELL_EVERY = 64


class FolderReader:
    """A :class:`~glpose_core.video.reader.VideoReader` of a folder of pictures.

    Args:
        path: the folder.
        index: made by :func:`scan_folder`.
        cache: where decoded pictures are kept; by default a private one of 256 MiB.
        given: the index comes from elsewhere and must be compared with the folder.
    """

    def __init__(
        self, path: Path, index: FrameIndex, cache: FrameCache | None = None, given: bool = True
    ) -> None:
        self.path = path
        self.index = index
        self.cache = FrameCache(PRIVATE_BUDGET) if cache is None else cache
        self._files = list_pictures(path)
        self._closed = False
        if given and fingerprint_files(self._files) != index.fingerprint:
            raise VideoError(
                "does not hold the pictures that were counted",
                file=path,
                remedy="choose the original folder, or add this one as a new video",
            )
        rate = typical_rate(index.times, DEFAULT_RATE)
        self.info = VideoInfo(
            path=path,
            frames=len(index),
            width=index.width,
            height=index.height,
            rotation=0,
            pixel_aspect=1.0,
            codec=self._files[0].suffix[1:].lower(),
            average_rate=rate,
            duration=len(index) / rate,
            start=0.0,
            fingerprint=index.fingerprint,
            oddities=index.oddities,
        )

    @property
    def times(self) -> NDArray[np.float64]:
        return self.index.times

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, n: int, /) -> Picture:
        number = frame_number(n, len(self))
        if self._closed:
            raise VideoError("the video is closed", file=self.path, remedy="open it again")
        held = self.cache.get(number)
        if held is not None:
            return held
        picture = self._read(number)
        self.cache.put(number, picture)
        return picture

    def __enter__(self) -> FolderReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._closed = True

    def _read(self, number: int) -> Picture:
        path = self._files[number]
        picture = read_picture(path)
        reason = None
        if picture is None:
            reason = "it is not a whole picture"
        elif picture.shape[:2] != (self.index.height, self.index.width):
            reason = "its size has changed since the folder was opened"
        if picture is None or reason is not None:
            raise BrokenFrame(
                str(reason), file=path, field=f"frame {number}", remedy="replace the picture"
            )
        return picture


def list_pictures(folder: Path) -> list[Path]:
    """The pictures of a folder in natural order: ``2.jpg`` before ``10.jpg``.

    Raises ``VideoError`` if the folder cannot be listed or holds none.
    """
    try:
        names = [p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.name[0] != "."]
    except OSError as error:
        raise VideoError(
            f"cannot be listed ({error.strerror})", file=folder, remedy="check its permissions"
        ) from error
    if not names:
        raise VideoError(
            "holds no pictures",
            file=folder,
            remedy="choose a video, or a folder of jpg, png, bmp, tif or webp files",
        )
    return sorted(names, key=lambda path: _natural(path.name))


def read_picture(path: Path) -> Picture | None:
    """A picture file as uint8 RGB ``[height, width, 3]``, turned upright; None if it is damaged."""
    try:
        data = np.fromfile(path, np.uint8)  # not cv2.imread: it fails on some names on Windows
    except OSError:
        return None
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if len(data) else None
    return None if decoded is None else np.asarray(decoded, dtype=np.uint8)


def scan_folder(
    folder: Path, rate: float | None, progress: Progress | None, cancelled: Cancel | None
) -> FrameIndex:
    """Count and measure the pictures of a folder.

    Args:
        folder: the folder.
        rate: frames per second, 25 if None.
        progress: told the part done, 0 … 1.
        cancelled: asked now and then whether to stop.

    Raises:
        VideoError: there are no pictures, or they differ in size (the message names the first that
            does). A damaged picture is no error here: it is a broken frame when it is read.
        Cancelled: ``cancelled()`` turned true.
    """
    files = list_pictures(folder)
    if rate is not None and not rate > 0:
        raise VideoError(f"cannot be played at {rate} frames per second", file=folder)
    size: tuple[int, int] | None = None
    for number, path in enumerate(files):
        if number % _TELL_EVERY == 0:
            if cancelled is not None and cancelled():
                raise Cancelled
            if progress is not None:
                progress(number / len(files))
        here = _size_of(path)
        if here is None:
            continue
        size = size or here
        if here != size:
            raise VideoError(
                f"is {here[0]}×{here[1]}, but the pictures before it are {size[0]}×{size[1]}",
                file=path,
                remedy="keep pictures of one size in a folder",
            )
    if progress is not None:
        progress(1.0)
    if size is None:
        raise VideoError(
            "holds no picture that can be read", file=folder, remedy="copy the pictures again"
        )
    return FrameIndex(
        kind=PICTURES,
        fingerprint=fingerprint_files(files),
        width=size[0],
        height=size[1],
        oddities=_gaps(files),
        times=np.arange(len(files)) / (rate or DEFAULT_RATE),
    )


def _gaps(files: Sequence[Path]) -> tuple[str, ...]:
    """A sentence where numbers in the names were left out.

    Only where every step is a multiple of the usual one: otherwise the numbers do not count
    pictures, but tell times, say (0, 33, 67, 100 ms).
    """
    numbers = [re.findall(r"\d+", path.stem) for path in files]
    if len(files) < 3 or not all(numbers):
        return ()
    steps = np.diff([int(each[-1]) for each in numbers])
    usual = int(np.sort(steps)[(len(steps) - 1) // 2])
    wide = np.flatnonzero(steps > usual)
    if usual < 1 or not len(wide) or np.any(steps % usual):
        return ()
    first = int(wide[0])
    places = "place" if len(wide) == 2 else "places"
    more = f" and in {len(wide) - 1} more {places}" if len(wide) > 1 else ""
    where = f"between {files[first].name} and {files[first + 1].name}{more}"
    return (f"numbers are missing {where}: frames are counted without them",)


def _size_of(path: Path) -> tuple[int, int] | None:
    try:
        size = picture_size(path)
    except OSError:
        return None
    if size is not None:
        return size
    picture = read_picture(path)
    return None if picture is None else (picture.shape[1], picture.shape[0])


def _natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    parts = re.findall(r"\d+|\D+", name.lower())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts], name
