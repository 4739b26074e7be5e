"""The panel *Evidence* in the real window, with a child process that explains without a network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.explaining import NO_PERSON, NOTHING_KEPT, Silence, subject_of
from app.panels.crop_strip import KEY, StripDelegate, figure
from app.panels.evidence import NOTHING, PLAYING, EvidencePanel
from app.panels.evidence_words import AS_PREDICTED
from app.session import JobStatus
from glpose_core.labels import Run, edits
from glpose_core.predict.record import RunRecord

from .conftest import Studio, made_up, wait_for

RECORD = RunRecord(network="GLPose", mode="cached", k=2, n=2, precision="float32", sha256="ab" * 32)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def predicted(studio: Studio, record: RunRecord = RECORD, **run: object) -> Studio:
    """Two people in frames 0 … 39, proposed by a run with a record; the first is chosen in frame 20."""
    project = studio.session.project
    assert project is not None
    made = Run(0, "tiny (GLPose)", "tiny", "CPU", 0.0, record.as_settings())
    project.add_run(Run(**{**vars(made), **run}), dict.fromkeys((0, 1)), made_up(range(40)))
    project.flush()
    studio.go_to(20)
    studio.session.select(studio.session.people()[0].id)
    return studio


def opened(studio: Studio, job: str = "serve") -> EvidencePanel:
    """The panel on show, with one of the fake jobs behind it."""
    studio.window.explaining._job = f"fake_explaining:{job}"
    studio.window.bound["show_evidence"].trigger()
    return studio.window.evidence


def shown(panel: EvidencePanel) -> bool:
    return panel.empty_text is None and not panel.busy.isVisible()


def test_nothing_is_worked_out_until_somebody_looks(studio: Studio) -> None:
    predicted(studio)
    QTest.qWait(300)
    assert studio.window.explaining._number == 0
    assert studio.window.explaining._runner.pid is None
    panel = opened(studio)
    wait_for(lambda: shown(panel), "the explanation")
    assert studio.window.explaining._number == 1
    studio.window.docks[1].raise_()
    wait_for(lambda: not panel.attended, "the other tab")
    studio.go_to(25)
    QTest.qWait(300)
    assert studio.window.explaining._number == 1


def test_no_height_of_the_window_makes_bar_and_crops_chase_each_other(studio: Studio) -> None:
    panel = opened(predicted(studio))
    wait_for(lambda: shown(panel), "the explanation")
    for height in range(620, 900, 4):
        studio.window.resize(1200, height)
        QTest.qWait(1)
    assert panel.near.width() > 0


def test_crops_stand_in_the_order_of_time_and_others_apart(studio: Studio) -> None:
    panel = opened(predicted(studio))
    wait_for(lambda: shown(panel), "the explanation")
    near, far = panel.near.strip.cells, panel.far.strip.cells
    assert [cell.tag for cell in near] == ["−2", "−1", "key", "+1", "+2"]
    assert [cell.tag for cell in far] == ["0", "30"]
    assert [cell.slot for cell in near] == [0, 1, KEY, 2, 3]
    assert [figure(cell.weight) for cell in near if cell.weight] == [".17", ".33", ".33", ".17"]
    assert [cell.share for cell in far] == [1.0, pytest.approx(1 / 3)]
    assert panel.said.text() == AS_PREDICTED
    assert panel.key.ghost is None
    assert not panel.restore.isEnabled()
    assert (
        panel.proposed.text()
        == "tiny (GLPose) · run 1\nGLPose, k 2, n 2, fast, float32, people found by hog"
    )
    assert "SHA-256: abababab" in panel.proposed.toolTip()
    index = panel.near.strip.index(0)
    assert "frame 18, weight 0.167" in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_a_click_goes_there_and_a_switch_takes_the_crop_away(studio: Studio) -> None:
    panel = opened(predicted(studio))
    wait_for(lambda: shown(panel), "the explanation")
    rect = panel.near.visualRect(panel.near.strip.index(1))
    switch = StripDelegate.switch_at(rect).center().toPoint()
    QTest.mouseClick(panel.near.viewport(), Qt.MouseButton.LeftButton, pos=switch)
    wait_for(lambda: "moves" in panel.said.text(), "the change")
    assert panel.said.text().startswith("Without −1: left wrist moves 6.0 px (")
    assert panel.change.removed == {1}
    assert panel.key.ghost is not None
    assert panel.key.marked == 9
    key = panel.near.strip.cells[2]
    assert figure(key.weight or 0) == ".33"
    panel.restore.click()
    assert panel.said.text() == AS_PREDICTED
    panel.shuffle.click()
    wait_for(lambda: "Shuffled" in panel.said.text(), "the shuffle")
    assert studio.session.frame == 20
    QTest.mouseClick(
        panel.near.viewport(),
        Qt.MouseButton.LeftButton,
        pos=panel.near.visualRect(panel.near.strip.index(4)).center(),
    )
    assert studio.session.frame == 22
    wait_for(lambda: shown(panel) and panel.said.text() == AS_PREDICTED, "the next pose")


def test_the_keyboard_reaches_everything(studio: Studio) -> None:
    panel = opened(predicted(studio))
    wait_for(lambda: shown(panel), "the explanation")
    assert panel.near.hasFocus()
    QTest.keyClick(panel.near, Qt.Key.Key_Space)
    wait_for(lambda: panel.change.removed == {0} and shown(panel), "the change")
    QTest.keyClick(panel.near, Qt.Key.Key_S)
    assert panel.change.shuffle == 1
    QTest.keyClick(panel.near, Qt.Key.Key_R)
    assert panel.said.text() == AS_PREDICTED
    for _ in range(5):
        QTest.keyClick(panel.near, Qt.Key.Key_Right)
    assert panel.far.hasFocus()
    QTest.keyClick(panel.far, Qt.Key.Key_Left)
    assert panel.near.hasFocus()
    assert panel.near.currentIndex().row() == 4
    QTest.keyClick(panel.near, Qt.Key.Key_Escape)
    assert studio.canvas.hasFocus()
    panel.far.enter(1)
    QTest.keyClick(panel.far, Qt.Key.Key_Return)
    assert studio.session.frame == 30


def test_a_click_in_the_panel_leaves_the_keys_to_the_picture(studio: Studio) -> None:
    panel = opened(predicted(studio))
    wait_for(lambda: shown(panel), "the explanation")
    studio.canvas.setFocus()
    crop = panel.near.visualRect(panel.near.strip.index(2)).center()
    left = Qt.MouseButton.LeftButton
    for where, at in (
        (panel.near.viewport(), crop),
        (panel.shuffle, panel.shuffle.rect().center()),
        (panel.skeletons, panel.skeletons.rect().center()),
        (panel.key, panel.key.rect().center()),
        (panel.restore, panel.restore.rect().center()),
    ):
        wait_for(where.isEnabled, "the button")
        QTest.mouseClick(where, left, pos=at)
        assert studio.canvas.hasFocus(), where
    assert panel.change == NOTHING
    assert not studio.session.project.state.reviewed
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_S)
    assert panel.change == NOTHING, "it was meant for the review list"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert studio.session.project.state.reviewed == {20}, "it accepts the frame"


@pytest.mark.parametrize("by", ["click", "key"])
def test_crops_that_come_late_do_not_take_the_keys_from_who_works_on(
    studio: Studio, by: str
) -> None:
    predicted(studio)
    studio.canvas.setFocus()
    panel = opened(studio)
    assert not shown(panel), "they are still being worked out"
    if by == "click":
        QTest.mouseClick(studio.canvas, Qt.MouseButton.MiddleButton)
    else:
        QTest.keyClick(studio.canvas, Qt.Key.Key_Plus)
    wait_for(lambda: shown(panel), "the explanation")
    assert studio.canvas.hasFocus()


def test_behind_another_tab_the_panel_has_no_keys(studio: Studio) -> None:
    panel = opened(predicted(studio))
    wait_for(lambda: shown(panel), "the explanation")
    assert panel.near.hasFocus()
    studio.window.docks[1].raise_()
    wait_for(lambda: not panel.attended, "the other tab")
    assert studio.canvas.hasFocus()


def test_what_is_known_is_shown_at_once(studio: Studio) -> None:
    panel = opened(predicted(studio))
    wait_for(lambda: shown(panel), "the explanation")
    studio.go_to(21)
    wait_for(lambda: panel.near.strip.cells[2].frame == 21, "the next frame")
    asked = studio.window.explaining._number
    studio.go_to(20)
    wait_for(lambda: panel.near.strip.cells[2].frame == 20, "the frame before")
    assert studio.window.explaining._number == asked


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ("refuse", "No weights."),
        ("forget", NOTHING_KEPT),
        ("die", "The explanation was stopped by the system"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_can_be_tried_again(
    studio: Studio, job: str, sentence: str
) -> None:
    panel = opened(predicted(studio), job)
    wait_for(lambda: (panel.empty_text or "").startswith(sentence), "the sentence")
    assert panel.again.isVisible()
    studio.window.explaining.close()
    studio.window.explaining._job = "fake_explaining:serve"
    panel.again.click()
    wait_for(lambda: shown(panel), "the explanation")


def test_a_running_prediction_is_not_slowed_unless_a_person_insists(studio: Studio) -> None:
    predicted(studio)
    studio.session.set_job(JobStatus("Predicting", 1, 40, None, "CPU", lambda: None))
    panel = opened(studio)
    assert panel.empty_text == "Predicting is running, and this would slow it down."
    assert studio.window.explaining._number == 0
    panel.again.click()
    wait_for(lambda: shown(panel), "the explanation")
    studio.session.set_job(None)


def silence(studio: Studio) -> Silence:
    found = subject_of(studio.session)
    assert isinstance(found, Silence)
    return found


def test_why_there_is_nothing_is_said_in_one_sentence(studio: Studio) -> None:
    session = studio.session
    predicted(studio)
    project = session.project
    assert project is not None
    session.select(None)
    assert silence(studio).sentence == NO_PERSON
    person = session.people()[0].id
    session.select(person)
    project.apply(edits.delete_pose(project.state, person, 20))
    assert silence(studio).sentence.startswith("person 1 is not seen in frame 20")
    edit, drawn = edits.add_person(project.state, 20, xy=np.full((17, 2), 50.0))
    project.apply(edit)
    session.select(drawn)
    assert silence(studio).sentence == "You placed this pose yourself: no model has proposed it."
    session.go_to(21)
    session.select(person)
    panel = opened(studio)
    wait_for(lambda: shown(panel), "the explanation")
    session.play()
    wait_for(lambda: panel.empty_text == PLAYING, "the pause")
    session.pause()


@pytest.mark.parametrize(
    ("record", "device", "sentence"),
    [
        (RunRecord(network="HRNet"), "CPU", "HRNet looks at each frame alone"),
        (RunRecord(), "imported", "This pose was imported"),
        (RunRecord(), "CPU", NOTHING_KEPT),
    ],
)
def test_who_proposed_a_pose_is_told_even_where_nothing_can_be_explained(
    studio: Studio, record: RunRecord, device: str, sentence: str
) -> None:
    panel = opened(predicted(studio, record, device=device))
    wait_for(lambda: (panel.empty_text or "").startswith(sentence), "the sentence")
    assert panel.proposed.text().startswith("tiny (GLPose) · run 1")


def test_an_accepted_pose_still_says_who_proposed_it(studio: Studio) -> None:
    predicted(studio)
    project = studio.session.project
    assert project is not None
    assert studio.session.person is not None
    project.apply(edits.accept_pose(project.state, studio.session.person, 20))
    panel = opened(studio)
    wait_for(lambda: shown(panel), "the explanation")
    assert "15 of its 15 joints accepted by you" in panel.proposed.text()


def test_another_project_s_rows_are_not_taken_for_these(
    studio: Studio, video: Path, tmp_path: Path
) -> None:
    panel = opened(predicted(studio))
    wait_for(lambda: shown(panel), "the explanation")
    old = panel._base
    other = tmp_path / "other.mp4"
    other.write_bytes(video.read_bytes())
    studio.open(other)
    assert panel._base is None
    predicted(studio)
    wait_for(lambda: shown(panel) and panel._base is not None, "the other explanation")
    assert panel._base is not old
