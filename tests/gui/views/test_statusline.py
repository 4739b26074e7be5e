"""The status line: what it says, what it leaves out where room is short, and Cancel."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.durations import clock, time_left
from app.session import JobStatus
from app.statusline import StatusLine

pytestmark = pytest.mark.quick


@pytest.fixture
def line(make_session, qtbot):
    session = make_session(230, 2)
    session.info = SimpleNamespace(width=1768, height=994, average_rate=29.97)
    made = StatusLine(session)
    qtbot.addWidget(made)
    made.resize(1600, 32)
    made.show()
    return made


def shown(line):
    return [field.text() for field in line.fields.values() if not field.isHidden()]


def test_it_says_where_we_are_and_what_is_open(line):
    line.set_zoom(0.6)
    line.session.go_to(120)
    assert shown(line) == [
        "frame 120 · 4.800 s",
        "1768 × 994 · 29.97 fps",
        "zoom 60 %",
        "GLPose W32 · starter",
        "cpu",
    ]


def test_a_narrow_line_leaves_out_the_size_and_keeps_the_frame(line):
    line.resize(330, 32)
    assert "1768 × 994 · 29.97 fps" not in shown(line)
    assert shown(line)[0].startswith("frame 0")
    line.resize(1600, 32)
    assert "1768 × 994 · 29.97 fps" in shown(line)


def test_without_a_video_it_says_so(make_session, qtbot):
    line = StatusLine(make_session(0, 0))
    qtbot.addWidget(line)
    assert shown(line) == ["no video open"]


def test_the_running_works_device_is_shown_while_it_runs(line):
    line.session.set_job(JobStatus("Predicting", device="NVIDIA H200"))
    assert "NVIDIA H200" in shown(line)
    line.session.set_job(None)
    assert "cpu" in shown(line)


def test_running_work_has_words_a_bar_and_a_cancel_that_cancels(line):
    cancelled = []
    assert line._work.isHidden()
    line.session.set_job(JobStatus("Predicting", 142, 229, 14, "CPU", lambda: cancelled.append(1)))
    assert line._text.text() == "Predicting 142 of 229 · 0:14 left"
    assert line._bar.value() == 620
    QTest.mouseClick(line._button, Qt.MouseButton.LeftButton)
    assert cancelled == [1]
    assert not line._button.isEnabled()
    line.session.set_job(None)
    assert line._work.isHidden()
    line.session.set_job(JobStatus("Predicting", cancel=lambda: None))
    assert line._button.isEnabled()
    assert line._bar.maximum() == 0


def test_progress_after_cancel_does_not_invite_a_second_one(line):
    def cancel():
        return None

    line.session.set_job(JobStatus("Predicting", 1, 9, None, "", cancel))
    QTest.mouseClick(line._button, Qt.MouseButton.LeftButton)
    line.session.set_job(JobStatus("Predicting", 2, 9, None, "", cancel))
    assert not line._button.isEnabled()
    assert line._text.text() == "Cancelling …"


def test_saved_and_unsaved_are_told_apart(line):
    project = line.session.project
    project.pending = 1
    line.session.saved_changed.emit()
    assert line._saved.text() == "saving…"
    project.pending, project.saved_at = 0, 1_700_000_000.0
    line.session.saved_changed.emit()
    assert line._saved.text().startswith("all saved ")
    assert line._saved.property("role") == "quiet"
    project.trouble = "disk full"
    line.session._note_commit()
    assert line._saved.text().startswith("not saved")
    assert line._saved.property("role") == "doubt"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.000 s"),
        (4.0, "4.000 s"),
        (59.9999, "1:00.000"),
        (64.25, "1:04.250"),
        (3723.5, "1:02:03.500"),
        (-0.04, "−0.040 s"),
    ],
)
def test_times_as_people_read_them(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(14.2, "0:14"), (725, "12:05"), (3723, "1:02:03")])
def test_time_left(seconds, text):
    assert time_left(seconds) == text


def test_a_notice_takes_the_fields_place_and_nothing_lies_across_it(line):
    line.set_zoom(0.6)
    line.notice("info", "The training was cancelled.")
    line.session.set_job(JobStatus("Predicting", 1, 9, 14, "CPU"))
    line.session.set_job(None)
    QTest.qWait(1)
    assert line._notice.isVisible()
    assert line._notice.text() == "The training was cancelled."
    assert line.fields["place"].isVisible(), "one always sees where one is"
    assert not line.fields["zoom"].isVisible()
    line.clearMessage()
    assert line.fields["zoom"].isVisible()
    assert not line._notice.isVisible()


def test_a_long_notice_is_shortened_and_whole_in_its_tooltip(line):
    line.resize(900, 32)
    line.session.set_job(JobStatus("Predicting", 1, 9, 14, "CPU", lambda: None))
    sentence = "/somewhere/clip.mp4: cannot be read as a video, " * 4
    line.notice("error", sentence)
    QTest.qWait(1)
    assert line._notice.text().endswith("…")
    assert line._notice.toolTip() == sentence
    assert line._sign.accessibleName() == "error"
    assert line.details.isVisible()


def test_a_long_notice_never_widens_the_window(line):
    before = line.minimumSizeHint().width()
    line.notice("error", "a long sentence about a file that cannot be read " * 20)
    QTest.qWait(1)
    assert line.minimumSizeHint().width() <= before + line.details.width() + 120
    line.resize(700, 32)
    QTest.qWait(1)
    assert line.width() == 700
    assert line.dismiss.geometry().right() < line._left.width()


def test_a_notice_can_be_read_whole_and_put_away(line):
    wanted = []
    line.details_wanted.connect(lambda: wanted.append(1))
    line.notice("info", "Frame 7 is accepted.")
    assert not line.details.isVisible(), "nothing more to say"
    line.notice("warning", "Predicting is still running: wait, or cancel it.")
    QTest.mouseClick(line.details, Qt.MouseButton.LeftButton)
    assert wanted == [1]
    QTest.mouseClick(line.dismiss, Qt.MouseButton.LeftButton)
    assert line.fields["place"].isVisible()
    assert line._notice.geometry().right() < line._work.mapTo(line, line._work.rect().topLeft()).x()


def test_cancel_keeps_its_place_while_edits_are_being_saved(line):
    line.session.set_job(JobStatus("Predicting", 1, 9, 14, "CPU", lambda: None))
    places = set()
    for text in ("saving…", "all saved", "all saved 14:02"):
        line._saved.setText(text)
        QTest.qWait(1)
        places.add(line._button.mapTo(line, line._button.rect().topLeft()).x())
    assert len(places) == 1


@pytest.mark.parametrize("width", [760, 1280])
def test_work_that_begins_never_widens_the_line(line, qtbot, width):
    line.resize(width, 32)
    line.session.set_job(JobStatus("Predicting", 142, 229, 14, "CPU, 16 threads", lambda: None))
    assert line.minimumSizeHint().width() <= width
    qtbot.wait(1)
    assert line.width() == width
    for field in line.fields.values():
        if not field.isHidden():
            assert field.geometry().right() <= field.parentWidget().width()
