"""Asks how to bring a file of labels into the project, and shows what that would change."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QButtonGroup, QFileDialog, QLabel, QRadioButton, QWidget

from glpose_core.errors import GLPoseError
from glpose_core.labels import Project, ProjectState

from ..session import Session
from ..theme import reading_font
from .form import Form
from .importing import ImportChoices, Reading, foretell_import, import_file, read

LABELS_FILTER = "PoseTrack or COCO labels (*.json *.mat)"


class ImportDialog(Form):
    """The dialog of Import Labels, for a file that was read already."""

    def __init__(
        self, state: ProjectState, reading: Reading, parent: QWidget | None = None
    ) -> None:
        super().__init__("Import labels", "", "Import", parent)
        self._state, self._reading = state, reading
        name = QLabel(reading.path.name)
        name.setToolTip(str(reading.path))
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
        (self.predictions if reading.scored else self.labels).setChecked(True)
        self.match.setChecked(True)
        self.keep.setChecked(True)
        for button in (self.labels, self.match, self.keep):
            button.toggled.connect(self._update)
        self._update()
        (self.predictions if reading.scored else self.labels).setFocus()

    def _separate(self, *buttons: QRadioButton) -> None:
        """Radio buttons of one row exclude one another, and nobody else."""
        group = QButtonGroup(self)
        for button in buttons:
            button.setFont(reading_font())
            group.addButton(button)

    def choices(self) -> ImportChoices:
        """What is chosen now."""
        return ImportChoices(
            self._reading.path,
            "labels" if self.labels.isChecked() else "predictions",
            "match" if self.match.isChecked() else "add",
            "keep" if self.keep.isChecked() else "replace",
        )

    def _update(self) -> None:
        choices = self.choices()
        for button in (self.keep, self.replace):
            button.setEnabled(choices.what == "labels" and choices.people == "match")
        foretold = foretell_import(self._state, self._reading, choices)
        self.note(foretold.sentences, foretold.warnings)
        self.allow(foretold.possible)


def ask_import(
    state: ProjectState, reading: Reading, parent: QWidget | None = None
) -> ImportChoices | None:
    """Ask how to import a file that was read."""
    dialog = ImportDialog(state, reading, parent)
    try:
        return dialog.choices() if dialog.exec() == ImportDialog.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()


def choose_labels(project: Project, parent: QWidget | None = None) -> Path | None:
    """Ask which file to import."""
    folder = str(Path(project.path).parent)
    name, _ = QFileDialog.getOpenFileName(parent, "Import Labels", folder, LABELS_FILTER)
    return Path(name) if name else None


def import_with_dialog(session: Session, path: Path, parent: QWidget | None = None) -> bool:
    """Read a file, ask how to import it, and do it. Returns whether something was imported."""
    session.settle()
    project = session.project
    if project is None:
        return False
    try:
        video = None if session.info is None else Path(session.info.path)
        reading = read(project.state, path, video)
        choices = ask_import(project.state, reading, parent)
        if choices is None:
            return False
        session.notice("info", import_file(project, reading, choices))
    except GLPoseError as error:
        session.notice("error", str(error))
        return False
    return True
