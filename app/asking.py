"""Small questions that belong to no panel: a range of frames."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from .dialogs.form import Form
from .dialogs.ranges import RangeField


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
