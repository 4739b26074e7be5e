"""Decoded pictures to upright RGB, with the colour matrix and range that the file declares.

Where a file does not say, the matrix is guessed from the stored size, as players do: BT.709 from 720
lines (or 1280 columns) upwards, BT.601 below; the range is limited unless the pixel format is one of
the full-range ones. Wide-gamut and HDR pictures are converted by their matrix, without tone mapping.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.sidedata.sidedata import SideData
    from av.video.frame import VideoFrame

# Keys: AVColorSpace as stored in the stream (ISO/IEC 23091-2, matrix coefficients).
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
_HDR = {16: "PQ", 18: "HLG"}
_ROWS_BETWEEN_SAMPLES = 8  # below the 16 rows of a macroblock: a damaged block cannot hide

_local = threading.local()


class DecodedPicture:
    """One decoded frame as the decoder left it (usually YUV), turned to RGB when asked."""

    def __init__(self, frame: VideoFrame, rotation: int, mirrored: bool) -> None:
        self._frame = frame
        self._rotation = rotation
        self._mirrored = mirrored
        # A conversion sets the frame's colour tags for its duration: two at once would mix them up.
        self._lock = threading.Lock()
        self.nbytes = sum(plane.buffer_size for plane in frame.planes)

    def rgb(self) -> NDArray[np.uint8]:
        """uint8 RGB ``[height, width, 3]`` after rotation, a new array."""
        with self._lock:
            pixels = to_rgb(self._frame)
        turn = _TURNS.get(self._rotation)
        if turn is not None:
            pixels = cast("NDArray[np.uint8]", cv2.rotate(pixels, turn))
        return cast("NDArray[np.uint8]", cv2.flip(pixels, 1)) if self._mirrored else pixels


def to_rgb(frame: VideoFrame) -> NDArray[np.uint8]:
    """Convert a decoded frame to uint8 RGB ``[height, width, 3]`` as stored, without rotation."""
    reformatter = getattr(_local, "reformatter", None)
    if reformatter is None:
        reformatter = _local.reformatter = VideoReformatter()
    matrix = matrix_of(frame)
    picture = reformatter.reformat(
        frame,
        format="rgb24",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=range_of(frame),
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    # A view of the new picture's memory, which nobody else has: copying it would take as long as converting.
    pixels = np.asarray(picture.to_ndarray(), dtype=np.uint8)
    own = pixels.flags.c_contiguous and pixels.flags.writeable
    return pixels if own else np.array(pixels, order="C")


def matrix_of(frame: VideoFrame) -> Colorspace:
    """The colour matrix of a frame: the file's own, else guessed from the size."""
    known = _MATRICES.get(int(frame.colorspace))
    if known is not None:
        return known
    large = frame.height >= 720 or frame.width >= 1280
    return Colorspace.ITU709 if large else Colorspace.ITU601


def range_of(frame: VideoFrame) -> ColorRange:
    """Full or limited range of a frame's samples."""
    if frame.format.name.startswith("yuvj") or frame.format.is_rgb:
        return ColorRange.JPEG
    full = int(frame.color_range) == int(ColorRange.JPEG)
    return ColorRange.JPEG if full else ColorRange.MPEG


def hdr_transfer(frame: VideoFrame) -> str | None:
    """The name of a high-dynamic-range transfer curve, or None for an ordinary picture."""
    return _HDR.get(int(frame.color_trc))


def orientation_of(frame: VideoFrame) -> tuple[int, bool]:
    """How the display matrix turns a stored picture upright.

    Returns:
        degrees clockwise (0, 90, 180, 270), and whether it is mirrored left to right afterwards.
    """
    data = cast("Mapping[str, SideData]", frame.side_data).get("DISPLAYMATRIX")
    if data is None:
        return 0, False
    # x' = a x + c y, y' = b x + d y in 16.16 fixed point, stored row by row with (u, v, w) between.
    a, b, _, c, d = np.frombuffer(memoryview(data), "<i4")[:5].astype(np.int64)
    quarter = round(np.arctan2(b, d) / (np.pi / 2))
    return quarter * 90 % 360, bool(a * d - b * c < 0)


def checksum(frame: VideoFrame) -> int:
    """CRC-32 over every eighth row of the first plane: enough to see a block that differs."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8)
    rows = rows[: plane.line_size * plane.height].reshape(plane.height, plane.line_size)
    used = min(plane.line_size, plane.width * _bytes_per_sample(frame))
    return zlib.crc32(np.ascontiguousarray(rows[::_ROWS_BETWEEN_SAMPLES, :used]).data)


def _bytes_per_sample(frame: VideoFrame) -> int:
    component = frame.format.components[0]
    packed = len(frame.planes) == 1 and len(frame.format.components) > 1
    bits = frame.format.padded_bits_per_pixel if packed else component.bits
    return max(1, (bits + 7) // 8)
