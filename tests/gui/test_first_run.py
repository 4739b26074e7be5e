"""The first start: the welcome, the demo clip, the hints of the first clip, and the list of messages."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.actions import BY_ID
from app.demo import rendered_clip
from app.dialogs.notices import NoticesDialog
from app.hints import HINTS
from app.keys import KeySheet
from app.notices import split_remedy
from app.panels.hints import HintCard, HintedColumn
from app.session import JobStatus
from app.settings import recent
from glpose_core.errors import Cancelled, GLPoseError
from glpose_core.skeleton import POSETRACK17
from glpose_core.synthetic.demo import DemoRequest
from glpose_core.video import open_video
from tests.clips import Clip, encode
from tests.gui.conftest import Build, Dialogs, Studio, made_up, wait_for

Progress = Callable[[int, int], None]
Asked = Callable[[], bool]


def card(studio: Studio) -> HintCard:
    found = studio.window.findChild(HintCard)
    assert found is not None
    return found


def said(widget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


# -- the empty window ------------------------------------------------------------------------------


def test_the_empty_window_offers_a_video_the_demo_and_the_loop(build_studio: Build) -> None:
    studio = build_studio()
    welcome = studio.window.welcome
    assert welcome.isVisible()
    assert welcome.geometry() == studio.canvas.rect()
    for word in ("Predict", "Correct", "Judge", "Export", "P", "Ctrl+E"):
        assert word in said(welcome)
    assert welcome.open_button.key == "Ctrl+O"
    assert "Ctrl+O" in welcome.open_button.toolTip()
    assert not welcome.trouble.isVisible()


@pytest.mark.parametrize("size", [(1600, 1000), (1366, 768), (1280, 720)])
def test_the_welcome_fits_the_window(build_studio: Build, size: tuple[int, int]) -> None:
    studio = build_studio()
    studio.window.resize(*size)
    QApplication.processEvents()
    assert (studio.window.width(), studio.window.height()) == size
    body = studio.window.welcome._body
    assert studio.window.welcome.rect().contains(body.geometry())
    for button in body.findChildren(QPushButton):
        assert body.rect().contains(button.mapTo(body, QPoint(0, 0)))


def test_the_welcomes_button_opens_a_video(
    build_studio: Build, dialogs: Dialogs, video: Path
) -> None:
    studio = build_studio()
    dialogs.answer("getOpenFileName", (str(video), ""))
    studio.window.welcome.open_button.setFocus()
    QTest.keyClick(studio.window.welcome.open_button, Qt.Key.Key_Return)
    wait_for(lambda: studio.session.project is not None, "the video")
    assert not studio.window.welcome.isVisible()
    assert studio.canvas.hasFocus(), "keys go to the picture, not to some button"
    studio.session.close()
    assert studio.window.welcome.isVisible()
    [recent] = [
        button
        for button in studio.window.welcome.findChildren(QPushButton)
        if button.accessibleName() == video.name and button.isVisible()
    ]
    recent.click()
    wait_for(lambda: studio.session.project is not None, "the recent video")


def test_why_opening_failed_stays_until_the_next_attempt(
    build_studio: Build, tmp_path: Path, video: Path
) -> None:
    studio = build_studio()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video" * 100)
    studio.session.open(broken)
    wait_for(lambda: studio.notices, "the refusal")
    trouble = studio.window.welcome.trouble
    assert trouble.isVisible()
    assert "broken.mp4" in said(trouble)
    assert studio.window.status.currentMessage()
    studio.open(video)
    assert not studio.window.status.currentMessage(), "old news"
    studio.session.close()
    assert not trouble.isVisible()


def recent_rows(studio: Studio) -> list[QPushButton]:
    buttons = studio.window.welcome.findChildren(QPushButton)
    return [one for one in buttons if one.property("role") == "row" and one.isVisible()]


def test_rows_of_recent_files_do_not_overlap(
    build_studio: Build, clip: Path, tmp_path: Path
) -> None:
    studio = build_studio()
    for at in range(4):
        video = tmp_path / f"clip{at}.mp4"
        video.write_bytes(clip.read_bytes())
        studio.open(video)
        studio.window.bound["close_project"].trigger()
        rows = recent_rows(studio)
        assert len(rows) == at + 1
        body = studio.window.welcome._body
        places = [QRect(one.mapTo(body, one.rect().topLeft()), one.size()) for one in rows]
        assert all(body.rect().contains(place) for place in places)
        assert all(a.bottom() < b.top() for a, b in itertools.pairwise(places))
        assert all(place.height() >= 28 for place in places)


def test_a_video_and_its_project_are_listed_once(build_studio: Build, video: Path) -> None:
    studio = build_studio()
    project = video.with_suffix(".glpose")
    for path in (video, project, video, video.parent / ".." / video.parent.name / project.name):
        studio.open(path)
        studio.session.close()
        assert [(one.name, ".." in one.parts) for one in recent()] == [(path.name, False)]


def test_projects_of_videos_of_one_name_are_both_listed(build_studio: Build, video: Path) -> None:
    studio = build_studio()
    twin = encode(video.with_suffix(".avi"), Clip(frames=12, codec="mpeg4"))
    for path in (video, twin, twin.with_name("walk.avi.glpose")):
        studio.open(path)
        studio.session.close()
    assert [one.name for one in recent()] == ["walk.avi.glpose", "walk.mp4"]


# -- the demo clip ---------------------------------------------------------------------------------


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, video: Path) -> threading.Event:
    """A stand-in for the renderer: it hands over a clip that is there already."""

    def stand_in(progress: Progress, cancelled: Asked) -> Path:
        progress(1, 4)
        while not go_on.wait(0.01):
            if cancelled():
                raise Cancelled
        progress(4, 4)
        return video

    go_on = threading.Event()
    monkeypatch.setattr("app.demo.rendered_clip", stand_in)
    return go_on


def test_the_demo_clip_is_rendered_in_a_process_of_its_own(tmp_path: Path) -> None:
    request = DemoRequest(tmp_path / "demo", frames=2, size=(96, 54))
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))

    clip = rendered_clip(progress, lambda: False, request)
    assert told == [(1, 2), (2, 2)]
    with open_video(clip) as reader:
        assert len(reader) == 2
    assert rendered_clip(progress, lambda: False, request) == clip
    assert len(told) == 2, "rendered once"


def test_the_rendering_process_ends_when_it_is_cancelled(tmp_path: Path) -> None:
    request = DemoRequest(tmp_path / "demo", frames=500, size=(96, 54))
    told: list[int] = []
    with pytest.raises(Cancelled):
        rendered_clip(lambda done, _: told.append(done), lambda: bool(told), request)
    assert not list((tmp_path / "demo").glob("*.mp4"))


def test_a_rendering_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    request = DemoRequest(tmp_path / "demo", frames=2, size=(0, 54))
    with pytest.raises(GLPoseError, match="cannot be written with 0×54 pixels"):
        rendered_clip(lambda _done, _total: None, lambda: False, request)


def test_the_demo_clip_is_rendered_with_progress_and_opened(
    build_studio: Build, demo: threading.Event
) -> None:
    studio = build_studio()
    studio.window.welcome.demo_button.click()
    wait_for(lambda: studio.session.opening and studio.session.opening.fraction == 0.25)
    assert "demo clip" in studio.session.opening.title
    assert not studio.window.welcome.isVisible()
    demo.set()
    wait_for(lambda: studio.session.project is not None, "the demo clip")
    studio.wait_for_picture()
    project = studio.session.project
    studio.window.bound["open_demo"].trigger()
    wait_for(lambda: studio.session.opening is None, "the second opening")
    assert studio.session.project is project, "open already"


def test_the_demo_may_be_asked_for_on_the_command_line(
    build_studio: Build, demo: threading.Event
) -> None:
    demo.set()
    studio = build_studio("--demo")
    wait_for(lambda: studio.session.project is not None, "the demo clip")


def test_escape_gives_the_rendering_up(build_studio: Build, demo: threading.Event) -> None:
    studio = build_studio()
    studio.window.bound["open_demo"].trigger()
    wait_for(lambda: studio.session.opening and studio.session.opening.fraction == 0.25)
    studio.key(Qt.Key.Key_Escape)
    wait_for(lambda: studio.session.opening is None, "the end of the rendering")
    assert studio.session.project is None
    assert studio.window.welcome.isVisible()
    assert not studio.notices


# -- the hints of the first clip -------------------------------------------------------------------


def test_hints_follow_the_loop_and_are_remembered(
    build_studio: Build, studio: Studio, video: Path
) -> None:
    hints = studio.window.hints
    assert hints.current is not None
    assert hints.current.id == "predict"
    assert card(studio).isVisible()
    studio.session.set_job(JobStatus("Finding people"))
    assert hints.current is None, "under way"
    assert "appear here" in str(studio.window.people.empty_text)
    studio.session.set_job(None)
    studio.predict(made_up(range(40)))
    wait_for(lambda: hints.current and hints.current.id == "correct", "the second hint")
    person = studio.session.people()[0].id
    wrist = POSETRACK17.index("left_wrist")
    start = np.array(studio.pose(person)["xy"][wrist])
    studio.drag(start, start + np.array([6, 3]))
    wait_for(lambda: hints.current.id == "judge", "the third hint")
    studio.session.select(person, wrist)
    studio.key(Qt.Key.Key_2)
    assert hints.current is None, "nothing is ready to be exported after one joint"
    studio.key(Qt.Key.Key_Return)
    wait_for(lambda: hints.current and hints.current.id == "export", "the last hint")
    studio.close()
    again = build_studio(video)
    again.wait_for_picture()
    wait_for(lambda: again.window.hints.current is not None, "the last hint")
    assert again.window.hints.current.id == "export"
    again.window.hints.dismiss()
    assert not card(again).isVisible()


def test_the_number_of_the_hint_is_read_whole_beside_its_keys(crowd: Studio) -> None:
    hints = crowd.window.hints
    crowd.window.resize(1600, 1000)
    crowd.window.bound["show_hints"].trigger()
    for hint in HINTS[:3]:
        QTest.qWait(50)
        assert hints.current is hint
        assert not card(crowd)._short
        heading = card(crowd)._heading
        assert heading.width() >= heading.sizeHint().width(), heading.text()
        hints.dismiss()


@pytest.mark.parametrize(
    ("size", "whole"), [((1280, 800), True), ((1600, 1000), True), ((900, 600), False)]
)
def test_a_hint_explains_where_there_is_room(
    crowd: Studio, size: tuple[int, int], whole: bool
) -> None:
    window = crowd.window
    window.resize(*size)
    window.bound["show_hints"].trigger()
    shown, column = card(crowd), window.findChild(HintedColumn)
    assert column is not None
    for hint in HINTS[:3]:
        QTest.qWait(50)
        assert window.hints.current is hint
        assert shown._text.isVisible() == whole
        if whole:
            assert shown._text.text()
            assert shown._text.height() >= shown._text.heightForWidth(shown._text.width())
            assert abs(shown.height() - shown._whole_height(column.width())) <= 4
        assert column.height() - shown.height() >= (240 if whole else 120), "for the lists"
        window.hints.dismiss()


def test_the_buttons_of_a_hint_are_read_whole_in_a_narrow_column(crowd: Studio) -> None:
    wait_for(
        lambda: crowd.window.hints.current and crowd.window.hints.current.id == "correct", "it"
    )
    column = crowd.window.findChild(HintedColumn)
    assert column is not None
    column.setFixedWidth(240)  # of a window 900 pixels wide
    wait_for(lambda: card(crowd).width() == 240, "the narrow card")
    QTest.qWait(50)
    for button in (card(crowd).do, card(crowd).never):
        assert button.width() >= button.sizeHint().width(), button.text()


def test_hints_can_be_put_away_and_shown_again(crowd: Studio) -> None:
    hints = crowd.window.hints
    wait_for(lambda: hints.current and hints.current.id == "correct", "the hint")
    card(crowd).never.click()
    assert hints.current is None
    assert not card(crowd).isVisible()
    crowd.window.bound["show_hints"].trigger()
    seen = []
    while hints.current is not None and hints.current.id != "export":
        seen.append(hints.current.id)
        hints.dismiss()
    assert seen == ["predict", "correct", "judge"], "from the start, although there are people"


def test_a_hint_takes_its_step(crowd: Studio) -> None:
    hints = crowd.window.hints
    wait_for(lambda: hints.current and hints.current.id == "correct", "the hint")
    card(crowd).do.click()
    assert crowd.session.project is not None
    assert crowd.session.project.state.reviewed == {0}
    assert hints.current.id == "judge"


@pytest.mark.quick
def test_hints_name_actions_and_keys_that_exist() -> None:
    for hint in HINTS:
        for action in (*hint.ends_with, *([hint.action] if hint.action else [])):
            assert action in BY_ID
        keys = {key for action in BY_ID.values() for key in action.keys}
        assert set(hint.keys) <= keys


def test_the_card_leaves_the_picture_and_the_columns_as_they_are(studio: Studio) -> None:
    studio.window.resize(1366, 768)
    QApplication.processEvents()
    assert studio.window.people.width() <= 264
    studio.window.hints.dismiss_all()
    QApplication.processEvents()
    assert studio.window.people.width() <= 264


# -- messages --------------------------------------------------------------------------------------


@pytest.mark.quick
@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("a.mp4: is not a video — convert it.", ("a.mp4: is not a video.", "Convert it.")),
        ("Frame 7 is accepted.", ("Frame 7 is accepted.", "")),
    ],
)
def test_a_remedy_is_told_apart(sentence: str, parts: tuple[str, str]) -> None:
    assert split_remedy(sentence) == parts


def test_messages_that_went_by_can_be_read_again(studio: Studio, dialogs: Dialogs) -> None:
    studio.session.notice("info", "Frame 7 is accepted.")
    studio.session.notice("error", "a.glpose: cannot be written — free some space.")
    read = []

    def look(dialog: NoticesDialog) -> int:
        dialog.show()
        QApplication.processEvents()
        read.append(said(dialog))
        assert dialog.height() <= dialog.screen().availableGeometry().height()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible(), "Escape closes it"
        return 0

    dialogs.answer("NoticesDialog", look)
    studio.window.status.details.click()
    assert read
    text = read[0]
    assert text.index("cannot be written") < text.index("Frame 7"), "the latest first"
    assert "Free some space." in text


# -- every button says its key ---------------------------------------------------------------------


def test_every_button_of_the_window_has_a_tooltip(crowd: Studio) -> None:
    from PySide6.QtWidgets import QAbstractButton

    for button in crowd.window.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.toolTip(), button.text() or button.accessibleName()


@pytest.mark.parametrize("width", [1240, 900, 620])
def test_no_key_is_cut_off_however_narrow_the_sheet(
    build_studio: Build, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = build_studio()
    monkeypatch.setattr("app.keys.fit_to_screen", lambda dialog, _: dialog.resize(width, 600))
    sheet = KeySheet(studio.window)
    sheet.show()
    QApplication.processEvents()
    right = sheet.rect().right() - 24
    for label in sheet.findChildren(QLabel):
        at = label.mapTo(sheet, QPoint(label.width() - 1, 0))
        assert at.x() <= right, label.text()
        assert label.width() >= label.sizeHint().width(), label.text()
    sheet.close()
    sheet.deleteLater()
