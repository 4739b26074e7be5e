"""Opening: what cannot be opened, what is not found, and who thinks better of it meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog

from app.choices import PredictChoices, make_request
from app.settings import recent
from glpose_core.errors import ProjectError
from glpose_core.labels import Project
from glpose_core.video import open_video
from tests.clips import Clip, encode

from .conftest import Build, Dialogs, Studio, wait_for
from .test_session import one_person


def test_what_cannot_be_opened_leaves_the_old_one_open(studio: Studio, tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("no video")
    for path in (text, tmp_path / "missing.mp4", tmp_path / "missing.glpose"):
        studio.session.open(path)
        wait_for(lambda: studio.session.opening is None, "the refusal")
        level, sentence = studio.notices[-1]
        assert level == "error"
        assert path.name in sentence
        assert studio.session.frames == 40
    studio.go_to(5)


def test_a_damaged_project_is_refused_and_not_written_over(
    build_studio: Build, video: Path
) -> None:
    project = video.with_suffix(".glpose")
    project.write_bytes(b"damaged" * 1000)
    studio = build_studio(video)
    wait_for(lambda: studio.notices, "the refusal")
    assert studio.session.project is None
    assert project.read_bytes() == b"damaged" * 1000


def test_opening_another_one_exchanges_everything(studio: Studio, tmp_path: Path) -> None:
    person = one_person(studio)
    studio.session.select(person)
    studio.go_to(39)
    other = encode(tmp_path / "other.mp4", Clip(frames=7))
    studio.open(other)
    session = studio.session
    assert (session.frames, session.frame, session.person) == (7, 0, None)
    assert session.people() == []
    assert studio.window.windowTitle().startswith("other.mp4")


def test_opening_the_open_one_again_does_nothing(studio: Studio, video: Path) -> None:
    project = studio.session.project
    studio.session.open(video)
    studio.session.open(video.with_suffix(".glpose"))
    assert studio.session.opening is None
    assert studio.session.project is project


def test_escape_cancels_opening(
    build_studio: Build, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import opening
    from glpose_core.errors import Cancelled

    started = threading.Event()

    def slow_index(path, progress, cancelled):
        progress(0.25)
        started.set()
        while not cancelled():
            time.sleep(0.005)
        raise Cancelled

    monkeypatch.setattr(opening, "build_index", slow_index)
    studio = build_studio(video)
    wait_for(started.is_set, "the scan")
    wait_for(lambda: studio.session.opening and studio.session.opening.fraction == 0.25)
    studio.key(Qt.Key.Key_Escape)
    wait_for(lambda: studio.session.opening is None, "the end of the scan")
    assert studio.session.project is None
    assert studio.notices == []
    assert not video.with_suffix(".glpose").exists()


def test_closing_while_opening_waits_for_the_thread(
    build_studio: Build, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import opening

    real = opening.build_index

    def slow_index(path, progress, cancelled):
        time.sleep(0.2)
        return real(path, progress, cancelled)

    monkeypatch.setattr(opening, "build_index", slow_index)
    studio = build_studio(video)
    studio.close()
    assert studio.session.project is None


@pytest.fixture
def lost(studio: Studio, video: Path, tmp_path: Path) -> Path:
    """A project with one person, in another folder than its video."""
    one_person(studio)
    studio.close()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return video.with_suffix(".glpose").rename(folder / "walk.glpose")


YES, NO = QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected


def test_a_missing_video_is_named_and_found_again_beside_the_project(
    build_studio: Build, dialogs: Dialogs, lost: Path, video: Path
) -> None:
    dialogs.answer("Question", lambda _question: NO)
    studio = build_studio(lost)
    wait_for(lambda: studio.notices, "the refusal")
    assert "walk.mp4" in studio.notices[-1][1]
    assert studio.session.project is None
    video.rename(lost.with_name("walk.mp4"))
    studio.open(lost)
    assert len(studio.session.people()) == 1


@pytest.mark.parametrize("where", ["beside", "below", "afar"])
def test_a_video_that_was_renamed_is_shown_once(
    build_studio: Build, dialogs: Dialogs, lost: Path, video: Path, where: str
) -> None:
    folder = {"beside": lost.parent, "below": lost.parent / "clips", "afar": video.parent}[where]
    folder.mkdir(exist_ok=True)
    place = folder / "renamed.mp4"
    video.rename(place)
    dialogs.answer("Question", lambda _question: YES)
    dialogs.answer("getOpenFileName", (str(place), ""))
    studio = build_studio(lost)
    wait_for(lambda: studio.session.project is not None, "the project")
    assert dialogs.seen == ["Question", "getOpenFileName"]
    assert len(studio.session.people()) == 1
    named = str(place if where == "afar" else place.relative_to(lost.parent))
    said = ("info", f"“walk.glpose” remembers that its video is “{named}”")
    wait_for(lambda: said in studio.notices, "the sentence")
    project = studio.session.project
    assert project is not None
    assert project.state.video.path == ("renamed.mp4" if where == "beside" else str(place))
    studio.close()
    again = build_studio(lost)
    wait_for(lambda: again.session.project is not None, "the project again")
    assert dialogs.seen == ["Question", "getOpenFileName"], "it is not asked for again"


REMEMBERED = ("info", "“walk.glpose” remembers that its video is “renamed.mp4”")


@pytest.fixture
def renamed(studio: Studio, video: Path) -> Path:
    """A video with one person that was renamed where it lies, with its project left as it was."""
    one_person(studio)
    studio.close()
    return video.rename(video.with_name("renamed.mp4"))


def test_a_renamed_video_opens_the_labels_that_were_made_on_it(
    build_studio: Build, renamed: Path, video: Path
) -> None:
    for turn in range(2):  # the second time, the project knows the name
        studio = build_studio(renamed)
        wait_for(lambda studio=studio: studio.session.project is not None, "the project")
        assert len(studio.session.people()) == 1
        assert [one.name for one in renamed.parent.glob("*.glpose")] == ["walk.glpose"]
        if turn == 0:
            wait_for(lambda studio=studio: REMEMBERED in studio.notices, "the sentence")
        studio.open(video.with_suffix(".glpose"))
        studio.close()
        assert len(recent()) == 1


def test_a_copy_of_a_video_gets_a_project_of_its_own(
    build_studio: Build, renamed: Path, video: Path
) -> None:
    video.write_bytes(renamed.read_bytes())
    studio = build_studio(renamed)
    wait_for(lambda: studio.session.project is not None, "the project")
    assert studio.session.people() == []
    assert renamed.with_suffix(".glpose").exists()


def test_two_projects_of_a_renamed_video_are_left_to_be_chosen_from(
    build_studio: Build, renamed: Path, video: Path
) -> None:
    project = video.with_suffix(".glpose")
    project.with_name("copy.glpose").write_bytes(project.read_bytes())
    studio = build_studio(renamed)
    wait_for(lambda: studio.session.project is not None, "the project")
    assert studio.session.people() == []


def test_a_video_by_its_old_name_is_asked_for(
    build_studio: Build, dialogs: Dialogs, renamed: Path, video: Path
) -> None:
    assert recent() == [video]
    dialogs.answer("Question", lambda _question: YES)
    dialogs.answer("getOpenFileName", (str(renamed), ""))
    studio = build_studio(video)
    wait_for(lambda: studio.session.project is not None, "the project")
    assert len(studio.session.people()) == 1
    assert studio.session.project is not None
    assert studio.session.project.path == video.with_suffix(".glpose")


def test_what_the_project_remembers_is_said_when_it_is_on_the_disk(
    build_studio: Build,
    dialogs: Dialogs,
    lost: Path,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: Future[None] = Future()
    monkeypatch.setattr(Project, "set_video", lambda _project, _video: written)
    dialogs.answer("Question", lambda _question: YES)
    dialogs.answer("getOpenFileName", (str(video), ""))
    studio = build_studio(lost)
    wait_for(lambda: studio.session.project is not None, "the project")
    studio.wait_for_picture()
    assert not any("remembers" in sentence for _, sentence in studio.notices)
    written.set_result(None)
    wait_for(lambda: any("remembers" in said for _, said in studio.notices), "the sentence")


def test_a_place_that_cannot_be_written_opens_all_the_same(
    build_studio: Build,
    dialogs: Dialogs,
    lost: Path,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(project: Project, _video: object) -> None:
        raise ProjectError("cannot be written", file=project.path)

    monkeypatch.setattr(Project, "set_video", refuse)
    dialogs.answer("Question", lambda _question: YES)
    dialogs.answer("getOpenFileName", (str(video), ""))
    studio = build_studio(lost)
    wait_for(lambda: studio.session.project is not None, "the project")
    assert len(studio.session.people()) == 1
    assert [sentence for level, sentence in studio.notices if level == "error"] == [
        f"{lost}: cannot be written."
    ]
    assert not any("remembers" in sentence for _, sentence in studio.notices)


def test_a_video_that_cannot_be_the_one_is_refused_and_not_remembered(
    build_studio: Build, dialogs: Dialogs, lost: Path, video: Path
) -> None:
    video.unlink()
    shorter = encode(video.with_name("shorter.mp4"), Clip(frames=10))
    dialogs.answer("Question", lambda _question: YES)
    dialogs.answer("getOpenFileName", (str(shorter), ""))
    studio = build_studio(lost)
    wait_for(lambda: studio.notices, "the refusal")
    assert "10 frames" in studio.notices[-1][1]
    assert studio.session.project is None
    with Project.open(lost, read_only=True) as project:
        assert Path(project.state.video.path).name == "walk.mp4"


def test_who_looks_for_a_video_in_vain_is_told_what_is_missing(
    build_studio: Build, dialogs: Dialogs, lost: Path, video: Path
) -> None:
    video.unlink()
    dialogs.answer("Question", lambda _question: YES)
    dialogs.answer("getOpenFileName", ("", ""))
    studio = build_studio(lost)
    wait_for(lambda: studio.notices, "the refusal")
    assert "walk.mp4 is missing" in studio.notices[-1][1]


def test_pictures_that_were_moved_are_looked_for_as_a_folder(
    build_studio: Build, dialogs: Dialogs, tmp_path: Path
) -> None:
    pictures = tmp_path / "walk"
    pictures.mkdir()
    for frame in range(3):
        QImage(64, 48, QImage.Format.Format_RGB32).save(str(pictures / f"{frame}.png"))
    first = build_studio(pictures)
    wait_for(lambda: first.session.project is not None, "the folder")
    first.close()
    moved = pictures.rename(tmp_path / "moved")
    dialogs.answer("Question", lambda _question: YES)
    dialogs.answer("getExistingDirectory", str(moved))
    again = build_studio(tmp_path / "walk.glpose")
    wait_for(lambda: again.session.project is not None, "the project")
    assert again.session.frames == 3


def test_a_shorter_video_in_its_place_is_refused(
    build_studio: Build, studio: Studio, video: Path
) -> None:
    one_person(studio)
    studio.close()
    encode(video, Clip(frames=10))
    again = build_studio(video)
    wait_for(lambda: again.notices, "the refusal")
    assert again.session.project is None
    assert "10 frames" in again.notices[-1][1]


def test_a_video_of_another_size_in_its_place_is_refused(
    build_studio: Build, studio: Studio, video: Path
) -> None:
    person = one_person(studio)
    studio.close()
    original = video.read_bytes()
    encode(video, Clip(frames=40, width=88, height=72))
    again = build_studio(video)
    wait_for(lambda: again.notices, "the refusal")
    assert again.session.project is None
    level, sentence = again.notices[-1]
    assert level == "error"
    assert "walk.mp4: has pictures of 88×72 pixels" in sentence
    assert "176×144 — put the original video back" in sentence
    video.write_bytes(original)
    again.open(video)
    assert [one.id for one in again.session.people()] == [person]


def test_another_file_in_its_place_is_asked_about_once(
    build_studio: Build, studio: Studio, video: Path, dialogs: Dialogs
) -> None:
    person = one_person(studio)
    studio.close()
    encode(video, Clip(frames=40, gop=1))  # the same pictures, encoded anew
    asked: list[str] = []

    def answer(code: int):
        return lambda question: (asked.append(question.said), code)[1]

    dialogs.answer("Question", answer(0))
    left = build_studio(video)
    wait_for(lambda: asked and left.session.opening is None, "the question")
    assert "every label would lie in the wrong place" in asked[0]
    assert left.session.project is None
    dialogs.answer("Question", answer(1))
    left.open(video)
    assert [one.id for one in left.session.people()] == [person]
    assert left.session.project is not None
    request = make_request(
        left.session.project.state, video, PredictChoices("glpose-w18-starter", 0, 40), focus=0
    )
    with open_video(video, index=request.index) as reader:
        assert len(reader) == 40, "networks read it, too"
    left.close()
    again = build_studio()
    again.open(video)
    assert len(asked) == 2


def test_what_is_open_stays_where_another_file_is_not_wanted(
    build_studio: Build, studio: Studio, video: Path, tmp_path: Path, dialogs: Dialogs
) -> None:
    one_person(studio)
    other = encode(tmp_path / "other.mp4", Clip(frames=7))
    studio.open(other)
    encode(video, Clip(frames=40, gop=1))
    dialogs.answer("Question", lambda _question: 0)
    studio.session.open(video)
    wait_for(lambda: "Question" in dialogs.seen and studio.session.opening is None)
    assert studio.window.windowTitle().startswith("other.mp4")
    studio.go_to(5)
