"""Packets in, pictures out, each with the ordinal of the packet that it came from.

A packet's timestamp is replaced by its ordinal on the way into the decoder and comes out with the
picture. So reordering, missing, repeated or wrong timestamps cannot confuse the numbering.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import av.error
import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import VideoError
from glpose_core.video.container import open_container, pick_stream, reason_of
from glpose_core.video.index import NO_TIME, FrameIndex

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_UNKNOWN_PACKETS = 2000
"""How many packets after a seek may fail to be recognised before the seek counts as failed."""


class Decoded(NamedTuple):
    """A picture and the ordinal of its packet (−1: the decoder did not say)."""

    ordinal: int
    frame: VideoFrame


class PacketDecoder:
    """Decodes one stream from its start, or from a key packet that the index knows.

    Args:
        path: the video file.
        stream: number of the stream.
        threads: decode with several threads. Not for damaged files: what a decoder puts in place of
            lost parts then depends on the number of threads.

    Attributes:
        fed: ordinal of the last packet given to the decoder, −1 at the start of the file.
        finished: the file is at its end and the decoder is drained, or the decoder got lost after
            a jump; either way nothing more comes.
        passing: whether pictures that no other picture refers to need not come out; may be changed between packets.
            Only H.264 says of a picture that nothing refers to it, so elsewhere all come out.
        errors: what the decoder said of packets that it refused, by ordinal.
    """

    def __init__(self, path: Path, stream: int, threads: bool) -> None:
        self._path = path
        self._number = stream
        self._threads = threads
        self._container: InputContainer | None = None
        self._packets: Iterator[Packet[VideoStream]] = iter(())
        self._pending: Packet[VideoStream] | None = None
        self._expected: NDArray[np.int64] | None = None  # sizes of the packets, after a jump
        self.stream: VideoStream
        self.fed = -1
        self.finished = False
        self.passing = False
        self.errors: dict[int, str] = {}
        self.rewind()

    def rewind(self) -> None:
        """Open the file anew: what follows is exactly a full sequential decode."""
        self.close()
        container = open_container(self._path)
        self._container = container
        self.stream = pick_stream(container, self._path, self._number)
        if self._threads:
            self.stream.thread_type = "AUTO"
        else:
            self.stream.codec_context.thread_count = 1
        self._passes = False  # what the decoder was last told of self.passing
        self._restart(-1)
        self._expected = None

    def close(self) -> None:
        """Let go of the file and of the decoder's threads."""
        if self._container is None:
            return
        self.stream.codec_context.flush_buffers()  # parks the decoder's threads
        self._packets = iter(())
        self._pending = None
        self._container.close()
        self._container = None

    def seek(self, index: FrameIndex, ordinal: int) -> bool:
        """Make the packet of this ordinal the next one to be decoded.

        The container is asked for the smaller of the packet's two timestamps. Where it lands is
        recognised by the packets' places in the file, not believed. False if it landed too late or
        nowhere known; then the decoder's position is undefined until the next seek or rewind.
        """
        stamps = (int(index.packet_pts[ordinal]), int(index.packet_dts[ordinal]))
        known = [stamp for stamp in stamps if stamp != NO_TIME]
        if not known or self._container is None:
            return False
        try:
            self._container.seek(min(known), stream=self.stream)
        except av.error.FFmpegError:
            return False
        self._restart(ordinal - 1)
        self._expected = index.packet_size
        return self._skip_to(index, ordinal)

    @property
    def can_pass(self) -> bool:
        """Whether :attr:`passing` changes anything."""
        return self.stream.codec_context.name == "h264"

    def step(self) -> list[Decoded]:
        """Decode one more packet; returns the pictures that are now ready, in display order.

        A packet that the decoder refuses yields none and leaves its reason in ``errors``.
        """
        packet = self._next_packet()
        if packet is None:
            self.finished = True
            return self._decode(None)
        self.fed += 1
        if packet.size == 0:
            return []
        if self._expected is not None and self._expected[self.fed] != packet.size:
            self.finished = True  # lost after a jump: these are not the packets that were counted
            return []
        packet.pts = self.fed
        return self._decode(packet)

    def _decode(self, packet: Packet[VideoStream] | None) -> list[Decoded]:
        passing = self.passing and packet is not None and self.can_pass
        if passing != self._passes:
            self._passes = passing
            self.stream.codec_context.skip_frame = "NONREF" if passing else "DEFAULT"
        try:
            frames = self.stream.decode(packet)
        except av.error.FFmpegError as error:
            self.errors[self.fed] = reason_of(error)
            return []
        return [Decoded(-1 if f.pts is None else f.pts, f) for f in frames]

    def _restart(self, fed: int) -> None:
        if self._container is None:
            raise VideoError("the video is closed", file=self._path, remedy="open it again")
        self._packets = self._container.demux(self.stream)
        self._pending = None
        self.fed = fed
        self.finished = False

    def _skip_to(self, index: FrameIndex, ordinal: int) -> bool:
        unknown = 0
        while unknown < _UNKNOWN_PACKETS:
            packet = self._next_packet()
            if packet is None:
                return False
            here = index.ordinal_at(*landmark(packet))
            if here is not None and here < ordinal:
                continue  # landed early: pass over, undecoded
            if here is not None:
                self._pending = packet
                return here == ordinal
            unknown += 1
        return False

    def _next_packet(self) -> Packet[VideoStream] | None:
        """The next packet of the stream, None at the end or where the file cannot be read on."""
        if self._pending is not None:
            packet, self._pending = self._pending, None
            return packet
        try:
            packet = next(self._packets)
        except StopIteration:
            return None
        except av.error.FFmpegError as error:
            self.errors[self.fed + 1] = reason_of(error)
            return None
        # The container ends with an empty packet that stands for "flush".
        return None if is_flush(packet) else packet


def is_flush(packet: Packet[VideoStream]) -> bool:
    """Whether this is the empty packet that PyAV adds after the last real one."""
    return packet.size == 0 and packet.dts is None and packet.pts is None


def landmark(packet: Packet[VideoStream]) -> tuple[int, int, int]:
    """(place in the file, pts, size) of a packet, with −1 and ``NO_TIME`` for what is missing.

    Size counts too: after a seek in an MPEG program stream the first packet is often half a packet.
    """
    pos = -1 if packet.pos is None else packet.pos
    return pos, NO_TIME if packet.pts is None else packet.pts, packet.size
