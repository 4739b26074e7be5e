"""Names, ids and frame numbers as PoseTrack18 and its scorer want them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.errors import FormatError
from glpose_core.formats.paths import unsafe_path
from glpose_core.formats.posetrack import from_document
from glpose_core.formats.posetrack_names import (
    annotation_ids,
    frame_numbers,
    frames_in_folder,
    may_be_one_video,
    sequence_name,
)

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("name", "folder", "vid_id", "first_id"),
    [
        ("003418_mpii_test", "003418_mpii_test", "003418", 10034180000),
        ("000007_bonn", "000007_bonn_train", "000007", 20000070000),
        ("000001_mpiinew_test", "000001_mpiinew_test", "000001", 30000010000),
        ("42_mpii_val", "42_mpii_val", "000042", 10000420000),
        ("trento-out13", "000013_mpii_trento-out13", "000013", 10000130000),
        ("two people, cam 01", "000001_mpii_two-people-cam-01", "000001", 10000010000),
        ("900005_trento-out5", "900005_mpii_trento-out5", "900005", 19000050000),
        ("20240512_1", "{checksum}_mpii_20240512-1", "{checksum}", None),
        ("видео", "{checksum}_mpii_video", "{checksum}", None),
    ],
)
def test_names(name: str, folder: str, vid_id: str, first_id: int | None) -> None:
    named = sequence_name(name)
    checksum = f"{zlib.crc32(name.encode()) % 1_000_000:06d}"
    assert named.folder == folder.format(checksum=checksum)
    assert named.vid_id == vid_id.format(checksum=checksum)
    if first_id is not None:
        ids = named.image_ids(np.arange(3)).tolist()
        assert ids == [first_id, first_id + 1, first_id + 2]


@given(st.text(max_size=40))
def test_every_name_becomes_acceptable_and_always_the_same(name: str) -> None:
    named = sequence_name(name)
    assert re.fullmatch(r"\d+_(mpii|bonn|mpiinew)_[A-Za-z0-9._-]*", named.folder)
    assert re.fullmatch(r"\d{6}", named.vid_id)
    assert int(named.folder.split("_")[0]) == int(named.vid_id)
    assert unsafe_path(named.file_name(0, "train")) is None
    assert named == sequence_name(name)
    (id_,) = named.image_ids(np.array([12])).tolist()
    assert 10**10 <= id_ < 4 * 10**10
    assert id_ % 10_000 == 12


@given(st.integers(1, 3), st.integers(0, 999_999), st.lists(st.integers(0, 99), min_size=1))
def test_annotation_ids_tell_image_and_person(source: int, video: int, people: list[int]) -> None:
    image = (source * 1_000_000 + video) * 10_000 + 7
    ids = annotation_ids(np.full(len(people), image), np.array(people))
    assert (ids // 100 == image).all()
    assert (ids % 100).tolist() == people


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        (["000000", "000004", "000008"], [0, 4, 8]),
        (["00000001", "00000002", "00000005"], [0, 1, 4]),
        (["00000000", "00000001", "00000005"], [0, 1, 5]),
        (["2", "1", "0"], [2, 1, 0]),
    ],
)
def test_frames_from_picture_names(
    document: dict[str, Any], names: list[str], frames: list[int]
) -> None:
    document["images"] = document["images"][:3]
    for image, name in zip(document["images"], names, strict=True):
        image["file_name"] = f"images/val/x/{name}.jpg"
    assert frame_numbers(from_document(document)).tolist() == frames


def test_a_frame_index_wins_over_the_name(document: dict[str, Any]) -> None:
    for image in document["images"]:
        image["frame_index"] = image["id"] % 10 + 5
    assert frame_numbers(from_document(document)).tolist() == [5, 6, 7, 8]


def test_pictures_are_found_by_name_in_a_folder(
    document: dict[str, Any], saved: Callable[[Any], Any]
) -> None:
    file = from_document(document)
    names = ["000003.jpg", "000000.jpg", "x.jpg", "000002.jpg", "000001.jpg"]
    assert frames_in_folder(file, names).tolist() == [1, 4, 3, 0]
    with pytest.raises(FormatError, match=r"images\[2\].file_name: .*not among the pictures"):
        frames_in_folder(file, ["000000.jpg", "000001.jpg"])
    document["images"][1]["file_name"] = "images/val/other/000001.jpg"
    with pytest.raises(FormatError, match=r"images\[1\].file_name: is in"):
        frames_in_folder(from_document(document), names)


@pytest.mark.parametrize(
    ("name", "other", "one"),
    [
        ("000001_mpii_two-people-cam01", "two-people-cam01", True),
        ("000001_mpii_two-people-cam01", "two-people-cam03", False),
        ("000003_mpii_3-walk-in-the-park", "3 Walk in the Park", True),
        ("900005_clip", "clip", True),
        ("003418_mpii_test", "003418", True),
        ("003418_mpii_test", "003418_mpii_train", True),
        ("003418_mpii_test", "003419_mpii_test", False),
        ("003418_mpii_test", "park", False),
        ("000001_mpii_ubung-1", "\u00dcbung 1", True),
        ("\u516c\u5712", "\u516c\u5712", True),
        ("\u516c\u5712", "\u6b69\u304f", False),
    ],
)
def test_names_that_can_be_of_one_video(name, other, one):
    assert may_be_one_video(name, other) is one
    assert may_be_one_video(other, name) is one
