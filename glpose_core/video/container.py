"""Opening a video file with PyAV, and saying in one sentence why that fails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error
import av.logging

from glpose_core.errors import VideoError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# Of one damaged file FFmpeg prints thousands of lines; what a user is to know is said by the errors and oddities here.
av.logging.set_libav_level(av.logging.PANIC)

_CONVERT = "open it in a player, or convert it to H.264 in an .mp4"


def open_container(path: Path) -> InputContainer:
    """Open a video file for reading.

    Raises ``VideoError`` where the file is absent, unreadable, empty, or no video.
    """
    check_readable(path)
    try:
        return av.open(str(path), metadata_errors="replace")
    except av.error.FFmpegError as error:
        if path.suffix.lower() == ".glpose":
            raise VideoError(
                "is a project, not a video", file=path, remedy="give the video that it was made for"
            ) from error
        raise VideoError(
            f"cannot be read as a video ({reason_of(error)})", file=path, remedy=_CONVERT
        ) from error


def check_readable(path: Path) -> None:
    """Raise ``VideoError`` unless ``path`` is a file with bytes that this user may read."""
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except FileNotFoundError as error:
        raise VideoError("does not exist", file=path, remedy="check the path") from error
    except PermissionError as error:
        raise VideoError(
            "may not be read by this user", file=path, remedy="change its permissions or copy it"
        ) from error
    except OSError as error:
        raise VideoError(
            f"cannot be read ({error.strerror})", file=path, remedy="check the drive or the path"
        ) from error
    if empty:
        raise VideoError(
            "is empty", file=path, remedy="copy it again, the file holds not a single byte"
        )


def pick_stream(container: InputContainer, path: Path, number: int | None = None) -> VideoStream:
    """The video stream to read: the one of this number, else the first that is not cover art.

    The other streams of the container are switched off. Raises ``VideoError`` if there is none, or
    no decoder for it.
    """
    streams = [s for s in container.streams.video if s.index == number or number is None]
    moving = [s for s in streams if not s.disposition & av.stream.Disposition.attached_pic]
    if not moving:
        raise VideoError(
            "holds no video (sound or cover art at most)", file=path, remedy="choose another file"
        )
    stream = moving[0]
    if stream.codec_context is None:
        raise VideoError(
            "is coded in a way that this build of FFmpeg cannot decode", file=path, remedy=_CONVERT
        )
    for other in container.streams:
        if other.index != stream.index:
            other.discard = av.stream.Discard.all
    return stream


def reason_of(error: Exception) -> str:
    """The short reason inside a library error, without numbers and paths."""
    text = getattr(error, "strerror", None) or str(error)
    return str(text).strip().rstrip(".").lower() or type(error).__name__
