"""The front door: a path to a reader, whatever lies behind the path."""

from __future__ import annotations

import os
from pathlib import Path

from glpose_core.errors import Cancelled, VideoError
from glpose_core.video.cache import FrameCache
from glpose_core.video.container import check_readable
from glpose_core.video.fingerprint import fingerprint_file
from glpose_core.video.index import FrameIndex
from glpose_core.video.packets import Cancel, Progress
from glpose_core.video.reader import VideoReader


def open_video(
    path: str | os.PathLike[str],
    *,
    index: FrameIndex | None = None,
    cache: FrameCache | None = None,
    rate: float | None = None,
) -> VideoReader:
    """Open a video file or a folder of pictures.

    Args:
        path: a file that FFmpeg can read, or a folder of jpg, png, bmp, tif or webp pictures, which
            are taken in natural order (2 before 10).
        index: an index made earlier, which skips the scan; it must be of this very file.
        cache: where decoded frames are kept, for this video alone. By default a private one.
        rate: frames per second of a folder of pictures (25 by default). Files have their own times.

    Returns:
        A reader for the calling thread; see :class:`~glpose_core.video.reader.VideoReader`.

    Raises:
        VideoError: it cannot be read, or ``index`` belongs to another file.
    """
    place = Path(path)
    if place.is_dir():
        from glpose_core.video.folder_reader import FolderReader, scan_folder

        made = scan_folder(place, rate, None, None) if index is None else index
        return FolderReader(place, made, cache, given=index is not None)
    from glpose_core.video.file_reader import FileReader

    check_readable(place)
    if index is None:
        index = build_index(place)
    elif index.fingerprint != fingerprint_file(place):
        raise VideoError(
            "is not the file whose frames were counted",
            file=place,
            remedy="choose the original file, or add this one as a new video",
        )
    return FileReader(place, index, cache)


def build_index(
    path: str | os.PathLike[str],
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
    *,
    rate: float | None = None,
) -> FrameIndex:
    """Count the frames of a video file or a folder of pictures.

    The result is kept under GLPOSE_HOME and found again by the file's fingerprint.

    Args:
        path: as for :func:`open_video`.
        progress: told the part done, 0 … 1; it may start again at 0 once, if a full decode follows.
        cancelled: asked now and then whether to stop.
        rate: frames per second of a folder of pictures.

    Raises:
        VideoError: it cannot be read.
        Cancelled: ``cancelled()`` turned true.
    """
    place = Path(path)
    if cancelled is not None and cancelled():
        raise Cancelled
    if place.is_dir():
        from glpose_core.video.folder_reader import scan_folder

        return scan_folder(place, rate, progress, cancelled)
    from glpose_core.video.index_store import load_index, store_index
    from glpose_core.video.scan import scan_video

    check_readable(place)
    fingerprint = fingerprint_file(place)
    index = load_index(fingerprint)
    if index is None:
        index = scan_video(place, fingerprint, progress, cancelled)
        store_index(index)
    if progress is not None:
        progress(1.0)
    return index
