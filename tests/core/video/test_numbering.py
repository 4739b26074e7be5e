"""Frame n is the n-th frame of a full sequential decode, in whatever order frames are asked for."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from glpose_core.video import FrameCache, FrameIndex, build_index, open_video
from glpose_core.video.decoder import PacketDecoder
from tests.clips import (
    Clip,
    cut_transport_stream,
    encode,
    read_number,
    sequential_pictures,
    trim_start,
)

pytestmark = pytest.mark.quick

VARIABLE = tuple(int(t) for t in np.cumsum(np.random.default_rng(0).integers(10, 90, 60)))
X264 = {"open": {"x264-params": "open-gop=1"}, "refresh": {"x264-params": "intra-refresh=1"}}
CLIPS: dict[str, tuple[str, Clip, str]] = {
    "long GOP with B-frames": (".mp4", Clip(300, 96, 96, gop=250, b_frames=3), "packets"),
    "open GOP": (".mp4", Clip(gop=20, b_frames=3, options=X264["open"]), "packets"),
    "open GOP, transport stream": (
        ".ts",
        Clip(gop=20, b_frames=3, options=X264["open"]),
        "packets",
    ),
    "variable rate": (".mp4", Clip(ticks=VARIABLE, b_frames=2), "packets"),
    "variable rate, Matroska": (".mkv", Clip(ticks=VARIABLE, b_frames=2), "packets"),
    "intra refresh": (".mp4", Clip(frames=120, gop=30, options=X264["refresh"]), "decoded"),
    "intra refresh, stream": (".ts", Clip(frames=120, gop=30, options=X264["refresh"]), "decoded"),
    "MPEG-4 in AVI": (".avi", Clip(codec="mpeg4", b_frames=2), "decoded"),
    "MPEG-4 in AVI, no B-frames": (".avi", Clip(codec="mpeg4"), "packets"),
    "bare H.264": (".h264", Clip(b_frames=2), "decoded"),
    "MPEG-2 program stream": (".mpg", Clip(codec="mpeg2video", b_frames=2), "packets"),
    "delayed start": (".mp4", Clip(ticks=tuple(range(1075, 3475, 40)), b_frames=2), "packets"),
    "16:11 pixels": (".mp4", Clip(frames=20, aspect=Fraction(16, 11)), "packets"),
    "intra only": (".mkv", Clip(frames=20, codec="ffv1"), "packets"),
}


def show_all(path: Path, cache: FrameCache | None = None) -> list[int]:
    """Ask for every frame once in random order; returns the numbers in the pictures, in order."""
    with open_video(path, cache=cache) as reader:
        order = random.Random(0).sample(range(len(reader)), len(reader))
        shown = {n: read_number(reader[n]) for n in order}
    return [shown[n] for n in sorted(shown)]


@pytest.mark.parametrize("name", CLIPS)
def test_any_order_equals_sequential_decode(name: str, tmp_path: Path) -> None:
    suffix, clip, kind = CLIPS[name]
    path = encode(tmp_path / f"clip{suffix}", clip)
    expected = [read_number(p) for p in sequential_pictures(path)]
    assert expected == list(range(clip.frames))
    small = FrameCache(10 * 50_000)  # ten pictures: nearly every request has to decode
    with open_video(path, cache=small) as reader:
        assert len(reader) == clip.frames
        assert reader.index.kind == kind
        for n in random.Random(0).sample(range(clip.frames), min(clip.frames, 60)):
            assert read_number(reader[n]) == n


def test_pictures_are_those_of_the_sequential_decode_to_the_bit(tmp_path: Path) -> None:
    path = encode(tmp_path / "refresh.mp4", Clip(gop=30, options=X264["refresh"], matrix=5))
    expected = sequential_pictures(path)
    with open_video(path, cache=FrameCache(0)) as reader:
        for n in random.Random(3).sample(range(60), 60):
            np.testing.assert_array_equal(reader[n], expected[n])


def test_a_jump_leaves_out_what_nobody_refers_to_and_changes_no_picture(tmp_path: Path) -> None:
    clip = Clip(120, gop=120, b_frames=3, options={"preset": "veryfast"}, matrix=5)
    path = encode(tmp_path / "clip.mp4", clip)
    sequence = sequential_pictures(path)
    left_out = 0
    for wanted in (119, 100, 61, 45, 33, 20):
        cache = FrameCache()
        with open_video(path, cache=cache) as reader:
            assert np.array_equal(reader[wanted], sequence[wanted])
            held = cache.frames().tolist()
            assert set(range(max(wanted - 8, 0), wanted + 1)) <= set(held)
            assert held[0] == 0, "further back some, to be shown while dragging"
            assert len(held) <= 8 + 1 + wanted // 8 + 1 + 4, "and behind it what came out with it"
            left_out += wanted + 1 - len([n for n in held if n <= wanted])
            assert all(np.array_equal(cache.get(n), sequence[n]) for n in held)
            for n in (wanted - 1, wanted // 2, 0, 119):  # back among those left out, and on
                assert np.array_equal(reader[n], sequence[n])
    assert left_out > 200


@pytest.mark.thorough
@pytest.mark.parametrize("pyramid", ["none", "normal"])
@pytest.mark.parametrize("fields", ["", ":interlaced=1:tff=1"], ids=["progressive", "interlaced"])
def test_a_frame_is_found_though_many_shown_before_it_are_left_out(
    fields: str, pyramid: str, tmp_path: Path
) -> None:
    """The last of seventeen frames is decoded first: eight of those before it are passed after it."""
    params = f"b-adapt=0:ref=8:b-pyramid={pyramid}{fields}"
    options = {"preset": "veryfast", "x264-params": params}
    if fields:
        options["flags"] = "+ildct+ilme"
    clip = Clip(90, 96, 96, gop=90, b_frames=16, options=options, matrix=5)
    path = encode(tmp_path / "clip.mp4", clip)
    sequence = sequential_pictures(path)
    index = build_index(path)
    assert index.kind == "packets"
    assert np.any(index.frame_of_packet - np.arange(90) == 16), "the encoder did as it was told"
    assert ("interlaced: moving edges look like combs" in index.oddities) == bool(fields)
    for wanted in range(16, 90, 3):
        with open_video(path, index=index, cache=FrameCache(0)) as reader:
            assert np.array_equal(reader[wanted], sequence[wanted])
    with open_video(path, index=index, cache=FrameCache(0)) as reader:
        for n in random.Random(1).sample(range(90), 90):
            assert np.array_equal(reader[n], sequence[n])


def test_a_sweep_of_intra_refresh_is_entered_where_it_suffices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream says after how many pictures a sweep is whole: no jump is tried in vain."""
    path = encode(tmp_path / "refresh.mp4", Clip(frames=160, gop=30, options=X264["refresh"]))
    index = build_index(path)
    assert np.all(index.key_frame[1:] > index.frame_of_packet[index.key_packet[1:]])
    jumps: list[int] = []
    seek = PacketDecoder.seek

    def counted(decoder: PacketDecoder, index: FrameIndex, ordinal: int) -> bool:
        jumps.append(ordinal)
        return seek(decoder, index, ordinal)

    monkeypatch.setattr(PacketDecoder, "seek", counted)
    for wanted in (155, 149, 100, 91):
        with open_video(path, index=index) as reader:
            jumps.clear()
            assert read_number(reader[wanted]) == wanted
            assert len(jumps) == 1
            assert wanted - jumps[0] <= 2 * 30


def test_a_wrong_announcement_of_a_sweep_costs_time_and_no_picture(tmp_path: Path) -> None:
    """The encoder's word is checked: an index that believed too much still yields the right pictures."""
    path = encode(tmp_path / "refresh.mp4", Clip(frames=120, gop=30, options=X264["refresh"]))
    index = build_index(path)
    believed = replace(index, key_frame=index.frame_of_packet[index.key_packet])
    assert np.any(believed.key_frame < index.key_frame)
    with open_video(path, index=believed, cache=FrameCache(0)) as reader:
        for n in (110, 61, 95, 62, 31):
            assert read_number(reader[n]) == n


def test_edit_list_frames_take_no_number(tmp_path: Path) -> None:
    path = encode(tmp_path / "trimmed.mp4", Clip(gop=50, b_frames=3))
    trim_start(path, 17 * 512)
    assert [read_number(p) for p in sequential_pictures(path)] == list(range(17, 60))
    assert show_all(path, FrameCache(0)) == list(range(17, 60))
    with open_video(path) as reader:
        assert reader.index.kind == "packets"
        assert "17 stored frames are trimmed away by an edit list" in reader.info.oddities
        np.testing.assert_allclose(reader.times, np.arange(43) / 25, atol=1e-9)


@pytest.mark.thorough
@pytest.mark.parametrize("options", [{}, X264["open"], X264["refresh"]])
def test_stream_cut_in_the_middle(options: dict[str, str], tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.ts", Clip(frames=150, gop=30, b_frames=2, options=options))
    path = cut_transport_stream(whole, tmp_path / "cut.ts", 0.31, 0.9)
    expected = sequential_pictures(path)
    assert 20 < len(expected) < 130
    with open_video(path, cache=FrameCache(0)) as reader:
        assert len(reader) == len(expected)
        assert reader.index.kind == "decoded"
        assert reader.times[0] > 1
        for n in random.Random(1).sample(range(len(expected)), len(expected)):
            np.testing.assert_array_equal(reader[n], expected[n])


def test_times_are_those_of_the_file(tmp_path: Path) -> None:
    clip = Clip(ticks=VARIABLE, b_frames=2)
    with open_video(encode(tmp_path / "v.mkv", clip)) as reader:
        np.testing.assert_allclose(reader.times, np.array(VARIABLE) / 1000, atol=1e-9)
        assert reader.times.dtype == np.float64
        assert any("variable frame rate" in oddity for oddity in reader.info.oddities)
    with open_video(encode(tmp_path / "d.mp4", CLIPS["delayed start"][1])) as reader:
        assert reader.times[0] == pytest.approx(1.075, abs=1e-9)
        assert reader.info.start == reader.times[0]
        assert "starts at 1.075 s" in reader.info.oddities


def test_an_ordinary_file_has_no_oddities(tmp_path: Path) -> None:
    with open_video(encode(tmp_path / "plain.mp4", Clip(b_frames=2))) as reader:
        info = reader.info
    assert info.oddities == ()
    assert (info.frames, info.width, info.height, info.codec) == (60, 176, 144, "h264")
    assert info.average_rate == pytest.approx(25)
    assert info.duration == pytest.approx(60 / 25)


@pytest.mark.thorough
def test_hidden_vp9_and_vp8_packets_are_not_counted(tmp_path: Path) -> None:
    options = {"lag-in-frames": "8", "auto-alt-ref": "1", "cpu-used": "8", "deadline": "realtime"}
    for codec in ("libvpx", "libvpx-vp9"):
        clip = Clip(24, 96, 96, codec, gop=30, options={**options, "b": "200k"})
        assert show_all(encode(tmp_path / f"{codec}.webm", clip)) == list(range(24))
