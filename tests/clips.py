"""Tiny clips made with PyAV, every picture carrying its number in a form that survives compression.

The number stands in large digits for people, and in black and white blocks for the tests: sixteen
bits, most significant first, and below them the same bits inverted as a check.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

BITS = 16
_BRIGHT, _DARK = 220, 30


@dataclass(frozen=True)
class Clip:
    """How a clip is encoded. The defaults are an ordinary H.264 file.

    Attributes:
        frames: how many pictures.
        width, height: pixels.
        codec: encoder name.
        rate: frames per second.
        gop: longest distance of key frames.
        b_frames: B-frames in a row.
        options: further encoder options ("intra-refresh": "1").
        ticks: display time of each frame in units of 1 / ``clock`` s; None: one frame each 1/rate.
        clock: units per second of ``ticks``.
        pixel_format, full_range: how colours are stored.
        matrix: BT.709 (1) or BT.601 (5), tagged as such; None: BT.601 without a tag.
        swscale_matrix: the matrix that untagged samples are made with.
        aspect: width / height of one pixel.
        turn: degrees counter-clockwise of the display matrix, as PyAV writes it.
        mirrored: the display matrix flips left and right as well.
        container_options: for the muxer ("movflags").
    """

    frames: int = 60
    width: int = 176
    height: int = 144
    codec: str = "libx264"
    rate: int = 25
    gop: int = 12
    b_frames: int = 0
    options: Mapping[str, str] = field(default_factory=dict)
    ticks: Sequence[int] | None = None
    clock: int = 1000
    pixel_format: str = "yuv420p"
    matrix: int | None = None
    swscale_matrix: int = 5
    full_range: bool = False
    aspect: Fraction | None = None
    turn: int = 0
    mirrored: bool = False
    container_options: Mapping[str, str] = field(default_factory=dict)


def numbered_picture(n: int, width: int = 176, height: int = 144) -> NDArray[np.uint8]:
    """Picture ``n``: uint8 RGB ``[height, width, 3]``, a moving gradient with the number on it."""
    y, x = np.mgrid[0:height, 0:width]
    grey = ((x + y + 5 * n) % 128 + 40).astype(np.uint8)
    picture = np.stack([grey, grey // 2 + 40, np.full_like(grey, 90)], axis=-1)
    block, rows = _blocks(width, height)
    picture[: 2 * rows, : BITS * block] = _code(n, block, rows)[..., None]
    size = height / 80
    place = (2, round(height - 6 * size))
    cv2.putText(picture, str(n), place, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 3)
    return picture


def read_number(picture: NDArray[np.uint8]) -> int:
    """The number in the blocks of a picture. Raises ``ValueError`` if they contradict themselves."""
    height, width = picture.shape[:2]
    block, rows = _blocks(width, height)
    grey = picture[: 2 * rows, : BITS * block].mean(axis=-1)
    cells = grey.reshape(2, rows, BITS, block)[
        :, rows // 4 : -rows // 4, :, block // 4 : -block // 4
    ]
    bits = cells.mean(axis=(1, 3)) > (_BRIGHT + _DARK) / 2
    if not np.array_equal(bits[0], ~bits[1]):
        raise ValueError(f"no number can be read: {bits.astype(int).tolist()}")
    return int("".join("01"[int(bit)] for bit in bits[0]), 2)


def _blocks(width: int, height: int) -> tuple[int, int]:
    return width // BITS, height // 6


def _code(n: int, block: int, rows: int) -> NDArray[np.uint8]:
    bits = np.array([n >> (BITS - 1 - i) & 1 for i in range(BITS)])
    lines = np.where(np.stack([bits, 1 - bits]), _BRIGHT, _DARK).astype(np.uint8)
    return np.repeat(np.repeat(lines, block, axis=1), rows, axis=0)


def encode(path: Path, clip: Clip | None = None) -> Path:
    """Write a clip of numbered pictures; the suffix of ``path`` chooses the container."""
    clip = clip or Clip()
    options = {
        "g": str(clip.gop),
        "bf": str(clip.b_frames),
        **({"preset": "ultrafast"} if clip.codec in ("libx264", "libx265") else {}),
        **clip.options,
    }
    clock = clip.clock if clip.ticks is not None else clip.rate
    with av.open(str(path), "w", options=dict(clip.container_options)) as container:
        stream = container.add_stream(clip.codec, rate=clip.rate)
        stream.width, stream.height = clip.width, clip.height
        stream.pix_fmt = clip.pixel_format
        stream.options = options
        stream.time_base = Fraction(1, clock)
        context = stream.codec_context
        context.time_base = Fraction(1, clock)
        if clip.matrix is not None:
            context.colorspace = context.color_primaries = context.color_trc = clip.matrix
        context.color_range = 2 if clip.full_range else 1
        if clip.aspect is not None:
            context.sample_aspect_ratio = clip.aspect
        if clip.turn or clip.mirrored:
            stream.set_display_rotation(clip.turn, hflip=clip.mirrored)
        for n in range(clip.frames):
            frame = _frame(clip, n)
            frame.pts = n if clip.ticks is None else clip.ticks[n]
            frame.time_base = Fraction(1, clock)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _frame(clip: Clip, n: int) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(numbered_picture(n, clip.width, clip.height), "rgb24")
    return picture.reformat(
        format=clip.pixel_format,
        src_color_range=2,
        dst_colorspace=clip.matrix or clip.swscale_matrix,
        dst_color_range=2 if clip.full_range else 1,
    )


def cut_transport_stream(source: Path, target: Path, start: float, stop: float = 1.0) -> Path:
    """Copy a part of an MPEG-TS file (0 … 1 of its length), cut at whole 188-byte packets."""
    data = source.read_bytes()
    packets = len(data) // 188
    target.write_bytes(data[int(packets * start) * 188 : int(packets * stop) * 188])
    return target


def trim_start(path: Path, ticks: int) -> Path:
    """Let the edit list of an .mp4 begin ``ticks`` (of the media's clock) later, in place.

    The samples before stay in the file; a reader must decode and discard them.
    """
    data = bytearray(path.read_bytes())
    place = data.find(b"elst")
    if place < 0:
        raise ValueError(f"{path} has no edit list to patch")
    version, entries = data[place + 4], struct.unpack(">I", data[place + 8 : place + 12])[0]
    if version != 0 or entries != 1:
        raise ValueError("only an edit list of one 32-bit entry can be patched")
    duration, media_time = struct.unpack(">Ii", data[place + 12 : place + 20])
    media_clock = _media_clock(data)
    shorter = duration - ticks * _movie_clock(data) // media_clock
    data[place + 12 : place + 20] = struct.pack(">Ii", shorter, media_time + ticks)
    path.write_bytes(data)
    return path


def _movie_clock(data: bytearray) -> int:
    place = data.find(b"mvhd")
    return int(struct.unpack(">I", data[place + 16 : place + 20])[0])


def _media_clock(data: bytearray) -> int:
    place = data.find(b"mdhd")
    return int(struct.unpack(">I", data[place + 16 : place + 20])[0])


def sequential_numbers(path: Path) -> list[int]:
    """The numbers in the pictures that a plain sequential decode of the file returns."""
    return [read_number(picture) for picture in sequential_pictures(path)]


def sequential_pictures(path: Path) -> list[NDArray[np.uint8]]:
    """Every picture of a plain sequential decode, uint8 RGB as stored (no rotation)."""
    pictures = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1  # what replaces lost parts depends on the threads
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue
            pictures += [frame.to_ndarray(format="rgb24") for frame in frames]
    return pictures
