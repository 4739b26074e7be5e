"""Bringing one wanted frame out of a decoder, by the shortest way that is sure to be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glpose_core.video.cache import FrameCache
from glpose_core.video.colour import DecodedPicture, checksum
from glpose_core.video.decoder import PacketDecoder
from glpose_core.video.index import DECODED, FrameIndex
from glpose_core.video.reader import BrokenFrame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_START = -1
"""In place of a key's number: decode from the start of the file."""

_READ_ON = 12
"""So many packets before a key frame are rather decoded than jumped over."""

_TRIES = 2
"""Jumps that may miss a frame counted from packets alone before it is called broken."""

_KEPT = 8
"""So many frames before the wanted one are decoded and kept, for steps back. Of those further back only what others
refer to, and most is let go at once: memory that is touched for the first time costs as much as decoding."""

_KEPT_BACK = 64
"""The same for a step back over the edge of what was kept: more such steps will follow."""

_STEP = 2
"""What comes so little before the edge is taken for a step, not for a chance."""

_SPARSE = 8
"""Of the frames further back one in so many is kept: something to show when a drag comes back that way."""

_BLAMED = 32
"""A decoder with threads reports a refused packet up to this many packets late."""


class FrameFinder:
    """Decodes frame n, from where the decoder stands or from a key frame before n.

    The last frames on the way go into the cache, the others are let go; the cache is told of all. Pictures whose
    number lies before the key's own frame are dropped: they may lack references. In a video that was counted by
    a full decode, every picture that is kept after a jump is compared with the checksum of that decode, and a jump
    that yields anything else is repeated from further back.

    Args:
        path: the video file.
        index: its frame index.
        cache: receives the decoded frames.
        check_open: called between packets; raises once the video is closed.
    """

    def __init__(
        self, path: Path, index: FrameIndex, cache: FrameCache, check_open: Callable[[], None]
    ) -> None:
        self._path = path
        self._index = index
        self._cache = cache
        self._check_open = check_open
        self.decoder = PacketDecoder(path, index.stream, not index.damaged)
        self._last = -1  # highest number that came out since the last jump
        self._intact_from: int | None = 0  # first frame the last jump yields; None: lost
        self._ready: dict[int, DecodedPicture] = {}  # what the last packet gave, cache or not
        self._kept_from = 0  # what lies before this number is let go on the way
        self._next_sparse = 0
        self._thinned: set[int] = set()  # packets decoded in passing since the last jump
        self._genuine_from: int | None = None  # first verified number since the last jump
        self._from_start = True
        self._verify = index.kind == DECODED and len(index.packet) > 0
        # Where a key begins a sweep (intra refresh), intact frames may come later than announced: learned from jumps.
        self._first_intact = np.array(index.key_frame)
        self._broken: dict[int, str] = {}

    def find(self, n: int) -> DecodedPicture:
        """Decode frame ``n``. Raises ``BrokenFrame`` if the decoder does not return it."""
        if n not in self._broken:
            over_the_edge = 0 < self._kept_from - n <= _STEP
            self._kept_from = n - (_KEPT_BACK if over_the_edge else _KEPT)
            picture = self._ready.get(n)
            if picture is None and self._may_read_on(n):
                picture = self._run_to(n)
            if picture is None and n not in self._broken:
                picture = self._search(n)
            if picture is not None:
                return picture
            self._broken.setdefault(n, self._reason(n))
        raise BrokenFrame(
            self._broken[n],
            file=self._path,
            field=f"frame {n}",
            remedy="go on with the other frames, or repair the file",
        )

    def _search(self, n: int) -> DecodedPicture | None:
        tries = 0
        for key in self._starts(n):
            if not self._jump(key):
                continue
            picture = self._run_to(n)
            tries += 1
            if picture is not None or n in self._broken:
                return picture
            if self._verify and key != _START:
                intact = max(n + 1, self._genuine_from or 0)
                self._first_intact[key] = max(self._first_intact[key], intact)
            if not self._verify and tries >= _TRIES:
                return None
        return None

    def _may_read_on(self, n: int) -> bool:
        if self._intact_from is None or self.decoder.finished:
            return False
        if n <= self._last or n < self._intact_from:
            return False
        key = self._nearest_key(n)
        return key == _START or self._index.key_packet[key] <= self.decoder.fed + _READ_ON

    def _nearest_key(self, n: int) -> int:
        serving = np.flatnonzero(self._first_intact <= n)
        return int(serving[-1]) if len(serving) else _START

    def _starts(self, n: int) -> Iterator[int]:
        """Keys to try for frame ``n``: the nearest, then ever further back, at last the start."""
        key, stride = self._nearest_key(n), 1
        while key > _START:
            yield key
            key, stride = key - stride, stride * 2
        yield _START

    def _jump(self, key: int) -> bool:
        self._from_start = key == _START
        self._intact_from = None
        if key == _START:
            self.decoder.rewind()
            self._intact_from = 0
        elif self.decoder.seek(self._index, int(self._index.key_packet[key])):
            self._intact_from = int(self._index.key_frame[key])
        self._last = -1
        self._thinned.clear()
        self._next_sparse, self._genuine_from = 0, None
        return self._intact_from is not None

    def _run_to(self, n: int) -> DecodedPicture | None:
        """Decode on until frame ``n`` is out; None if frames behind it come out without it."""
        while not self.decoder.finished and self._last < n:
            self._check_open()
            self._ready = {}
            self.decoder.passing = self._may_pass()
            if self.decoder.passing and self.decoder.can_pass:
                self._thinned.add(self.decoder.fed + 1)
            for ordinal, frame in self.decoder.step():
                if self._halved(ordinal, frame):
                    continue
                number = self._number(ordinal)
                picture = self._accept(number, frame)
                if picture is not None:
                    self._ready[number] = picture
            if n in self._ready:
                return self._ready[n]
        return None

    def _may_pass(self) -> bool:
        """Whether nobody waits for the picture of the next packet."""
        following = self.decoder.fed + 1
        numbered = self._index.frame_of_packet
        if self._verify or self._index.damaged or following >= len(numbered):
            return False
        return 0 <= int(numbered[following]) < self._kept_from

    def _halved(self, ordinal: int, frame: VideoFrame) -> bool:
        """Whether one of two fields may have been left out.

        Asked of the picture's own packet: packets of pictures shown before it may be passed after it.
        """
        return ordinal in self._thinned and bool(frame.interlaced_frame)

    def _number(self, ordinal: int) -> int:
        if len(self._index.packet) == 0:  # always decoded from the start, so counting is right
            return self._last + 1
        known = 0 <= ordinal < len(self._index.frame_of_packet)
        return int(self._index.frame_of_packet[ordinal]) if known else -1

    def _accept(self, number: int, frame: VideoFrame) -> DecodedPicture | None:
        if self._intact_from is None or number < self._intact_from or number >= len(self._index):
            return None
        self._last = max(self._last, number)
        if number < self._kept_from:
            if number < self._next_sparse:
                self._cache.pass_by(number)
                return None
            self._next_sparse = number + _SPARSE
        if self._verify and not self._is_genuine(number, frame):
            return None
        if (frame.width, frame.height) != (self._index.width, self._index.height):
            self._broken[number] = (
                f"its picture is {frame.width}×{frame.height}, "
                f"not {self._index.width}×{self._index.height} as at the start"
            )
            return None
        picture = DecodedPicture(frame, self._index.rotation, self._index.mirrored)
        self._cache.put(number, picture)
        return picture

    def _is_genuine(self, number: int, frame: VideoFrame) -> bool:
        if checksum(frame) == self._index.checksum[number]:
            if self._genuine_from is None:
                self._genuine_from = number
            return True
        if self._from_start:
            # Not even a decode from the start agrees: the index was made with another decoder
            # version, whose pictures cannot be compared.
            self._verify = False
        return self._from_start

    def _reason(self, n: int) -> str:
        packet = int(self._index.packet[n]) if len(self._index.packet) else n
        errors = self.decoder.errors
        blamed = [errors[p] for p in sorted(errors) if packet <= p <= packet + _BLAMED]
        return f"it cannot be decoded ({blamed[0] if blamed else 'no picture comes out'})"
