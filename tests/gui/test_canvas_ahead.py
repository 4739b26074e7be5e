"""Frames that are drawn ahead while the video plays are what would be drawn in their time, or are not shown."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.ahead import Ahead, Look
from glpose_core.labels import edits

from .conftest import Complaints, Studio, wait_for

HINT = 56
"""Pixels at the bottom in which the hint may lie."""


def above_hint(image: QImage) -> QImage:
    return image.copy(0, 0, image.width(), image.height() - HINT)


def ready(studio: Studio) -> Look:
    """Play, and hold still once the next frame has been drawn."""
    session, canvas = studio.session, studio.canvas
    session.play()
    ahead = canvas._ahead
    wait_for(lambda: ahead._look is not None and not ahead._left)
    session._player._ticker.setInterval(10_000)
    wait_for(lambda: canvas.shown_frame == session.frame)
    wait_for(lambda: ahead._look is not None and ahead._look.frame == session.frame + 1)
    wait_for(lambda: not ahead._left)
    assert session.playing
    return next_look(studio)


def next_look(studio: Studio) -> Look:
    frame = studio.session.frame + 1
    return studio.canvas.look(frame, studio.session.picture_levels(frame))


@pytest.mark.parametrize("chosen", [False, True])
def test_what_is_drawn_ahead_is_drawn_alike_in_its_time(
    crowd: Studio, monkeypatch: pytest.MonkeyPatch, chosen: bool
) -> None:
    session, canvas = crowd.session, crowd.canvas
    if chosen:
        session.select(session.people()[0].id, 9)
    used: dict[int, QImage] = {}
    drawn = Ahead.drawn

    def spy(ahead: Ahead, look: Look):
        pixmap = drawn(ahead, look)
        if pixmap is not None:
            used[look.frame] = pixmap.toImage()
        return pixmap

    monkeypatch.setattr(Ahead, "drawn", spy)
    session.play()
    wait_for(lambda: len(used) >= 3)
    session.pause()
    assert canvas._ahead._look is None, "kept for nothing"
    for frame, image in used.items():
        session.go_to(frame)
        wait_for(lambda: canvas.editable)
        assert above_hint(canvas.grab().toImage()) == above_hint(image)


def test_a_change_of_poses_choice_view_or_size_is_never_shown_as_it_was(crowd: Studio) -> None:
    session, canvas = crowd.session, crowd.canvas
    person = session.people()[0].id
    before = ready(crowd)
    ahead = canvas._ahead
    assert ahead.drawn(before) is not None
    assert ahead.scene(before) is not None
    assert session.apply(lambda state: edits.delete_pose(state, person, before.frame))
    assert ahead.drawn(next_look(crowd)) is None
    assert ahead.scene(next_look(crowd)) is None
    for change in (
        lambda: session.select(person),
        lambda: canvas.zoom_by(1.3),
        lambda: canvas.resize(canvas.width() - 20, canvas.height()),
        lambda: canvas.set_tool("box"),
    ):
        change()
        assert ahead.drawn(next_look(crowd)) is None
    session.pause()


def test_a_frame_that_is_about_to_be_painted_is_not_given_up_for_the_one_after_it(
    crowd: Studio,
) -> None:
    ahead, look = crowd.canvas._ahead, ready(crowd)
    ahead._timer.start(0)  # as when it waits for a picture
    crowd.session.move_to(look.frame)
    assert not ahead._timer.isActive()
    assert crowd.canvas._drawn_ahead() is not None
    crowd.session.pause()


def test_a_frame_shows_the_poses_that_were_changed_after_it_was_drawn_ahead(crowd: Studio) -> None:
    session, canvas = crowd.session, crowd.canvas
    gone, stays = (person.id for person in session.people())
    frame = ready(crowd).frame
    assert session.apply(lambda state: edits.delete_pose(state, gone, frame))
    session.move_to(frame)
    wait_for(lambda: canvas.shown_frame == frame)
    assert session.playing
    assert [figure.person for figure in canvas.scene.figures] == [stays]
    session.pause()


def test_a_failure_to_draw_ahead_is_logged_once_and_the_video_plays_on(
    crowd: Studio, monkeypatch: pytest.MonkeyPatch, complaints: Complaints
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no paint left")

    monkeypatch.setattr(Ahead, "_ground", fail)
    session, canvas = crowd.session, crowd.canvas
    session.play(loop=(0, session.frames))
    # Drawing ahead waits for an idle turn, which comes late on a busy machine.
    wait_for(lambda: complaints.said, "the failure")
    start = canvas.shown_frame
    wait_for(lambda: canvas.shown_frame not in (None, start), "the next frame")
    session.pause()
    assert len(complaints.take()) == 1, "told once, not at every frame"


class LayOuts(QObject):
    """Counts how often widgets are laid out anew."""

    def __init__(self) -> None:
        super().__init__()
        self.of: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.of.append(type(watched).__name__)
        return False


def test_another_frame_does_not_lay_the_window_out_anew(crowd: Studio) -> None:
    session = crowd.session
    session.select(session.people()[0].id)
    session.go_to(10)
    wait_for(lambda: crowd.canvas.editable)
    QTest.qWait(200)  # the panels read the people who were just predicted
    counted = LayOuts()
    QApplication.instance().installEventFilter(counted)
    for frame in range(11, 16):
        session.go_to(frame)
        wait_for(lambda: crowd.canvas.editable)
        QApplication.processEvents()
    QApplication.instance().removeEventFilter(counted)
    assert "MainWindow" not in counted.of
    assert "StatusLine" not in counted.of
