"""Where a picture pixel lies on the screen. Pure geometry; knows no Qt.

Pixel centres are whole numbers, so the picture covers −0.5 … width − 0.5. Pixels that are not square
are stretched here, in the view, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LARGEST = 64.0
"""Screen pixels per picture pixel when zoomed in all the way."""
FIT_MARGIN = 16.0


@dataclass(frozen=True)
class Mapping:
    """An affine map from the picture to the view, both axes of it straight.

    Attributes:
        width, height: size of the picture in pixels.
        stretch: width / height of one picture pixel.
        zoom: screen pixels per picture row.
        x, y: where the picture's upper left corner (−0.5, −0.5) lies on the screen.
    """

    width: int = 1
    height: int = 1
    stretch: float = 1.0
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @property
    def scale(self) -> Floats:
        """Screen pixels per picture pixel along x and y, ``[2]``."""
        return np.array([self.zoom * self.stretch, self.zoom])

    @property
    def rectangle(self) -> tuple[float, float, float, float]:
        """The picture on the screen: x, y, width, height."""
        w, h = self.scale * (self.width, self.height)
        return self.x, self.y, float(w), float(h)

    def to_view(self, points: ArrayLike) -> Floats:
        """Picture points ``[..., 2]`` → screen points."""
        points = np.asarray(points, dtype=np.float64)
        return (points + 0.5) * self.scale + (self.x, self.y)

    def to_picture(self, points: ArrayLike) -> Floats:
        """Screen points ``[..., 2]`` → picture points."""
        points = np.asarray(points, dtype=np.float64)
        return (points - (self.x, self.y)) / self.scale - 0.5

    def box_to_view(self, box: ArrayLike) -> Floats:
        """A box ``[..., 4]`` (x, y, w, h), whose edges are positions → screen box."""
        box = np.asarray(box, dtype=np.float64)
        return np.concatenate([self.to_view(box[..., :2]), box[..., 2:] * self.scale], axis=-1)

    def fitted(self, view_width: float, view_height: float) -> Mapping:
        """The whole picture, centred, with a small margin."""
        room_x = max(view_width - 2 * FIT_MARGIN, 16.0)
        room_y = max(view_height - 2 * FIT_MARGIN, 16.0)
        zoom = min(room_x / (self.width * self.stretch), room_y / self.height)
        fit = replace(self, zoom=min(zoom, LARGEST))
        return fit.centred_on(
            ((self.width - 1) / 2, (self.height - 1) / 2), view_width, view_height
        )

    def centred_on(self, point: ArrayLike, view_width: float, view_height: float) -> Mapping:
        """The same zoom with picture point ``[2]`` in the middle of the view."""
        at = (np.asarray(point, dtype=np.float64) + 0.5) * self.scale
        return replace(self, x=view_width / 2 - float(at[0]), y=view_height / 2 - float(at[1]))

    def zoomed(self, factor: float, about: ArrayLike) -> Mapping:
        """Zoom so that the picture point under screen point ``about`` stays under it."""
        smallest = min(16.0 / max(self.width * self.stretch, self.height), 1.0)
        zoom = float(np.clip(self.zoom * factor, smallest, LARGEST))
        ratio = zoom / self.zoom
        ax, ay = np.asarray(about, dtype=np.float64)
        return replace(
            self,
            zoom=zoom,
            x=float(ax + (self.x - ax) * ratio),
            y=float(ay + (self.y - ay) * ratio),
        )

    def panned(self, dx: float, dy: float, view_width: float, view_height: float) -> Mapping:
        """Shift by screen pixels; some of the picture always stays in view."""
        keep = 48.0
        _, _, w, h = self.rectangle
        x = float(np.clip(self.x + dx, keep - w, view_width - keep))
        y = float(np.clip(self.y + dy, keep - h, view_height - keep))
        return replace(self, x=x, y=y)
