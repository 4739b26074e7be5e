"""How many crops GLPose compares: two numbers, once it is known how much room the weights have for them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSpinBox, QWidget

from ..theme import reading_font
from ..workers.inventory import Weights
from .form import side_by_side

Asked = tuple[int | None, int | None]
"""Frames each way and similar crops; ``None`` is all that the weights have room for."""
ALL: Asked = (None, None)


class References(QWidget):
    """Two numbers; one sentence in their place while they are not known, or where there is nothing to choose.

    Attributes:
        k, n: the fields of the numbers.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.k, self.n = QSpinBox(), QSpinBox()
        self.k.setAccessibleName("Frames before and after")
        self.n.setAccessibleName("Similar crops elsewhere")
        self._numbers = QWidget()
        line = side_by_side(self.k, "frames each way,", self.n, "similar crops")
        line.setContentsMargins(0, 0, 0, 0)
        self._numbers.setLayout(line)
        self._sentence = QLabel()
        self._sentence.setObjectName("references")
        self._sentence.setProperty("role", "quiet")
        both = side_by_side(self._numbers, self._sentence)
        both.setContentsMargins(0, 0, 0, 0)
        self.setLayout(both)
        self._known, self._last = False, ALL
        for box in (self.k, self.n):
            box.setFont(reading_font())
            box.setMinimumWidth(68)
            box.setAlignment(Qt.AlignmentFlag.AlignCenter)
            box.valueChanged.connect(self.changed)
        self._sentence.setFont(reading_font())
        # What takes its place later is as high, so that nothing below moves.
        self.setMinimumHeight(self.k.sizeHint().height())
        self.setFocusProxy(self.k)

    def fit(self, weights: Weights | None, last: Asked = ALL) -> None:
        """Give the numbers the room that the chosen weights have: all of it, or what was asked of them last.

        ``weights`` is ``None``, or names no network, while they have not been looked into.
        """
        self._last = last
        self._known = weights is not None and bool(weights.network or not weights.several_frames)
        most = (weights.k, weights.n) if weights is not None and self._known else (0, 0)
        for box, room, asked in zip((self.k, self.n), most, last, strict=True):
            box.blockSignals(True)
            box.setRange(0, room)
            box.setValue(room if asked is None else asked)
            box.setEnabled(room > 0)
            box.blockSignals(False)
        self._numbers.setVisible(any(most))
        self._sentence.setVisible(not any(most))
        self._sentence.setText(self._words())
        self.changed.emit()

    def _words(self) -> str:
        if self._known:
            return "None: this model looks at each frame alone"
        frames, crops = self._last
        if frames is None and crops is None:
            return "As many as the model has room for"
        said = [
            "all frames" if frames is None else f"{frames} frame{'' if frames == 1 else 's'}",
            "all similar crops"
            if crops is None
            else f"{crops} similar crop{'' if crops == 1 else 's'}",
        ]
        return f"As last time: {said[0]} each way, {said[1]}"

    def asked(self) -> Asked:
        """What is chosen now."""
        if not self._known:
            return self._last
        k, n = (None if box.value() == box.maximum() else box.value() for box in (self.k, self.n))
        return k, n
