"""What the official scorer would say of a file, fault by fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glpose_core.evaluate import check_file

from .conftest import document, frame, person
from .test_versions import as17

pytestmark = pytest.mark.quick
Document = dict[str, Any]


def content(side: str = "found") -> Document:
    people = [person(0), person(1, 500)]
    return document([frame(people, people)] * 3, side)


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Any]:
    def run(what: Document, **options: Any) -> Any:
        path = tmp_path / "000007_mpii_test.json"
        path.write_text(json.dumps(what), "utf-8")
        return check_file(path, **options)

    return run


def test_good_files_are_accepted(check: Callable[..., Any]):
    found = check(content("found"))
    assert (found.role, found.accepted, found.sound, found.faults) == (
        "predictions",
        True,
        True,
        (),
    )
    truth = check(content("truth"))
    assert (truth.role, truth.sound, truth.faults) == ("truth", True, ())
    assert truth.verdict == "The official scorer accepts it as labels."


def first(key: str) -> Callable[[Document], Document]:
    return lambda d: d[key][0]


REFUSED = {
    "no categories": (lambda d: d.pop("categories"), "categories: is missing"),
    "two categories": (lambda d: d["categories"].append({}), "2 entries instead of one"),
    "another name": (lambda d: d["categories"][0].update(name="dog"), 'is not "person"'),
    "other joints": (lambda d: d["categories"][0]["keypoints"].remove("nose"), "15 or 17 joints"),
    "eyes": (
        lambda d: d["categories"][0]["keypoints"].__setitem__(1, "left_eye"),
        "lacks head_bottom",
    ),
    "no images": (lambda d: d.update(images=[]), "images: is empty"),
    "no image id": (lambda d: d["images"][1].pop("id"), r"images[1].id"),
    "no name": (lambda d: d["images"][0].pop("file_name"), "images[0].file_name: is missing"),
    "a folder without a source": (
        lambda d: d["images"][2].update(file_name="images/val/000007_home/000002.jpg"),
        'images[2].file_name: the folder "000007_home" is not called',
    ),
    "a folder without digits": (
        lambda d: d["images"][0].update(file_name="images/val/clip_mpii_test/000000.jpg"),
        "is not called <digits>",
    ),
    "a name without a number": (
        lambda d: d["images"][0].update(file_name="images/val/000007_mpii_test/a.jpg"),
        "is not a frame number",
    ),
    "too many frames": (
        lambda d: d["images"][2].update(file_name="images/val/000007_mpii_test/010000.jpg"),
        "below 10000",
    ),
    "no track": (lambda d: d["annotations"][3].pop("track_id"), "annotations[3].track_id"),
    "a large track": (lambda d: d["annotations"][0].update(track_id=10000), "not below 10000"),
    "a doubled track": (
        lambda d: d["annotations"][1].update(track_id=0),
        "annotations[1].track_id: is 0, which another person of the image has",
    ),
    "short keypoints": (lambda d: d["annotations"][0]["keypoints"].pop(), "are not 51 numbers"),
    "sixteen scores": (lambda d: d["annotations"][0]["scores"].pop(), "are not 17 numbers"),
    "a thin region": (
        lambda d: d["images"][0].update(ignore_regions_x=[[1, 2]], ignore_regions_y=[[1, 2]]),
        "fewer than three corners",
    ),
}
MISREAD = {
    "no scores": (lambda d: d["annotations"][0].update(scores=[]), "no 17 scores"),
    "real ears": (
        lambda d: d["annotations"][2]["keypoints"].__setitem__(slice(9, 12), [5, 5, 1]),
        "annotations[2].keypoints: left_ear is written as a real joint",
    ),
    "an unknown image": (lambda d: d["annotations"][0].update(image_id=5), "names no image"),
    "two videos": (
        lambda d: d["images"][2].update(file_name="images/val/000008_mpii_test/000002.jpg"),
        "only the first is scored",
    ),
    "frames in disorder": (lambda d: d["images"].reverse(), "not in the order of the frames"),
    "a doubled image id": (
        lambda d: d["images"][1].update(id=d["images"][0]["id"]),
        "stands more than once",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_stops_the_scorer(check: Callable[..., Any], name: str):
    change, sentence = REFUSED[name]
    what = content()
    change(what)
    report = check(what, role="predictions")
    assert not report.accepted, name
    assert any(sentence in str(fault) and fault.kind == "refused" for fault in report.faults), name


@pytest.mark.parametrize("name", MISREAD)
def test_what_it_counts_otherwise_than_is_meant(check: Callable[..., Any], name: str):
    change, sentence = MISREAD[name]
    what = content()
    change(what)
    report = check(what, role="predictions")
    assert (report.accepted, report.sound) == (True, False), name
    assert any(sentence in str(fault) and fault.kind == "misread" for fault in report.faults), name


def test_labels_need_head_boxes(check: Callable[..., Any]):
    what = content("truth")
    del what["annotations"][0]["bbox_head"]
    what["annotations"][1]["bbox_head"] = []
    report = check(what)
    assert not report.accepted
    assert "annotations[0].bbox_head: is missing" in str(report.faults[0])
    assert "(2 such places)" in str(report.faults[0])
    assert check(what, role="predictions").accepted


def test_joints_in_another_order_are_a_remark(check: Callable[..., Any]):
    what = content()
    joints = what["categories"][0]["keypoints"]
    joints[5], joints[6] = joints[6], joints[5]
    report = check(what)
    assert report.sound
    assert [fault.kind for fault in report.faults] == ["remark"]


def test_text_that_is_no_json(tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_text('{"images": [', "utf-8")
    report = check_file(path)
    assert not report.accepted
    assert "not valid JSON" in str(report.faults[0])


def test_images_are_compared_with_the_labels(check: Callable[..., Any], tmp_path: Path):
    labels = tmp_path / "truth"
    labels.mkdir()
    truth = labels / "000007_mpii_test.json"
    truth.write_text(json.dumps(content("truth")), "utf-8")
    assert check(content(), truth=truth).sound
    fewer = content()
    fewer["images"].pop()
    report = check(fewer, truth=truth)
    assert "lists 2 images, but the labels list 3" in " ".join(map(str, report.faults))
    other = truth.rename(labels / "other.json")
    assert "use one name" in str(check(content(), truth=other).faults[0])
    # A truth without scores stands for predictions when it is laid against labels.
    assert check(content("truth"), truth=other).role == "predictions"


def test_seventeen(tmp_path: Path):
    people = [person(0), person(1, 500)]
    video = [frame(people, people)] * 2
    path = as17(video, "found", tmp_path / "a.json")
    assert check_file(path).sound
    assert check_file(as17(video, "truth", path)).role == "truth"
    damaged = json.loads(as17(video, "found", path).read_text())
    damaged["annolist"][0]["annorect"][1]["track_id"] = [0]
    damaged["annolist"][1]["annorect"][0]["annopoints"][0]["point"][0]["x"] = 3
    damaged["annolist"][1]["annorect"][0]["annopoints"][0]["point"][1].pop("score")
    path.write_text(json.dumps(damaged), "utf-8")
    sentences = " ".join(map(str, check_file(path, "predictions").faults))
    assert "annolist[0].annorect[1].track_id: is 0, which another person" in sentences
    assert "point[0].x: is not a number in a list of one" in sentences
    assert "point[1].score: is missing" in sentences


def test_the_official_sample_is_accepted(data: Path):
    files = sorted((data / "posetrack18-sample" / "annotations" / "val").glob("*.json"))
    assert len(files) == 3
    for path in files:
        assert check_file(path).sound, path
