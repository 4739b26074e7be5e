"""The decoder's thread: pictures for the window, without the window ever waiting.

One thread owns one reader and the frame cache. The window asks for a frame and goes on; the picture is
announced when it is there. Only the latest wish counts: wishes that were overtaken are never decoded.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage

from glpose_core.errors import GLPoseError
from glpose_core.video import FrameIndex, open_video

from .passing import (
    EVERY_SECONDS,
    PATIENCE_SECONDS,
    Overtaken,
    WatchedCache,
    nearest,
    on_the_way,
)
from .pictures import to_levels
from .readahead import Plan, plan_ahead

if TYPE_CHECKING:
    from glpose_core.video import VideoReader

log = logging.getLogger("glpose.decode")

DEFAULT_BUDGET = 1_000_000_000
"""Bytes of decoded frames that are kept."""
IMAGE_BUDGET = 160_000_000
"""Bytes of pictures kept ready to be drawn."""
CACHE_NEWS_SECONDS = 0.2
"""How often the timeline hears about the cache at most."""
NICENESS = 5
"""How far the decoder's threads step back behind the window's."""
PREPARE_PLAYING = (1, 2, 3, 4)
PREPARE_RESTING = (1, -1, 2)

Task = tuple[Literal["show", "prepare", "fetch"], int]


class FrameStore(QObject):
    """Decoded frames of one video, asked for by number.

    Signals, all delivered on the thread that this object lives on:

    - ``preview(int)``: the frame asked for takes its time, and this one, nearer to it than the last that was shown, can
      be had from :meth:`levels` meanwhile.
    - ``ready(int)``: the picture of that frame can be had from :meth:`image`.
    - ``failed(int, str)``: that frame cannot be decoded, and why (one sentence).
    - ``cache_changed()``: other frames are held than before; a few times a second at most.
    """

    preview = Signal(int)
    ready = Signal(int)
    failed = Signal(int, str)
    cache_changed = Signal()

    _served = Signal(int)
    _previewed = Signal(int)

    def __init__(
        self,
        path: str | Path,
        index: FrameIndex,
        *,
        budget: int = DEFAULT_BUDGET,
        previews: bool = True,
        open_reader: Callable[..., VideoReader] = open_video,
        parent: QObject | None = None,
    ) -> None:
        """Start the thread; the reader is opened there.

        Args:
            path: the video or folder of pictures.
            index: its frame index, so that nothing is scanned again.
            budget: bytes of decoded frames to keep.
            previews: show frames on the way to one that takes its time, and turn round for a later wish.
            open_reader: called as ``open_reader(path, index=index, cache=cache)`` on the decoder's thread.
                A reader that passes frames on its way to the one asked for leaves them in the cache.
        """
        super().__init__(parent)
        self.path, self.index, self._open_reader = Path(path), index, open_reader
        self._budget = budget
        self._previews = previews
        self._cache = WatchedCache(budget, self._pass)
        self._key_of = starts_of(index)
        self._changed = threading.Condition()
        self._wanted: int | None = None
        self._asked: int | None = None
        self._shown: int | None = None
        self._aim: int | None = None
        self._seen: int | None = None
        self._preview_from = 0.0
        self._playing = False
        self._closed = False
        self._plan: deque[int] = deque()
        self._plan_from = 0.0
        self._images: dict[int, tuple[QImage, ...]] = {}
        self._broken: dict[int, str] = {}
        self._table: NDArray[np.uint8] | None = None
        self._news_at = 0.0
        self._news = False
        self._served.connect(self._announce, Qt.ConnectionType.QueuedConnection)
        self._previewed.connect(self._announce_preview, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, daemon=True, name="decode")
        self._thread.start()

    # -- called by the window ------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._key_of)

    def request(self, frame: int) -> None:
        """Ask for a frame; ``ready`` or ``failed`` follows unless a later request overtakes this one.

        Raises:
            IndexError: the video has no such frame.
        """
        if not 0 <= frame < len(self):
            raise IndexError(f"frame {frame} of {len(self)}")
        with self._changed:
            self._wanted = self._asked = frame
            self._plan.clear()
            self._changed.notify()

    def set_playing(self, playing: bool) -> None:
        """While playing, the next frames are decoded ahead."""
        with self._changed:
            self._playing = playing
            # The frame asked for last, not the one shown: it may be in the making, and would be thrown away.
            if self._wanted is None:
                self._wanted = self._asked
            self._changed.notify()

    def set_table(self, table: NDArray[np.uint8] | None) -> None:
        """Show each value of a channel as ``table`` says, ``[256]``; ``None`` shows it as it is. Pictures that
        were asked for are announced anew; decoded frames stay what they are."""
        with self._changed:
            if self._table is None and table is None:
                return
            self._table = table
            self._images.clear()
            if self._wanted is None:
                self._wanted = self._asked
            self._changed.notify()

    def image(self, frame: int) -> QImage | None:
        """The picture of a frame (RGB32) if it is ready to be drawn, else ``None``. Never waits."""
        levels = self.levels(frame)
        return levels[0] if levels else None

    def levels(self, frame: int) -> tuple[QImage, ...]:
        """The picture of a frame and its halves (:func:`to_levels`) if it is ready, else none. Never waits."""
        with self._changed:
            return self._images.get(frame, ())

    def broken_reason(self, frame: int) -> str | None:
        """Why a frame cannot be decoded, once that has been tried; else ``None``."""
        with self._changed:
            return self._broken.get(frame)

    def held(self, frame: int) -> NDArray[np.uint8] | None:
        """A frame that is decoded already, uint8 RGB ``[h, w, 3]``, or ``None``. From any thread."""
        return self._cache.get(frame)

    def cached_frames(self) -> NDArray[np.int64]:
        """Numbers of the decoded frames that are held, ascending."""
        return self._cache.frames()

    def close(self) -> None:
        """Stop the thread, waiting at most for the frame that is being decoded."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()
        self._images.clear()

    # -- on the decoder's thread ---------------------------------------------------------------

    def _work(self) -> None:
        give_way()
        try:
            reader = self._open_reader(self.path, index=self.index, cache=self._cache)
        except GLPoseError as error:
            self._refuse_all(str(error))
            return
        with reader:
            while (task := self._next_task()) is not None:
                kind, frame = task
                if kind == "fetch":
                    with contextlib.suppress(Overtaken):
                        self._decode(reader, frame)
                else:
                    self._show(reader, frame, asked=kind == "show")
                self._tell_cache()

    def _next_task(self) -> Task | None:
        """Wait for something to do: the frame asked for, then pictures near it, then reading ahead."""
        with self._changed:
            while not self._closed:
                if self._wanted is not None:
                    frame, self._wanted = self._wanted, None
                    return "show", frame
                if (near := self._to_prepare()) is not None:
                    return "prepare", near
                wait = self._plan_from - time.monotonic()
                while self._plan and wait <= 0:
                    frame = self._plan.popleft()
                    if frame not in self._cache and frame not in self._broken:
                        return "fetch", frame
                if not self._plan and self._news:
                    wait = max(self._news_at - time.monotonic(), 0.0)
                    if wait == 0.0:
                        self._news = False
                        self._news_at = time.monotonic() + CACHE_NEWS_SECONDS
                        self.cache_changed.emit()
                        continue
                self._changed.wait(wait if self._plan or self._news else None)
            return None

    def _to_prepare(self) -> int | None:
        if self._shown is None:
            return None
        for offset in PREPARE_PLAYING if self._playing else PREPARE_RESTING:
            near = self._shown + offset
            if near not in self._images and near in self._cache:
                return near
        return None

    def _show(self, reader: VideoReader, frame: int, asked: bool) -> None:
        """Make the picture of a frame; if it was asked for, say so and plan what to fetch next."""
        if self.image(frame) is None and frame not in self._broken:
            rgb = self._cache.get(frame)
            if rgb is None:
                try:
                    rgb = self._reach(reader, frame) if asked else self._decode(reader, frame)
                except Overtaken:
                    return
            if rgb is not None:
                self._keep(frame, rgb, self._shown if not asked else frame)
        if asked:
            with self._changed:
                plan = self._ahead_of(frame)
                self._shown = self._seen = frame
                self._plan = deque(plan.frames())
                self._plan_from = time.monotonic() + plan.wait
            self._served.emit(frame)

    def _ahead_of(self, frame: int) -> Plan:
        used, held = self._cache.used_bytes, len(self._cache)
        room = self._budget * held // used if used else 0
        return plan_ahead(self._shown, frame, self._key_of, room, playing=self._playing)

    def _reach(self, reader: VideoReader, frame: int) -> NDArray[np.uint8] | None:
        """Decode a frame that was asked for, with previews of what is nearer to it than what is seen.

        Raises:
            Overtaken: another one is wanted by now.
        """
        self._aim = frame
        self._preview_from = time.monotonic() + PATIENCE_SECONDS
        try:
            near = nearest(self._cache.frames(), frame) if self._previews else None
            # Converting it costs some milliseconds: for a few frames' difference it is not worth it.
            if near is not None and 2 * abs(near - frame) < self._distance(frame):
                self._show_preview(near)
            return self._decode(reader, frame)
        finally:
            self._aim = None

    def _distance(self, frame: int) -> int:
        """How far what is seen lies from a frame."""
        return len(self) if self._seen is None else abs(self._seen - frame)

    def _pass(self, passed: int) -> None:
        """The decoder has come past a frame: turn round if something else is wanted by now, or show it."""
        aim = self._aim
        if not self._previews or threading.current_thread() is not self._thread:
            return
        with self._changed:
            wish, closed = self._wanted, self._closed
        if closed:
            raise Overtaken
        if wish is not None and (
            aim is None or not on_the_way(aim, wish, passed, self._key_of, self._cache.__contains__)
        ):
            raise Overtaken
        now = time.monotonic()
        held = passed in self._cache  # else it is let go at once
        if held and aim is not None and passed < aim and now >= self._preview_from:
            if abs(passed - aim) < self._distance(aim):
                self._show_preview(passed)
            self._preview_from = time.monotonic() + EVERY_SECONDS

    def _show_preview(self, frame: int) -> None:
        rgb = self._cache.get(frame)
        if rgb is not None:
            self._keep(frame, rgb, self._aim)
            self._seen = frame
            self._previewed.emit(frame)

    def _decode(self, reader: VideoReader, frame: int) -> NDArray[np.uint8] | None:
        """Decode one frame into the cache; ``None`` and a note if it is broken."""
        try:
            rgb = reader[frame]
        except GLPoseError as error:
            with self._changed:
                self._broken[frame] = str(error)
            return None
        if frame not in self._cache:
            self._cache.put(frame, rgb)
        self._news = True
        return rgb

    def _keep(self, frame: int, rgb: NDArray[np.uint8], centre: int | None) -> None:
        """Make the picture of a frame and keep it; those farthest from the frame on show make room."""
        table = self._table
        shown = rgb if table is None else cv2.LUT(rgb, table).astype(np.uint8, copy=False)
        levels = to_levels(shown)
        most = max(IMAGE_BUDGET // max(sum(one.sizeInBytes() for one in levels), 1), 6)
        with self._changed:
            if table is not self._table:
                return  # shown otherwise by now, and asked for again
            self._images[frame] = levels
            while len(self._images) > most:
                del self._images[max(self._images, key=lambda n: abs(n - (centre or 0)))]

    def _tell_cache(self) -> None:
        now = time.monotonic()
        if self._news and now >= self._news_at:
            self._news, self._news_at = False, now + CACHE_NEWS_SECONDS
            self.cache_changed.emit()

    def _refuse_all(self, sentence: str) -> None:
        """The video itself cannot be opened: every frame is broken, for that reason."""
        log.error("the decoder cannot open the video: %s", sentence)
        with self._changed:
            while not self._closed:
                if self._wanted is not None:
                    frame, self._wanted = self._wanted, None
                    self._broken[frame] = sentence
                    self._served.emit(frame)
                self._changed.wait()

    @Slot(int)
    def _announce_preview(self, frame: int) -> None:
        if not self._closed and self._asked is not None and not self.levels(self._asked):
            self.preview.emit(frame)

    @Slot(int)
    def _announce(self, frame: int) -> None:
        if self._closed:
            return
        sentence = self.broken_reason(frame)
        if sentence is None:
            self.ready.emit(frame)
        else:
            self.failed.emit(frame, sentence)


def give_way(niceness: int = NICENESS) -> None:
    """Let the window's thread go first wherever both want a processor; the greater ``niceness``, the further back.

    Linux alone has a priority for each thread, which those inherit that it starts: the codec's.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


def starts_of(index: FrameIndex) -> NDArray[np.int64]:
    """For each frame the one at which decoding must begin to reach it, ``[frames]`` int64, ascending."""
    frames = np.arange(len(index), dtype=np.int64)
    keys = index.key_frame
    if len(keys) == 0:  # a folder of pictures: every one stands alone
        return frames
    at = np.searchsorted(keys, frames, side="right") - 1
    return np.where(at < 0, 0, keys[np.maximum(at, 0)])
