"""The field that chooses what finds people: those that are installed, and files of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from glpose_core.people.find import DEFAULT_DETECTOR, ONNX

TITLES = {
    "finder": "Built-in finder",
    "hog": "HOG (OpenCV)",
    "torchvision": "torchvision",
}
FILE = "ONNX file…"
FILE_FILTER = "Detectors (*.onnx)"
FILE_TIP = "A detector of your own: YOLOX, RTMDet or RT-DETR, exported as ONNX"


class DetectorField(QComboBox):
    """Names the finders of people; the last entry asks for a file, which is offered from then on.

    Attributes:
        refusal: why the file that was named last is not offered, as a sentence; "" where nothing was refused.
    """

    refused = Signal()
    """``refusal`` says something else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self._files: list[str] = []
        self._before = DEFAULT_DETECTOR
        self.refusal = ""
        self.setAccessibleName("Finder of people")
        self.setToolTip("What finds people in a frame")
        self.offer((DEFAULT_DETECTOR,))
        self.activated.connect(self._activated)

    @property
    def value(self) -> str:
        """What is chosen: a detector's name, or a file."""
        return str(self.currentData() or self._before)

    def offer(self, names: Sequence[str]) -> None:
        """Offer these besides the files; what was chosen stays so if it is still there."""
        chosen = self.value
        self._names = list(names)
        self._fill()
        self.choose(chosen)

    def choose(self, value: str) -> None:
        """Choose a name that is offered, or an ONNX file that is there; anything else changes nothing."""
        if value.lower().endswith(ONNX) and value not in self._files and Path(value).is_file():
            self._files.append(value)
            self._fill()
        at = self.findData(value)
        if at >= 0:
            self._before = value
            self.setCurrentIndex(at)

    def _fill(self) -> None:
        with QSignalBlocker(self):
            self.clear()
            for name in self._names:
                self.addItem(TITLES.get(name, name), name)
            for file in self._files:
                self.addItem(Path(file).name, file)
            self.addItem(FILE, None)
            self.setItemData(self.count() - 1, FILE_TIP, Qt.ItemDataRole.ToolTipRole)
            self.setCurrentIndex(max(self.findData(self._before), 0))

    def _activated(self, row: int) -> None:
        self._refuse("")
        if self.itemData(row) is not None:
            self._before = str(self.itemData(row))
            return
        self.setCurrentIndex(max(self.findData(self._before), 0))
        name, _ = QFileDialog.getOpenFileName(self, "Choose a detector", "", FILE_FILTER)
        if not name:
            return
        self.choose(name)
        if self.value != name:
            self._refuse(why_not(Path(name)))

    def _refuse(self, sentence: str) -> None:
        if sentence != self.refusal:
            self.refusal = sentence
            self.refused.emit()


def why_not(path: Path) -> str:
    """Why a file is no detector, as a sentence."""
    kept = "the finder of people stays as it was"
    if not path.is_file():
        return f"There is no file {path}: {kept}."
    return f"{path.name} does not end in {ONNX}, as detectors of your own do: {kept}."
