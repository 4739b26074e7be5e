"""Importing in the window: it lives on meanwhile, and what comes in is one step of Undo, or nothing."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QLabel

import app.importing as importing_module
import app.label_file as label_file_module
from app import turns
from app.dialogs.exporting import ExportChoices, export
from app.dialogs.import_labels import ImportDialog
from app.dialogs.importing import Comparison, ImportChoices, read
from app.importing import BUSY, CANCELLED
from app.label_file import LabelFile
from glpose_core.labels import Source, edits
from glpose_core.labels.turns import sliced

from .conftest import Dialogs, Studio, wait_for

ACCEPTED, REJECTED = int(QDialog.DialogCode.Accepted), int(QDialog.DialogCode.Rejected)


@pytest.fixture
def labels(crowd: Studio, tmp_path: Path) -> Path:
    """Both people in all 40 frames, accepted; the project itself is as it was before."""
    project, path = crowd.session.project, tmp_path / "walk.json"
    assert project is not None
    export(project, ExportChoices(path, "labels", "walk", 0, 40, accept_first=True))
    project.undo()
    return path


def ready(dialog: ImportDialog) -> bool:
    """Whether it can be answered."""
    prepared = dialog._file.prepared
    return prepared is not None and prepared.choices == dialog.choices()


def take(dialog: ImportDialog) -> int:
    """Import it as it is proposed."""
    wait_for(lambda: ready(dialog), "what would change")
    assert dialog.do.isEnabled()
    return ACCEPTED


def imported(studio: Studio) -> bool:
    return any(said.startswith("Imported ") for _, said in studio.notices)


def seen(studio: Studio) -> bytes:
    project = studio.session.project
    assert project is not None
    state = project.state
    return state.seen([person.id for person in state.people()]).tobytes() + bytes(state.reviewed)


@pytest.fixture
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One short turn after the other."""
    monkeypatch.setattr(turns, "TURN_SECONDS", -1.0)
    monkeypatch.setattr(importing_module, "sliced", lambda changes: sliced(changes, 20))


def accept(studio: Studio, path: Path) -> ImportChoices:
    """Read a file, and have it imported as proposed."""
    importing, choices = studio.window.importing, ImportChoices(path)
    file = importing.read(path)
    assert file is not None
    wait_for(lambda: file.reading is not None, "the file")
    file.choose(choices)
    wait_for(lambda: file.prepared is not None, "what it brings")
    importing.accept(choices)
    return choices


def test_a_file_comes_in_as_one_step(crowd: Studio, dialogs: Dialogs, labels: Path) -> None:
    before, made = seen(crowd), crowd.edits
    dialogs.answer("ImportDialog", take)
    crowd.window.commands.import_labels_from(labels)
    wait_for(lambda: imported(crowd), "the end")
    assert crowd.notices[-1] == ("info", "Imported 80 poses from walk.json.")
    assert crowd.edits == made + 1
    assert crowd.pose(1, 7)["source"][0] == Source.PLACED
    assert crowd.session.undo_title == "Import labels"
    assert not crowd.window.importing.running
    crowd.session.undo()
    wait_for(lambda: crowd.edits == made, "the way back")
    assert seen(crowd) == before


def test_nothing_is_read_or_compared_on_the_windows_thread(
    crowd: Studio, dialogs: Dialogs, labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: dict[str, threading.Thread] = {}

    def reading(*values):
        where["read"] = threading.current_thread()
        return read(*values)

    def preparing(self, *values):
        where["prepare"] = threading.current_thread()
        return prepare(self, *values)

    prepare = Comparison.prepare
    monkeypatch.setattr(label_file_module, "read", reading)
    monkeypatch.setattr(Comparison, "prepare", preparing)
    dialogs.answer("ImportDialog", take)
    crowd.window.commands.import_labels_from(labels)
    wait_for(lambda: imported(crowd), "the end")
    assert set(where) == {"read", "prepare"}
    assert threading.main_thread() not in where.values()


def test_a_refused_file_is_one_sentence_and_loses_nothing(
    crowd: Studio, dialogs: Dialogs, labels: Path, caplog: pytest.LogCaptureFixture
) -> None:
    document = json.loads(labels.read_text())
    document["images"][3]["file_name"] = "images/walk/000099.jpg"
    document["images"][3]["frame_index"] = 99
    labels.write_text(json.dumps(document))
    before, made = seen(crowd), crowd.edits
    said = []

    def look(dialog: ImportDialog) -> int:
        wait_for(lambda: dialog._file.refusal, "the refusal")
        said.append(dialog.said)
        assert not dialog.do.isEnabled()
        assert not dialog.labels.isEnabled()
        assert not dialog.work.isVisibleTo(dialog)
        assert dialog.leave.text() == "Close"
        return REJECTED

    dialogs.answer("ImportDialog", look)
    crowd.window.commands.import_labels_from(labels)
    [sentence] = said
    assert sentence.startswith("walk.json: images[3]"), (
        "the folder is known: the file was just chosen"
    )
    assert "\n" not in sentence
    assert f"{labels}: images[3]" in caplog.text
    assert (seen(crowd), crowd.edits) == (before, made)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Reading stands still with the first records until this is set, and tells of them."""
    passed = threading.Event()

    def slowly(state, path, video, watch):
        watch(500, 2000)
        assert passed.wait(10)
        watch(2000, 2000)
        return read(state, path, video, watch)

    monkeypatch.setattr(label_file_module, "read", slowly)
    monkeypatch.setattr("app.workers.aside.TOLD_S", 0.0)
    return passed


def test_it_can_be_left_while_it_is_read(
    crowd: Studio, dialogs: Dialogs, labels: Path, slow: threading.Event
) -> None:
    made = crowd.edits

    def leave(dialog: ImportDialog) -> int:
        wait_for(lambda: "500 of 2,000" in dialog.work.words.text(), "how far it is")
        wait_for(lambda: dialog.work.isVisibleTo(dialog), "the bar")
        assert not dialog.do.isEnabled()
        return REJECTED

    dialogs.answer("ImportDialog", leave)
    crowd.window.commands.import_labels_from(labels)
    crowd.go_to(5)
    slow.set()
    importing = crowd.window.importing
    wait_for(lambda: not importing.findChildren(LabelFile), "the end of the thread")
    assert crowd.edits == made
    assert not crowd.notices
    dialogs.answer("ImportDialog", take)
    crowd.window.commands.import_labels_from(labels)
    wait_for(lambda: imported(crowd), "another one")


def test_the_project_may_be_closed_while_a_file_is_read(
    crowd: Studio, dialogs: Dialogs, labels: Path, slow: threading.Event
) -> None:
    gone = []

    def close(dialog: ImportDialog) -> int:
        dialog.finished.connect(gone.append)
        wait_for(lambda: "500 of 2,000" in dialog.work.words.text(), "how far it is")
        slow.set()
        crowd.session.close()
        return REJECTED

    dialogs.answer("ImportDialog", close)
    crowd.window.commands.import_labels_from(labels)
    assert gone == [REJECTED], "nobody is asked about a project that is closed"
    assert not crowd.notices


@pytest.mark.parametrize("meanwhile", ["a joint is moved", "somebody new comes"])
def test_what_has_changed_since_it_was_compared_is_heeded(
    crowd: Studio, dialogs: Dialogs, labels: Path, meanwhile: str
) -> None:
    """A prediction that runs may bring people, and the keys of the window may be held by a script."""
    made = crowd.edits
    project = crowd.session.project
    assert project is not None

    def take_late(dialog: ImportDialog) -> int:
        if meanwhile == "somebody new comes":
            dialog.add_people.setChecked(True)
        wait_for(lambda: ready(dialog), "what would change")
        if meanwhile == "a joint is moved":
            crowd.session.apply(lambda state: edits.move_joint(state, 1, 7, 3, (1.0, 2.0)))
        else:
            project.add_tracks(project.state.active_run, {2: None})
        return ACCEPTED

    dialogs.answer("ImportDialog", take_late)
    crowd.window.commands.import_labels_from(labels)
    wait_for(lambda: imported(crowd), "the end")
    if meanwhile == "a joint is moved":
        assert crowd.pose(1, 7)["xy"][3].tolist() == [1.0, 2.0]
        assert crowd.notices[-1][1] == "Imported 79 poses from walk.json."
        assert crowd.edits == made + 2
    else:
        assert [person.id for person in project.state.people()] == [1, 2, 4, 5], "nobody is two"


@pytest.mark.usefixtures("in_small_parts")
def test_a_cancelled_import_leaves_the_project_as_it_was(crowd: Studio, labels: Path) -> None:
    before, made = seen(crowd), crowd.edits
    accept(crowd, labels)
    importing = crowd.window.importing
    assert importing.running
    assert importing.read(labels) is None
    assert crowd.notices[-1] == ("info", BUSY)
    assert seen(crowd) != before
    importing.cancel()
    wait_for(lambda: not importing.running, "the way back")
    assert crowd.notices[-1] == ("info", CANCELLED)
    assert (seen(crowd), crowd.edits) == (before, made)
    accept(crowd, labels)
    wait_for(lambda: imported(crowd), "the same again")
    assert crowd.edits == made + 1


@pytest.mark.usefixtures("in_small_parts")
def test_what_is_edited_meanwhile_comes_after_it(crowd: Studio, labels: Path) -> None:
    made = crowd.edits
    accept(crowd, labels)
    crowd.session.apply(lambda state: edits.move_joint(state, 1, 39, 3, (1.0, 2.0)))
    assert imported(crowd)
    assert crowd.edits == made + 2
    crowd.session.undo()
    assert crowd.session.undo_title == "Import labels"


@pytest.mark.usefixtures("in_small_parts")
def test_closing_asks_and_takes_back_what_has_come_in(
    crowd: Studio, dialogs: Dialogs, labels: Path, video: Path
) -> None:
    accept(crowd, labels)
    asked: list[str] = []

    def leave(dialog: QDialog) -> int:
        asked.extend(label.text() for label in dialog.findChildren(QLabel))
        return 1

    dialogs.answer("Question", leave)
    crowd.window.bound["close_project"].trigger()
    assert any("A file is being imported." in said for said in asked), asked
    assert crowd.session.project is None
    assert ("info", CANCELLED) in crowd.notices
    crowd.open(video)
    assert crowd.session.project is not None
    assert not crowd.session.project.state.reviewed
    assert not len(crowd.session.project.state.labels)


@pytest.mark.parametrize("ends", ["done", "cancelled"])
def test_predictions_come_in_as_a_run(
    crowd: Studio, labels: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", -1.0)
    monkeypatch.setattr("glpose_core.labels.project.PART", 20)
    before, project, importing = seen(crowd), crowd.session.project, crowd.window.importing
    assert project is not None
    shown = project.state.active_run
    file = importing.read(labels)
    assert file is not None
    wait_for(lambda: file.reading is not None, "the file")
    choices = ImportChoices(labels, what="predictions")
    file.choose(choices)
    wait_for(lambda: file.prepared is not None, "what it brings")
    importing.accept(choices)
    assert importing.running
    if ends == "cancelled":
        importing.cancel()
        wait_for(lambda: not importing.running, "the way back")
        assert crowd.notices[-1] == ("info", CANCELLED)
    else:
        wait_for(lambda: imported(crowd), "the end")
        assert crowd.notices[-1][1] == "Imported 80 poses as predictions from walk.json."
        assert project.state.active_run != shown
        crowd.session.undo()
        wait_for(lambda: project.state.active_run == shown, "the way back")
    assert seen(crowd) == before


def test_a_project_that_is_only_read_says_so(
    crowd: Studio, labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = crowd.session.project
    assert project is not None
    with monkeypatch.context() as only_read:
        only_read.setattr(project, "_writer", None)
        only_read.setattr(project, "read_only", True)
        accept(crowd, labels)
        assert "was opened for reading only" in crowd.notices[-1][1]
        assert crowd.notices[-1][0] == "error"
        assert not crowd.window.importing.running
