"""What the writer writes, read back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from glpose_core.errors import VideoError
from glpose_core.video import open_video, write_video
from glpose_core.video import writer as writer_module
from tests.clips import numbered_picture, read_number

pytestmark = pytest.mark.quick


def write(path: Path, frames: int, width: int, height: int, rate: float = 25) -> Path:
    with write_video(path, width, height, rate) as writer:
        for n in range(frames):
            writer.write(numbered_picture(n, width, height))
    return path


def test_comes_back_in_order_and_colour(tmp_path: Path) -> None:
    path = write(tmp_path / "out.mp4", 20, 176, 144)
    with open_video(path) as reader:
        assert [read_number(reader[n]) for n in range(len(reader))] == list(range(20))
        error = reader[7].astype(float)[72:108, 90:] - numbered_picture(7)[72:108, 90:]
        assert np.abs(error.mean(axis=(0, 1))).max() < 2.5
        assert reader.info.codec == "h264"
        assert reader.info.oddities == ()
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


def test_tags_say_how_colours_are_stored(tmp_path: Path) -> None:
    with av.open(str(write(tmp_path / "out.mp4", 2, 176, 144))) as container:
        frame = next(container.decode(video=0))
    tags = (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range)
    assert tags == (1, 1, 1, 1)
    assert frame.format.name == "yuv420p"


def test_odd_sides_are_made_even_by_repeating_the_edge(tmp_path: Path) -> None:
    with open_video(write(tmp_path / "out.mp4", 3, 175, 143)) as reader:
        shown = reader[0].astype(int)
        assert shown.shape == (144, 176, 3)
        assert np.abs(shown[:, 175] - shown[:, 174]).mean() < 12
        assert np.abs(shown[143] - shown[142]).mean() < 12


@pytest.mark.parametrize("rate", [29.97, 60, 23.976, Fraction(30000, 1001), 5])
def test_rates(rate: float, tmp_path: Path) -> None:
    with open_video(write(tmp_path / "out.mp4", 10, 176, 144, rate)) as reader:
        assert reader.info.average_rate == pytest.approx(float(rate), rel=1e-4)
        np.testing.assert_allclose(reader.times, np.arange(10) / float(rate), atol=1e-3)


def test_mpeg4_where_there_is_no_x264(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module.av, "codecs_available", {"mpeg4"})
    with open_video(write(tmp_path / "out.mp4", 10, 176, 144, 29.97)) as reader:
        assert reader.info.codec == "mpeg4"
        assert [read_number(reader[n]) for n in range(10)] == list(range(10))


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"an older film")

    def fail_half_way() -> None:
        with write_video(path, 176, 144, 25) as writer:
            writer.write(numbered_picture(0))
            raise RuntimeError("the caller failed")

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert path.read_bytes() == b"an older film"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="0×144"):
        write_video(tmp_path / "out.mp4", 0, 144, 25)
    with pytest.raises(VideoError, match="cannot be written"):
        write_video(tmp_path / "no" / "folder" / "out.mp4", 176, 144, 25)
    with pytest.raises(VideoError, match="cannot be written"):
        write_video(tmp_path / "out.docx", 176, 144, 25)
    with (
        pytest.raises(VideoError, match="would hold no frames"),
        write_video(tmp_path / "none.mp4", 176, 144, 25),
    ):
        pass
    with (
        pytest.raises(VideoError, match=r"frame 0: takes uint8 pictures of shape \(144, 176, 3\)"),
        write_video(tmp_path / "size.mp4", 176, 144, 25) as writer,
    ):
        writer.write(numbered_picture(0, 160, 144))
    assert list(tmp_path.iterdir()) == []
