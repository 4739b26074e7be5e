"""What the gallery adds to the window's pictures: a sheet of all icons, and what colour-blind viewers see."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from app import theme

SIZES = (16, 20, 32)
_COLUMNS, _CELL, _HIGH = 6, 210, 64

# Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
BLIND = {
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def write_icon_sheet(path: Path) -> None:
    """Every icon in every size with its name, and the app's own from 16 to 256 pixels."""
    names = theme.icon_names()
    rows = -(-len(names) // _COLUMNS)
    sheet = QPixmap(QSize(_COLUMNS * _CELL, rows * _HIGH + 300))
    sheet.fill(QColor(theme.PALETTE.panel))
    painter = QPainter(sheet)
    painter.setFont(theme.aside_font())
    painter.setPen(QColor(theme.PALETTE.quiet))
    for at, name in enumerate(names):
        row, column = divmod(at, _COLUMNS)
        left, top = column * _CELL + 16, row * _HIGH
        for size in SIZES:
            theme.icon(name).paint(painter, QRect(left, top + 8, size, 32))
            left += size + 16
        room = QRect(column * _CELL + 16, top + 42, _CELL - 20, 18)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, name)
    left = 16
    for size in (16, 24, 32, 48, 64, 128, 256):
        picture = theme.app_icon().pixmap(QSize(size, size))
        painter.drawPixmap(QPoint(left, rows * _HIGH + 20), picture)
        left += size + 24
    painter.end()
    sheet.save(str(path))


def write_as_seen(path: Path) -> None:
    """Beside ``path``, the same picture as protanopes and deuteranopes see it."""
    if not path.exists():
        return
    encoded = cv2.imread(str(path))[:, :, ::-1] / 255.0
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    for name, matrix in BLIND.items():
        seen = np.clip(linear @ matrix.T, 0, 1)
        seen = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
        picture = np.round(255 * seen).astype(np.uint8)[:, :, ::-1]
        cv2.imwrite(str(path.with_name(f"{path.stem}-{name}.png")), picture)
