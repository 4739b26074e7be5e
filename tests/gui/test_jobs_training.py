"""Training from the window: progress, figures, and weights that are used only when somebody says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.choices import PredictChoices
from app.dialogs.predict import PredictDialog
from app.dialogs.train import TrainDialog, foretell_training
from app.remembering import remember, remembered
from app.session import JobStatus
from app.training import (
    Labelled,
    TrainChoices,
    Training,
    compare,
    count_labels,
    improved,
    use,
    verdict,
)
from app.workers.finetune import Figures, TrainReport
from app.workers.inventory import Device, Inventory, Weights
from glpose_core.bundled import bundled_weights
from glpose_core.labels import Project, Run, VideoRecord, edits
from glpose_core.predict.record import RunRecord

from .conftest import Dialogs, Studio

REPORT = TrainReport(
    Path("w.safetensors"), Figures(0.61, 12.3, 8, 96), Figures(0.74, 8.1, 8, 96), 60.0
)
INVENTORY = Inventory(
    (Device("cpu", "CPU, 2 threads"),),
    (Weights("starter", "starter", "GLPose W18", True), Weights("b", "b", "GLPose W32", True)),
)


class FakeSession(QObject):
    """As much of the session as a training needs."""

    project_changed = Signal()

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project: Project | None = project
        self.job: JobStatus | None = None
        self.titles: list[str] = []
        self.notices: list[tuple[str, str]] = []

    def set_job(self, job: JobStatus | None) -> None:
        self.job = job
        if job is not None:
            self.titles.append(job.title)

    def notice(self, level: str, sentence: str) -> None:
        self.notices.append((level, sentence))


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> Iterator[FakeSession]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    video = VideoRecord("clip.mp4", "ab", 30, 640, 480, np.arange(30) / 25)
    with Project.create(tmp_path / "clip.glpose", video) as project:
        yield FakeSession(project)


def training(session: FakeSession, job: str) -> Training:
    return Training(session, job=f"fake_models:{job}")  # type: ignore[arg-type]


def test_a_training_reports_and_changes_nothing_unasked(
    session: FakeSession, qtbot: QtBot, glpose_home: Path
) -> None:
    remember(PredictChoices("starter", 0, 10))
    one = training(session, "train")
    with qtbot.waitSignal(one.reported, timeout=20_000) as reported:
        assert one.start(TrainChoices("starter"))
    report = reported.args[0]
    assert report.weights.parent.parent == glpose_home / "weights"
    assert report.weights.parent.name.startswith("clip ")
    assert session.job is None
    assert session.notices == [("info", "The training helped.")]
    assert session.titles[-2:] == ["Reading your labels", "Training"]
    last = remembered(0, 10)
    assert last is not None
    assert last.weights == "starter"
    use(report.weights)
    last = remembered(0, 10)
    assert last is not None
    assert last.weights == str(report.weights)


def test_cancel(session: FakeSession, qtbot: QtBot) -> None:
    one = training(session, "train_for_ever")
    assert one.start(TrainChoices("starter"))
    qtbot.waitUntil(lambda: "Training" in session.titles, timeout=20_000)
    assert session.job is not None
    assert session.job.cancel is not None
    with qtbot.waitSignal(one.running_changed, timeout=10_000):
        session.job.cancel()
    assert session.job is None
    assert session.notices == [("info", "The training was cancelled; nothing has changed.")]


def test_one_job_at_a_time(session: FakeSession) -> None:
    session.job = JobStatus("Predicting")
    assert not training(session, "train").start(TrainChoices("starter"))
    assert "Predicting is still running" in session.notices[0][1]


@pytest.mark.quick
def test_labels_are_counted_by_pose_and_frame(session: FakeSession) -> None:
    project = session.project
    assert project is not None
    assert count_labels(project.state) == Labelled(0, 0)
    edit, a = edits.add_person(project.state, 3, xy=np.full((17, 2), 50.0))
    project.apply(edit)
    edit, _ = edits.add_person(project.state, 3, xy=np.full((17, 2), 90.0))
    project.apply(edit)
    project.apply(edits.move_joint(project.state, a, 4, 9, (1, 2)))
    assert count_labels(project.state) == Labelled(3, 2)


@pytest.mark.quick
def test_verdicts() -> None:
    assert improved(REPORT) is True
    assert verdict(REPORT) == "The training helped."
    assert compare(REPORT)[0].startswith("Joints in the right place: 61 % before, 74 % after")
    worse = replace(REPORT, before=REPORT.after, after=REPORT.before)
    assert improved(worse) is False
    assert verdict(worse) == "The training did not help."
    unmeasured = replace(REPORT, before=None, after=None)
    assert improved(unmeasured) is None
    assert compare(unmeasured)[0].startswith("Label at least 10 frames")
    unknown = replace(REPORT, before=Figures(float("nan"), 9.0, 0, 10))
    assert "unknown before" in compare(unknown)[0]


@pytest.mark.quick
def test_what_is_foretold() -> None:
    assert foretell_training(Labelled(0, 0))[1] == [
        "Nothing is labelled yet: correct or accept some poses first."
    ]
    sentences, warnings = foretell_training(Labelled(3, 2))
    assert sentences == ["3 poses in 2 frames to learn from."]
    assert len(warnings) == 2
    assert foretell_training(Labelled(60, 30))[1] == []


def test_the_dialog(qtbot: QtBot) -> None:
    dialog = TrainDialog(Labelled(60, 30), INVENTORY, weights="b")
    qtbot.addWidget(dialog)
    assert dialog.choices() == TrainChoices("b")
    dialog.length.setCurrentIndex(1)
    assert dialog.choices() == TrainChoices("b", steps=20)
    nothing = TrainDialog(Labelled(0, 0), INVENTORY)
    qtbot.addWidget(nothing)
    assert not nothing.do.isEnabled()


@pytest.mark.parametrize("answer", ["use", "keep"])
def test_who_uses_the_new_weights_is_asked_what_to_predict(
    crowd: Studio, dialogs: Dialogs, tmp_path: Path, answer: str
) -> None:
    weights = tmp_path / "new.safetensors"
    use = answer == "use"
    dialogs.answer("Question", lambda question: question.DialogCode(int(use)))
    seen: list[bool] = []

    def look(dialog: QDialog) -> QDialog.DialogCode:
        last = remembered(0, 0)
        seen.append(last is not None and last.weights == str(weights))
        return dialog.DialogCode.Rejected

    if use:
        dialogs.answer("PredictDialog", look)
    crowd.window.training.reported.emit(replace(REPORT, weights=weights))
    assert dialogs.seen == (["Question", "PredictDialog"] if use else ["Question"])
    assert seen == [True] * use


def test_the_new_weights_are_proposed_where_others_have_predicted_the_project(
    crowd: Studio, dialogs: Dialogs, tmp_path: Path
) -> None:
    project = crowd.session.project
    assert project is not None
    old = RunRecord(network="GLPose", weights="glpose-w18-starter", k=2, n=4).as_settings()
    project.begin_run(Run.new("old", "glpose-w18-starter", "CPU", old))
    weights = tmp_path / "mine" / "weights.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(bundled_weights()["glpose-w18-starter"].read_bytes())
    proposed: list[object] = []

    def look(dialog: QDialog) -> QDialog.DialogCode:
        assert isinstance(dialog, PredictDialog)
        proposed.append(dialog.model.currentData())
        return dialog.DialogCode.Rejected

    dialogs.answer("Question", lambda question: question.DialogCode.Accepted)
    for _ in range(3):
        dialogs.answer("PredictDialog", look)
    crowd.window.training.reported.emit(replace(REPORT, weights=weights))
    crowd.window.commands.predict()  # who thinks better of it finds them again
    assert proposed == [str(weights), str(weights)]
    remember(PredictChoices("glpose-w18-starter", 0, 40))
    crowd.window.commands.predict()
    assert proposed[2] == "glpose-w18-starter", "others were chosen since"
