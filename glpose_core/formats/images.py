"""Frames as picture files, in the folders that a label file names."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, FormatError
from ..video.reader import BrokenFrame, VideoReader
from .columns import Ints
from .documents import make_folder, write_whole
from .paths import inside
from .posetrack_file import PoseTrackFile

JPEG_QUALITY = 95
_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass
class WrittenImages:
    """What became of the pictures.

    Attributes:
        written: how many were written.
        kept: how many were there before, and were left alone.
        broken: why frames are missing, one sentence each.
    """

    written: int = 0
    kept: int = 0
    broken: list[str] = field(default_factory=list)


def write_images(
    reader: VideoReader,
    file: PoseTrackFile,
    frames: Ints,
    root: Path,
    *,
    quality: int = JPEG_QUALITY,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> WrittenImages:
    """Write the frames that a file lists, under the names it gives them.

    Pictures that exist are never written over: they may be the originals. A frame that cannot be
    decoded is reported and left out.

    Args:
        reader: the video.
        file: names the pictures.
        frames: the frame of each image, int64 ``[images]``.
        root: the folder that the names start from; nothing outside it is touched.
        quality: of JPEG files, 1 to 100.
        progress: told how many of how many are done.
        cancelled: asked before each picture.

    Raises:
        FormatError: a name leaves ``root``, is no JPEG or PNG name, or a file cannot be written.
        Cancelled: the work was stopped; what is written stays.
    """
    targets = [_target(root, image.file_name, at) for at, image in enumerate(file.images)]
    result = WrittenImages()
    for done, at in enumerate(np.argsort(frames, kind="stable").tolist()):
        if cancelled():
            raise Cancelled
        _write_one(reader, int(frames[at]), targets[at], quality, result)
        progress(done + 1, len(targets))
    return result


def encode(picture: NDArray[np.uint8], suffix: str, quality: int = JPEG_QUALITY) -> bytes:
    """Encode an RGB picture ``[height, width, 3]`` as the suffix says (".jpg", ".jpeg", ".png")."""
    options = [] if suffix == ".png" else [int(cv2.IMWRITE_JPEG_QUALITY), quality]
    done, data = cv2.imencode(suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise FormatError(f"a picture could not be encoded as {suffix}")
    return data.tobytes()


def _target(root: Path, name: str, at: int) -> Path:
    if PurePosixPath(name).suffix.lower() not in _SUFFIXES:
        raise FormatError(
            f'is "{name[:80]}", not the name of a JPEG or PNG file',
            field=f"images[{at}].file_name",
            remedy=f"use names that end in {', '.join(_SUFFIXES)}",
        )
    return inside(root, name)


def _write_one(
    reader: VideoReader, frame: int, target: Path, quality: int, result: WrittenImages
) -> None:
    if os.path.lexists(target):
        result.kept += 1
        return
    try:
        picture = reader[frame]
    except BrokenFrame as error:
        result.broken.append(str(error))
        return
    make_folder(
        target.parent
    )  # the folders that a file's names speak of are part of what is written
    write_whole(encode(picture, target.suffix.lower(), quality), target)
    result.written += 1
