"""The decoder's thread on real files: the number in the picture is the number that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.workers.decode import FrameStore
from glpose_core.video import open_video
from tests.clips import Clip, encode, read_number

LONG_GROUP = Clip(frames=120, gop=250, b_frames=3)
SHORT_GROUPS = Clip(frames=90, gop=10, b_frames=2)
VARIABLE = Clip(frames=40, ticks=[n * 40 + (n % 3) * 13 for n in range(40)], b_frames=2)


@pytest.fixture
def opened(tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[[Clip], FrameStore]]:
    stores: list[FrameStore] = []

    def make(clip: Clip, budget: int = 1 << 28) -> FrameStore:
        path = encode(tmp_path / "clip.mp4", clip)
        with open_video(path) as reader:
            store = FrameStore(path, reader.index, budget=budget)
        stores.append(store)
        return store

    yield make
    for store in stores:
        store.close()


def pixels(image: QImage) -> NDArray[np.uint8]:
    """A QImage in RGB32 as ``[h, w, 3]`` RGB."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1]


@pytest.mark.parametrize("clip", [LONG_GROUP, SHORT_GROUPS, VARIABLE], ids=["long", "short", "vfr"])
def test_storms_of_requests_show_the_frames_asked_for(
    opened: Callable[[Clip], FrameStore], clip: Clip, qtbot: QtBot
) -> None:
    store = opened(clip)
    shown: list[int] = []

    def check(frame: int) -> None:
        image = store.image(frame)
        if image is not None:
            assert read_number(pixels(image)) == frame
            shown.append(frame)

    store.ready.connect(check)
    rng = np.random.default_rng(7)
    for _ in range(12):
        for frame in rng.integers(0, clip.frames, 15).tolist():
            store.request(frame)
            if rng.random() < 0.3:
                qtbot.wait(2)
        last = int(rng.integers(0, clip.frames))
        with qtbot.waitSignal(
            store.ready, check_params_cb=lambda n, m=last: n == m, timeout=20_000
        ):
            store.request(last)
    assert len(shown) >= 12


def test_a_small_cache_still_shows_the_right_frames(
    opened: Callable[..., FrameStore], qtbot: QtBot
) -> None:
    store = opened(SHORT_GROUPS, budget=12 * 176 * 144)
    for frame in [*range(40, 20, -1), 80, 3, *range(3, 30)]:
        with qtbot.waitSignal(
            store.ready, check_params_cb=lambda n, m=frame: n == m, timeout=20_000
        ):
            store.request(frame)
        image = store.image(frame)
        assert image is not None
        assert read_number(pixels(image)) == frame
    assert len(store.cached_frames()) <= 12


def test_after_a_rest_the_group_is_there(
    opened: Callable[[Clip], FrameStore], qtbot: QtBot
) -> None:
    store = opened(SHORT_GROUPS)
    with qtbot.waitSignal(store.ready, timeout=20_000):
        store.request(57)
    qtbot.waitUntil(lambda: set(range(50, 58)) <= set(store.cached_frames()), timeout=10_000)
    assert len(store) == SHORT_GROUPS.frames
