"""Asks which frame to go to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QLineEdit, QWidget

from ..theme import reading_font
from .form import Form
from .places import clock, find_place

HINT = "A frame (120), a time (0:04.2 or 4.2 s), a share (50 %), or a step (+25)."


class JumpDialog(Form):
    """One line for a frame, a time, a share or a step; says live which frame that is."""

    def __init__(
        self, frame: int, times: NDArray[np.float64], parent: QWidget | None = None
    ) -> None:
        super().__init__("Go to frame", action="Go", parent=parent)
        self._frame, self._times = frame, times
        self.place = QLineEdit(str(frame))
        self.place.setFont(reading_font())
        self.place.selectAll()
        self.place.textChanged.connect(self._update)
        self.row("&Go to", self.place, aside=HINT)
        self._update()
        self.place.setFocus()

    def choice(self) -> int | None:
        """The frame that is meant now, or ``None``."""
        return find_place(self.place.text(), self._frame, self._times)

    def _update(self) -> None:
        found = self.choice()
        self.allow(found is not None)
        self.place.setProperty("invalid", found is None and bool(self.place.text().strip()))
        self.place.style().polish(self.place)
        if found is None:
            self.note([], ["That is no frame of this clip."])
            return
        at = clock(max(float(self._times[found] - self._times[0]), 0.0))
        self.note([f"Frame {found} of 0–{len(self._times) - 1}, {at} from the start"])


def ask_frame(frame: int, times: NDArray[np.float64], parent: QWidget | None = None) -> int | None:
    """Ask for a frame. ``times``: seconds of each frame, ``[frames]``."""
    dialog = JumpDialog(frame, times, parent)
    try:
        return dialog.choice() if dialog.exec() == JumpDialog.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()
