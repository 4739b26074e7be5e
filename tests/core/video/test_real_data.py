"""The tables of shared/data/README.md: counts, sizes, first times, and random against sequential."""

from __future__ import annotations

import random
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from glpose_core.video import FrameCache, open_video
from glpose_core.video.colour import to_rgb

# name: frames, width, height, first time (s)
ODD = {
    "video_0.mov": (3, 568, 320, 0.0),
    "video_90.mov": (3, 320, 568, 0.0),
    "video_270.mov": (3, 320, 568, 0.0),
    "delayed_start.mp4": (24, 480, 320, 1.075),
    "flipping_a_pancake.mkv": (310, 426, 240, 0.0),
    "avi-timestamps.avi": (164, 320, 240, 0.04),
}
CLIPS = {
    "sports2d.mp4": (230, 1768, 994, 0.0),
    "two-people-cam01.mp4": (100, 1088, 1920, 0.0),
    "two-people-cam03.mp4": (100, 1088, 1920, 0.0),
    "one-person-cam01.mp4": (100, 1080, 1920, 0.0),
    "one-person-cam02-vp9.mp4": (100, 1080, 1920, 0.0),
    "one-by-one-person-detection.mp4": (1394, 768, 432, 0.0),
    "juggle.mp4": (247, 1280, 720, 0.0),
    "dog.mp4": (289, 1280, 720, 0.0),
    "test_video_structuralize.mp4": (300, 426, 240, 0.0),
    "mmpose-demo.mp4": (5, 960, 540, 0.0),
    "motorway-nobody.mp4": (249, 1280, 720, 0.0),
}
LARGE = {
    "trento-out5.mp4": (99, 3840, 2160, 0.04),
    "trento-out8.mp4": (100, 3840, 2160, 0.0),
    "trento-out13.mp4": (99, 3840, 2160, 0.04),
}
RATES = {"sports2d.mp4": 30, "one-person-cam01.mp4": 60, "dog.mp4": 29.97, "mmpose-demo.mp4": 5}


def sequential(path: Path, wanted: set[int]) -> tuple[int, dict[int, NDArray[np.uint8]]]:
    """How many frames a plain decode returns, and the wanted ones, as stored."""
    kept, count = {}, 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            if count in wanted:
                kept[count] = to_rgb(frame)
            count += 1
    return count, kept


def check(path: Path, expected: tuple[int, int, int, float], samples: int) -> None:
    frames, width, height, start = expected
    wanted = random.Random(0).sample(range(frames), min(samples, frames))
    count, pictures = sequential(path, set(wanted))
    assert count == frames
    with open_video(path, cache=FrameCache(0)) as reader:
        info = reader.info
        assert (len(reader), info.frames, info.width, info.height) == (
            frames,
            frames,
            width,
            height,
        )
        assert reader.times[0] == pytest.approx(start, abs=5e-4)
        assert info.average_rate == pytest.approx(RATES.get(path.name, info.average_rate), abs=0.01)
        for n in wanted:
            upright = np.rot90(pictures[n], -info.rotation // 90)
            np.testing.assert_array_equal(reader[n], upright)


@pytest.mark.parametrize("name", ODD)
def test_odd_files(name: str, data: Path) -> None:
    check(data / "odd" / name, ODD[name], samples=20)


@pytest.mark.parametrize("name", CLIPS)
def test_clips(name: str, data: Path) -> None:
    check(data / "clips" / name, CLIPS[name], samples=4)


@pytest.mark.parametrize("name", LARGE)
def test_large_clips_are_counted(name: str, data: Path) -> None:
    frames, width, height, start = LARGE[name]
    with open_video(data / "clips" / name) as reader:
        assert (len(reader), reader.info.width, reader.info.height) == (frames, width, height)
        assert reader.times[0] == pytest.approx(start, abs=5e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_clips(name: str, data: Path) -> None:
    check(data / "clips" / name, LARGE[name], samples=5)


def test_times_of_the_avi_go_backwards_and_each_comes_once(data: Path) -> None:
    with open_video(data / "odd" / "avi-timestamps.avi") as reader:
        ticks = np.rint(reader.times * 25).astype(int)
        assert ticks[:9].tolist() == [1, 2, 4, 3, 5, 7, 6, 8, 10]
        assert np.count_nonzero(np.diff(ticks) < 0) == 54
        assert sorted(ticks.tolist()) == list(range(1, 165))
        assert "timestamps go backwards" in reader.info.oddities


def test_posetrack_frames_as_a_folder(data: Path) -> None:
    folder = data / "posetrack18-sample" / "images" / "test" / "000001_mpiinew_test"
    with open_video(folder) as reader:
        assert (len(reader), reader.info.width, reader.info.height) == (5, 1280, 720)
        assert reader[4].shape == (720, 1280, 3)
