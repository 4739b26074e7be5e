"""Says what this is, which versions it runs on, and what it is made of."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from glpose_core import __version__

from ..theme import GRID, app_icon, title_font
from .form import quiet, wrapped
from .messages import Message

WHAT = (
    "Label human poses in video: GLPose predicts, you correct, PoseTrack labels come out, and the "
    "network learns from them."
)
MADE_OF = (
    ("PySide6", "PySide6-Essentials"),
    ("PyTorch", "torch"),
    ("PyAV", "av"),
    ("OpenCV", "opencv-python-headless"),
    ("NumPy", "numpy"),
)
LICENCES = (
    "MIT licence. The font is Inter (SIL Open Font License 1.1). Qt is used under the LGPL 3; its source "
    "is at code.qt.io. FFmpeg comes inside PyAV, under the terms at ffmpeg.org/legal.html."
)


class AboutDialog(Message):
    """Name, version, parts and licences; everything can be copied for a report."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("About GLPose Studio", "", parent=parent)
        self.add(_head())
        self.add(wrapped(WHAT))
        self.add(_parts())
        self.add(quiet(LICENCES))
        self.offer_copy(f"GLPose Studio {__version__}\n{versions()}")


def versions() -> str:
    """ "Python 3.11.7, PySide6 6.11.3, …" with the system's name."""
    *parts, (_, system) = parts_and_versions()
    return f"{', '.join(f'{name} {number}' for name, number in parts)}, on {system}"


def parts_and_versions() -> list[tuple[str, str]]:
    """What it is made of, by name and version; the system comes last."""
    parts = [("Python", platform.python_version())]
    for name, package in MADE_OF:
        try:
            parts.append((name, version(package)))
        except PackageNotFoundError:
            continue
    return [*parts, ("System", f"{platform.system()} {platform.release()}")]


def _parts() -> QWidget:
    """The parts in two columns of a quiet panel."""
    panel = QFrame()
    panel.setProperty("role", "card")
    grid = QGridLayout(panel)
    grid.setContentsMargins(12, 10, 12, 10)
    grid.setHorizontalSpacing(2 * GRID)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    grid.setColumnStretch(3, 1)
    parts = parts_and_versions()
    rows = -(-len(parts) // 2)
    for at, (name, number) in enumerate(parts):
        column, row = divmod(at, rows)
        label = QLabel(name)
        label.setProperty("role", "quiet")
        value = QLabel(number)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(label, row, 2 * column)
        grid.addWidget(value, row, 2 * column + 1)
    return panel


def _head() -> QWidget:
    head = QWidget()
    line = QHBoxLayout(head)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(2 * GRID)
    mark = QLabel()
    mark.setPixmap(app_icon().pixmap(QSize(64, 64)))
    line.addWidget(mark)
    words = QVBoxLayout()
    words.setSpacing(GRID // 2)
    words.addStretch(1)
    name = QLabel("GLPose Studio")
    name.setFont(title_font())
    words.addWidget(name)
    words.addWidget(quiet(f"version {__version__}"))
    words.addStretch(1)
    line.addLayout(words, 1)
    return head


def show_about(parent: QWidget | None = None) -> None:
    """Show the dialog."""
    dialog = AboutDialog(parent)
    dialog.exec()
    dialog.deleteLater()
