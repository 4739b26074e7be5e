"""The pictures a job is working on: a few, decoded once, going forwards or backwards."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..video import BrokenFrame, VideoReader

BUDGET = 256 * 2**20
LONGEST_BLOCK = 24


class Pictures:
    """Frames of a reader, the last ones used being kept within a number of bytes.

    Walking backwards decodes a block at a time, because a video can only be decoded forwards.

    Attributes:
        broken: frames that could not be decoded; the picture before (or after) stands in for them.
    """

    def __init__(
        self,
        reader: VideoReader,
        note: Callable[[str], None],
        budget: int = BUDGET,
    ) -> None:
        self._reader = reader
        self._note = note
        one = reader.info.width * reader.info.height * 3
        self._room = max(4, budget // max(one, 1))
        self._block = min(LONGEST_BLOCK, max(1, self._room // 2))
        self._held: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self.broken: set[int] = set()

    def __call__(self, frame: int) -> NDArray[np.uint8]:
        """The RGB picture of a frame ``[h, w, 3]``. Raises IndexError beyond the video."""
        held = self._held.get(frame)
        if held is not None:
            self._held.move_to_end(frame)
            return held
        backwards = frame + 1 in self._held and frame - 1 not in self._held
        first = max(0, frame - self._block + 1) if backwards else frame
        for each in range(first, frame + 1):
            if each not in self._held:
                self._keep(each, self._decode(each))
        return self._held[frame]

    def _decode(self, frame: int) -> NDArray[np.uint8]:
        try:
            return self._reader[frame]
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
        while len(self._held) > self._room:
            self._held.popitem(last=False)
