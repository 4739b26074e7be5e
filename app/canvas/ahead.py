"""The next frame of a video that plays, laid out and drawn while the window has nothing else to do.

Drawing a frame with its people takes longer than the window may be away. So it is done beforehand, in two
short turns of the event loop, and when its moment comes the frame is one copy. What it was drawn from is
kept with it: if anything of that has changed meanwhile, it is thrown away, and drawn as at any other time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QPixmap

from .backdrop import Backdrop
from .mapping import Mapping
from .marks import painting_on
from .scene import Scene

if TYPE_CHECKING:
    from .canvas import Canvas

log = logging.getLogger(__name__)

AGAIN_MS = 8
"""After so long it is asked again whether the next picture is decoded."""


@dataclass(frozen=True)
class Look:
    """All that a frame is drawn from, but for the pointer: where these are equal, so are the pixels.

    Attributes:
        picture: the ``cacheKey`` of its picture.
        poses: how often poses, people or runs had changed.
        mapping, width, height, ratio: where it lies on the screen, and the device's pixels.
        person, joint, handles: what is chosen, and whether its box can be resized.
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
    handles: bool


class Ahead:
    """Keeps at most one frame: the one after that on show."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._backdrop = Backdrop()
        self._look: Look | None = None
        self._scene = Scene()
        self._drawn: QPixmap | None = None
        self._before: int | None = None
        self._failed = False
        self._timer = QTimer(canvas, singleShot=True)
        self._timer.timeout.connect(self._work)

    def scene(self, look: Look) -> Scene | None:
        """The people of a frame as they were laid out ahead, or ``None``."""
        return self._scene if look == self._look else None

    def drawn(self, look: Look) -> QPixmap | None:
        """The frame as it was drawn ahead, in the size of the canvas, or ``None``."""
        return self._drawn if look == self._look else None

    def follow(self) -> None:
        """A frame has been painted: while playing, go on to the next one.

        Not after a frame that came late, where others were left out: which one is next is unknown then, and
        there is no time to spare.
        """
        frame, before = self._canvas.shown_frame, self._before
        self._before = frame
        if not self._canvas.session.playing or frame is None:
            self.forget()
        elif before is not None and frame == before + 1:
            self._timer.start(0)

    def forget(self) -> None:
        """Keep nothing."""
        self._timer.stop()
        self._look, self._scene, self._drawn = None, Scene(), None

    def _work(self) -> None:
        """One turn: lay out people and picture, or else draw them."""
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
        visible = canvas.visible_picture()
        if look != self._look:
            self._look, self._scene, self._drawn = look, canvas.laid_out(frame), None
            self._backdrop.scaled(levels, look.mapping, visible, look.ratio)
            self._timer.start(0)
        elif self._drawn is None:
            picture = self._backdrop.scaled(levels, look.mapping, visible, look.ratio)
            drawn = QPixmap(canvas.size() * look.ratio)
            drawn.setDevicePixelRatio(look.ratio)
            with painting_on(drawn) as painter:
                canvas.paint_ground(painter, picture, QRect(canvas.rect()))
                canvas.paint_people(painter, self._scene, None)
            self._drawn = drawn
