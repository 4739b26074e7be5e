"""Playing: in real time, by the file's own timestamps, whatever the decoder and the file are like."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.playback import SPEEDS, Clock, furthest, playing_times

from .conftest import Studio, wait_for

PICTURE = QImage(1, 1, QImage.Format.Format_RGB32)


def test_playing_shows_every_picture_and_stops_at_the_end(studio: Studio) -> None:
    session = studio.session
    session.go_to(20)
    studio.wait_for_picture()
    shown: list[int] = []
    session.picture_changed.connect(shown.append)
    session.play()
    assert session.playing
    wait_for(lambda: not session.playing, "the end of the clip")
    assert session.frame == 39
    assert shown == sorted(shown)
    wait_for(lambda: studio.canvas.shown_frame == 39, "the last picture")


@pytest.mark.quick
def test_the_clock_follows_uneven_timestamps() -> None:
    times = np.array([1.0, 1.1, 1.5, 1.6])
    clock = Clock()
    clock.start(now=100.0, at=1.1)
    assert [clock.frame_at(100 + t, times) for t in (0.0, 0.3, 0.4, 0.45, 0.5, 9)] == [
        1,
        1,
        2,
        2,
        3,
        3,
    ]
    clock.stop()
    assert not clock.running


@pytest.mark.quick
def test_times_that_go_backwards_or_are_missing_hold_the_clock() -> None:
    times = playing_times(np.array([0.0, 0.4, 0.2, np.nan, 0.5]))
    assert times.tolist() == [0.0, 0.4, 0.4, 0.4, 0.5]
    clock = Clock()
    clock.start(now=7.0, at=0.0)
    assert [clock.frame_at(7 + t, times) for t in (0.1, 0.45, 0.6)] == [0, 3, 4]


@pytest.mark.quick
def test_a_late_picture_drops_frames_within_reason() -> None:
    times = np.concatenate([np.arange(50) / 25, [9.0]])
    assert furthest(0, times) == 6
    assert furthest(48, times) == 49
    assert furthest(49, times) == 50, "the next frame is never out of reach"
    assert furthest(50, times) == 50


def test_playing_goes_on_in_real_time_where_pictures_are_late(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, now, late = studio.session, 100.0, False
    player = session._player
    monkeypatch.setattr("app.playback.time.monotonic", lambda: now)
    monkeypatch.setattr(session, "picture", lambda: None if late else PICTURE)
    session.play()
    player._ticker.stop()
    player._tick()
    begun, period = session.frame, float(np.diff(session.times).mean())
    late, now = True, now + 3.5 * period
    player._tick()
    assert session.frame == begun, "the frame asked for is waited for"
    late = False
    player._tick()
    assert session.frame == begun + 3, "those whose moment passed are dropped"
    now += 30.0
    player._tick()
    assert session.frame == furthest(begun + 3, session.times)
    now += 1.2 * period
    player._tick()
    assert session.frame == furthest(begun + 3, session.times) + 1, "and no further"


@pytest.mark.quick
def test_the_clock_at_half_speed() -> None:
    times = np.arange(10) / 10
    clock = Clock()
    clock.speed = 0.5
    clock.start(now=5.0, at=0.2)
    assert [clock.frame_at(5 + t, times) for t in (0.0, 0.19, 0.2, 0.4, 99)] == [2, 2, 3, 4, 9]


@pytest.mark.quick
def test_speeds_end_where_they_end(studio: Studio) -> None:
    for _ in range(9):
        studio.window.bound["slower"].trigger()
    assert studio.session.change_speed(0) == SPEEDS[0]
    assert studio.notices[-1] == ("info", "Plays at 0.1 times the video’s own speed.")
    for _ in range(9):
        studio.window.bound["faster"].trigger()
    assert studio.session.change_speed(0) == SPEEDS[-1]


@pytest.mark.parametrize("stop", [30, 40])
def test_a_marked_range_is_played_over_and_over(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    session, now = studio.session, 100.0
    player = session._player
    monkeypatch.setattr("app.playback.time.monotonic", lambda: now)
    monkeypatch.setattr(session, "picture", lambda: PICTURE)
    session.mark(stop - 4, stop)
    session.go_to(stop - 3)
    session.play()
    player._ticker.stop()
    period = float(np.diff(session.times).mean())
    seen = []
    for _ in range(9):
        player._tick()
        seen.append(session.frame)
        now += 1.001 * period
    first = stop - 4  # its clock starts once its picture is there: a tick later
    again = [first, first, first + 1, first + 2, first + 3]
    assert seen == [first + 1, first + 2, first + 3, *again, first]
