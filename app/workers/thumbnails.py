"""Small pictures of any frame, for looking ahead: a thread and a reader of their own, behind all other work.

What the window's decoder holds is taken from there. Else the key frame before comes first, which costs one
picture, and the frame itself when the wish has rested for a moment. Only the latest wish counts.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from glpose_core.errors import GLPoseError
from glpose_core.video import FrameIndex, VideoReader, open_video

from .decode import give_way, starts_of
from .passing import Overtaken, WatchedCache
from .pictures import to_image

log = logging.getLogger("glpose.thumbnails")

WIDTH = 208
"""Pixels of the longer side."""
KEPT = 400
"""So many thumbnails are kept, about 100 KB each."""
BUDGET = 64_000_000
"""Bytes of frames that the reader keeps on its way."""
REST_SECONDS = 0.12
"""A wish that rests so long is worth decoding all the way from the key frame."""
NICENESS = 10

Held = Callable[[int], NDArray[np.uint8] | None]


class Thumbnails(QObject):
    """Thumbnails of one video. The thread starts with the first wish."""

    ready = Signal(int)
    """:meth:`best` has something, or something better, for that frame."""

    def __init__(
        self, path: Path, index: FrameIndex, held: Held, parent: QObject | None = None
    ) -> None:
        """``held`` gives a frame that is decoded already, uint8 RGB ``[h, w, 3]``, from any thread."""
        super().__init__(parent)
        self._path, self._index, self._held = path, index, held
        self._key_of = starts_of(index)
        self._changed = threading.Condition()
        self._wanted: int | None = None
        self._closed = False
        self._made: OrderedDict[int, QImage] = OrderedDict()
        self._thread: threading.Thread | None = None

    def wish(self, frame: int) -> None:
        """Ask for a frame; ``ready`` follows, perhaps twice, unless a later wish comes first."""
        with self._changed:
            if frame in self._made or self._closed:
                return
            self._wanted = frame
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="thumbnails")
            self._thread.start()

    def best(self, frame: int) -> tuple[QImage, int] | None:
        """The thumbnail of a frame, or of the key frame before it, and which of both it is; ``None`` yet."""
        with self._changed:
            for near in (frame, int(self._key_of[frame])):
                if near in self._made:
                    return self._made[near], near
        return None

    def close(self) -> None:
        """Stop, waiting at most for the packet that is being decoded."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    # -- on the thread -------------------------------------------------------------------------

    def _work(self) -> None:
        give_way(NICENESS)
        try:
            cache = WatchedCache(BUDGET, self._look_up)
            reader = open_video(self._path, index=self._index, cache=cache)
        except GLPoseError:
            log.info("no thumbnails of %s", self._path.name, exc_info=True)
            return
        with reader:
            while (frame := self._next()) is not None:
                with contextlib.suppress(Overtaken, GLPoseError):
                    self._make(reader, frame)

    def _next(self) -> int | None:
        with self._changed:
            while self._wanted is None and not self._closed:
                self._changed.wait()
            frame, self._wanted = self._wanted, None
            return None if self._closed else frame

    def _make(self, reader: VideoReader, frame: int) -> None:
        pixels, key = self._held(frame), int(self._key_of[frame])
        if pixels is None and key != frame:
            if key not in self._made:
                at_key = self._held(key)
                self._keep(key, reader[key] if at_key is None else at_key)
            self.ready.emit(frame)
            with self._changed:
                self._changed.wait_for(
                    lambda: self._wanted is not None or self._closed, REST_SECONDS
                )
            self._look_up(frame)
            pixels = self._held(frame)
        self._keep(frame, reader[frame] if pixels is None else pixels)
        self.ready.emit(frame)

    def _look_up(self, _passed: int) -> None:
        """Between two pictures: go on only if nobody wants another one."""
        with self._changed:
            if self._wanted is not None or self._closed:
                raise Overtaken

    def _keep(self, frame: int, pixels: NDArray[np.uint8]) -> None:
        height, width = pixels.shape[:2]
        scale = min(WIDTH / max(height, width), 1.0)
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        image = to_image(small)
        with self._changed:
            self._made[frame] = image
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
