"""The decoder's thread: the right picture, only for the latest wish, and never a wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.workers import decode
from app.workers.decode import FrameStore
from app.workers.pictures import to_image
from app.workers.readahead import PLAY_AHEAD
from glpose_core.errors import VideoError
from glpose_core.video import BrokenFrame, FrameIndex

FRAMES = 400
GROUP = 50
KEYS = np.arange(0, FRAMES, GROUP)


class FakeReader:
    """Frame n is a small picture that says n; it can be held up, and it can have broken frames."""

    def __init__(self) -> None:
        self.decoded: list[int] = []
        self.broken: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.busy = threading.Event()
        self.closed = False
        self.threads: set[str] = set()

    def __getitem__(self, frame: int) -> NDArray[np.uint8]:
        self.threads.add(threading.current_thread().name)
        self.busy.set()
        assert self.gate.wait(20)
        self.decoded.append(frame)
        if frame in self.broken:
            raise BrokenFrame(f"frame {frame} cannot be decoded", file="clip.mp4")
        return picture(frame)

    def __enter__(self) -> FakeReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


def picture(frame: int) -> NDArray[np.uint8]:
    rgb = np.zeros((6, 10, 3), np.uint8)
    rgb[:] = (frame >> 8, frame & 255, 77)
    return rgb


def said_by(image: QImage) -> int:
    colour = image.pixelColor(9, 5)
    assert colour.blue() == 77
    return colour.red() * 256 + colour.green()


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Callable[..., FrameStore]]:
    stores: list[FrameStore] = []

    def make(reader: Any, frames: int = FRAMES, **more: Any) -> FrameStore:
        index = FrameIndex("packets", "", 10, 6, times=np.arange(frames) / 25, key_frame=KEYS)
        store = FrameStore(
            Path("clip.mp4"),
            index,
            open_reader=lambda path, index, cache: reader,
            **more,
        )
        stores.append(store)
        return store

    yield make
    for store in stores:
        store.close()
    assert not [t for t in threading.enumerate() if t.name == "decode"]


@pytest.fixture
def store(make: Callable[..., FrameStore], reader: FakeReader) -> FrameStore:
    return make(reader)


def show(qtbot: QtBot, store: FrameStore, frame: int) -> QImage:
    with qtbot.waitSignal(store.ready, check_params_cb=lambda n: n == frame, timeout=10_000):
        store.request(frame)
    image = store.image(frame)
    assert image is not None
    assert said_by(image) == frame
    return image


def test_a_storm_of_requests_ends_with_the_right_picture(store: FrameStore, qtbot: QtBot) -> None:
    rng = np.random.default_rng(3)
    seen: list[int] = []

    def check(frame: int) -> None:
        image = store.image(frame)
        assert image is None or said_by(image) == frame
        seen.append(frame)

    store.ready.connect(check)
    for _ in range(20):
        for frame in rng.integers(0, FRAMES, 30).tolist():
            store.request(frame)
            if rng.random() < 0.2:
                qtbot.wait(1)
        show(qtbot, store, int(rng.integers(0, FRAMES)))
    assert len(seen) >= 20


def test_overtaken_requests_are_never_decoded(
    store: FrameStore, reader: FakeReader, qtbot: QtBot
) -> None:
    reader.gate.clear()
    store.request(5)
    assert reader.busy.wait(10)
    for frame in (100, 200, 300):
        store.request(frame)
    with qtbot.waitSignal(store.ready, check_params_cb=lambda n: n == 300, timeout=10_000):
        reader.gate.set()
    assert reader.decoded[:2] == [5, 300]
    assert not {100, 200} & set(reader.decoded)


def test_asking_never_waits_for_the_decoder(store: FrameStore, reader: FakeReader) -> None:
    reader.gate.clear()
    store.request(5)
    assert reader.busy.wait(10)
    store.request(6)  # would hang here for 20 s if it waited
    assert store.image(5) is None
    assert store.broken_reason(5) is None
    assert len(store.cached_frames()) == 0
    reader.gate.set()


def test_stepping_back_costs_no_decoding(
    store: FrameStore, reader: FakeReader, qtbot: QtBot
) -> None:
    show(qtbot, store, 120)
    qtbot.waitUntil(lambda: set(range(100, 121)) <= set(store.cached_frames()), timeout=10_000)
    qtbot.waitUntil(lambda: 136 in store.cached_frames(), timeout=10_000)
    for frame in range(119, 112, -1):
        show(qtbot, store, frame)
    assert all(reader.decoded.count(n) == 1 for n in range(100, 121))


def test_playing_reads_ahead_but_not_without_bound(
    store: FrameStore, reader: FakeReader, qtbot: QtBot
) -> None:
    store.set_playing(True)
    show(qtbot, store, 0)
    qtbot.waitUntil(lambda: len(store.cached_frames()) == PLAY_AHEAD + 1, timeout=10_000)
    qtbot.waitUntil(lambda: store.image(4) is not None, timeout=10_000)
    qtbot.wait(50)
    assert max(reader.decoded) == PLAY_AHEAD


def test_playing_again_from_the_end_keeps_the_first_picture_that_is_in_the_making(
    store: FrameStore, reader: FakeReader, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "IMAGE_BUDGET", 0)  # as few pictures as may be
    for frame in range(FRAMES - 7, FRAMES):
        show(qtbot, store, frame)
    reader.gate.clear()
    reader.busy.clear()
    store.request(0)
    assert reader.busy.wait(10)
    store.set_playing(True)
    reader.gate.set()
    qtbot.waitUntil(lambda: store.image(4) is not None, timeout=10_000)
    assert store.image(0) is not None


def test_the_cache_keeps_to_its_budget(
    make: Callable[..., FrameStore], reader: FakeReader, qtbot: QtBot
) -> None:
    store = make(reader, budget=20 * picture(0).nbytes)
    for frame in range(0, 60):
        show(qtbot, store, frame)
    assert 1 <= len(store.cached_frames()) <= 40  # frames may be held in half the bytes, as YUV


def test_a_broken_frame_is_told_and_the_rest_stays_usable(
    store: FrameStore, reader: FakeReader, qtbot: QtBot
) -> None:
    reader.broken = {7, 9}
    with qtbot.waitSignal(store.failed, timeout=10_000) as failed:
        store.request(7)
    assert failed.args[0] == 7
    assert "frame 7 cannot be decoded" in failed.args[1]
    assert store.broken_reason(7) == failed.args[1]
    show(qtbot, store, 8)
    qtbot.waitUntil(lambda: 12 in store.cached_frames(), timeout=10_000)
    assert store.broken_reason(9) is not None
    show(qtbot, store, 10)
    with qtbot.waitSignal(store.failed, timeout=10_000):
        store.request(7)
    assert reader.decoded.count(7) == 1


def test_a_video_that_does_not_open_breaks_every_frame(
    make: Callable[..., FrameStore], qtbot: QtBot
) -> None:
    def refuse(path: Path, index: object, cache: object) -> FakeReader:
        raise VideoError("is gone", file=path)

    index = FrameIndex("packets", "", 10, 6, times=np.arange(10) / 25)
    store = FrameStore("clip.mp4", index, open_reader=refuse)
    with qtbot.waitSignal(store.failed, timeout=10_000) as failed:
        store.request(3)
    assert failed.args == [3, "clip.mp4: is gone."]
    store.close()


def test_frames_outside_the_video_are_refused(store: FrameStore) -> None:
    for frame in (-1, FRAMES):
        with pytest.raises(IndexError):
            store.request(frame)


def test_close_waits_for_one_frame_only_and_says_nothing_more(
    store: FrameStore, reader: FakeReader, qtbot: QtBot
) -> None:
    heard: list[int] = []
    store.ready.connect(heard.append)
    store.set_playing(True)
    reader.gate.clear()
    store.request(0)
    assert reader.busy.wait(10)
    threading.Timer(0.1, reader.gate.set).start()
    store.close()
    qtbot.wait(50)
    assert heard == []
    assert reader.decoded == [0]
    assert reader.closed


def test_the_reader_is_used_by_one_thread_only(
    store: FrameStore, reader: FakeReader, qtbot: QtBot
) -> None:
    show(qtbot, store, 3)
    show(qtbot, store, 300)
    assert reader.threads == {"decode"}


def test_cache_news_come_at_last_and_not_too_often(store: FrameStore, qtbot: QtBot) -> None:
    news: list[float] = []
    store.cache_changed.connect(lambda: news.append(time.monotonic()))
    store.set_playing(True)
    show(qtbot, store, 0)
    qtbot.waitUntil(lambda: len(store.cached_frames()) == PLAY_AHEAD + 1, timeout=10_000)
    qtbot.waitUntil(lambda: len(news) >= 2, timeout=10_000)
    qtbot.wait(300)
    assert len(news) < PLAY_AHEAD / 4


def test_pictures_own_their_memory() -> None:
    rgb = np.full((3, 5, 3), 200, np.uint8)
    image = to_image(rgb)
    rgb[:] = 0
    assert image.pixelColor(4, 2).getRgb() == (200, 200, 200, 255)
    assert image.format() == QImage.Format.Format_RGB32
