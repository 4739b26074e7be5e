"""Asks what to write into a file of labels, and shows what that would be while choosing."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from glpose_core.formats.occluded import Occluded
from glpose_core.labels import ProjectState
from glpose_core.labels.coverage import coverage_words, partly_words
from glpose_core.labels.schedule import scheduled_frames

from ..coverage import Coverage
from ..exporting import BUSY, Exporting
from ..session import Session
from ..theme import reading_font
from .exporting import (
    ExportChoices,
    contents,
    foretell_export,
    frames_of,
    may_export,
    wanted_frames,
)
from .form import Form, side_by_side, wrapped
from .ranges import RangeField, counted

OCCLUDED: tuple[tuple[str, Occluded], ...] = (
    ("Kept: position, marked as hidden", "keep"),
    ("Left out, as if absent", "drop"),
    ("Written as visible, as in PoseTrack’s own labels", "visible"),
)
WRITTEN = (
    ("PoseTrack18: one file for this video", "posetrack18"),
    ("COCO keypoints: for CVAT and other tools", "coco"),
)
JSON_FILTER = "Labels (*.json)"
SETTLE_MS = 120


class ExportDialog(Form):
    """The dialog of Export Labels."""

    def __init__(
        self,
        state: ProjectState,
        folder: Path,
        marked: tuple[int, int] | None = None,
        parent: QWidget | None = None,
        coverage: Coverage | None = None,
    ) -> None:
        """``coverage``: what checks whether anything is missing; ``None`` leaves that out."""
        super().__init__(
            "Export labels",
            "",
            "Export",
            parent,
        )
        self._state = state
        stem = Path(state.video.path).stem or "video"
        self._add_what()
        self._add_sequence(stem, marked)
        self.format = QComboBox()
        for text, name in WRITTEN:
            self.format.addItem(text, name)
        self.row("F&ormat", self.format)
        self.occluded = QComboBox()
        for text, value in OCCLUDED:
            self.occluded.addItem(text, value)
        self.row("&Hidden joints", self.occluded)
        self._add_file(folder / f"{stem}.json")
        self._coverage = coverage
        self._foretold: tuple[list[str], list[str]] = [], []
        self._accepting: NDArray[np.int64] | None = None
        self._add_coverage()
        for field in (self.sequence, self.format, self.occluded):
            field.setFont(reading_font())
            field.currentIndexChanged.connect(self._later)
        for button in (self.labels, self.predictions, self.accept_first, self.scheduled):
            button.setFont(reading_font())
            button.toggled.connect(self._later)
        for line in (self.name, self.path):
            line.setFont(reading_font())
            line.textChanged.connect(self._later)
        self.range.changed.connect(self._later)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self.update_now)
        found = contents(state, self.choices())
        if found.nothing_confirmed and found.predicted:
            self.predictions.setChecked(True)
        self.update_now()
        (self.labels if self.labels.isChecked() else self.predictions).setFocus()

    def _add_what(self) -> None:
        self.labels = QRadioButton("Labels: what you placed or accepted")
        self.accept_first = QCheckBox("Accept these frames as shown first")
        self.predictions = QRadioButton("Predictions: what the model said, uncorrected")
        self.labels.setChecked(True)
        self._indented = QWidget()
        line = side_by_side(self.accept_first)
        line.setContentsMargins(26, 0, 0, 0)
        self._indented.setLayout(line)
        self.row("&What", self.labels, self._indented, self.predictions)

    def _add_sequence(self, stem: str, marked: tuple[int, int] | None) -> None:
        self.sequence = QComboBox()
        for sequence in self._state.sequences:
            self.sequence.addItem(f"{sequence.name}, as imported", sequence.id)
        self.sequence.addItem("A new sequence", None)
        if self._state.sequences:
            self.row("&Sequence", self.sequence)
        self.name = QLineEdit(stem)
        self.row("&Name", self.name)
        self.range = RangeField(self._state.video.frames, marked)
        frames = scheduled_frames(self._state)
        count = 0 if frames is None else len(frames)
        self.scheduled = QCheckBox(f"Labels of the {counted(count)} that are scheduled alone")
        self.scheduled.setChecked(True)
        self.row("F&rames", self.range, *([] if frames is None else [self.scheduled]))

    def _add_file(self, path: Path) -> None:
        self.path = QLineEdit(str(path))
        self.browse = QPushButton("Choose…")
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._choose_file)
        line = side_by_side(self.path, self.browse)
        line.takeAt(line.count() - 1)
        self.row("Fi&le", line)

    def _add_coverage(self) -> None:
        """A line that says what is missing, and a button that leaves the export to see to it."""
        self.coverage_said = wrapped("Checking …")
        self.look_first = QPushButton("Show Them")
        self.look_first.setToolTip("Leave the export, and list what is missing beside the picture")
        self.look_first.setAutoDefault(False)
        self.look_first.hide()
        self.look_first.clicked.connect(lambda: self.done(LOOK_FIRST))
        if self._coverage is None:
            return
        line = QHBoxLayout()
        line.addWidget(self.coverage_said, 1)
        line.addWidget(self.look_first, 0)
        self.row("Missing", line)
        self._coverage.changed.connect(self._show_coverage)
        self._coverage.check()

    def _ask_coverage(self, choices: ExportChoices) -> None:
        """Look anew where other frames would be accepted first, or none any longer."""
        frames = wanted_frames(self._state, choices) if choices.accept_first else None
        same = (frames is None) == (self._accepting is None)
        if frames is not None and self._accepting is not None:
            same = np.array_equal(frames, self._accepting)
        if self._coverage is None or same:
            return
        self._accepting = frames
        if frames is None:
            self._coverage.check()
        else:
            self._coverage.foresee(frames)

    def _show_coverage(self) -> None:
        labels, accepted = self.labels.isChecked(), self.choices().accept_first
        found = None
        if self._coverage is not None:
            found = self._coverage.foreseen if accepted else self._coverage.found
        if found is not None:
            start, stop = frames_of(self._state, self.choices())
            found = [one for one in found if start <= one.frame < stop]
        self.look_first.setVisible(bool(found) and labels)
        partly = partly_words(found or ()) if labels else ""
        sentences, warnings = self._foretold
        self.note(sentences, [*warnings, partly] if partly else warnings)
        if not labels:
            self.coverage_said.setText("Counts for labels alone")
        elif found is None:
            self.coverage_said.setText("Checking …")
        else:
            words = coverage_words(found) + (" after accepting" if accepted else "")
            self.coverage_said.setText(words[:1].upper() + words[1:])

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Export to", self.path.text(), JSON_FILTER, options=NO_QUESTION
        )
        if name:
            self.path.setText(name if Path(name).suffix else f"{name}.json")

    def choices(self) -> ExportChoices:
        """What is chosen now."""
        start, stop = self.range.value()
        return ExportChoices(
            path=Path(self.path.text().strip()).expanduser(),
            what="predictions" if self.predictions.isChecked() else "labels",
            name=self.name.text(),
            start=start,
            stop=stop,
            sequence=self.sequence.currentData(),
            occluded=self.occluded.currentData(),
            accept_first=self.labels.isChecked() and self.accept_first.isChecked(),
            scheduled=self.scheduled.isChecked(),
            format=self.format.currentData(),
        )

    def _later(self) -> None:
        self._settle.start()

    def update_now(self) -> None:
        """Say what would be written with the present choices."""
        self._settle.stop()
        choices = self.choices()
        own = choices.sequence is None
        self.name.setEnabled(own)
        self.range.setEnabled(own)
        for box in (self.accept_first, self.scheduled):
            box.setEnabled(self.labels.isChecked())
        sentences, warnings = foretell_export(self._state, choices)
        named = bool(self.path.text().strip()) and not choices.path.is_dir()
        if not named:
            warnings.append("Choose a file to write.")
        elif choices.path.exists():
            warnings.append(f"{choices.path.name} is there already and will be replaced.")
        elif not choices.path.absolute().parent.is_dir():
            warnings.append(f"There is no folder {choices.path.absolute().parent}.")
            named = False
        self._foretold = sentences, warnings
        self.allow(named and may_export(self._state, choices))
        self._ask_coverage(choices)
        self._show_coverage()

    def accept(self) -> None:
        """Take the choices as they are now, not as they were when the note was last updated."""
        self.update_now()
        if self.do.isEnabled():
            super().accept()


NO_QUESTION = QFileDialog.Option.DontConfirmOverwrite
"""The dialog itself says that a file will be replaced."""


LOOK_FIRST = 2
"""The dialog's answer where somebody wants to see what is missing."""


class Outcome(Enum):
    """How the command ended."""

    BEGUN = "begun"
    LOOK_FIRST = "look first"
    NOTHING = "nothing"


def export_with_dialog(
    session: Session,
    exporting: Exporting,
    coverage: Coverage | None = None,
    parent: QWidget | None = None,
) -> Outcome:
    """The command: ask, and have the file written, of which ``exporting`` tells the end."""
    session.settle()
    project = session.project
    if project is None:
        return Outcome.NOTHING
    if exporting.running:
        session.notice("info", BUSY)
        return Outcome.NOTHING
    folder = Path(project.path).parent
    dialog = ExportDialog(project.state, folder, session.marked, parent, coverage)
    try:
        answer = dialog.exec()
        choices = dialog.choices()
    finally:
        dialog.deleteLater()
    if answer != ExportDialog.DialogCode.Accepted:
        return Outcome.LOOK_FIRST if answer == LOOK_FIRST else Outcome.NOTHING
    return Outcome.BEGUN if exporting.start(choices) else Outcome.NOTHING
