"""The window as a person meets it: actions, keys, menus, starting and ending."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu

from app import application
from app.actions import ACTIONS, BY_ID, MENUS, TOOLBAR, TRANSPORT
from app.bound import CONDITIONS
from app.commands import Commands
from app.keys import KeySheet, all_keys
from app.palette import Palette, ranked
from app.theme import person_colours
from glpose_core.labels import Source, Visibility, edits
from glpose_core.skeleton import EARS, POSETRACK17

from .conftest import Build, Complaints, Dialogs, Studio, wait_for

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALL_BUT_EARS = np.setdiff1d(np.arange(17), EARS)


# -- the table -------------------------------------------------------------------------------------


@pytest.mark.quick
def test_every_action_has_a_command_a_menu_and_a_condition() -> None:
    for action in ACTIONS:
        assert callable(getattr(Commands, action.id)), action.id
        assert action.menu in MENUS
        assert action.when in CONDITIONS
    assert len(BY_ID) == len(ACTIONS)
    for name in [*TRANSPORT, *(name for group in TOOLBAR for name in group)]:
        assert name in BY_ID


@pytest.mark.quick
def test_no_key_means_two_things() -> None:
    owners: dict[str, str] = {}
    for action in ACTIONS:
        for key in action.keys:
            portable = QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)
            assert portable, f"{action.id}: {key} is no key"
            assert owners.setdefault(portable, action.id) == action.id, f"{key} twice"


@pytest.mark.quick
@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("accept fr", "Accept Frame"),
        ("range", "Accept Range"),
        ("people swap", "Swap People from Here"),
        ("xpc", "Export to Computer"),
    ],
)
def test_the_palette_finds_by_parts_of_words(query: str, best: str) -> None:
    texts = ["Accept Frame", "Accept Range", "Swap People from Here", "Export to Computer"]
    assert texts[ranked(query, texts)[0]] == best
    assert ranked("zzz", texts) == []


def test_the_key_sheet_lists_every_key(studio: Studio) -> None:
    sheet = KeySheet(studio.window)
    said = {label.text() for label in sheet.findChildren(QLabel)}
    for action in ACTIONS:
        if action.keys and action.listed:
            assert all_keys(action) in said, action.id
            assert action.text.removesuffix("…") in said
    sheet.deleteLater()


def test_the_palette_triggers_what_is_chosen(crowd: Studio, dialogs: Dialogs) -> None:
    def type_and_enter(dialog: Palette) -> int:
        dialog.show()
        QTest.keyClicks(dialog.line, "next fra")
        QTest.keyClick(dialog.line, Qt.Key.Key_Return)
        return dialog.result()

    dialogs.answer("Palette", type_and_enter)
    crowd.key(Qt.Key.Key_K, CONTROL)
    assert crowd.session.frame == 1


def test_what_is_not_possible_is_not_offered(build_studio: Build) -> None:
    studio = build_studio()
    enabled = {name for name, one in studio.window.bound.actions.items() if one.isEnabled()}
    assert "open" in enabled
    assert not enabled & {"predict", "undo", "accept_frame", "delete_person", "export_labels"}


def test_undo_says_what_it_takes_back(crowd: Studio) -> None:
    crowd.key(Qt.Key.Key_Return)
    assert crowd.window.bound["undo"].text() == "Undo Accept frame"
    crowd.session.undo()
    assert crowd.window.bound["redo"].text() == "Redo Accept frame"


# -- labelling by keys -----------------------------------------------------------------------------


def ids(studio: Studio) -> list[int]:
    return [person.id for person in studio.session.people()]


def test_accepting_a_frame_a_pose_a_joint_and_a_range(crowd: Studio) -> None:
    first, second = ids(crowd)
    crowd.session.select(first, POSETRACK17.index("left_knee"))
    crowd.key(Qt.Key.Key_C)
    assert (crowd.pose(first)["source"] == Source.ACCEPTED).sum() == 1
    crowd.key(Qt.Key.Key_Return, SHIFT)
    assert (crowd.pose(first)["source"][ALL_BUT_EARS] == Source.ACCEPTED).all()
    assert (crowd.pose(second)["source"][ALL_BUT_EARS] == Source.MODEL).all()
    crowd.key(Qt.Key.Key_Return)
    assert (crowd.pose(second)["source"][ALL_BUT_EARS] == Source.ACCEPTED).all()
    assert crowd.session.project is not None
    assert crowd.session.project.state.reviewed == {0}
    crowd.session.mark(10, 13)
    crowd.key(Qt.Key.Key_R)
    assert crowd.session.project.state.reviewed == {0, 10, 11, 12}
    assert (crowd.pose(first, 12)["source"][ALL_BUT_EARS] == Source.ACCEPTED).all()
    assert crowd.session.marked is None


def test_a_range_is_asked_for_where_none_is_marked(crowd: Studio, dialogs: Dialogs) -> None:
    def choose(dialog) -> int:
        dialog.range.choose(3, 6)
        return dialog.DialogCode.Accepted

    dialogs.answer("RangeDialog", choose)
    crowd.key(Qt.Key.Key_R)
    assert crowd.session.project is not None
    assert crowd.session.project.state.reviewed == {3, 4, 5}


def test_copying_deleting_and_swapping(crowd: Studio) -> None:
    first, second = ids(crowd)
    crowd.session.select(first)
    crowd.go_to(4)
    crowd.key(Qt.Key.Key_D, CONTROL)
    assert np.allclose(crowd.pose(first, 4)["xy"], crowd.pose(first, 3)["xy"])
    crowd.key(Qt.Key.Key_Delete)
    assert crowd.pose(first, 4) is None
    crowd.session.undo()
    before = crowd.pose(first, 20)["xy"], crowd.pose(second, 20)["xy"]
    crowd.key(Qt.Key.Key_X)
    assert np.allclose(crowd.pose(first, 20)["xy"], before[1])
    assert np.allclose(crowd.pose(second, 20)["xy"], before[0])
    assert np.allclose(crowd.pose(first, 2)["xy"][5], crowd.pose(first, 1)["xy"][5], atol=1)


def test_a_new_person_stands_in_the_picture(studio: Studio) -> None:
    studio.key(Qt.Key.Key_N)
    (person,) = ids(studio)
    pose = studio.pose(person)
    assert studio.session.person == person
    assert (pose["visibility"][ALL_BUT_EARS] == Visibility.VISIBLE).all()
    assert (pose["xy"][ALL_BUT_EARS] >= 0).all()
    assert (pose["xy"][ALL_BUT_EARS] <= (175, 143)).all()


def test_a_skeleton_goes_into_the_box_of_a_person_without_joints(studio: Studio) -> None:
    studio.key(Qt.Key.Key_B)
    studio.drag((30, 20), (90, 120))
    (person,) = ids(studio)
    studio.key(Qt.Key.Key_N)
    assert ids(studio) == [person]
    pose = studio.pose(person)
    assert pose["visibility"][ALL_BUT_EARS].all()
    assert np.allclose(pose["box"], (30, 20, 60, 100), atol=0.6)


def test_tab_walks_through_joints_without_the_ears(crowd: Studio) -> None:
    crowd.session.select(ids(crowd)[0])
    walked = []
    for _ in range(16):
        crowd.key(Qt.Key.Key_Tab)
        walked.append(crowd.session.joint)
    assert walked == [*ALL_BUT_EARS.tolist(), 0]
    crowd.key(Qt.Key.Key_Tab, SHIFT)
    assert crowd.session.joint == 16


def test_labelled_frames_are_a_key_away(crowd: Studio) -> None:
    for frame in (5, 20):
        crowd.go_to(frame)
        crowd.key(Qt.Key.Key_Return)
    crowd.key(Qt.Key.Key_Home)
    crowd.key(Qt.Key.Key_Right, CONTROL)
    assert crowd.session.frame == 5
    crowd.key(Qt.Key.Key_Right, CONTROL)
    crowd.key(Qt.Key.Key_Right, CONTROL)
    assert crowd.session.frame == 20
    crowd.key(Qt.Key.Key_Left, CONTROL)
    assert crowd.session.frame == 5


def test_steps_jumps_and_marks(crowd: Studio, dialogs: Dialogs) -> None:
    session = crowd.session
    for key, frame in ((Qt.Key.Key_D, 1), (Qt.Key.Key_Period, 2), (Qt.Key.Key_PageDown, 12)):
        crowd.key(key)
        assert session.frame == frame
    crowd.key(Qt.Key.Key_BracketLeft)
    crowd.key(Qt.Key.Key_End)
    assert session.frame == 39
    crowd.key(Qt.Key.Key_A)
    crowd.key(Qt.Key.Key_BracketRight)
    assert session.marked == (12, 39)

    def jump(dialog) -> int:
        dialog.place.setText("25%")
        return dialog.DialogCode.Accepted

    dialogs.answer("JumpDialog", jump)
    crowd.key(Qt.Key.Key_G, CONTROL)
    assert session.frame in (9, 10)


def test_a_copy_is_saved_under_another_name(
    crowd: Studio, dialogs: Dialogs, tmp_path: Path, video: Path
) -> None:
    from glpose_core.labels import Project

    dialogs.answer("getSaveFileName", (str(video.with_suffix(".glpose")), ""))
    crowd.key(Qt.Key.Key_S, CONTROL | SHIFT)
    assert crowd.notices[-1][0] == "warning"
    target = tmp_path / "copy.glpose"
    dialogs.answer("getSaveFileName", (str(target), ""))
    crowd.key(Qt.Key.Key_S, CONTROL | SHIFT)
    with Project.open(target, read_only=True) as copy:
        assert len(copy.state.people()) == 2


# -- starting and ending ---------------------------------------------------------------------------


def test_the_title_names_the_video(studio: Studio) -> None:
    assert studio.window.windowTitle() == "walk.mp4 — GLPose Studio"


def test_the_window_starts_without_torch() -> None:
    """Loading torch takes seconds; only the child processes that compute may do so."""
    code = "import sys, app.window; sys.exit('torch' in sys.modules)"
    root = Path(application.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=120).returncode == 0


def test_tools_on_the_toolbar_follow_the_keys(studio: Studio) -> None:
    for key, name in ((Qt.Key.Key_B, "box"), (Qt.Key.Key_J, "place"), (Qt.Key.Key_V, "select")):
        studio.key(key)
        assert studio.canvas.tool.name == name
        checked = [n for n in BY_ID if studio.window.bound[n].isChecked()]
        assert checked == [f"tool_{name}"]


def run_app(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    root = Path(application.__file__).parents[1]
    return subprocess.run(
        [sys.executable, "main.py", *map(str, arguments)],
        cwd=root,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_without_a_display_one_sentence_and_code_3(video: Path) -> None:
    result = run_app(video)
    assert result.returncode == 3
    assert result.stderr.count("\n") == 1
    assert "QT_QPA_PLATFORM=offscreen" in result.stderr
    assert "glpose demo" in result.stderr


def test_a_screenshot_is_written_and_the_app_ends(video: Path, tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    target = tmp_path / "shots" / "window.png"
    result = run_app(video, "--frame", 7, "--screenshot", target, QT_QPA_PLATFORM="offscreen")
    assert result.returncode == 0, result.stderr
    image = QImage(str(target))
    assert (image.width(), image.height()) == (1600, 1000)
    missing = run_app(tmp_path / "none.mp4", "--screenshot", target, QT_QPA_PLATFORM="offscreen")
    assert missing.returncode == 3
    assert "none.mp4" in missing.stderr


def test_a_crash_goes_to_the_log_and_the_window_goes_on(
    studio: Studio,
    complaints: Complaints,
    monkeypatch: pytest.MonkeyPatch,
    glpose_home: Path,
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    import threading

    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    application.catch_crashes(studio.window)
    try:
        raise RuntimeError("a bug")
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert len(complaints.take()) == 1
    level, sentence = studio.notices[-1]
    assert level == "error"
    assert "a bug" not in sentence, "calm for people, details for the log"
    logging.getLogger().handlers[-1].flush()
    log = (glpose_home / "logs" / "studio.log").read_text()
    assert "RuntimeError: a bug" in log
    studio.go_to(3)


def test_closing_waits_for_commits(build_studio: Build, crowd: Studio, video: Path) -> None:
    first = ids(crowd)[0]
    wrist = POSETRACK17.index("left_wrist")
    crowd.session.select(first, wrist)
    start = np.array(crowd.pose(first)["xy"][wrist])
    crowd.key(Qt.Key.Key_Right)
    crowd.close()
    assert not list(video.parent.glob("*.glpose-*")), "a closed project is one file"
    again = build_studio(video)
    wait_for(lambda: again.session.project is not None, "the project")
    assert np.allclose(again.pose(first, 0)["xy"][wrist] - start, (1, 0))


def test_colours_stay_with_people_when_others_go(crowd: Studio) -> None:
    first, second = (person.id for person in crowd.session.people())
    before = crowd.canvas._who(second)[1]
    assert before == person_colours(second) != person_colours(first)
    project = crowd.session.project
    assert project is not None
    crowd.session.apply(edits.delete_person(project.state, first))
    crowd.window.people.refresh()
    crowd.window.timeline.refresh()
    assert crowd.canvas._who(second)[1] == before
    [row] = crowd.window.timeline._rows()
    assert row.tones == before
    assert [row.person for row in crowd.window.people.model.rows] == [second]


def test_return_ends_the_typing_of_a_name_and_accepts_no_frame(crowd: Studio) -> None:
    crowd.window.people.refresh()
    person = ids(crowd)[0]
    crowd.session.select(person)
    crowd.key(Qt.Key.Key_F2)
    editor = crowd.window.people.view.findChild(QLineEdit)
    assert editor is not None
    editor.setFocus()
    before = crowd.edits
    QTest.keyClicks(editor, "Anna")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    wait_for(lambda: crowd.session.person_name(person) == "Anna", "the new name")
    assert crowd.edits == before + 1
    assert crowd.session.project is not None
    assert not crowd.session.project.state.reviewed


def test_predicting_puts_the_box_tool_away(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    begins = False
    monkeypatch.setattr("app.dialogs.predict.predict_with_dialog", lambda *_: begins)
    studio.key(Qt.Key.Key_B)
    studio.key(Qt.Key.Key_P)
    assert studio.canvas.tool.name == "box"
    begins = True
    studio.key(Qt.Key.Key_P)
    assert studio.canvas.tool.name == "select"


def test_menus_fit_a_low_screen_without_a_second_column(studio: Studio) -> None:
    for top in studio.window.menuBar().actions():
        menu = top.menu()
        assert isinstance(menu, QMenu)
        rows = [entry for entry in menu.actions() if not entry.isSeparator()]
        assert len(rows) <= 21, top.text()
        assert 30 * len(rows) + 13 * (len(menu.actions()) - len(rows)) < 768 - 32, top.text()


def test_closing_asks_first_where_the_disk_refuses_edits(
    studio: Studio, dialogs: Dialogs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from glpose_core.errors import ProjectError

    project = studio.session.project
    assert project is not None
    refusal = ProjectError("cannot be written (disk full)", file=project.path)
    monkeypatch.setattr(type(project), "trouble", property(lambda _: refusal))
    dialogs.answer("Question", lambda dialog: 0)
    assert not studio.window.close(), "kept open"
    assert studio.session.project is project
    studio.session.open(tmp_path / "other.mp4")
    assert studio.session.opening is None, "nothing else is opened over unwritten edits"
    assert any("disk full" in text for _, text in studio.notices)
    monkeypatch.undo()
