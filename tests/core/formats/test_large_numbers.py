"""Numbers that no picture has: each is named with its field, and none overflows on its way to a project or a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glpose_core.errors import FormatError
from glpose_core.formats.coco import read_coco, write_coco
from glpose_core.formats.posetrack import read_posetrack
from glpose_core.formats.posetrack17 import read_posetrack17
from glpose_core.formats.posetrack_names import frame_numbers
from glpose_core.skeleton import COCO17, POSETRACK17

pytestmark = pytest.mark.quick
HUGE = pytest.mark.parametrize("huge", [10**400, 2**70, 1e308, -1e308])


def saved(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "labels.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


def posetrack17(person: dict[str, Any], **frame: Any) -> dict[str, Any]:
    whole = {"image": [{"name": "a/00000001.jpg"}], "is_labeled": [1], **frame}
    return {"annolist": [whole | {"annorect": [{"track_id": [0]} | person]}]}


def posetrack18(person: dict[str, Any], **image: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a/000001.jpg", "is_labeled": True, **image}],
        "annotations": [{"id": 100, "image_id": 1, "track_id": 0, "keypoints": [1] * 51} | person],
        "categories": [{"name": "person", "keypoints": list(POSETRACK17.joints)}],
    }


def coco(person: dict[str, Any], **image: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg", **image}],
        "annotations": [{"id": 1, "image_id": 1, "keypoints": [1] * 51} | person],
        "categories": [{"name": "person", "keypoints": list(COCO17.joints)}],
    }


@HUGE
@pytest.mark.parametrize("name", ["id", "x", "y", "score"])
def test_of_a_point_of_posetrack17(tmp_path: Path, name: str, huge: float) -> None:
    point = {"id": [0], "x": [1], "y": [2], "score": [0.5]} | {name: [huge]}
    path = saved(tmp_path, posetrack17({"annopoints": [{"point": [point]}]}))
    with pytest.raises(FormatError, match=rf"point\[0\]\.{name}: is a number that is too large"):
        read_posetrack17(path)


@HUGE
@pytest.mark.parametrize("name", ["x1", "y2", "score", "track_id"])
def test_of_a_person_of_posetrack17(tmp_path: Path, name: str, huge: float) -> None:
    person = {"x1": [1], "y1": [1], "x2": [5], "y2": [5], "score": [1]} | {name: [huge]}
    with pytest.raises(FormatError, match=rf"annorect\[0\]\.{name}: is a number that is too large"):
        read_posetrack17(saved(tmp_path, posetrack17(person)))


@HUGE
@pytest.mark.parametrize("name", ["bbox", "bbox_head"])
def test_of_a_box(tmp_path: Path, name: str, huge: float) -> None:
    for document, read in ((posetrack18, read_posetrack), (coco, read_coco)):
        path = saved(tmp_path, document({name: [1, 2, 3, huge]}))
        with pytest.raises(FormatError, match=rf"{name}\[3\]: is a number that is too large"):
            read(path)


@HUGE
def test_of_an_ignore_region(tmp_path: Path, huge: float) -> None:
    image = {"ignore_regions_x": [[1, 2, huge]], "ignore_regions_y": [[1, 2, 3]]}
    with pytest.raises(FormatError, match="ignore_regions_x: holds a number that is too large"):
        read_posetrack(saved(tmp_path, posetrack18({}, **image)))


@pytest.mark.parametrize("frame", [2**63, 10**400])
def test_a_frame_that_no_video_has(tmp_path: Path, frame: int) -> None:
    file = read_coco(saved(tmp_path, coco({}, frame_index=frame)))
    with pytest.raises(FormatError, match=r"images\[0\]\.frame_index: is too large"):
        frame_numbers(file)


def test_a_region_without_corners_is_left_out(tmp_path: Path) -> None:
    for ignored in ({"point": []}, {}):
        file = read_posetrack17(saved(tmp_path, posetrack17({}, ignore_regions=[ignored])))
        write_coco(file, tmp_path / "out.json")
        assert json.loads((tmp_path / "out.json").read_text())["annotations"][1:] == []
