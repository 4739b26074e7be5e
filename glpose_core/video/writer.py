"""Writing RGB pictures as an H.264 file that every player shows with the right colours."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import av.error
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

from glpose_core.errors import VideoError
from glpose_core.video.container import reason_of

_BT709 = 1  # in all three code tables of the stream: primaries, transfer, matrix
_QUALITY = "20"


class VideoWriter:
    """Writes frames to a temporary file beside the target and renames it when closed without error.

    H.264 (MPEG-4 where this FFmpeg has no libx264), yuv420p, BT.709, limited range. Sides must be
    even there, so an odd last column or row is repeated once.

    Args:
        path: the target; its suffix chooses the container (``.mp4`` if it has none).
        width, height: size of the pictures in pixels.
        rate: frames per second.

    Raises:
        VideoError: the file cannot be made, or sizes or rate are not positive.
    """

    def __init__(self, path: Path, width: int, height: int, rate: float | Fraction) -> None:
        if width < 1 or height < 1 or not rate > 0:
            raise VideoError(
                f"cannot be written with {width}×{height} pixels at {rate} frames per second",
                file=path,
            )
        self.path = path if path.suffix else path.with_suffix(".mp4")
        self.frames = 0
        self._size = (width, height)
        self._part = part_of(self.path)
        self._open = True
        h264 = "libx264" in av.codecs_available
        # mpeg4 keeps the numerator of the rate in 16 bits.
        self._rate = Fraction(rate).limit_denominator(1001 if h264 else 100)
        try:
            self._container = av.open(str(self._part), "w")
            self._stream = (
                self._container.add_stream("libx264", rate=self._rate)
                if h264
                else self._container.add_stream("mpeg4", rate=self._rate)
            )
            self._configure(h264)
            self._container.start_encoding()  # makes the file: a bad place is found out here
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise self._failed(error) from error

    def _configure(self, h264: bool) -> None:
        width, height = self._size
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = ColorRange.MPEG
        context.options = (
            {"crf": _QUALITY, "preset": "veryfast"} if h264 else {"qmin": "2", "qmax": "4"}
        )

    def write(self, rgb: NDArray[np.uint8]) -> None:
        """Append one frame, uint8 RGB ``[height, width, 3]``. Raises ``VideoError``."""
        width, height = self._size
        if rgb.shape != (height, width, 3) or rgb.dtype != np.uint8:
            raise VideoError(
                f"takes uint8 pictures of shape {(height, width, 3)}, not {rgb.dtype} {rgb.shape}",
                file=self.path,
                field=f"frame {self.frames}",
            )
        padded = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24")
        picture = frame.reformat(
            format="yuv420p",
            src_color_range=ColorRange.JPEG,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            dst_color_primaries=ColorPrimaries.BT709,
            dst_color_trc=ColorTrc.BT709,
        )
        picture.pts = self.frames
        picture.time_base = 1 / self._rate
        self._mux(picture)
        self.frames += 1

    def close(self) -> None:
        """Finish the file. Safe to call twice. Raises ``VideoError`` if nothing was written."""
        if not self._open:
            return
        if self.frames == 0:
            self.abandon()
            raise VideoError("would hold no frames", file=self.path, remedy="write at least one")
        self._mux(None)
        self._open = False
        try:
            self._container.close()
            self._part.replace(self.path)
        except (av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error

    def abandon(self) -> None:
        """Stop and remove what was written so far; the target stays as it was."""
        if self._open:
            self._open = False
            self._container.close()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()

    def _mux(self, picture: av.VideoFrame | None) -> None:
        try:
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
        except (av.error.FFmpegError, OSError) as error:
            self.abandon()
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> VideoError:
        return VideoError(
            f"cannot be written ({reason_of(error)})",
            file=self.path,
            remedy="choose another folder, or free some space",
        )


def write_video(
    path: str | os.PathLike[str], width: int, height: int, rate: float | Fraction
) -> VideoWriter:
    """Begin an H.264 file; a context manager whose ``write`` takes uint8 RGB ``[height, width, 3]``."""
    return VideoWriter(Path(path), width, height, rate)


def part_of(path: Path) -> Path:
    """Where a video lies while it is being written; a process that was killed leaves it behind."""
    return path.with_name(f".{path.stem}.part{path.suffix}")
