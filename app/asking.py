"""Small questions that belong to no panel: a range of frames, the length of a long step."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox, QWidget

from .dialogs.form import Form
from .dialogs.ranges import RangeField
from .shortcuts import spelled


class RangeDialog(Form):
    """Asks for a range of frames."""

    def __init__(
        self,
        title: str,
        intro: str,
        action: str,
        frames: int,
        marked: tuple[int, int] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, intro, action, parent)
        self.range = RangeField(frames, marked)
        self.row("&Frames", self.range)
        self.range.changed.connect(self._check)
        self._check()
        self.range.setFocus()

    def _check(self) -> None:
        start, stop = self.range.value()
        self.allow(start < stop)


def ask_range(
    title: str,
    intro: str,
    action: str,
    frames: int,
    marked: tuple[int, int] | None = None,
    parent: QWidget | None = None,
) -> tuple[int, int] | None:
    """Ask for frames; returns (start, stop), stop excluded, or ``None``."""
    dialog = RangeDialog(title, intro, action, frames, marked, parent)
    try:
        return dialog.range.value() if dialog.exec() == RangeDialog.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()


class StepDialog(Form):
    """Asks how many frames a long step has."""

    def __init__(self, frames: int, parent: QWidget | None = None) -> None:
        super().__init__(
            "Length of the long step",
            spelled(
                "For those who label every fourth frame, say: `Shift+D` goes on by so many frames, and "
                "`Shift+E` takes the pose along."
            ),
            "Set",
            parent,
        )
        self.length = QSpinBox()
        self.length.setRange(1, 9999)
        self.length.setValue(frames)
        self.length.selectAll()
        self.row("&Frames", self.length)


def ask_step(frames: int, parent: QWidget | None = None) -> int | None:
    """Ask for the frames of a long step (now ``frames``); ``None`` leaves it."""
    dialog = StepDialog(frames, parent)
    try:
        return dialog.length.value() if dialog.exec() == StepDialog.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()
