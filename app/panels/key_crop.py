"""The key crop, large: the pose as it was predicted, or a changed one over its ghost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import PersonColours
from .crop_paint import paint_crop, paint_ring, paint_skeleton

HEIGHT = 152


class KeyCrop(QWidget):
    """Paints what it is given; changes nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(QSize(HEIGHT * 3 // 4, HEIGHT))
        self.picture: QImage | None = None
        self.joints: NDArray[np.float64] | None = None
        self.ghost: NDArray[np.float64] | None = None
        self.marked: int | None = None
        self._placed = np.zeros(17, bool)
        self._colours: PersonColours | None = None

    def show_pose(
        self,
        picture: QImage | None,
        joints: NDArray[np.float64] | None = None,
        placed: NDArray[np.bool_] | None = None,
        colours: PersonColours | None = None,
        ghost: NDArray[np.float64] | None = None,
        marked: int | None = None,
    ) -> None:
        """Show a crop with a pose (shares of it, ``[17, 2]``), another one as a ghost below it, and a ring
        round one joint."""
        self.picture, self.joints, self.ghost, self.marked = picture, joints, ghost, marked
        if placed is not None:
            self._placed = placed
        self._colours = colours
        if picture is not None:
            self.setFixedSize(QSize(round(HEIGHT * picture.width() / picture.height()), HEIGHT))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.picture is None:
            return
        painter = QPainter(self)
        area = QRectF(self.rect())
        paint_crop(painter, area, self.picture)
        if self.ghost is not None:
            paint_skeleton(painter, area, self.ghost, self._placed, None, 1.6)
        if self.joints is not None and self._colours is not None:
            paint_skeleton(painter, area, self.joints, self._placed, self._colours, 2.2)
            if self.marked is not None:
                paint_ring(painter, area, self.joints[self.marked])
        painter.end()
