from __future__ import annotations

import threading
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest

from glpose_core.job import pictures as looking
from glpose_core.job.pictures import Pictures
from glpose_core.video import BrokenFrame

pytestmark = pytest.mark.quick


class Reader:
    """Pictures that show their number; some are broken. Remembers what was decoded."""

    def __init__(self, broken=()):
        self.info = SimpleNamespace(width=8, height=4)
        self.broken = set(broken)
        self.decoded: list[int] = []

    def __getitem__(self, frame):
        self.decoded.append(frame)
        if frame in self.broken:
            raise BrokenFrame("cannot be decoded", file="clip.mp4")
        return np.full((4, 8, 3), frame, np.uint8)


def test_each_frame_is_decoded_once_going_forwards():
    reader = Reader()
    pictures = Pictures(reader, [].append)
    for frame in (0, 1, 1, 2, 0):
        assert pictures(frame)[0, 0, 0] == frame
    assert reader.decoded == [0, 1, 2]


def test_going_backwards_decodes_blocks_forwards():
    reader = Reader()
    pictures = Pictures(reader, [].append)
    for frame in range(60, 20, -1):
        assert pictures(frame)[0, 0, 0] == frame
    assert len(reader.decoded) == len(set(reader.decoded))
    assert sum(b < a for a, b in zip(reader.decoded, reader.decoded[1:], strict=False)) <= 3


def test_memory_stays_within_the_budget():
    pictures = Pictures(Reader(), [].append, budget=10 * 8 * 4 * 3)
    for frame in range(100):
        pictures(frame)
    assert len(pictures._held) == 10


def test_a_broken_frame_shows_the_one_before_and_is_told_once():
    notes: list[str] = []
    pictures = Pictures(Reader(broken=[5]), notes.append, budget=4 * 8 * 4 * 3)
    for frame in (3, 4, 5, 6, 7, 8, 9, 5):
        pictures(frame)
    assert pictures.broken == {5}
    assert len(notes) == 1
    assert "Frame 5" in notes[0]
    assert Pictures(Reader(broken=[0]), notes.append)(0).max() == 0


def test_going_forwards_the_next_frames_are_decoded_beforehand():
    reader = Reader(broken=[7])
    notes: list[str] = []
    with closing(Pictures(reader, notes.append, ahead=3)) as pictures:
        shown = [int(pictures(frame)[0, 0, 0]) for frame in range(10)]
        pictures._coming[12].result(5)  # on its way without having been asked for
    assert shown == [0, 1, 2, 3, 4, 5, 6, 6, 8, 9]
    assert reader.decoded == list(range(13))
    assert len(notes) == 1


def test_what_is_decoded_beforehand_is_not_decoded_twice_after_turning_round():
    reader = Reader()
    with closing(Pictures(reader, [].append, ahead=3)) as pictures:
        for frame in (50, 51, 52, 49, 48, 47, 53, 54, 55, 56):
            assert pictures(frame)[0, 0, 0] == frame
        pictures._coming[59].result(5)
    assert len(reader.decoded) == len(set(reader.decoded))


def test_the_thread_takes_a_glance_at_what_it_decodes(monkeypatch):
    threads, real = [], looking.glance
    monkeypatch.setattr(
        looking, "glance", lambda at: threads.append(threading.get_ident()) or real(at)
    )
    with closing(Pictures(Reader(), [].append, ahead=3)) as pictures:
        for frame in (0, 1, 2, 1, 30, 29):
            assert np.array_equal(pictures.glance(frame).histogram, real(pictures(frame)).histogram)
    here = threads.count(threading.get_ident())
    assert here == 1  # for what was asked for again
    assert len(threads) - here >= 5
    assert not pictures._glances.keys() - pictures._held.keys()


def test_the_end_of_the_video_is_met_where_it_is_asked_for():
    class Short(Reader):
        def __getitem__(self, frame):
            if frame >= 3:
                raise IndexError(frame)
            return super().__getitem__(frame)

    with closing(Pictures(Short(), [].append, ahead=3)) as pictures:
        assert [pictures(frame)[0, 0, 0] for frame in range(3)] == [0, 1, 2]
        with pytest.raises(IndexError):
            pictures(3)
