"""Moving through the video with a key held, and playing the stretch of one person."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.scrubbing import PIXELS_PER_FRAME
from glpose_core.labels import edits

from .conftest import Studio, wait_for

SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_while_the_key_is_held_the_frame_follows_the_pointer(studio: Studio) -> None:
    scrubbing, session = studio.window.scrubbing, studio.session
    at = [100]
    scrubbing._pointer = lambda: QPoint(at[0], 50)
    studio.go_to(10)
    studio.canvas.setFocus()
    QTest.keyPress(studio.canvas, Qt.Key.Key_Space, SHIFT)
    assert scrubbing.active
    at[0] += 7 * PIXELS_PER_FRAME
    scrubbing.look()
    assert session.frame == 17
    at[0] -= 1000
    scrubbing.look()
    assert session.frame == 0, "not before the first"
    QTest.keyRelease(studio.canvas, Qt.Key.Key_Space, SHIFT)
    QApplication.processEvents()
    assert not scrubbing.active
    at[0] = 500
    QTest.qWait(40)
    assert session.frame == 0
    assert not session.playing, "letting go of the space bar is no tap"


def test_the_stretch_of_a_person_is_played_over_and_over(crowd: Studio) -> None:
    session = crowd.session
    person = session.people()[0].id
    for frame in (12, 30):
        session.apply(lambda state, frame=frame: edits.delete_pose(state, person, frame))
    session.select(person)
    crowd.go_to(20)
    crowd.window.bound["play_person"].trigger()
    assert session.frame == 13
    assert session.playing
    session.go_to(28)
    wait_for(lambda: session.frame < 20, "the start of the stretch")
    assert session.frame >= 13
    assert session.marked is None
    session.pause()
    crowd.go_to(39)
    crowd.window.bound["play_person"].trigger()
    assert session.frame == 31
    session.pause()
