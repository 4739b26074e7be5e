"""Counting the frames of a video file.

The rule: frame n is the n-th frame that a full sequential decode returns. Usually the packets alone
tell (sorted by display time, those discarded by an edit list left out), and the decoder's first
pictures confirm it. Where anything is doubtful, one full decode makes the table instead.

A file whose start is cut off (a recording switched on in mid-stream) begins with packets that no
decoder can show; what a sequential decode returns there is what counts, so those take no number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import Cancelled, VideoError
from glpose_core.video.colour import checksum, orientation_of
from glpose_core.video.decoder import PacketDecoder
from glpose_core.video.index import DECODED, NO_TIME, PACKETS, FrameIndex
from glpose_core.video.oddities import oddities
from glpose_core.video.packets import Cancel, PacketTable, Progress, read_packets

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_PROBE_FRAMES = 24
_PROBE_PACKETS = 96
PATCHED = "some of its first pictures are damaged"
UNTIMED_RATE = 25.0
"""Frames per second of a file that stores no times at all."""


@dataclass
class _Pass:
    """What a decode from the start returned, up to where it was stopped."""

    packet: list[int] = field(default_factory=list)
    stamp: list[int] = field(default_factory=list)
    checksum: list[int] = field(default_factory=list)
    first: VideoFrame | None = None
    refused: int = 0
    patched: int = 0
    sizes: set[tuple[int, int]] = field(default_factory=set)


def scan_video(
    path: Path, fingerprint: str, progress: Progress | None, cancelled: Cancel | None
) -> FrameIndex:
    """Count the frames of a file and make its index.

    Args:
        path: the video file.
        fingerprint: stored in the index.
        progress: told the part done, 0 … 1. It starts again at 0 if a full decode is needed.
        cancelled: asked now and then whether to stop.

    Raises:
        VideoError: the file is unreadable, no video, or yields no picture.
        Cancelled: ``cancelled()`` turned true.
    """
    table = read_packets(path, progress, cancelled)
    if len(table) == 0:
        raise VideoError(
            "holds no video frames", file=path, remedy="copy it again, it may be incomplete"
        )
    doubts = list(table.doubts)
    if not doubts:
        order = _display_order(table)
        probe = _decode(path, table, True, None, cancelled)
        if probe.first is not None and _confirms(probe, order):
            return _index(fingerprint, table, PACKETS, order, probe, [])
        table.damaged = probe.patched > 0
        doubts = [
            PATCHED if table.damaged else "the decoder returns other frames than the file announces"
        ]
    full = _decode(path, table, False, progress, cancelled)
    if full.refused and not table.damaged:
        table.damaged = True
        full = _decode(path, table, False, progress, cancelled)
    if full.first is None:
        raise VideoError(
            "yields not a single picture", file=path, remedy="copy it again, it may be damaged"
        )
    return _index(fingerprint, table, DECODED, np.array(full.packet, np.int64), full, doubts)


def _display_order(table: PacketTable) -> NDArray[np.int64]:
    shown = np.flatnonzero(table.shown)
    return shown[np.argsort(table.pts[shown], kind="stable")]


def _confirms(probe: _Pass, order: NDArray[np.int64]) -> bool:
    first = order[: len(probe.packet)]
    return (
        not probe.refused
        and not probe.patched
        and len(probe.sizes) == 1
        and np.array_equal(first, np.array(probe.packet))
    )


def _decode(
    path: Path,
    table: PacketTable,
    probing: bool,
    progress: Progress | None,
    cancelled: Cancel | None,
) -> _Pass:
    """Decode from the start: everything, or a few frames if only ``probing``."""
    result = _Pass()
    decoder = PacketDecoder(path, table.stream, threads=not table.damaged)
    try:
        while not decoder.finished:
            if probing and (len(result.packet) >= _PROBE_FRAMES or decoder.fed >= _PROBE_PACKETS):
                break
            for ordinal, frame in decoder.step():
                _take(result, ordinal, frame)
            if decoder.fed % 16 == 0:
                if cancelled is not None and cancelled():
                    raise Cancelled
                if progress is not None:
                    progress(min(1.0, (decoder.fed + 1) / len(table)))
        result.refused = len(decoder.errors)
    finally:
        decoder.close()
    return result


def _take(result: _Pass, ordinal: int, frame: VideoFrame) -> None:
    if result.first is None:
        result.first = frame
    result.packet.append(ordinal)
    result.stamp.append(NO_TIME if frame.dts is None else frame.dts)
    result.checksum.append(checksum(frame))
    result.patched += frame.is_corrupt
    result.sizes.add((frame.width, frame.height))


def _index(
    fingerprint: str,
    table: PacketTable,
    kind: str,
    order: NDArray[np.int64],
    seen: _Pass,
    doubts: list[str],
) -> FrameIndex:
    assert seen.first is not None
    stamps = np.array(seen.stamp, np.int64) if kind == DECODED else None
    traceable = len(np.unique(order)) == len(order) and order.min() >= 0
    if traceable:
        pts = table.pts[order] if stamps is None else _first_known(table.pts[order], stamps)
        keys, key_frames = _starts(table, order)
    else:  # the decoder hides which packet a picture comes from: count from the start each time
        pts = np.full(len(order), NO_TIME) if stamps is None else stamps
        order = keys = key_frames = np.empty(0, np.int64)
    seconds = pts.astype(np.float64) * table.unit.numerator / table.unit.denominator
    rotation, mirrored = orientation_of(seen.first)
    untimed = np.flatnonzero(pts == NO_TIME)
    seconds[untimed] = untimed / UNTIMED_RATE
    return FrameIndex(
        kind=kind,
        fingerprint=fingerprint,
        width=seen.first.width,
        height=seen.first.height,
        rotation=rotation,
        mirrored=mirrored,
        stream=table.stream,
        damaged=table.damaged,
        oddities=oddities(
            seen.first, seconds, table, doubts, patched=seen.patched, sizes=len(seen.sizes)
        ),
        times=seconds,
        pts=pts,
        packet=order,
        checksum=np.array(seen.checksum if kind == DECODED else [], np.uint32),
        key_packet=keys,
        key_frame=key_frames,
        packet_pts=table.pts,
        packet_dts=table.dts,
        packet_pos=table.pos,
        packet_size=table.size,
    )


def _first_known(stamps: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(stamps == NO_TIME, others, stamps)


def _starts(
    table: PacketTable, order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Key packets, and the first frame that is intact when decoding starts at each.

    Frames that follow a key packet in the file but are shown before it may need pictures from before
    it; so a key serves the frames from its own onwards, or from the end of the sweep that it begins. A key that is
    itself not shown (trimmed by an edit list) serves whatever is shown after it.
    """
    frames = np.full(len(table) + 1, len(order), np.int64)
    frames[order] = np.arange(len(order))
    shown_later = np.minimum.accumulate(frames[::-1])[::-1]
    keys = np.flatnonzero(table.key)
    whole = np.minimum(keys + table.sweep[keys], len(table))
    first = np.where(frames[whole] < len(order), frames[whole], shown_later[whole])
    useful = (first == np.maximum.accumulate(first)) & (first < len(order))
    return keys[useful], first[useful]
