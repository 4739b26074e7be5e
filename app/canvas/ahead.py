"""The next frame of a video that plays, laid out and drawn while the window has nothing else to do.

Drawing a frame with its people takes longer than the window may be away. So it is done beforehand, in short
turns of the event loop, and when its moment comes the frame is one copy. What it was drawn from is
kept with it: if anything of that has changed meanwhile, it is thrown away, and drawn as at any other time.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage, QPixmap

from .backdrop import Backdrop
from .mapping import Mapping
from .marks import painting_on
from .paint import Stroke, paint_scene
from .scene import Scene

if TYPE_CHECKING:
    from .canvas import Canvas

log = logging.getLogger(__name__)

TURN_SECONDS = 0.002
"""How long strokes are painted in one turn of the event loop."""
LEAPS = 2
"""After so many leaps over frames in a row nothing is drawn ahead."""
AGAIN_MS = 8
"""After so long it is asked again whether the next picture is decoded."""


@dataclass(frozen=True)
class Look:
    """All that a frame is drawn from, but for the pointer: where these are equal, so are the pixels.

    Attributes:
        picture: the ``cacheKey`` of its picture.
        poses: how often poses, people or runs had changed.
        mapping, width, height, ratio: where it lies on the screen, and the device's pixels.
        person, joint, members: what is chosen, alone and together.
        handles, grips: whether its box can be resized, and its pose turned.
        dim: whether all but the chosen person are hardly seen.
    """

    frame: int
    picture: int
    poses: int
    mapping: Mapping
    width: int
    height: int
    ratio: float
    person: int | None
    joint: int | None
    members: frozenset[tuple[int, int]]
    handles: bool
    grips: bool
    dim: bool


class Ahead:
    """Keeps at most one frame: the one after that on show."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._backdrop = Backdrop()
        self._look: Look | None = None
        self._scene = Scene()
        self._left: deque[Stroke] = deque()
        self._sheet = QPixmap()
        self._before: int | None = None
        self._leaps = 0
        self._failed = False
        self._timer = QTimer(canvas, singleShot=True)
        self._timer.timeout.connect(self._work)

    def scene(self, look: Look) -> Scene | None:
        """The people of a frame as they were laid out ahead, or ``None``."""
        return self._scene if look == self._look else None

    def drawn(self, look: Look) -> QPixmap | None:
        """The frame as it was drawn ahead, in the size of the canvas, or ``None``; what is left is done now."""
        if look != self._look:
            return None
        if self._left:
            with painting_on(self._sheet) as painter:
                paint_scene(painter, self._left)
            self._left.clear()
        return self._sheet

    def follow(self) -> None:
        """A frame has been painted: while playing, go on to the next one.

        Not where frames are left out again and again: which one is next is unknown then, and there is no time
        to spare.
        """
        frame, before = self._canvas.shown_frame, self._before
        self._before = frame
        if not self._canvas.session.playing or frame is None:
            self.forget()
        elif before != frame:
            self._leaps = self._leaps + 1 if before is None or frame != before + 1 else 0
            if self._leaps < LEAPS:
                self._timer.start(0)

    def hold(self) -> None:
        """Another frame is on show, and about to be painted: begin nothing that takes its place here."""
        self._timer.stop()

    def forget(self) -> None:
        """Keep nothing."""
        self._timer.stop()
        self._look, self._scene = None, Scene()
        self._left.clear()
        self._sheet = QPixmap()

    def _work(self) -> None:
        """One turn: lay out people and scale the picture, or else draw some of them."""
        canvas = self._canvas
        if not canvas.session.playing or canvas.shown_frame is None or self._failed:
            return
        try:
            self._one_part(canvas, canvas.shown_frame + 1)
        except Exception:  # it is drawn in its time, then
            log.exception("drawing a frame ahead failed")
            self._failed = True
            self.forget()

    def _one_part(self, canvas: Canvas, frame: int) -> None:
        levels = canvas.session.picture_levels(frame)
        if not levels:
            if frame < canvas.session.frames:
                self._timer.start(AGAIN_MS)
            return
        look = canvas.look(frame, levels)
        if look != self._look:
            self._look = None  # until all of what belongs to it is there
            self._scene = canvas.laid_out(frame)
            self._left = deque(canvas.strokes_ahead(self._scene))
            self._sheet = self._ground(canvas, look, levels)
            self._look = look
        else:
            with painting_on(self._sheet) as painter:
                paint_scene(painter, self._some())
        if self._left:
            self._timer.start(0)

    def _ground(self, canvas: Canvas, look: Look, levels: tuple[QImage, ...]) -> QPixmap:
        """A sheet in the size of the canvas with the picture on it."""
        visible = canvas.visible_picture()
        sheet = QPixmap(canvas.size() * look.ratio)
        sheet.setDevicePixelRatio(look.ratio)
        with painting_on(sheet) as painter:
            picture = self._backdrop.scaled(levels, look.mapping, visible, look.ratio)
            canvas.paint_ground(painter, picture, canvas.rect())
        return sheet

    def _some(self) -> Iterator[Stroke]:
        """As many strokes as one turn has time for, at least one."""
        end = time.monotonic() + TURN_SECONDS
        while self._left:
            yield self._left.popleft()
            if time.monotonic() > end:
                break
