"""Exporting in the window: it lives on meanwhile, and the file appears whole or not at all."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QLabel

import app.exporting as exporting_module
from app import turns
from app.dialogs.export import ExportDialog
from app.dialogs.exporting import ExportChoices, export, write_file
from app.exporting import BUSY, CANCELLED
from app.session import JobStatus
from app.workers.aside import Aside
from glpose_core.errors import ProjectError
from glpose_core.formats.posetrack import read_posetrack
from glpose_core.labels import edits

from .conftest import Dialogs, Studio, wait_for

OLD = "what was there before"


@pytest.fixture
def labelled(crowd: Studio) -> Studio:
    crowd.session.apply(lambda state: edits.accept_range(state, 0, 20))
    return crowd


def choices(path: Path, **more: object) -> ExportChoices:
    return ExportChoices(path, "labels", "walk", 0, 40, **more)  # type: ignore[arg-type]


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Writing stands still with the first record until this is set."""
    passed = threading.Event()

    def slowly(state, what, watch):
        def told(done: int, total: int) -> None:
            watch(done, total)
            assert passed.wait(10)
            watch(done, total)

        return write_file(state, what, told)

    monkeypatch.setattr(exporting_module, "write_file", slowly)
    monkeypatch.setattr("glpose_core.formats.documents.TOLD_EVERY", 1)
    monkeypatch.setattr("app.workers.aside.TOLD_S", 0.0)
    return passed


def test_the_command_writes_what_the_dialog_says(
    labelled: Studio, dialogs: Dialogs, tmp_path: Path
) -> None:
    out = tmp_path / "labels.json"

    def choose(dialog: ExportDialog) -> int:
        dialog.path.setText(str(out))
        dialog.accept_first.setChecked(True)
        dialog.update_now()
        return int(ExportDialog.DialogCode.Accepted)

    dialogs.answer("ExportDialog", choose)
    labelled.window.bound["export_labels"].trigger()
    wrote = "Wrote labels.json: "
    wait_for(lambda: any(said.startswith(wrote) for _, said in labelled.notices), "the end")
    assert len(read_posetrack(out).annotations) == 80
    assert labelled.session.undo_title == "Accept frames 0–39"


def test_the_window_lives_on_and_the_file_appears_whole(
    labelled: Studio, gate: threading.Event, tmp_path: Path, dialogs: Dialogs
) -> None:
    out, exporting = tmp_path / "labels.json", labelled.window.exporting
    out.write_text(OLD)
    assert exporting.start(choices(out))
    wait_for(lambda: labelled.session.job is not None, "the running work")
    job = labelled.session.job
    assert job is not None
    assert job.title == "Exporting"
    assert job.cancel is not None
    labelled.go_to(7)
    labelled.session.apply(lambda state: edits.move_joint(state, 1, 7, 3, (1.0, 2.0)))
    assert not exporting.start(choices(out)), "one at a time"
    assert labelled.notices[-1] == ("info", BUSY)
    assert out.read_text() == OLD
    gate.set()
    wait_for(lambda: not exporting.running, "the end")
    assert labelled.session.job is None
    assert "Message" not in dialogs.seen, "no window opens under the hands of who has gone on"
    notes = [said for _, said in labelled.notices]
    assert notes[-1].startswith("Wrote labels.json: ")
    assert any("left out" in said for said in notes), (
        "what its readers must know is among the messages"
    )
    written = out.read_bytes()
    with_window = tmp_path / "again.json"
    assert labelled.session.project is not None
    labelled.session.undo()
    export(labelled.session.project, choices(with_window))
    assert written == with_window.read_bytes(), "as it was when it began"


def test_a_cancelled_export_leaves_what_was_there(
    labelled: Studio, gate: threading.Event, tmp_path: Path
) -> None:
    out, exporting = tmp_path / "labels.json", labelled.window.exporting
    out.write_text(OLD)
    assert exporting.start(choices(out))
    wait_for(lambda: labelled.session.job is not None, "the running work")
    labelled.window.bound["cancel_job"].trigger()
    gate.set()
    wait_for(lambda: not exporting.running, "the end")
    assert labelled.notices[-1] == ("info", CANCELLED)
    assert out.read_text() == OLD
    assert [path.name for path in tmp_path.glob("*.json*")] == ["labels.json"], "nor any part"
    assert not list(tmp_path.glob(".*part"))


def test_closing_stops_an_export(labelled: Studio, gate: threading.Event, tmp_path: Path) -> None:
    out = tmp_path / "labels.json"
    assert labelled.window.exporting.start(choices(out))
    wait_for(lambda: labelled.session.job is not None, "the running work")
    gate.set()
    labelled.close()
    assert not labelled.window.exporting.running
    assert not list(tmp_path.glob(".*part"))


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing goes on until it is cancelled."""

    def for_ever(_state, _what, watch):
        while True:
            watch(0, 1)
            time.sleep(0.002)

    monkeypatch.setattr(exporting_module, "write_file", for_ever)


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize("when", ["accepting", "at once", "other work is shown"])
def test_no_export_is_lost_without_a_question_and_a_word(
    labelled: Studio,
    dialogs: Dialogs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", -1.0)
    session, exporting = labelled.session, labelled.window.exporting
    assert exporting.start(choices(tmp_path / "labels.json", accept_first=when == "accepting"))
    assert session.job is None, "too early to be shown"
    assert exporting.running
    if when == "other work is shown":
        session.set_job(JobStatus("Predicting", 7, 20, cancel=lambda: None))
    asked: list[str] = []

    def stay(dialog: QDialog) -> int:
        asked.extend(label.text() for label in dialog.findChildren(QLabel))
        return 0

    dialogs.answer("Question", stay)
    assert not labelled.window.close()
    assert any("A file is being exported." in said for said in asked), asked
    assert exporting.running
    session.set_job(None)
    dialogs.answer("Question", lambda _dialog: 1)
    labelled.window.bound["close_project"].trigger()
    assert session.project is None
    assert not exporting.running
    assert ("info", CANCELLED) in labelled.notices
    assert not (tmp_path / "labels.json").exists()


def test_a_file_that_was_written_as_the_project_closed_is_said_to_be(
    labelled: Studio, tmp_path: Path
) -> None:
    exporting, out = labelled.window.exporting, tmp_path / "labels.json"
    assert exporting.start(choices(out))
    assert exporting._thread is not None
    exporting._thread.wait()
    labelled.session.close()
    assert out.exists()
    assert labelled.notices[-1][1].startswith("Wrote labels.json: ")
    assert ("info", CANCELLED) not in labelled.notices


def test_nothing_is_exported_where_accepting_fails(
    labelled: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", -1.0)

    def failing(state, _what):
        def parts():
            yield edits.accept_range(state, 20, 22).changes
            raise ProjectError("no room is left")

        return "Accept", 0, parts()

    monkeypatch.setattr(exporting_module, "acceptance", failing)
    exporting, out = labelled.window.exporting, tmp_path / "labels.json"
    assert exporting.start(choices(out, accept_first=True))
    labelled.session.settle()
    assert labelled.notices[-1] == ("error", "no room is left.")
    assert not exporting.running
    assert not out.exists()


def test_it_can_be_cancelled_while_frames_are_accepted(
    labelled: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", -1.0)
    monkeypatch.setattr("glpose_core.labels.edits.accepting.PART", 20)
    session, exporting = labelled.session, labelled.window.exporting
    assert session.project is not None
    exporting._patience.setInterval(0)
    out, title, reviewed = (
        tmp_path / "labels.json",
        session.undo_title,
        session.project.state.reviewed,
    )
    assert exporting.start(choices(out, accept_first=True))
    wait_for(lambda: session.job is not None and session.job.total, "the running work")
    assert session.job is not None
    assert (session.job.title, session.job.total) == ("Accepting", 40)
    labelled.window.bound["cancel_job"].trigger()
    wait_for(lambda: not exporting.running, "the way back")
    assert labelled.notices[-1] == ("info", CANCELLED)
    assert session.job is None
    assert not out.exists()
    assert (session.undo_title, session.project.state.reviewed) == (title, reviewed)
    assert exporting.start(choices(out, accept_first=True)), "and it can be done again"
    wait_for(out.exists, "the file")


def test_what_is_edited_before_the_thread_has_begun_is_not_in_it(
    labelled: Studio, dialogs: Dialogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is what was seen when the button was pressed, not what the disk holds when it is read."""
    held: list[Aside] = []
    dialogs.answer("Message", lambda dialog: 0)
    monkeypatch.setattr(Aside, "start", lambda aside: held.append(aside))
    session, exporting = labelled.session, labelled.window.exporting
    now, then = tmp_path / "now.json", tmp_path / "then.json"
    assert session.project is not None
    export(session.project, choices(now))
    assert exporting.start(choices(then))
    session.apply(lambda state: edits.move_joint(state, 1, 7, 3, (1.0, 2.0)))
    session.project.flush()
    held[0]._thread.start()
    wait_for(lambda: not exporting.running, "the end")
    assert then.read_bytes() == now.read_bytes()


def test_where_nothing_can_be_accepted_an_export_does_not_run_for_ever(
    labelled: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, exporting = labelled.session, labelled.window.exporting
    with monkeypatch.context() as only_read:
        only_read.setattr(session.project, "_writer", None)
        only_read.setattr(session.project, "read_only", True)
        exporting.start(choices(tmp_path / "labels.json", accept_first=True))
        assert "was opened for reading only" in labelled.notices[-1][1]
        assert not exporting.running


@pytest.mark.usefixtures("endless")
def test_an_export_is_shown_again_after_other_work(labelled: Studio, tmp_path: Path) -> None:
    session, exporting = labelled.session, labelled.window.exporting
    assert exporting.start(choices(tmp_path / "labels.json"))
    wait_for(lambda: session.job is not None, "the running work")
    session.set_job(JobStatus("Predicting", 7, 20))
    session.set_job(None)
    wait_for(lambda: session.job is not None, "the running work again")
    labelled.window.bound["cancel_job"].trigger()
    wait_for(lambda: not exporting.running, "the end")
    assert labelled.notices[-1] == ("info", CANCELLED)
    assert session.job is None


@pytest.mark.usefixtures("endless")
def test_no_dialog_is_filled_in_for_nothing(
    labelled: Studio, dialogs: Dialogs, tmp_path: Path
) -> None:
    assert labelled.window.exporting.start(choices(tmp_path / "labels.json"))
    labelled.window.bound["export_labels"].trigger()
    assert "ExportDialog" not in dialogs.seen
    assert labelled.notices[-1] == ("info", BUSY)
    labelled.window.exporting.close()


def test_what_cannot_be_written_is_said(labelled: Studio, tmp_path: Path) -> None:
    exporting = labelled.window.exporting
    assert exporting.start(choices(tmp_path / "nowhere" / "labels.json"))
    wait_for(lambda: not exporting.running, "the end")
    level, sentence = labelled.notices[-1]
    assert level == "error"
    assert "labels.json" in sentence
