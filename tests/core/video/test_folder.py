"""Folders of pictures behind the same front door."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from glpose_core.errors import VideoError
from glpose_core.video import BrokenFrame, FrameCache, build_index, open_video
from glpose_core.video.picture_size import picture_size
from tests.clips import numbered_picture, read_number

pytestmark = pytest.mark.quick


def save(path: Path, n: int, width: int = 176, height: int = 144) -> Path:
    picture = numbered_picture(n, width, height)[..., ::-1]
    done, data = cv2.imencode(path.suffix, picture)
    assert done
    path.write_bytes(data.tobytes())
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = ["1.png", "2.jpg", "10.bmp", "11.tif", "12.webp", "13.JPEG"]
    for n, name in enumerate(names):
        save(tmp_path / name, n)
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "._2.jpg").write_bytes(b"left by a Mac")
    return tmp_path


def test_natural_order_whatever_the_format(folder: Path) -> None:
    with open_video(folder) as reader:
        assert [read_number(reader[n]) for n in (5, 0, 3, 1, 4, 2)] == [5, 0, 3, 1, 4, 2]
        assert (reader.info.frames, reader.info.width, reader.info.height) == (6, 176, 144)
        np.testing.assert_allclose(reader.times, np.arange(6) / 25)
        np.testing.assert_array_equal(reader[0], numbered_picture(0))
        with pytest.raises(IndexError):
            reader[6]
    with pytest.raises(VideoError, match="closed"):
        reader[0]


def test_rate_can_be_given(folder: Path) -> None:
    with open_video(folder, rate=10) as reader:
        np.testing.assert_allclose(reader.times, np.arange(6) / 10)
        assert reader.info.average_rate == pytest.approx(10)
        assert reader.info.duration == pytest.approx(0.6)
    with pytest.raises(VideoError, match="0 frames per second"):
        open_video(folder, rate=0)


def test_a_picture_of_another_size_is_named(folder: Path) -> None:
    save(folder / "9.png", 9, width=160)
    with pytest.raises(VideoError, match=r"9\.png: is 160×144, but .* 176×144"):
        open_video(folder)


def test_missing_numbers_are_told(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_video(folder) as reader:
        assert reader.info.oddities == (
            "numbers are missing between 2.jpg and 10.bmp: frames are counted without them",
        )
    strided = tmp_path_factory.mktemp("strided")
    for n in range(1, 30, 4):  # every fourth frame, as PoseTrack keeps them
        save(strided / f"{n:06}.jpg", n)
    with open_video(strided) as reader:
        assert reader.info.oddities == ()
    save(strided / "000045.jpg", 45)
    save(strided / "000061.jpg", 61)
    with open_video(strided) as reader:
        assert reader.info.oddities == (
            "numbers are missing between 000029.jpg and 000045.jpg and in 1 more place: "
            "frames are counted without them",
        )


@pytest.mark.parametrize(
    "names",
    [
        [f"img_{round(n * 1000 / 30)}" for n in range(8)],
        [f"1305031102.{n}" for n in (175304, 211214, 243211, 275326, 311267)],
        [f"130503110{n}" for n in ("2.911185", "2.943233", "2.975279", "3.011215", "3.043227")],
    ],
    ids=["milliseconds", "microseconds", "over a whole second"],
)
def test_pictures_named_by_their_times_lack_no_numbers(names: list[str], tmp_path: Path) -> None:
    for n, name in enumerate(names):
        save(tmp_path / f"{name}.png", n)
    with open_video(tmp_path) as reader:
        assert reader.info.oddities == ()
        assert [read_number(reader[n]) for n in range(len(names))] == list(range(len(names)))


@pytest.mark.parametrize("numbers", [(1, 2, 5), (2, 4, 8, 10, 12, 18)])
def test_a_few_numbers_suffice_to_tell_missing_ones(
    numbers: tuple[int, ...], tmp_path: Path
) -> None:
    for n in numbers:
        save(tmp_path / f"{n}.png", n)
    with open_video(tmp_path) as reader:
        assert [said.split(":")[0][:27] for said in reader.info.oddities] == [
            "numbers are missing between"
        ]


def test_a_damaged_picture_is_one_broken_frame(folder: Path) -> None:
    (folder / "2.jpg").write_bytes(b"\xff\xd8 damaged")
    with open_video(folder) as reader:
        with pytest.raises(BrokenFrame, match=r"2\.jpg: frame 1: it is not a whole picture"):
            reader[1]
        assert read_number(reader[2]) == 2


def test_a_picture_changed_behind_our_back_is_one_broken_frame(folder: Path) -> None:
    with open_video(folder, cache=FrameCache(0)) as reader:
        save(folder / "1.png", 0, width=160)
        (folder / "11.tif").unlink()
        for n in (0, 3):
            with pytest.raises(BrokenFrame):
                reader[n]
        assert read_number(reader[1]) == 1


def test_index_is_only_good_for_the_same_pictures(folder: Path) -> None:
    index = build_index(folder)
    with open_video(folder, index=index) as reader:
        assert len(reader) == 6
    save(folder / "14.png", 6)
    with pytest.raises(VideoError, match="does not hold the pictures"):
        open_video(folder, index=index)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp"])
@pytest.mark.parametrize(("width", "height"), [(17, 301), (256, 1), (640, 480)])
def test_size_from_the_head(suffix: str, width: int, height: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    done, data = cv2.imencode(suffix, rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    assert done
    path = tmp_path / f"picture{suffix}"
    path.write_bytes(data.tobytes())
    assert picture_size(path) == (width, height)


def test_lossless_webp_size(tmp_path: Path) -> None:
    path = tmp_path / "picture.webp"
    picture = np.zeros((33, 77, 3), np.uint8)
    _, data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 101])
    path.write_bytes(data.tobytes())
    assert data.tobytes()[12:16] == b"VP8L"
    assert picture_size(path) == (77, 33)


def test_orientation_tag_of_a_photo_is_applied(tmp_path: Path) -> None:
    plain = save(tmp_path / "0.jpg", 0).read_bytes()
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)  # orientation 6: turn clockwise
    exif = b"Exif\0\0" + b"II*\0\x08\0\0\0" + b"\x01\0" + entry + b"\0\0\0\0"
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    for name in ("0.jpg", "1.jpg"):
        (tmp_path / name).write_bytes(plain[:2] + segment + plain[2:])
    with open_video(tmp_path) as reader:
        assert (reader.info.width, reader.info.height) == (144, 176)
        assert read_number(np.rot90(reader[0])) == 0


def test_head_cut_short_tells_nothing(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.png", 0).read_bytes()
    jpeg = save(tmp_path / "whole.jpg", 0).read_bytes()
    for data in (whole[:20], jpeg[:30], b"RIFF\0\0\0\0WEBPVP8 ", b"BM", b"", b"GIF89a"):
        path = tmp_path / "cut.png"
        path.write_bytes(data)
        assert picture_size(path) is None
