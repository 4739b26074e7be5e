"""Rotation, mirroring, pixel shape, colour matrix and range."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from glpose_core.video import open_video
from tests.clips import Clip, encode, numbered_picture

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_display_matrix_is_applied(turn: int, mirrored: bool, tmp_path: Path) -> None:
    if turn == 0 and not mirrored:
        return
    with open_video(encode(tmp_path / "plain.mp4", Clip(frames=3))) as reader:
        stored = reader[1]
    path = encode(tmp_path / "turned.mp4", Clip(frames=3, turn=turn, mirrored=mirrored))
    turned = np.rot90(stored, turn // 90)  # counter-clockwise, and flipped after that
    expected = turned[:, ::-1] if mirrored else turned
    with open_video(path) as reader:
        np.testing.assert_array_equal(reader[1], expected)
        assert reader[1].flags.c_contiguous
        assert (reader.info.width, reader.info.height) == expected.shape[1::-1]
        assert any("stored" in oddity for oddity in reader.info.oddities)


def test_rotation_is_clockwise_degrees(tmp_path: Path) -> None:
    with open_video(encode(tmp_path / "turned.mp4", Clip(frames=3, turn=270))) as reader:
        assert reader.info.rotation == 90


def test_pixel_aspect_is_reported_not_applied(tmp_path: Path) -> None:
    wide = Clip(frames=3, aspect=Fraction(16, 11))
    with open_video(encode(tmp_path / "wide.mp4", wide)) as reader:
        assert reader.info.pixel_aspect == pytest.approx(16 / 11)
        assert reader[0].shape == (144, 176, 3)
    turned = Clip(frames=3, aspect=Fraction(16, 11), turn=90)
    with open_video(encode(tmp_path / "turned.mp4", turned)) as reader:
        assert reader.info.pixel_aspect == pytest.approx(11 / 16)


def colour_error(path: Path, clip: Clip) -> float:
    with open_video(path) as reader:
        shown = reader[0].astype(float)
    drawn: NDArray[np.float64] = numbered_picture(0, clip.width, clip.height).astype(float)
    centre = (slice(clip.height // 2, clip.height * 3 // 4), slice(clip.width // 2, None))
    return float(np.abs(shown[centre] - drawn[centre]).mean(axis=(0, 1)).max())


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", [1, 5])
def test_colours_come_back_by_the_files_own_tags(
    matrix: int, full_range: bool, tmp_path: Path
) -> None:
    clip = Clip(frames=1, matrix=matrix, full_range=full_range, options={"crf": "4"})
    assert colour_error(encode(tmp_path / "tagged.mp4", clip), clip) < 4


@pytest.mark.parametrize(
    ("width", "height", "matrix"), [(1280, 720, 1), (1280, 544, 1), (720, 576, 5)]
)
def test_untagged_colours_are_guessed_from_the_size(
    width: int, height: int, matrix: int, tmp_path: Path
) -> None:
    # ffv1 in Matroska keeps no tag when none is given; the samples are converted with `matrix`.
    clip = Clip(frames=1, width=width, height=height, codec="ffv1", swscale_matrix=matrix)
    assert colour_error(encode(tmp_path / "untagged.mkv", clip), clip) < 4


def test_ten_bit_pictures_come_as_eight_bit_rgb(tmp_path: Path) -> None:
    clip = Clip(frames=2, codec="ffv1", pixel_format="yuv422p10le")
    path = encode(tmp_path / "ten.mkv", clip)
    assert colour_error(path, clip) < 4
