"""The picture as it was last scaled: drawn again only when the picture or the view has changed.

Scaling a large picture smoothly costs milliseconds; a drag over it must not pay that at every step.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from ..theme import PALETTE
from .mapping import Mapping

SHARP_FROM = 4.0
"""From so many screen pixels a picture pixel on, pixels are shown as squares."""


class Backdrop:
    """Keeps one scaled picture."""

    def __init__(self) -> None:
        self._key: object = None
        self._pixmap = QPixmap()

    def scaled(
        self, image: QImage, mapping: Mapping, visible: QRect, device_ratio: float
    ) -> QPixmap:
        """The part of the picture inside ``visible`` (view pixels), at the screen's own resolution."""
        key = (image.cacheKey(), mapping, visible.getRect(), device_ratio)
        if self._key != key:
            self._key, self._pixmap = key, _scale(image, mapping, visible, device_ratio)
        return self._pixmap


def _scale(image: QImage, mapping: Mapping, visible: QRect, device_ratio: float) -> QPixmap:
    pixmap = QPixmap(visible.size() * device_ratio)
    pixmap.setDevicePixelRatio(device_ratio)
    pixmap.fill(QColor(PALETTE.picture))
    painter = QPainter(pixmap)
    x, y, w, h = mapping.rectangle
    target = QRectF(x - visible.x(), y - visible.y(), w, h)
    sharp = mapping.zoom * device_ratio >= SHARP_FROM
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not sharp)
    if mapping.zoom * device_ratio < 0.5:
        # Bilinear scaling looks at four pixels only: halve first, so that thin things do not flicker.
        size = target.size().toSize() * device_ratio
        image = image.scaled(
            size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    painter.drawImage(target, image)
    painter.end()
    return pixmap
