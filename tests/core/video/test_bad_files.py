"""Files that are no videos, or no longer whole ones: one sentence each, and the rest stays usable."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from glpose_core.errors import VideoError
from glpose_core.video import BrokenFrame, FrameCache, open_video
from tests.clips import Clip, encode, read_number, sequential_pictures

pytestmark = pytest.mark.quick


def refusal(path: Path) -> str:
    with pytest.raises(VideoError) as caught:
        open_video(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert caught.value.remedy
    assert "\n" not in sentence
    return sentence


def test_files_that_are_no_videos(tmp_path: Path) -> None:
    empty, text, folder = tmp_path / "empty.mp4", tmp_path / "text.mp4", tmp_path / "folder"
    empty.touch()
    text.write_text("Dear diary, today I labelled joints.\n" * 50)
    folder.mkdir()
    assert "is empty" in refusal(empty)
    assert "cannot be read as a video" in refusal(text)
    assert "does not exist" in refusal(tmp_path / "nothing.mp4")
    assert "holds no pictures" in refusal(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_file_without_permission(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.mp4", Clip(frames=3))
    path.chmod(0)
    assert "may not be read" in refusal(path)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    assert "holds no video" in refusal(path)


def test_mp4_without_its_end_is_refused(tmp_path: Path) -> None:
    """The table of packets of an ordinary .mp4 stands at its end."""
    path = encode(tmp_path / "clip.mp4", Clip())
    path.write_bytes(path.read_bytes()[:-2000])
    assert "cannot be read as a video" in refusal(path)


def assert_equals_sequential(path: Path, order: list[int]) -> tuple[str, ...]:
    expected = sequential_pictures(path)
    with open_video(path, cache=FrameCache(0)) as reader:
        assert len(reader) == len(expected)
        for n in (n for n in order if n < len(expected)):
            np.testing.assert_array_equal(reader[n], expected[n])
        return reader.info.oddities


def test_mp4_cut_short_behind_its_table(tmp_path: Path) -> None:
    faststart = {"movflags": "faststart"}
    path = encode(tmp_path / "clip.mp4", Clip(b_frames=2, container_options=faststart))
    path.write_bytes(path.read_bytes()[:-8000])
    oddities = assert_equals_sequential(path, [30, 3, 20, 31, 2, 19])
    assert any("cut short" in oddity for oddity in oddities)


@pytest.mark.parametrize("suffix", [".mkv", ".ts", ".avi"])
def test_other_containers_cut_short(suffix: str, tmp_path: Path) -> None:
    path = encode(tmp_path / f"clip{suffix}", Clip(b_frames=2))
    path.write_bytes(path.read_bytes()[:-9000])
    assert_equals_sequential(path, [30, 3, 20, 31, 2, 19])


def packet_places(path: Path) -> list[tuple[int, int]]:
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(container.streams.video[0]) if p.size]
    return [(p.pos, p.size) for p in packets if p.pos is not None]


def overwrite(path: Path, number: int, value: int = 0) -> None:
    place, size = packet_places(path)[number]
    data = bytearray(path.read_bytes())
    data[place : place + size] = bytes([value]) * size
    path.write_bytes(data)


def test_h264_with_a_zeroed_packet(tmp_path: Path) -> None:
    """Seen at once: its unit lengths do not add up. A full decode skips it, so it has no number."""
    path = encode(tmp_path / "clip.mp4", Clip())
    overwrite(path, 20)
    oddities = assert_equals_sequential(path, [40, 3, 20, 21, 19])
    assert any("1 packet is damaged" in oddity for oddity in oddities)


def test_damage_that_only_decoding_finds_is_a_broken_frame(tmp_path: Path) -> None:
    """Beyond the first frames a VP9 or PNG packet is not looked into: its number stays, broken."""
    path = encode(tmp_path / "clip.mov", Clip(codec="png", pixel_format="rgb24"))
    overwrite(path, 40)
    with open_video(path, cache=FrameCache(0)) as reader:
        assert len(reader) == 60
        for _ in range(2):
            with pytest.raises(BrokenFrame, match=re.escape(f"{path}: frame 40: it cannot")):
                reader[40]
        assert [read_number(reader[n]) for n in (41, 39, 59, 0)] == [41, 39, 59, 0]


def test_damage_in_the_first_frames_takes_no_number(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.mov", Clip(codec="png", pixel_format="rgb24"))
    overwrite(path, 5)
    expected = [read_number(picture) for picture in sequential_pictures(path)]
    assert expected == [n for n in range(60) if n != 5]
    with open_video(path) as reader:
        assert [read_number(reader[n]) for n in range(len(reader))] == expected
        assert reader.index.kind == "decoded"


def test_damage_that_the_first_pictures_show_is_read_alike_in_any_order(tmp_path: Path) -> None:
    """Bytes changed inside a picture: its packet is sound, and what is made up depends on how it is decoded."""
    path = encode(tmp_path / "clip.mp4", Clip(width=320, height=240, options={"crf": "10"}))
    place, size = packet_places(path)[8]
    data = bytearray(path.read_bytes())
    data[place + size // 2 : place + size // 2 + 60] = bytes(range(60))
    path.write_bytes(data)
    oddities = assert_equals_sequential(path, [40, 3, 20, 9, 8, 11, 10])
    assert any("first pictures are damaged" in oddity for oddity in oddities)


def test_a_matroska_file_says_what_is_lost(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.mkv", Clip(frames=250, gop=250))
    whole = path.read_bytes()
    with open_video(path) as reader:
        assert reader.info.oddities == ()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) // 2])
    with open_video(cut) as reader:
        assert len(reader) < 200
        assert any("of the 10.0 s that it announces" in oddity for oddity in reader.info.oddities)
    hole = encode(
        tmp_path / "hole.mkv", Clip(60, ticks=(*range(0, 1200, 40), *range(6000, 7200, 40)))
    )
    with open_video(hole) as reader:
        assert "shows nothing new for 4.8 s after frame 29: pictures may be lost there" in (
            reader.info.oddities
        )


@pytest.mark.thorough
def test_a_damaged_file_prints_nothing(tmp_path: Path) -> None:
    """Not a word of the decoder's own: thousands of lines would hide what is said to the user."""
    path = encode(tmp_path / "clip.avi", Clip(codec="mpeg4", width=320, height=240))
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 5, len(data) * 4 // 5, 997):
        data[place] ^= 0xFF
    path.write_bytes(data)
    code = f"from glpose_core.cli import main; raise SystemExit(main(['info', {str(path)!r}]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert "frames are damaged" in done.stdout
    assert done.stderr == ""


def test_a_picture_of_another_size_is_a_broken_frame(tmp_path: Path) -> None:
    """Two recordings joined byte by byte: legal in a transport stream."""
    first = encode(tmp_path / "first.ts", Clip(frames=30))
    second = encode(tmp_path / "second.ts", Clip(frames=30, width=320, height=240))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    with open_video(joined) as reader:
        assert len(reader) == len(sequential_pictures(joined))
        assert read_number(reader[10]) == 10
        with pytest.raises(BrokenFrame, match="320×240, not 176×144"):
            reader[45]
        assert any("changes its size" in oddity for oddity in reader.info.oddities)


def test_two_recordings_joined_count_on(tmp_path: Path) -> None:
    part = encode(tmp_path / "part.ts", Clip(frames=30, b_frames=2)).read_bytes()
    joined = tmp_path / "joined.ts"
    joined.write_bytes(part + part)
    with open_video(joined, cache=FrameCache(0)) as reader:
        assert len(reader) == 60
        for n in (45, 12, 59, 31, 29):
            assert read_number(reader[n]) == n % 30
        assert reader.index.kind == "decoded"


def test_a_project_in_place_of_its_video_is_called_one(tmp_path: Path) -> None:
    project = tmp_path / "clip.glpose"
    project.write_bytes(b"SQLite format 3\0" + bytes(1000))
    assert "is a project, not a video" in refusal(project)
