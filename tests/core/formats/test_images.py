"""Frames written as pictures: where the file says, nowhere else, and nothing over what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from glpose_core.errors import Cancelled, FormatError
from glpose_core.formats.images import write_images
from glpose_core.formats.posetrack import from_document
from glpose_core.formats.posetrack_file import PoseTrackFile
from glpose_core.video.reader import BrokenFrame

pytestmark = pytest.mark.quick


class FewFrames:
    """Frame n is evenly coloured (40 n, 100, 200); frame 2 is broken."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __len__(self) -> int:
        return 4

    def __getitem__(self, n: int) -> np.ndarray:
        self.asked.append(n)
        if n == 2:
            raise BrokenFrame("it is damaged", file="clip.mp4", field="frame 2")
        return np.full((16, 24, 3), (40 * n, 100, 200), np.uint8)


@pytest.fixture
def file(document: dict[str, Any]) -> PoseTrackFile:
    return from_document(document)


def test_frames_lie_where_the_file_says(file: PoseTrackFile, tmp_path: Path) -> None:
    reader: Any = FewFrames()
    told: list[tuple[int, int]] = []
    result = write_images(
        reader, file, np.array([3, 0, 1, 2]), tmp_path, progress=lambda *part: told.append(part)
    )
    folder = tmp_path / "images/val/000007_mpii_test"
    assert sorted(p.name for p in folder.iterdir()) == ["000000.jpg", "000001.jpg", "000002.jpg"]
    picture = cv2.imread(str(folder / "000000.jpg"))
    assert picture is not None
    assert picture.shape == (16, 24, 3)
    assert np.abs(picture[..., ::-1].mean(axis=(0, 1)) - (120, 100, 200)).max() < 4
    assert reader.asked == [0, 1, 2, 3]  # in the video's order, not the file's
    assert (result.written, result.kept, len(result.broken)) == (3, 0, 1)
    assert "it is damaged" in result.broken[0]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_picture_that_exists_is_left_alone(file: PoseTrackFile, tmp_path: Path) -> None:
    old = tmp_path / file.images[0].file_name
    old.parent.mkdir(parents=True)
    old.write_bytes(b"original")
    reader: Any = FewFrames()
    result = write_images(reader, file, np.array([0, 1, 3, 2]), tmp_path)
    assert old.read_bytes() == b"original"
    assert (result.written, result.kept) == (2, 1)


def test_links_do_not_lead_out_of_the_folder(file: PoseTrackFile, tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / "images").symlink_to(outside, target_is_directory=True)
    reader: Any = FewFrames()
    with pytest.raises(FormatError, match="through a link"):
        write_images(reader, file, np.arange(4), root)
    assert list(outside.iterdir()) == []


def test_a_link_in_place_of_a_picture_is_not_followed(file: PoseTrackFile, tmp_path: Path) -> None:
    victim, root = tmp_path / "victim.jpg", tmp_path / "root"
    picture = root / file.images[0].file_name
    picture.parent.mkdir(parents=True)
    picture.symlink_to(victim)
    reader: Any = FewFrames()
    with pytest.raises(FormatError):
        write_images(reader, file, np.arange(4), root)
    assert not victim.exists()


@pytest.mark.parametrize("name", ["../x.jpg", "/tmp/x.jpg", "a/../../x.jpg", "x.exe", "x"])
def test_bad_names_are_refused_before_anything_is_written(
    file: PoseTrackFile, tmp_path: Path, name: str
) -> None:
    images = (*file.images[:3], type(file.images[3])(9, name, False))
    reader: Any = FewFrames()
    root = tmp_path / "root"
    with pytest.raises(FormatError, match="file_name"):
        write_images(reader, PoseTrackFile(images, file.annotations), np.arange(4), root)
    assert reader.asked == []
    assert not root.exists()


def test_writing_stops_when_asked(file: PoseTrackFile, tmp_path: Path) -> None:
    reader: Any = FewFrames()
    with pytest.raises(Cancelled):
        write_images(reader, file, np.arange(4), tmp_path, cancelled=lambda: len(reader.asked) == 1)
    assert reader.asked == [0]
