"""A field for a range of frames: the whole clip, the marked range, or two numbers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QVBoxLayout, QWidget

from ..theme import GRID, reading_font
from .form import side_by_side


class RangeField(QWidget):
    """Chooses frames of a clip. Shown numbers are first and last frame; values are half open."""

    changed = Signal()

    def __init__(self, frames: int, marked: tuple[int, int] | None = None) -> None:
        """``frames``: how many the clip has. ``marked``: (start, stop) marked on the timeline."""
        super().__init__()
        self._frames, self._marked = frames, marked
        self._choice = QComboBox()
        self._choice.setFont(reading_font())
        self._choice.addItem(f"The whole clip, {counted(frames)}", "all")
        if marked is not None:
            start, stop = marked
            self._choice.addItem(f"The marked range, {spoken(start, stop)}", "marked")
        self._choice.addItem("From … to …", "other")
        self.first, self.last = number_field(frames - 1), number_field(frames - 1)
        self.first.setAccessibleName("First frame")
        self.last.setAccessibleName("Last frame")
        start, stop = marked or (0, frames)
        self.first.setValue(start)
        self.last.setValue(stop - 1)
        self._count = QLabel()
        self._count.setProperty("role", "quiet")
        self._numbers = QWidget()
        line = side_by_side(self.first, "to", self.last, self._count)
        line.setContentsMargins(0, 0, 0, 0)
        self._numbers.setLayout(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self._choice)
        column.addWidget(self._numbers)
        self.setFocusProxy(self._choice)
        if marked is not None:
            self._choice.setCurrentIndex(1)
        self._choice.currentIndexChanged.connect(self._update)
        self.first.valueChanged.connect(self._update)
        self.last.valueChanged.connect(self._update)
        self._update()

    def value(self) -> tuple[int, int]:
        """(start, stop), half open; empty if the last frame lies before the first."""
        kind = self._choice.currentData()
        if kind == "all":
            return 0, self._frames
        if kind == "marked" and self._marked is not None:
            return self._marked
        return self.first.value(), self.last.value() + 1

    def choose(self, start: int, stop: int) -> None:
        """Set the frames ``start`` … ``stop`` − 1."""
        whole = (start, stop) == (0, self._frames)
        kind = "all" if whole else "marked" if (start, stop) == self._marked else "other"
        self._choice.setCurrentIndex(self._choice.findData(kind))
        self.first.setValue(start)
        self.last.setValue(stop - 1)

    def _update(self) -> None:
        self._numbers.setVisible(self._choice.currentData() == "other")
        start, stop = self.value()
        self._count.setText(counted(stop - start) if stop > start else "")
        self.changed.emit()


def number_field(most: int) -> QSpinBox:
    """A field for a whole number from 0 to ``most``."""
    spin = QSpinBox()
    spin.setRange(0, max(most, 0))
    spin.setFont(reading_font())
    spin.setMinimumWidth(88)
    spin.lineEdit().setTextMargins(6, 0, 0, 0)
    return spin


def counted(frames: int) -> str:
    """ "1 frame", "230 frames"."""
    return "1 frame" if frames == 1 else f"{frames} frames"


def spoken(start: int, stop: int) -> str:
    """ "frame 7", "frames 40–79"."""
    return f"frame {start}" if stop - start == 1 else f"frames {start}–{stop - 1}"
