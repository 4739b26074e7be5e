"""The pictures a job is working on: a few, decoded once, going forwards or backwards.

Going forwards, the next ones are decoded by a thread while the caller works on the last. The thread also takes the
glance at them by which cuts are known.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from ..people.follow.cuts import Glance, glance
from ..video import BrokenFrame, VideoReader

BUDGET = 256 * 2**20
LONGEST_BLOCK = 24
AHEAD = 4
"""Frames decoded beforehand: as many as one step of following passes."""


class Pictures:
    """Frames of a reader, the last ones used being kept within a number of bytes.

    Walking backwards decodes a block at a time, because a video can only be decoded forwards.

    Args:
        reader: where they come from. With ``ahead`` it is read by a thread of this object's alone.
        note: told about frames that cannot be decoded.
        budget: bytes of pictures that are kept.
        ahead: how many frames are decoded beforehand while walking forwards; 0: none, and no thread.

    Attributes:
        room: how many pictures are kept.
        broken: frames that could not be decoded; the picture before (or after) stands in for them.
    """

    def __init__(
        self,
        reader: VideoReader,
        note: Callable[[str], None],
        budget: int = BUDGET,
        ahead: int = 0,
    ) -> None:
        self._reader = reader
        self._note = note
        one = reader.info.width * reader.info.height * 3
        self.room = max(4, budget // max(one, 1))
        self._block = min(LONGEST_BLOCK, max(1, self.room // 2))
        self._held: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self.broken: set[int] = set()
        self._ahead = min(ahead, self.room // 4)
        self._thread = ThreadPoolExecutor(1, "pictures") if self._ahead else None
        self._coming: dict[int, Future[tuple[NDArray[np.uint8], Glance]]] = {}
        self._glances: dict[int, Glance] = {}
        self._last = -1

    def close(self) -> None:
        """Stop decoding beforehand. Call before the reader is closed."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)

    def __call__(self, frame: int) -> NDArray[np.uint8]:
        """The RGB picture of a frame ``[h, w, 3]``. Raises IndexError beyond the video."""
        if frame in self._held:
            self._held.move_to_end(frame)
        else:
            self._fetch(frame)
        if frame == self._last + 1:
            self._send_for(range(frame + 1, frame + 1 + self._ahead))
        self._last = frame
        return self._held[frame]

    def glance(self, frame: int) -> Glance:
        """A frame at a glance. Where there is a thread it has taken it, to be asked for once."""
        picture = self(frame)
        return self._glances.pop(frame, None) or glance(picture)

    def _fetch(self, frame: int) -> None:
        """Decode a frame, and where the caller walks backwards, those before it."""
        backwards = frame + 1 in self._held and frame - 1 not in self._held
        first = max(0, frame - self._block + 1) if backwards else frame
        for each in range(first, frame + 1):
            if each not in self._held:
                self._keep(each, self._decode(each))

    def _send_for(self, frames: range) -> None:
        """Have frames decoded by the thread that are neither there nor on their way."""
        if self._thread is None:
            return
        for frame in frames:
            if frame not in self._held and frame not in self._coming:
                self._coming[frame] = self._thread.submit(self._seen, frame)
        while (
            len(self._coming) > 2 * self._ahead
        ):  # sent for and never fetched: the caller turned round
            del self._coming[next(iter(self._coming))]

    def _read(self, frame: int) -> NDArray[np.uint8]:
        """A frame from the reader, which the thread alone reads if there is one."""
        if self._thread is None:
            return self._reader[frame]
        self._send_for(range(frame, frame + 1))
        picture, self._glances[frame] = self._coming.pop(frame).result()
        return picture

    def _seen(self, frame: int) -> tuple[NDArray[np.uint8], Glance]:
        """A frame from the reader, and a glance at it. Done by the thread."""
        picture = self._reader[frame]
        return picture, glance(picture)

    def _decode(self, frame: int) -> NDArray[np.uint8]:
        try:
            return self._read(frame)
        except BrokenFrame as error:
            if frame not in self.broken:
                self.broken.add(frame)
                self._note(f"Frame {frame} is passed over: {error}")
            return self._stand_in(frame)

    def _stand_in(self, frame: int) -> NDArray[np.uint8]:
        near = min(self._held, key=lambda other: abs(other - frame), default=None)
        if near is not None:
            return self._held[near]
        return np.zeros((self._reader.info.height, self._reader.info.width, 3), dtype=np.uint8)

    def _keep(self, frame: int, picture: NDArray[np.uint8]) -> None:
        self._held[frame] = picture
        while len(self._held) > self.room:
            old, _ = self._held.popitem(last=False)
            self._glances.pop(old, None)
