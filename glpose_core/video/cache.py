"""Frames held in memory within a fixed number of bytes, least recently used out first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]

DEFAULT_BUDGET = 1 << 30


class CachedPicture(Protocol):
    """A picture in whatever form is small: YUV as decoded takes half the bytes of RGB."""

    @property
    def nbytes(self) -> int: ...

    def rgb(self) -> Picture:
        """The picture as a new uint8 RGB array ``[height, width, 3]``; safe from any thread."""
        ...


class _PlainPicture:
    """An RGB array in the cache. Copies in and out, so that nobody draws on what is kept."""

    def __init__(self, pixels: Picture) -> None:
        self._pixels = pixels.copy()

    @property
    def nbytes(self) -> int:
        return self._pixels.nbytes

    def rgb(self) -> Picture:
        return self._pixels.copy()


class FrameCache:
    """Pictures by frame number; any thread may use it.

    A reader puts the frames that it decodes on its way into its cache, and tells it of those that it lets go.
    Frames arrive in ascending order, so when they are more than the budget allows, those just before the wanted
    one survive: exactly those that stepping back asks for.

    Args:
        budget_bytes: upper limit of the pictures held. A picture above it is not kept at all.
    """

    def __init__(self, budget_bytes: int = DEFAULT_BUDGET) -> None:
        self.budget_bytes = budget_bytes
        self._held: OrderedDict[int, CachedPicture] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    @property
    def used_bytes(self) -> int:
        """Bytes of the pictures held."""
        return self._used

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, n: object) -> bool:
        with self._lock:
            return n in self._held

    def get(self, n: int) -> Picture | None:
        """Frame ``n`` as uint8 RGB ``[height, width, 3]``, the caller's own copy; None if not held."""
        with self._lock:
            picture = self._held.get(n)
            if picture is None:
                return None
            self._held.move_to_end(n)
        return picture.rgb()

    def put(self, n: int, frame: Picture | CachedPicture) -> None:
        """Hold frame ``n``, in place of what was held under that number."""
        picture = _PlainPicture(frame) if isinstance(frame, np.ndarray) else frame
        with self._lock:
            self._drop(n)
            if picture.nbytes > self.budget_bytes:
                return
            self._held[n] = picture
            self._used += picture.nbytes
            while self._used > self.budget_bytes:
                self._drop(next(iter(self._held)))

    def pass_by(self, n: int) -> None:
        """Hear that frame ``n`` was decoded on the way to another one and is not kept. Nothing to do here."""

    def frames(self) -> NDArray[np.int64]:
        """The numbers held, sorted ascending, int64."""
        with self._lock:
            return np.array(sorted(self._held), dtype=np.int64)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._held.clear()
            self._used = 0

    def _drop(self, n: int) -> None:
        picture = self._held.pop(n, None)
        if picture is not None:
            self._used -= picture.nbytes
