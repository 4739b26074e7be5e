"""Says what this is, which versions it runs on, and what it is made of."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from glpose_core import __version__

from ..theme import GRID, app_icon
from .form import medium, quiet, wrapped
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
        parts = QLabel(versions())
        parts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        parts.setWordWrap(True)
        self.add(parts)
        self.add(quiet(LICENCES))
        self.offer_copy(f"GLPose Studio {__version__}\n{versions()}")


def versions() -> str:
    """ "Python 3.11.7, PySide6 6.11.3, …" with the system's name."""
    parts = [f"Python {platform.python_version()}"]
    for name, package in MADE_OF:
        try:
            parts.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            continue
    return f"{', '.join(parts)}, on {platform.system()} {platform.release()}"


def _head() -> QWidget:
    head = QWidget()
    line = QHBoxLayout(head)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(2 * GRID)
    mark = QLabel()
    mark.setPixmap(app_icon().pixmap(QSize(64, 64)))
    line.addWidget(mark)
    words = QVBoxLayout()
    words.setSpacing(2)
    name = QLabel("GLPose Studio")
    name.setFont(medium())
    words.addWidget(name)
    words.addWidget(quiet(f"version {__version__}"))
    line.addLayout(words, 1)
    return head


def show_about(parent: QWidget | None = None) -> None:
    """Show the dialog."""
    dialog = AboutDialog(parent)
    dialog.exec()
    dialog.deleteLater()
