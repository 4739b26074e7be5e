"""The session: opening, moving, undoing, and what is still there after a restart."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import turns
from app.bound import WHY_NOT
from app.choices import PredictChoices
from app.opening import project_path_for
from app.settings import ViewState, load_view, recent, save_view
from app.shortcuts import spelled
from glpose_core.errors import ProjectError
from glpose_core.labels import Change, Project, edits
from tests.clips import Clip, encode

from .conftest import Build, Studio, made_up, wait_for


def one_person(studio: Studio) -> int:
    """Draw a box through the core and return the new person."""
    added: list[int] = []

    def make(state):
        edit, person = edits.add_person(state, studio.session.frame, box=(20, 20, 50, 80))
        added.append(person)
        return edit

    assert studio.session.apply(make)
    return added[0]


def test_opening_a_video_makes_a_project_beside_it(studio: Studio, video: Path) -> None:
    session = studio.session
    assert session.frames == 40
    assert session.info is not None
    assert (session.info.width, session.info.height) == (176, 144)
    assert np.allclose(np.diff(session.times), 0.04)
    assert video.with_suffix(".glpose").exists()
    assert recent() == [video]


def test_a_project_goes_home_where_the_folder_cannot_be_written(
    video: Path, glpose_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project_path_for(video) == video.with_suffix(".glpose")
    monkeypatch.setattr(os, "access", lambda *_: False)
    away = project_path_for(video)
    assert away.parent == glpose_home / "projects"
    assert away.name.startswith("walk-")
    video.with_suffix(".glpose").touch()
    assert project_path_for(video) == video.with_suffix(".glpose"), "an old one beside it wins"


def test_videos_of_one_name_do_not_share_a_project(
    studio: Studio, clip: Path, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_person(studio)
    twin = encode(video.with_suffix(".avi"), Clip(frames=12, codec="mpeg4"))
    studio.open(twin)
    assert studio.session.frames == 12
    assert studio.session.people() == []
    assert twin.with_name("walk.avi.glpose").exists()
    monkeypatch.setattr(os, "access", lambda *_: False)
    paths = {project_path_for(tmp_path / folder / "walk.mp4") for folder in ("a", "b")}
    assert len(paths) == 2, "nor do those of different folders that cannot be written"


def test_a_renamed_video_keeps_its_project(
    build_studio: Build, studio: Studio, video: Path
) -> None:
    one_person(studio)
    studio.close()
    renamed = video.rename(video.with_name("stroll.mp4"))
    video.with_suffix(".glpose").rename(renamed.with_suffix(".glpose"))
    again = build_studio(renamed)
    wait_for(lambda: again.session.project is not None, "the project")
    assert len(again.session.people()) == 1


def test_edits_and_view_are_there_again(build_studio: Build, studio: Studio, video: Path) -> None:
    studio.go_to(12)
    person = one_person(studio)
    studio.session.select(person)
    studio.canvas.zoom_by(2.0)
    zoom = studio.canvas.mapping.zoom
    studio.close()
    again = build_studio(video.with_suffix(".glpose"))
    wait_for(lambda: again.session.project is not None, "the project")
    again.wait_for_picture()
    assert again.session.frame == 12
    assert again.session.person == person
    assert np.allclose(again.pose(person)["box"], (20, 20, 50, 80))
    assert again.canvas.mapping.zoom == pytest.approx(zoom)
    assert not again.canvas.fitted


def test_undo_survives_a_restart_and_goes_where_it_happened(
    build_studio: Build, studio: Studio, video: Path
) -> None:
    studio.go_to(9)
    person = one_person(studio)
    studio.go_to(30)
    studio.close()
    again = build_studio(video)
    wait_for(lambda: again.session.project is not None, "the project")
    again.wait_for_picture()
    again.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert again.session.frame == 9
    assert again.session.people() == []
    again.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert [one.id for one in again.session.people()] == [person]


def test_undo_of_many_frames_stays_in_one_of_them(crowd: Studio) -> None:
    session = crowd.session
    assert session.project is not None
    session.project.apply(edits.accept_range(session.project.state, 0, 40))
    crowd.go_to(17)
    session.undo()
    assert session.frame == 17
    assert session.project.state.reviewed == set()
    session.redo()
    assert session.frame == 17


def test_saved_is_said_when_it_is_so(studio: Studio) -> None:
    one_person(studio)
    assert studio.session.saved_text in ("saving…", f"all saved {time.strftime('%H:%M')}")
    wait_for(lambda: studio.session.saved_text.startswith("all saved "), "the commit")
    assert studio.session.project is not None
    assert studio.session.project.pending == 0


def test_a_snapshot_says_so_and_lies_in_the_home_folder(studio: Studio, glpose_home: Path) -> None:
    one_person(studio)
    studio.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    (made,) = (glpose_home / "snapshots" / "walk").glob("*.glpose")
    level, sentence = studio.notices[-1]
    assert level == "info"
    assert sentence.startswith("All saved ")
    assert made.name in sentence


def test_steps_stay_inside_the_video(studio: Studio) -> None:
    session = studio.session
    session.step(-1)
    assert session.frame == 0
    session.go_to(10_000)
    assert session.frame == 39
    session.step(1)
    assert session.frame == 39


def test_edits_from_other_threads_reach_the_views(studio: Studio) -> None:
    rows = made_up(range(40), tracks=1)
    project = studio.session.project
    assert project is not None
    heard_on: list[threading.Thread] = []
    studio.session.poses_changed.connect(lambda _: heard_on.append(threading.current_thread()))

    from glpose_core.labels import Run

    def work() -> None:
        run = project.begin_run(Run(0, "test", "none", "CPU", 0.0))
        project.add_tracks(run, {0: None})
        project.add_predictions(run, rows)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(studio.session.poses()) == 0 or heard_on == []
    wait_for(lambda: len(studio.canvas.scene.figures) == 1, "the person on the canvas")
    assert set(heard_on) == {threading.main_thread()}


def test_a_deleted_person_is_no_longer_chosen(crowd: Studio) -> None:
    first, second = (one.id for one in crowd.session.people())
    crowd.session.select(first)
    crowd.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert crowd.session.person is None
    assert [one.id for one in crowd.session.people()] == [second]
    crowd.session.undo()
    assert [one.id for one in crowd.session.people()] == [first, second]


def test_a_refused_edit_is_told_and_harmless(studio: Studio) -> None:
    assert studio.session.project is not None
    studio.session.project.close()
    assert not studio.session.apply(lambda state: edits.add_person(state, 0, box=(1, 2, 30, 40))[0])
    assert studio.notices[-1][0] == "error"


@pytest.mark.parametrize("by", ["the next edit", "another thread", "the window"])
def test_a_large_edit_that_fails_later_is_told_and_not_said_to_be_done(
    crowd: Studio, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", -1.0)
    session, project = crowd.session, crowd.session.project
    assert project is not None
    done, failed, made = [], [], crowd.edits

    def parts() -> Iterator[tuple[Change, ...]]:
        yield edits.accept_range(project.state, 0, 2).changes
        yield edits.accept_range(project.state, 2, 4).changes
        raise ProjectError("no room is left", remedy="make some")

    def flush() -> None:
        with pytest.raises(ProjectError):
            project.flush()

    session.apply_in_turns("Accept", 0, parts(), done.append, lambda: failed.append(True))
    assert session._turns.busy
    if by == "the next edit":
        session.settle()
    elif by == "another thread":
        flushing = threading.Thread(target=flush)
        flushing.start()
        flushing.join()
    wait_for(lambda: not session._turns.busy, "the end")
    QTest.qWait(20)
    assert done == []
    assert failed == [True]
    assert crowd.notices[-1] == ("error", "no room is left — make some.")
    assert project.state.reviewed == set()
    assert crowd.edits == made
    assert session.apply(lambda state: edits.accept_range(state, 0, 2)), "and life goes on"


def test_the_marked_range_is_put_in_order_and_clipped(studio: Studio) -> None:
    session = studio.session
    session.mark(30, 10)
    assert session.marked == (9, 31)
    session.mark(35, 400)
    assert session.marked == (35, 40)
    session.mark(None)
    assert session.marked is None


def test_the_view_survives_a_crash(studio: Studio, video: Path) -> None:
    studio.session._view_timer.setInterval(1)
    studio.go_to(17)
    project = video.with_suffix(".glpose")
    wait_for(lambda: load_view(project).frame == 17, "the view on the disk")


def test_a_project_closed_during_a_prediction_notes_it_as_cancelled(
    studio: Studio, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    predicting = studio.window.predicting
    monkeypatch.setattr(predicting, "_job", "fake_models:predict_for_ever")
    assert predicting.start(PredictChoices("starter", 0, 40))
    project = studio.session.project
    assert project is not None
    wait_for(lambda: bool(project.state.people()), "the first pose", seconds=30)
    studio.session.close()
    assert not predicting.running
    with Project.open(video.with_suffix(".glpose"), read_only=True) as closed:
        assert [run.status for run in closed.state.runs.values()] == ["cancelled"]


@pytest.mark.quick
def test_nonsense_in_the_settings_is_ignored(glpose_home: Path, tmp_path: Path) -> None:
    project = tmp_path / "walk.glpose"
    save_view(project, ViewState(7, 2, 1.5, (3.0, 4.0)))
    assert load_view(project) == ViewState(7, 2, 1.5, (3.0, 4.0))
    assert load_view(tmp_path / "other.glpose") == ViewState()
    text = (glpose_home / "settings.ini").read_text().replace("frame=7", "frame=seven")
    (glpose_home / "settings.ini").write_text(text)
    assert load_view(project) == ViewState()


def test_keys_do_not_reach_a_closed_project(studio: Studio) -> None:
    studio.session.close()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_Space, Qt.Key.Key_N, Qt.Key.Key_1):
        QTest.keyClick(studio.canvas, key)
    assert set(studio.notices) == {("info", spelled(WHY_NOT["open"]))}
    assert studio.window.windowTitle() == "GLPose Studio"


@pytest.mark.parametrize("ends", ["fails", "is cancelled"])
@pytest.mark.parametrize("key", ["undo", "redo"])
def test_undo_while_something_large_comes_to_nothing_takes_nothing_else_back(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, ends: str, key: str
) -> None:
    """Whoever presses it means what was begun last, and that takes itself back."""
    monkeypatch.setattr(turns, "TURN_SECONDS", -1.0)
    session = studio.session
    assert session.project is not None
    for _ in range(2):
        one_person(studio)
    session.undo()
    title, redo, made = session.undo_title, session.project.redo_title, studio.edits
    ended: list[bool] = []

    def parts():
        yield edits.set_reviewed(session.project.state, [1], True).changes
        yield edits.set_reviewed(session.project.state, [2], True).changes
        if ends == "fails":
            raise ProjectError("no room is left")

    cancel = session.apply_in_turns(
        "Review", 0, parts(), lambda _any: ended.append(True), lambda: ended.append(False)
    )
    if ends == "is cancelled":
        cancel()
    getattr(session, key)()
    assert ended == [False]
    assert not session.project.state.reviewed
    assert (session.undo_title, session.project.redo_title, studio.edits) == (title, redo, made)
    if ends == "fails":
        assert studio.notices[-1] == ("error", "no room is left.")
    getattr(session, key)()
    wait_for(lambda: studio.edits != made, "what the key does otherwise")
