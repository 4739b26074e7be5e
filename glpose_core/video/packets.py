"""Reading every packet of a stream once, without decoding, and noting what makes its count doubtful."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import Cancelled
from glpose_core.video.bitstream import (
    Packaging,
    is_hidden,
    is_sound,
    packaging,
    whole_after,
)
from glpose_core.video.container import open_container, pick_stream, reason_of
from glpose_core.video.decoder import is_flush, landmark
from glpose_core.video.index import NO_TIME

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

Progress = Callable[[float], None]
"""Called with the part done, 0 … 1."""
Cancel = Callable[[], bool]
"""Returns true once the work is no longer wanted."""

_TELL_EVERY = 256
_ENTRIES_CHECKED = 64
_LONGEST_SWEEP = 1 << 16  # as long as recovery_frame_cnt can be
_NO_PRESENTATION_TIMES = frozenset({"avi", "h264", "hevc", "m4v", "mpegvideo", "vc1"})
"""Containers whose presentation times are made up by the demuxer, so not to be counted by."""


_Row = tuple[int, int, int, int, int, bool, bool]  # pts, dts, pos, size, sweep, key, shown


@dataclass
class PacketTable:
    """All packets of one video stream in file order.

    Attributes:
        pts, dts, pos, size: ``[m]`` int64 (``NO_TIME`` or −1 where missing).
        sweep: ``[m]`` int64: so many packets after this key the pictures are whole, as far as the stream says.
        key, shown: ``[m]`` bool: decoding may start here; not discarded by an edit list.
        doubts: why the frames cannot be counted from this table alone; sentences without full stop.
        damaged: the file has defects that a decoder must conceal.
        cut: the file ends before it says it does.
        announced: seconds that the container says it lasts; 0: it does not say, or that is an estimate.
        stream: number of the stream in the file.
        unit: seconds per timestamp unit.
    """

    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    pos: NDArray[np.int64]
    size: NDArray[np.int64]
    sweep: NDArray[np.int64]
    key: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    doubts: list[str] = field(default_factory=list)
    damaged: bool = False
    cut: bool = False
    announced: float = 0.0
    stream: int = 0
    unit: Fraction = Fraction(1)

    def __len__(self) -> int:
        return len(self.pos)


@dataclass
class _Found:
    unclean_key: bool = False
    hidden: int = 0
    unsound: int = 0
    stopped: str | None = None


def read_packets(path: Path, progress: Progress | None, cancelled: Cancel | None) -> PacketTable:
    """Read the packet table of a video file.

    Raises ``VideoError`` if the file is no video, ``Cancelled`` if ``cancelled()`` turns true.
    """
    length = max(1, path.stat().st_size)
    rows: list[_Row] = []
    found = _Found()
    with open_container(path) as container:
        stream = pick_stream(container, path)
        kind = packaging(stream.codec_context.name, stream.codec_context.extradata)
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                found.stopped = reason_of(error)
                break
            if packet is None or is_flush(packet):
                break
            sweep = _look_inside(packet, kind, found)
            pos, pts, size = landmark(packet)
            dts = NO_TIME if packet.dts is None else packet.dts
            key, shown = packet.is_keyframe, not packet.is_discard
            rows.append((pts, dts, pos, size, sweep, key, shown))
            if len(rows) % _TELL_EVERY == 0:
                if cancelled is not None and cancelled():
                    raise Cancelled
                if progress is not None and pos >= 0:
                    progress(min(1.0, pos / length))
        table = _table(rows)
        table.stream, table.unit = stream.index, stream.time_base or Fraction(1)
        table.cut = found.stopped is not None or _ends_outside(stream, length)
        if container.format.name.startswith(
            "matroska"
        ):  # others are known to be cut by their own tables
            table.announced = (container.duration or 0) / av.time_base
        _note_doubts(table, found, container.format.name)
    return table


def _look_inside(packet: Packet[VideoStream], kind: Packaging, found: _Found) -> int:
    """Note what is odd about a packet; returns how many more a decoder needs that starts here."""
    data = memoryview(packet)
    found.hidden += is_hidden(kind, data)
    if packet.is_corrupt or not is_sound(kind, data):
        found.unsound += 1
    elif packet.is_keyframe:
        sweep = whole_after(kind, data)
        found.unclean_key |= sweep != 0
        return min(sweep or 0, _LONGEST_SWEEP)
    return 0


def _table(rows: list[_Row]) -> PacketTable:
    numbers = np.array([row[:5] for row in rows], np.int64).reshape(-1, 5)
    flags = np.array([row[5:] for row in rows], np.bool_).reshape(-1, 2)
    pts, dts, pos, size, sweep = (np.ascontiguousarray(column) for column in numbers.T)
    return PacketTable(pts, dts, pos, size, sweep, flags[:, 0].copy(), flags[:, 1].copy())


def _ends_outside(stream: VideoStream, size: int) -> bool:
    """Whether the container's own table of packets points behind the end of the file."""
    entries = stream.index_entries
    last = entries[max(0, len(entries) - _ENTRIES_CHECKED) :]
    return any(entry.pos + entry.size > size for entry in last)


def _note_doubts(table: PacketTable, found: _Found, container: str) -> None:
    shown_pts = table.pts[table.shown]
    dts = table.dts[table.dts != NO_TIME]
    headless = len(table) > 0 and not table.key[0]
    table.damaged = table.cut or headless or found.unsound > 0
    made_up = container in _NO_PRESENTATION_TIMES and np.any(table.pts != table.dts)
    checks = (
        (np.any(shown_pts == NO_TIME), "some timestamps are missing"),
        (len(np.unique(shown_pts)) < len(shown_pts), "some timestamps occur twice"),
        (np.any(np.diff(dts) < 0), "timestamps jump backwards inside the file"),
        (made_up, f"{container.upper()} files store no display times"),
        (headless, "it does not begin with a key frame"),
        (found.unclean_key, "its key frames are not whole pictures (intra refresh)"),
        (found.hidden > 0, _packets(found.hidden, "shows", "show") + " no picture"),
        (found.unsound > 0, _packets(found.unsound, "is", "are") + " damaged"),
        (table.cut, "the file is cut short"),
    )
    table.doubts = [sentence for doubtful, sentence in checks if doubtful]


def _packets(count: int, one: str, more: str) -> str:
    """So many packets, with their verb."""
    return f"1 packet {one}" if count == 1 else f"{count} packets {more}"
