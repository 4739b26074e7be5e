"""The picture as it was last scaled: drawn again only when the picture or the view has changed.

Scaling a large picture smoothly costs milliseconds; a drag over it must not pay that at every step.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from ..theme import PALETTE
from .mapping import Mapping
from .marks import painting_on

SHARP_FROM = 4.0
"""From so many screen pixels a picture pixel on, pixels are shown as squares."""

SMALLER_BELOW = 1.1
"""A half of the picture is drawn from unless it had to be enlarged by more than this."""


class Backdrop:
    """Keeps one scaled picture."""

    def __init__(self) -> None:
        self._key: object = None
        self._pixmap = QPixmap()

    def scaled(
        self, levels: Sequence[QImage], mapping: Mapping, visible: QRect, device_ratio: float
    ) -> QPixmap:
        """The part of the picture inside ``visible`` (view pixels), at the screen's own resolution.

        ``levels`` are the picture and halves of it, the largest first; at least one.
        """
        key = (levels[0].cacheKey(), mapping, visible.getRect(), device_ratio)
        if self._key != key:
            self._key, self._pixmap = key, _scale(levels, mapping, visible, device_ratio)
        return self._pixmap


def _scale(
    levels: Sequence[QImage], mapping: Mapping, visible: QRect, device_ratio: float
) -> QPixmap:
    pixmap = QPixmap(visible.size() * device_ratio)
    pixmap.setDevicePixelRatio(device_ratio)
    x, y, w, h = mapping.rectangle
    target = QRectF(x - visible.x(), y - visible.y(), w, h)
    zoom = float(mapping.zoom) * device_ratio
    level = 0
    while level + 1 < len(levels) and zoom * 2 <= SMALLER_BELOW:
        level, zoom = level + 1, zoom * 2
    image = levels[level]
    if zoom < 0.5:
        # Bilinear scaling looks at four pixels only: halve first, so that thin things do not flicker.
        size = target.size().toSize() * device_ratio
        image = image.scaled(
            size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    with painting_on(pixmap) as painter:
        painter.fillRect(QRect(QPoint(0, 0), visible.size()), QColor(PALETTE.picture))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom < SHARP_FROM)
        painter.drawImage(target, image)
    return pixmap
