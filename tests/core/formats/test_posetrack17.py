"""PoseTrack17 files, JSON and MATLAB."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from glpose_core.errors import FormatError
from glpose_core.formats.posetrack import read_posetrack, write_posetrack
from glpose_core.formats.posetrack17 import read_posetrack17
from glpose_core.formats.registry import detect
from glpose_core.skeleton import POSETRACK17

pytestmark = pytest.mark.quick
FOLDER = "images/bonn_mpii_test_5sec/24575_mpii"


def point(number: int, x: float, y: float, **more: Any) -> dict[str, Any]:
    return {"id": [number], "x": [x], "y": [y], **more}


def annorect(track: int, points: list[dict[str, Any]] | None, **more: Any) -> dict[str, Any]:
    person: dict[str, Any] = {"x1": [40], "y1": [30], "x2": [10], "y2": [70], "track_id": [track]}
    person |= {} if points is None else {"annopoints": [{"point": points}]}
    return person | more


def document() -> dict[str, Any]:
    visible = {"is_visible": [1]}
    frames = [
        {
            "image": [{"name": f"{FOLDER}/{number:08d}.jpg"}],
            "annorect": [],
            "is_labeled": [0],
        }
        for number in (1, 2, 3)
    ]
    frames[1]["is_labeled"] = [1]
    frames[1]["annorect"] = [
        annorect(
            4, [point(0, 1.5, 2, **visible), point(12, 7, 8, is_visible=[0]), point(14, 9, 3)]
        ),
        annorect(2, None),
    ]
    frames[1]["ignore_regions"] = [{"point": [{"x": [1], "y": [2]}, {"x": [3], "y": [4]}]}]
    return {"annolist": frames}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "24575_mpii.json"
    path.write_text(json.dumps(document()), "utf-8")
    return path


def test_joints_head_boxes_and_frames(saved: Path):
    assert detect(saved).name == "posetrack17"
    file = detect(saved).read(saved)
    rows = file.annotations
    assert file.version == 17
    assert [image.is_labeled for image in file.images] == [False, True, False]
    assert file.images[0].id == 10245750000  # frames count from 0 in PoseTrack18
    assert file.images[1].ignore_regions[0].tolist() == [[1, 2], [3, 4]]
    assert rows.track_id.tolist() == [4, 2]
    assert rows.bbox_head.tolist() == [[10, 30, 30, 40]] * 2  # corners in any order
    names = POSETRACK17.joints
    placed = {
        names[slot]: rows.keypoints[0, slot].tolist() for slot in np.flatnonzero(rows.present[0])
    }
    assert placed == {"right_ankle": [1.5, 2, 1], "head_bottom": [7, 8, 0], "head_top": [9, 3, 1]}
    assert not rows.present[1].any()
    assert np.isnan(rows.scores).all()


def test_scores_and_doubled_points(tmp_path: Path):
    content = document()
    content["annolist"][1]["annorect"] = [
        annorect(4, [point(0, 1, 2, score=[0.5]), point(0, 8, 8, score=[0.9]), point(1, 3, 4)])
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), "utf-8")
    rows = read_posetrack17(path).annotations
    ankle, knee = POSETRACK17.index("right_ankle"), POSETRACK17.index("right_knee")
    assert rows.keypoints[0, ankle, :2].tolist() == [1, 2]  # the first point of a number
    assert rows.scores[0, [ankle, knee, 0]].tolist() == [0.5, -9999, 0]


def test_it_is_written_as_posetrack18(saved: Path, tmp_path: Path):
    out = tmp_path / "out.json"
    write_posetrack(read_posetrack17(saved), out)
    again = read_posetrack(out)
    assert (
        again.annotations.keypoints.tolist()
        == read_posetrack17(saved).annotations.keypoints.tolist()
    )
    assert again.version == 18


def as_struct(value: Any) -> Any:
    """Lists of objects as MATLAB struct arrays."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        names = sorted({name for one in value for name in one})
        array = np.empty((1, len(value)), dtype=[(name, object) for name in names])
        for at, one in enumerate(value):
            for name in names:
                array[0, at][name] = as_struct(one.get(name, []))
        return array
    if isinstance(value, list):
        return np.array(value, dtype=float).reshape(1, -1) if value else np.zeros((0, 0))
    return value


def test_matlab_files_read_alike(saved: Path, tmp_path: Path):
    path = tmp_path / "24575_mpii.mat"
    scipy.io.savemat(path, {"annolist": as_struct(document()["annolist"])})
    assert detect(path).name == "posetrack17"
    one, two = read_posetrack17(path), read_posetrack17(saved)
    assert one.annotations.keypoints.tolist() == two.annotations.keypoints.tolist()
    assert one.annotations.bbox_head.tolist() == two.annotations.bbox_head.tolist()
    assert [i.file_name for i in one.images] == [i.file_name for i in two.images]
    assert one.images[1].ignore_regions[0].tolist() == two.images[1].ignore_regions[0].tolist()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d.update(annolist=3), "annolist"),
        (lambda d: d["annolist"].__setitem__(0, 3), r"annolist\[0\]"),
        (lambda d: d["annolist"][0].pop("image"), r"annolist\[0\].image.name"),
        (
            lambda d: d["annolist"][1]["annorect"][0].pop("track_id"),
            r"annolist\[1\].annorect\[0\].track_id",
        ),
        (
            lambda d: d["annolist"][1]["annorect"][1].update(track_id=[4]),
            r"annorect\[1\].track_id: is 4 again",
        ),
        (
            lambda d: d["annolist"][1]["annorect"][0]["annopoints"][0]["point"][1].update(x=["a"]),
            r"point\[1\].x: is text",
        ),
        (
            lambda d: d["annolist"][0]["image"][0].update(name="../../etc/passwd"),
            "leaves the folder",
        ),
    ],
)
def test_damage_is_one_sentence(tmp_path: Path, change: Any, place: str):
    content = document()
    change(content)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(FormatError, match=place):
        read_posetrack17(path)


def test_a_damaged_matlab_file_is_one_sentence(tmp_path: Path):
    path = tmp_path / "a.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file" + b"\x00" * 500)
    with pytest.raises(FormatError, match=r"a\.mat"):
        read_posetrack17(path)
    scipy.io.savemat(path, {"other": 1})
    with pytest.raises(FormatError, match="annolist: is missing"):
        read_posetrack17(path)
