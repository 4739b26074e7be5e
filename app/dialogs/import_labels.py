"""Asks how to bring a file of labels into the project, and shows what that would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QLabel,
    QProgressBar,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from glpose_core.labels import Project

from ..durations import time_left
from ..file_work import SHOWN_AFTER_MS, Progress
from ..label_file import LabelFile
from ..naming import plain_tip
from ..theme import GRID, reading_font
from .form import Form, wrapped
from .importing import ImportChoices

if TYPE_CHECKING:
    from ..importing import Importing

LABELS_FILTER = "PoseTrack or COCO labels (*.json *.mat)"


class Work(QWidget):
    """How far something is: a bar, and words below it."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.words = wrapped("")
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(GRID // 2)
        lines.addWidget(self.bar)
        lines.addWidget(self.words)

    def say(self, progress: Progress) -> None:
        """Show it."""
        done, total = progress.done, progress.total
        self.bar.setRange(
            0, total
        )  # from 0 to 0: a bar that only says that something is being done
        self.bar.setValue(done)
        words = (
            f"{progress.title} {done:,} of {total:,} records" if total else f"{progress.title} …"
        )
        if progress.seconds_left is not None:
            words += f" · {time_left(progress.seconds_left)} left"
        self.words.setText(words)


class ImportDialog(Form):
    """The dialog of Import Labels, for a file that is being read, or was.

    It can be answered once the file is read and what the choices bring in is worked out. Leaving it changes nothing,
    whatever goes on.
    """

    def __init__(self, file: LabelFile, parent: QWidget | None = None) -> None:
        super().__init__("Import labels", "", "Import", parent)
        self._file = file
        self._foretold_for: ImportChoices | None = None
        name = QLabel(file.path.name)
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setToolTip(plain_tip(str(file.path)))
        name.setFont(reading_font())
        self.row("File", name)
        self.labels = QRadioButton("Labels: a person made or checked them")
        self.predictions = QRadioButton("Predictions: a model made them")
        self.row("&As", self.labels, self.predictions)
        self.match = QRadioButton("Give them to people who are there already, where they fit")
        self.add_people = QRadioButton("Everybody is somebody new")
        self.row("&People", self.match, self.add_people)
        self.keep = QRadioButton("Keep what I labelled")
        self.replace = QRadioButton("Replace it with what the file says")
        self.row("&My labels", self.keep, self.replace)
        self._separate(self.labels, self.predictions)
        self._separate(self.match, self.add_people)
        self._separate(self.keep, self.replace)
        for button in (self.labels, self.match, self.keep):
            button.setChecked(True)
            button.toggled.connect(self._ask)
        self.work = Work()
        self.work.hide()
        self.add(self.work)
        self._patience = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._patience.timeout.connect(self._show_work)
        self.allow(False)
        self._show_possible()
        file.progress.connect(self.work.say)
        file.read.connect(self._begin)
        file.foretold.connect(self._foretell)
        file.refused.connect(self._refuse)
        file.closed.connect(self.reject)
        if file.refusal:
            self._refuse(file.refusal)
        elif file.reading is not None:
            self._begin()
        else:
            self.note(["Reading it …"])
            self._wait("Reading")

    def _separate(self, *buttons: QRadioButton) -> None:
        """Radio buttons of one row exclude one another, and nobody else."""
        group = QButtonGroup(self)
        for button in buttons:
            button.setFont(reading_font())
            group.addButton(button)

    def choices(self) -> ImportChoices:
        """What is chosen now."""
        return ImportChoices(
            self._file.path,
            "labels" if self.labels.isChecked() else "predictions",
            "match" if self.match.isChecked() else "add",
            "keep" if self.keep.isChecked() else "replace",
        )

    def _begin(self) -> None:
        """The file was read: ask."""
        reading = self._file.reading
        assert reading is not None
        usual = self.predictions if reading.scored else self.labels
        self._show_possible()
        usual.setChecked(True)
        usual.setFocus()
        self._ask()

    def _ask(self) -> None:
        """Have it worked out what the present choices would change."""
        choices = self.choices()
        self._show_possible()
        if self._file.reading is None or choices == self._foretold_for:
            return
        self._foretold_for = choices
        self.allow(False)
        self._wait("Comparing")
        self._file.choose(choices)

    def _foretell(self) -> None:
        self._rest()
        prepared = self._file.prepared
        if prepared is not None:
            self.note(prepared.foretold.sentences, prepared.foretold.warnings)
            self.allow(prepared.foretold.possible)

    def _refuse(self, sentence: str) -> None:
        self._rest()
        self._show_possible()
        path = self._file.path  # in full where the pointer rests on the file's name, and in the log
        self.note([], [sentence.replace(str(path), path.name)])
        self.allow(False)
        self.leave.setText("Close")
        self.leave.setFocus()

    def _show_possible(self) -> None:
        """Only what can be chosen now can be chosen."""
        read = self._file.reading is not None and not self._file.refusal
        choices = self.choices()
        for button in (self.labels, self.predictions, self.match, self.add_people):
            button.setEnabled(read)
        for button in (self.keep, self.replace):
            button.setEnabled(read and choices.what == "labels" and choices.people == "match")

    def _wait(self, title: str) -> None:
        self.work.say(Progress(title))
        self._patience.start()

    def _show_work(self) -> None:
        """It takes longer: say so, in place of what was said for other choices."""
        self.note([])
        self.work.show()

    def _rest(self) -> None:
        self._patience.stop()
        self.work.hide()


def choose_labels(project: Project, parent: QWidget | None = None) -> Path | None:
    """Ask which file to import."""
    folder = str(Path(project.path).parent)
    name, _ = QFileDialog.getOpenFileName(parent, "Import Labels", folder, LABELS_FILTER)
    return Path(name) if name else None


def import_with_dialog(importing: Importing, path: Path, parent: QWidget | None = None) -> bool:
    """Have a file read, ask how to import it, and have that done, of which ``importing`` tells the end. Returns
    whether it has begun."""
    file = importing.read(path)
    if file is None:
        return False
    dialog = ImportDialog(file, parent)
    try:
        accepted = dialog.exec() == ImportDialog.DialogCode.Accepted
        choices = dialog.choices()
    finally:
        dialog.deleteLater()
    if accepted:
        importing.accept(choices)
    else:
        importing.leave()
    return accepted
