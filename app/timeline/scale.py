"""Which frame lies where: the mapping between frames and pixels, and the steps of the ruler.

Pure arithmetic, no Qt. Frame n covers the strip from ``edge_of(n)`` to ``edge_of(n + 1)``; its mark
(playhead, diamond) stands in the middle of that strip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

MAX_PIXELS_PER_FRAME = 48.0
_MANTISSAS = (1, 2, 5)


@dataclass(frozen=True)
class TimeScale:
    """The visible part of a video on a strip of pixels.

    Attributes:
        frames: how many frames the video has.
        left: x of the strip's left edge.
        width: the strip's width in pixels.
        start: the frame coordinate at the left edge (fractional; 0 is the left edge of frame 0).
        per_frame: pixels per frame.
    """

    frames: int
    left: float
    width: float
    start: float
    per_frame: float

    @classmethod
    def fitted(cls, frames: int, left: float, width: float) -> TimeScale:
        """The scale that shows the whole video."""
        frames = max(int(frames), 1)
        width = max(float(width), 1.0)
        return cls(frames, float(left), width, 0.0, width / frames)

    @property
    def fits(self) -> bool:
        """Whether the whole video is visible."""
        return self.shown >= self.frames - 1e-6

    @property
    def shown(self) -> float:
        """How many frames fit on the strip."""
        return self.width / self.per_frame

    @property
    def first(self) -> int:
        """The first frame that is visible, at least in part."""
        return min(max(math.floor(self.start), 0), self.frames - 1)

    @property
    def stop(self) -> int:
        """One past the last frame that is visible, at least in part."""
        return min(max(math.ceil(self.start + self.shown), self.first + 1), self.frames)

    def edge_of(self, frame: float) -> float:
        """x of the left edge of ``frame`` (numpy arrays are welcome)."""
        return self.left + (frame - self.start) * self.per_frame

    def x_of(self, frame: float) -> float:
        """x of the middle of ``frame`` (numpy arrays are welcome)."""
        return self.left + (frame + 0.5 - self.start) * self.per_frame

    def frame_at(self, x: float) -> int:
        """The frame under ``x``, clipped to the video."""
        frame = math.floor(self.start + (x - self.left) / self.per_frame)
        return min(max(frame, 0), self.frames - 1)

    def resized(self, left: float, width: float) -> TimeScale:
        """The same frames on another strip; a video that was wholly visible stays so."""
        if self.fits:
            return TimeScale.fitted(self.frames, left, width)
        moved = replace(self, left=float(left), width=max(float(width), 1.0))
        return moved._within()

    def zoomed(self, factor: float, x: float) -> TimeScale:
        """Zoom by ``factor`` (> 1: closer), the frame coordinate under ``x`` staying there."""
        closest = max(MAX_PIXELS_PER_FRAME, self.width / self.frames)
        per_frame = min(max(self.per_frame * factor, self.width / self.frames), closest)
        held = self.start + (x - self.left) / self.per_frame
        start = held - (x - self.left) / per_frame
        return replace(self, start=start, per_frame=per_frame)._within()

    def panned(self, frames: float) -> TimeScale:
        """Move the visible part by ``frames`` (positive: later frames), inside the video."""
        return replace(self, start=self.start + frames)._within()

    def showing(self, frame: int, margin: float = 0.08) -> TimeScale:
        """Move the visible part as little as needed to have ``frame`` inside, off the edges."""
        room = min(self.shown * margin, max(self.shown / 2 - 1, 0.0))
        low, high = frame - room, frame + 1 + room - self.shown
        if high <= self.start <= low:
            return self
        return replace(self, start=low if self.start > low else high)._within()

    def _within(self) -> TimeScale:
        last = max(self.frames - self.shown, 0.0)
        return replace(self, start=min(max(self.start, 0.0), last))


def tick_step(per_frame: float, spacing: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … frames that is at least ``spacing`` pixels wide."""
    wanted = spacing / per_frame
    decade = 1
    while True:
        for mantissa in _MANTISSAS:
            if mantissa * decade >= wanted:
                return mantissa * decade
        decade *= 10


def minor_step(step: int) -> int:
    """The step of the unnumbered ticks between numbered ones: a whole fraction of ``step``."""
    if step < 5:
        return 1
    return step // 5 if str(step)[0] in "15" else step // 4


def ticks(scale: TimeScale, step: int) -> range:
    """Multiples of ``step`` whose frames are visible."""
    first = -(-scale.first // step) * step
    return range(first, scale.stop, step)
