"""What is seen while a far frame is being decoded: nearer frames on the way, and no work for overtaken wishes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from app.workers import decode
from app.workers.decode import FrameStore
from app.workers.passing import nearest, on_the_way
from glpose_core.video import FrameCache, FrameIndex

from .conftest import Studio, wait_for
from .test_workers_decode import picture, said_by

FRAMES, GROUP = 400, 100
KEYS = np.arange(0, FRAMES, GROUP)
KEY_OF = np.arange(FRAMES) // GROUP * GROUP


class PassingReader:
    """Runs from the key frame to the one asked for, as a decoder does; stops where it is told to, until let on."""

    def __init__(self) -> None:
        self.cache: FrameCache
        self.stop_at: int | None = None
        self.stopped, self.go_on = threading.Event(), threading.Event()
        self.keeps = True
        self.begun: list[int] = []
        self.passed: list[int] = []

    def __getitem__(self, frame: int) -> NDArray[np.uint8]:
        self.begun.append(frame)
        for n in range(int(KEY_OF[frame]), frame + 1):
            if n == self.stop_at:
                self.stopped.set()
                assert self.go_on.wait(20)
            self.passed.append(n)
            if self.keeps or n % 8 == 0:
                self.cache.put(n, picture(n))
            else:
                self.cache.pass_by(n)
        return picture(frame)

    def __enter__(self) -> PassingReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()


@pytest.fixture
def reader() -> PassingReader:
    return PassingReader()


@pytest.fixture
def store(
    qtbot: QtBot, reader: PassingReader, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FrameStore]:
    """A decoder whose patience ends at once."""
    monkeypatch.setattr(decode, "PATIENCE_SECONDS", 0.0)
    index = FrameIndex("packets", "", 10, 6, times=np.arange(FRAMES) / 25, key_frame=KEYS)

    def open_reader(_path: Path, *, index: FrameIndex, cache: FrameCache) -> PassingReader:
        reader.cache = cache
        return reader

    made = FrameStore(Path("clip.mp4"), index, open_reader=open_reader)  # type: ignore[arg-type]
    yield made
    reader.go_on.set()
    made.close()


def show(qtbot: QtBot, store: FrameStore, frame: int) -> None:
    with qtbot.waitSignal(store.ready, check_params_cb=lambda n: n == frame, timeout=10_000):
        store.request(frame)


def test_a_far_frame_is_announced_by_nearer_ones(
    store: FrameStore, reader: PassingReader, qtbot: QtBot
) -> None:
    show(qtbot, store, 0)
    seen: list[int] = []
    store.preview.connect(seen.append)
    reader.stop_at = 320
    store.request(350)
    assert reader.stopped.wait(10)
    wait_for(lambda: seen, "a preview")
    assert seen[0] == 300, "the key frame, the first that comes out"
    image = store.image(300)
    assert image is not None
    assert said_by(image) == 300
    with qtbot.waitSignal(store.ready, check_params_cb=lambda n: n == 350, timeout=10_000):
        reader.go_on.set()


def wish_elsewhere(store: FrameStore, reader: PassingReader, qtbot: QtBot) -> None:
    """Wish for frame 390, and on the way there, where the reader stops, for 150."""
    store.request(390)
    assert reader.stopped.wait(10)
    reader.stop_at = None
    with qtbot.waitSignal(store.ready, check_params_cb=lambda n: n == 150, timeout=10_000):
        store.request(150)
        reader.go_on.set()


def test_the_decoder_turns_round_for_a_wish_that_is_not_on_its_way(
    store: FrameStore, reader: PassingReader, qtbot: QtBot
) -> None:
    reader.stop_at = 310
    wish_elsewhere(store, reader, qtbot)
    assert 390 not in reader.passed
    assert store.broken_reason(390) is None, "given up, not broken"
    show(qtbot, store, 390)


def test_frames_that_are_let_go_are_passed_too(
    store: FrameStore, reader: PassingReader, qtbot: QtBot
) -> None:
    """They cannot be shown on the way, but each is a moment to turn round."""
    reader.keeps = False
    reader.stop_at = 303
    seen: list[int] = []
    store.preview.connect(seen.append)
    wish_elsewhere(store, reader, qtbot)
    assert 304 not in reader.passed
    assert {n for n in seen if n >= 300} <= {304}


def test_a_wish_further_on_is_no_reason_to_turn_round() -> None:
    nothing = set[int]().__contains__
    assert on_the_way(150, 180, 120, KEY_OF, nothing)
    assert not on_the_way(150, 130, 120, KEY_OF, nothing), "it would be passed, and lost time"
    assert not on_the_way(150, 250, 120, KEY_OF, nothing), "another key frame is nearer"
    assert not on_the_way(150, 180, 120, KEY_OF, {180}.__contains__), "it is there already"
    assert not on_the_way(150, 180, 160, KEY_OF, nothing), "the aim lies behind"


def test_the_nearest_of_what_is_held() -> None:
    held = np.array([3, 10, 40])
    assert [nearest(held, n) for n in (0, 6, 8, 10, 400)] == [3, 3, 10, 10, 40]
    assert nearest(held[:0], 5) is None


def test_a_preview_is_looked_at_and_never_edited(crowd: Studio) -> None:
    session, canvas = crowd.session, crowd.canvas
    crowd.go_to(7)
    assert session.store is not None
    session.store.close()  # nothing more is decoded
    session.store._images.pop(30, None)
    session.go_to(30)
    session.preview_changed.emit(7)
    assert canvas.shown_frame == 7
    assert len(canvas.scene.figures) == 2, "with its own people"
    assert not canvas.editable
