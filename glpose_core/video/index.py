"""The frame index: which packet holds frame n, and where decoding must start to reach it.

Packets are numbered 0, 1, 2 … in the order in which the file yields them ("ordinal"). A packet's
ordinal travels through the decoder in place of its timestamp, so the index never has to trust a
timestamp to know which frame it holds in its hands.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import VideoError

NO_TIME = np.iinfo(np.int64).min
"""Stands for a missing timestamp in the integer arrays."""

PACKETS, DECODED, PICTURES = "packets", "decoded", "pictures"
"""How the frames were counted: from packets alone, by one full decode, or as files in a folder."""

_MAGIC = b"GLPOSE FRAMES 1\n"


_DTYPES = {
    "times": "<f8",
    "pts": "<i8",
    "packet": "<i8",
    "checksum": "<u4",
    "key_packet": "<i8",
    "key_frame": "<i8",
    "packet_pts": "<i8",
    "packet_dts": "<i8",
    "packet_pos": "<i8",
    "packet_size": "<i8",
}


def _none_float() -> NDArray[np.float64]:
    return np.empty(0, np.float64)


def _none_int() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


def _none_uint() -> NDArray[np.uint32]:
    return np.empty(0, np.uint32)


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """The frozen numbering of one video. Picklable, and small enough for a project file.

    Attributes:
        kind: ``"packets"``, ``"decoded"`` or ``"pictures"``.
        fingerprint: of the file it was made from.
        width, height: the stored picture, before rotation.
        rotation: degrees clockwise (0, 90, 180, 270) that make it upright.
        mirrored: it is flipped left to right after that.
        stream: number of the video stream inside the file.
        damaged: the file has defects; it is decoded without frame threads, whose error concealment
            differs from run to run.
        oddities: plain sentences.
        times: ``[n]`` float64, seconds as in the file.
        pts: ``[n]`` int64, the frames' timestamps in the stream's unit, ``NO_TIME`` if missing.
        packet: ``[n]`` int64, ordinal of the packet that yields frame n.
        checksum: ``[n]`` uint32 of the decoded pictures, empty unless ``kind`` is ``"decoded"``.
        key_packet: ``[k]`` int64, ordinals of the packets at which decoding may start.
        key_frame: ``[k]`` int64, non-decreasing: the first frame that such a start yields intact.
        packet_pts, packet_dts: ``[m]`` int64, of every packet, ``NO_TIME`` if missing.
        packet_pos, packet_size: ``[m]`` int64, place in the file (−1: unknown) and bytes.
    """

    kind: str
    fingerprint: str
    width: int
    height: int
    rotation: int = 0
    mirrored: bool = False
    stream: int = 0
    damaged: bool = False
    oddities: tuple[str, ...] = ()
    times: NDArray[np.float64] = field(default_factory=_none_float)
    pts: NDArray[np.int64] = field(default_factory=_none_int)
    packet: NDArray[np.int64] = field(default_factory=_none_int)
    checksum: NDArray[np.uint32] = field(default_factory=_none_uint)
    key_packet: NDArray[np.int64] = field(default_factory=_none_int)
    key_frame: NDArray[np.int64] = field(default_factory=_none_int)
    packet_pts: NDArray[np.int64] = field(default_factory=_none_int)
    packet_dts: NDArray[np.int64] = field(default_factory=_none_int)
    packet_pos: NDArray[np.int64] = field(default_factory=_none_int)
    packet_size: NDArray[np.int64] = field(default_factory=_none_int)

    def __post_init__(self) -> None:
        for name in _DTYPES:
            getattr(self, name).setflags(write=False)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def upright_size(self) -> tuple[int, int]:
        """(width, height) after rotation."""
        turned = self.rotation in (90, 270)
        return (self.height, self.width) if turned else (self.width, self.height)

    @cached_property
    def frame_of_packet(self) -> NDArray[np.int64]:
        """``[m]`` int64: the frame that each packet yields, −1 for none."""
        frames = np.full(len(self.packet_pos), -1, np.int64)
        frames[self.packet] = np.arange(len(self.packet))
        return frames

    @cached_property
    def _by_place(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.packet_pos, kind="stable")
        return order, self.packet_pos[order]

    def ordinal_at(self, pos: int, pts: int, size: int) -> int | None:
        """Which packet lies at byte ``pos`` (−1: unknown) with this timestamp and size.

        None where no packet does, or where several do.
        """
        order, places = self._by_place
        low, high = np.searchsorted(places, pos, "left"), np.searchsorted(places, pos, "right")
        here = order[low:high]
        here = here[(self.packet_pts[here] == pts) & (self.packet_size[here] == size)]
        return int(here[0]) if len(here) == 1 else None

    def to_bytes(self) -> bytes:
        """The index as bytes for a project file: a JSON head and compressed arrays, no pickle."""
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in _DTYPES}
        head = {name: getattr(self, name) for name in _SCALARS}
        head["arrays"] = {name: [array.dtype.str, len(array)] for name, array in arrays.items()}
        text = json.dumps(head).encode()
        body = zlib.compress(b"".join(array.tobytes() for array in arrays.values()), 6)
        return _MAGIC + len(text).to_bytes(4, "little") + text + body

    @classmethod
    def from_bytes(cls, data: bytes) -> FrameIndex:
        """Read what :meth:`to_bytes` wrote. Raises ``VideoError`` if the bytes are anything else."""
        try:
            head, arrays = _parse(data)
            values: dict[str, Any] = {name: head[name] for name in _SCALARS}
            values["oddities"] = tuple(map(str, values["oddities"]))
            index = cls(**values, **dict[str, Any](arrays))
        except (ValueError, KeyError, TypeError, zlib.error) as error:
            raise VideoError(
                "a stored frame index is damaged", remedy="open the video anew to count its frames"
            ) from error
        return index


_SCALARS = tuple(f.name for f in fields(FrameIndex) if f.name not in _DTYPES)


def _parse(data: bytes) -> tuple[Mapping[str, Any], dict[str, NDArray[Any]]]:
    if not data.startswith(_MAGIC):
        raise ValueError("not a frame index")
    start = len(_MAGIC) + 4
    stop = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    head = json.loads(data[start:stop])
    body = zlib.decompress(data[stop:])
    arrays: dict[str, NDArray[Any]] = {}
    offset = 0
    for name in _DTYPES:
        dtype, length = np.dtype(head["arrays"][name][0]), int(head["arrays"][name][1])
        if dtype != np.dtype(_DTYPES[name]) or length < 0:
            raise ValueError(f"{name} has the wrong type")
        arrays[name] = np.frombuffer(body, dtype, length, offset).copy()
        offset += arrays[name].nbytes
    if offset != len(body):
        raise ValueError("bytes left over")
    _check_ranges(arrays)
    return head, arrays


def _check_ranges(arrays: Mapping[str, NDArray[Any]]) -> None:
    packets = len(arrays["packet_pos"])
    for name in ("packet", "key_packet"):
        if len(arrays[name]) and not 0 <= arrays[name].min() <= arrays[name].max() < packets:
            raise ValueError(f"{name} points outside the file")
    if len(arrays["key_packet"]) != len(arrays["key_frame"]):
        raise ValueError("key_frame and key_packet differ in length")
    frames = len(arrays["times"])
    if len(arrays["packet"]) not in (0, frames) or len(arrays["checksum"]) not in (0, frames):
        raise ValueError("the arrays of frames differ in length")
