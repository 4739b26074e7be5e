"""From a choice to predictions in the project, with a job that needs no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from app.choices import PredictChoices, make_request
from app.early import Early
from app.predicting import Predicting, summary
from app.session import JobStatus
from glpose_core.errors import UsageError
from glpose_core.home import glpose_home
from glpose_core.labels import (
    PREDICTION_DTYPE,
    PoseRows,
    Project,
    Run,
    Source,
    VideoRecord,
    Visibility,
    edits,
)
from glpose_core.predict.job import Finished, Rows

from .conftest import Studio, wait_for

FRAMES = 40
ALL = PredictChoices("starter", 0, FRAMES)


class FakeSession(QObject):
    """As much of the session as a prediction needs."""

    project_changed = Signal()
    releasing = Signal()

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project: Project | None = project
        self.info = SimpleNamespace(path=Path("clip.mp4"))
        self.frame = 5
        self.job: JobStatus | None = None
        self.jobs: list[JobStatus] = []
        self.notices: list[tuple[str, str]] = []
        self.early = Early()

    def set_job(self, job: JobStatus | None) -> None:
        self.job = job
        if job is not None:
            self.jobs.append(job)

    def notice(self, level: str, sentence: str) -> None:
        self.notices.append((level, sentence))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    video = VideoRecord("clip.mp4", "ab", FRAMES, 640, 480, np.arange(FRAMES) / 25)
    with Project.create(tmp_path / "clip.glpose", video) as project:
        yield project


@pytest.fixture
def session(project: Project, qtbot: QtBot) -> FakeSession:
    return FakeSession(project)


def predicting(session: FakeSession, job: str, module: str = "fake_models") -> Predicting:
    return Predicting(session, job=f"{module}:{job}")  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def run(qtbot: QtBot, one: Predicting, choices: PredictChoices) -> None:
    with qtbot.waitSignal(
        one.running_changed, timeout=20_000, check_params_cb=lambda running: not running
    ):
        assert one.start(choices)


def draw(project: Project, frame: int, box: tuple[float, ...]) -> int:
    edit, person = edits.add_person(project.state, frame, box=box)
    project.apply(edit)
    return person


def test_early_poses_of_somebody_who_is_locked_stay_as_they_are(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    one = predicting(session, "predict_early")
    assert one.start(ALL)
    qtbot.waitUntil(lambda: 3 in session.early and 2 not in session.early, timeout=20_000)
    person = project.state.people()[0].id
    project.apply(edits.lock_person(project.state, person, True))
    before = project.state.pose(person, 4)
    late = np.zeros(1, PREDICTION_DTYPE)
    late["frame"] = 4
    one._add_rows(Rows(0, late))
    assert 3 not in session.early, "nothing of theirs changes any more"
    assert project.state.pose(person, 4) == before
    one.cancel()
    qtbot.waitUntil(lambda: not one.running, timeout=20_000)


def test_early_poses_are_known_as_such_until_they_come_for_good(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    one = predicting(session, "predict_early")
    assert one.start(ALL)
    qtbot.waitUntil(lambda: 3 in session.early, timeout=20_000)
    qtbot.waitUntil(lambda: 2 not in session.early and len(project.state.people()) > 0)
    assert 3 in session.early, "only frame 2 has come for good"
    assert 4 not in session.early
    one.cancel()
    qtbot.waitUntil(lambda: not one.running, timeout=20_000)
    assert 3 not in session.early, "nothing changes any more"


def test_a_run_brings_people_and_poses(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    drawn = draw(project, 3, (80, 0, 40, 100))
    one = predicting(session, "predict")
    run(qtbot, one, ALL)
    state = project.state
    people = [person.id for person in state.people()]
    assert len(people) == 2, "the newcomer's two tracks are one person"
    newcomer = next(person for person in people if person != drawn)
    assert len(state.frames_of(drawn)) == FRAMES
    assert len(state.frames_of(newcomer)) == FRAMES
    pose = state.pose(drawn, 7)
    assert pose is not None
    assert pose["xy"][0].tolist() == [100.0, 7.0]
    [number] = state.runs
    assert state.runs[number].status == "done"
    assert state.runs[number].device == "CPU, 2 threads"
    assert state.runs[number].settings["stop"] == FRAMES
    assert session.job is None
    assert session.notices[-1][1].startswith("Predicted 80 poses of 2 people in 0:")
    last = session.jobs[-1]
    assert (last.title, last.done, last.total, last.device) == (
        "Predicting",
        FRAMES,
        FRAMES,
        "CPU, 2 threads",
    )


def test_human_joints_survive_and_one_undo_takes_the_run_back(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    person = draw(project, 3, (80, 0, 40, 100))
    project.apply(edits.move_joint(project.state, person, 7, 9, (1.5, 2.5)))
    run(qtbot, predicting(session, "predict"), ALL)
    pose = project.state.pose(person, 7)
    assert pose is not None
    assert pose["xy"][9].tolist() == [1.5, 2.5]
    assert pose["source"][9] == Source.PLACED
    assert pose["source"][8] == Source.MODEL
    project.undo()
    assert len(project.state.frames_of(person)) == 2
    kept = project.state.pose(person, 7)
    assert kept is not None
    assert kept["visibility"][9] == Visibility.VISIBLE


def test_cancel_keeps_what_has_arrived(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    one = predicting(session, "predict_for_ever")
    assert one.start(ALL)
    qtbot.waitUntil(lambda: bool(project.state.runs), timeout=20_000)
    qtbot.waitUntil(lambda: len(project.state.people()) == 1, timeout=20_000)
    assert session.job is not None
    assert session.job.cancel is not None
    with qtbot.waitSignal(one.running_changed, timeout=10_000):
        session.job.cancel()
        session.job.cancel()
    assert session.job is None
    assert [run.status for run in project.state.runs.values()] == ["cancelled"]
    assert len(project.state.frames_of(project.state.people()[0].id)) == 1
    assert session.notices[-1][1] == "The prediction was cancelled; what had arrived is kept."


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_cancelled_before_its_first_pose_it_leaves_nothing(
    session: FakeSession, project: Project, qtbot: QtBot, how: str
) -> None:
    one = predicting(session, "look_for_ever")
    assert one.start(ALL)
    qtbot.waitUntil(lambda: one._tracks != [], timeout=20_000)
    if how == "cancel":
        with qtbot.waitSignal(one.running_changed, timeout=10_000):
            one.cancel()
    else:
        one.close()
    assert project.state.runs == {}
    assert project.undo_title is None
    assert project.state.people() == []
    assert session.notices[-1][1] == "The prediction was cancelled; nothing had arrived."
    run(qtbot, predicting(session, "predict"), ALL)
    assert min(person.id for person in project.state.people()) == 1, "no number is used up"


def test_that_nobody_was_found_is_a_run(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    run(qtbot, predicting(session, "find_nobody"), ALL)
    assert [run.status for run in project.state.runs.values()] == ["done"]
    assert project.undo_title == "Predict with fake model"


def test_a_killed_prediction_is_one_sentence_and_a_failed_run(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    run(qtbot, predicting(session, "predict_and_die"), ALL)
    assert [run.status for run in project.state.runs.values()] == ["failed"]
    [(level, sentence)] = session.notices
    assert level == "error"
    assert sentence.startswith("The prediction was stopped by the system, probably for lack of")
    assert len(project.state.people()) == 1


def test_a_bad_start_makes_no_run(session: FakeSession, project: Project, qtbot: QtBot) -> None:
    run(qtbot, predicting(session, "bad_file", "fake_jobs"), ALL)
    assert project.state.runs == {}
    assert project.undo_title is None
    assert "is not a video" in session.notices[-1][1]


def test_one_job_at_a_time(session: FakeSession, qtbot: QtBot) -> None:
    session.job = JobStatus("Training")
    assert not predicting(session, "predict").start(ALL)
    assert session.notices == [("warning", "Training is still running: wait, or cancel it.")]


def test_closing_the_project_stops_the_run(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    one = predicting(session, "predict_for_ever")
    assert one.start(ALL)
    qtbot.waitUntil(lambda: bool(project.state.people()), timeout=20_000)
    session.releasing.emit()
    assert not one.running
    assert session.job is None
    [run] = project.state.runs.values()
    assert run.status == "cancelled"


def test_close_notes_the_end_in_the_project(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    one = predicting(session, "predict_for_ever")
    assert one.start(ALL)
    qtbot.waitUntil(lambda: bool(project.state.people()), timeout=20_000)
    one.close()
    assert [run.status for run in project.state.runs.values()] == ["cancelled"]


# Following one person


def rows_at(x: float, start: int, stop: int) -> PoseRows:
    """Track 0 in frames ``start`` … ``stop`` − 1, as the job in fake_models has it."""
    rows = np.zeros(stop - start, PREDICTION_DTYPE)
    rows["frame"] = range(start, stop)
    rows["xy"][..., 0], rows["xy"][..., 1] = x, rows["frame"][:, None]
    rows["visibility"], rows["score"] = Visibility.VISIBLE, 0.8
    rows["box"] = (x - 20, 0, 40, 100)
    return rows


def test_following_leaves_poses_that_are_there_and_agree(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    """From each box on, until the same model has them there already: frames 17 to 19 are beyond that."""
    person = draw(project, 3, (80, 0, 40, 100))
    one = predicting(session, "predict")
    run(qtbot, one, PredictChoices("starter", 0, 20, find_people=False))
    project.add_predictions(1, rows_at(300, 10, 15))
    project.add_predictions(1, rows_at(300, 17, 20))
    project.apply(edits.set_box(project.state, person, 12, (275, 0, 50, 110)))
    before = [project.state.pose(person, frame) for frame in range(20)]
    run(qtbot, one, PredictChoices("starter", 0, FRAMES, person=person))
    state = project.state
    own = {int(row["frame"]) for row in state.predictions.rows() if row["track"] >= 1}
    assert own == {3, *range(10, 15), *range(20, FRAMES)}, "3 and 12: a box is drawn there"
    kept = [frame for frame in range(20) if frame not in own]
    assert all(state.pose(person, f).tobytes() == before[f].tobytes() for f in kept)
    assert state.pose(person, 11)["xy"][0].tolist() == [100.0, 11.0]
    assert session.notices[-1][1].endswith("14 were there already and stayed.")
    project.undo()
    assert len(state.frames_of(person)) == 20


@pytest.mark.parametrize("why", ["locked", "there already"])
def test_a_run_of_which_nothing_is_taken_is_no_step_to_undo(
    session: FakeSession, project: Project, qtbot: QtBot, why: str
) -> None:
    project.add_run(Run.new("fake model", "starter", ""), {0: None}, rows_at(100, 0, FRAMES))
    [person] = [person.id for person in project.state.people()]
    project.apply(edits.accept_pose(project.state, person, 3))
    one = predicting(session, "predict")
    if why == "locked":
        project.undo()
        project.apply(edits.set_box(project.state, person, 3, (275, 0, 50, 110)))
    assert one.start(PredictChoices("starter", 0, FRAMES, person=person))
    if why == "locked":
        project.apply(edits.lock_person(project.state, person, True))
    title = project.undo_title
    qtbot.waitUntil(lambda: not one.running, timeout=20_000)
    assert len(project.state.runs) == 1
    assert project.undo_title == title
    said = {"locked": "1 of locked people was left out", "there already": "40 were there already"}
    assert said[why] in session.notices[-1][1]


def test_following_with_another_model_predicts_all_anew(
    session: FakeSession, project: Project, qtbot: QtBot
) -> None:
    person = draw(project, 3, (80, 0, 40, 100))
    imported = Run.new("of a colleague", "theirs", "", {"sha256": "ab"})
    number = project.begin_run(imported)
    project.add_tracks(number, {0: person})
    project.add_predictions(number, rows_at(104, 0, 20))
    run(qtbot, predicting(session, "predict"), PredictChoices("starter", 0, FRAMES, person=person))
    assert project.state.pose(person, 7)["xy"][0].tolist() == [100.0, 7.0]
    assert "stayed" not in session.notices[-1][1]


# What is asked of the job


@pytest.mark.quick
def test_the_request_knows_everybody_and_what_a_human_deleted(project: Project) -> None:
    a = draw(project, 3, (10, 20, 40, 100))
    b = draw(project, 4, (300, 20, 40, 100))
    gone = draw(project, 5, (500, 20, 40, 100))
    project.apply(edits.delete_person(project.state, gone))
    request = make_request(project.state, Path("clip.mp4"), ALL, focus=12)
    known = request.known
    assert known.person.tolist() == [a, b, gone]
    assert known.human.tolist() == [True, True, True]
    assert known.deleted.tolist() == [False, False, True]
    assert request.find_people
    assert (request.start, request.stop, request.focus) == (0, FRAMES, 12)
    assert not request.seeds


@pytest.mark.quick
def test_one_person_is_followed_from_their_boxes_alone(project: Project) -> None:
    a = draw(project, 3, (10, 20, 40, 100))
    b = draw(project, 4, (300, 20, 40, 100))
    choices = PredictChoices("starter", 0, 30, person=b)
    request = make_request(project.state, Path("clip.mp4"), choices, focus=35)
    assert [(seed.person, seed.frame, seed.box) for seed in request.seeds] == [
        (b, 4, (300.0, 20.0, 40.0, 100.0))
    ]
    assert a not in request.known.person
    assert not request.find_people
    assert request.focus == 29


@pytest.mark.quick
def test_a_placed_pose_can_be_followed_too(project: Project) -> None:
    xy = np.column_stack([np.linspace(100, 140, 17), np.linspace(50, 210, 17)])
    edit, person = edits.add_person(project.state, 6, xy=xy)
    project.apply(edit)
    choices = PredictChoices("starter", 0, 30, person=person)
    [seed] = make_request(project.state, Path("clip.mp4"), choices, 0).seeds
    assert (seed.person, seed.frame) == (person, 6)
    x, y, w, h = seed.box
    assert x < 100 < 140 < x + w
    assert y < 50 < 210 < y + h


@pytest.mark.quick
def test_a_box_drawn_later_does_not_make_placed_poses_forgotten(project: Project) -> None:
    """They say where the person is as well as the box does."""
    xy = np.column_stack([np.linspace(100, 140, 17), np.linspace(50, 210, 17)])
    edit, person = edits.add_person(project.state, 6, xy=xy)
    project.apply(edit)
    project.apply(edits.set_box(project.state, person, 9, (50, 40, 60, 180)))
    choices = PredictChoices("starter", 0, 30, person=person)
    seeds = make_request(project.state, Path("clip.mp4"), choices, 0).seeds
    assert [seed.frame for seed in seeds] == [6, 9]


@pytest.mark.quick
@pytest.mark.parametrize(("start", "stop"), [(5, 5), (9, 4), (0, FRAMES + 1), (-1, 3)])
def test_an_impossible_range_is_refused(project: Project, start: int, stop: int) -> None:
    with pytest.raises(UsageError, match="not a range of this video"):
        make_request(project.state, Path("c.mp4"), PredictChoices("starter", start, stop), 0)


@pytest.mark.quick
def test_following_needs_a_box_in_the_range(project: Project) -> None:
    person = draw(project, 3, (10, 20, 40, 100))
    choices = PredictChoices("starter", 10, 20, person=person)
    with pytest.raises(UsageError, match="person 1 has no box between frames 10 and 19"):
        make_request(project.state, Path("c.mp4"), choices, 0)


@pytest.mark.quick
def test_the_end_in_words() -> None:
    assert summary(Finished(1, 460, 2), 48.4) == "Predicted 460 poses of 2 people in 0:48."
    assert summary(Finished(1, 1, 1), 61) == "Predicted 1 pose of 1 person in 1:01."
    assert summary(Finished(1, 0, 0), 61).startswith("Nobody was found")
    assert summary(Finished(1, 5, 1, 2), 3).endswith(
        "2 frames could not be decoded and were left out."
    )
    assert summary(Finished(1, 5, 1), 3, stand=1).startswith("Predicted 4 poses of 1 person")
    assert summary(Finished(1, 5, 1), 3, stand=1).endswith("1 was there already and stayed.")


def test_a_prediction_that_dies_at_its_start_is_one_sentence_in_the_window_and_told_in_the_log(
    studio: Studio,
) -> None:
    predicting, session = studio.window.predicting, studio.session
    predicting._job = "fake_models:no_such_job"
    assert predicting.start(ALL)
    wait_for(lambda: session.job is None, "its end")
    level, sentence = studio.notices[-1]
    assert level == "error"
    assert sentence == (
        "The prediction stopped because of an unexpected error (AttributeError: module 'fake_models' has no attribute "
        "'no_such_job'); the details are in the log."
    )
    assert "\n" not in studio.window.status._notice.toolTip()
    log = (glpose_home() / "logs" / "studio.log").read_text(encoding="utf-8")
    assert "Traceback" in log
    assert predicting.start(ALL), "another one may be tried at once"
    predicting.cancel()
    wait_for(lambda: session.job is None, "its end")
