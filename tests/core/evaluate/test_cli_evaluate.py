"""``glpose evaluate`` as a person and a program call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glpose_core.cli import main

from .conftest import crowd, document, frame, person
from .test_oks import random_data

pytestmark = pytest.mark.quick
Folders = Callable[..., tuple[Path, Path]]


def evaluate(*words: object) -> int:
    return main(["evaluate", *map(str, words)])


def strict(path: Path) -> dict[str, Any]:
    """A JSON file that must not hold NaN."""

    def refuse(text: str) -> float:
        raise AssertionError(text)

    result: dict[str, Any] = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    return result


def test_folders_print_ap_and_mota(
    folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    good = [frame([person(0)], [person(0)])] * 3
    half = [frame([person(0), person(1, 500)], [person(0)])] * 3
    truth, found = folders(v000001=good, v000002=half)
    out = tmp_path / "score.json"
    assert evaluate("--truth", truth, "--predictions", found, "--json", out) == 0
    text = capsys.readouterr().out
    for word in ("Head", "Total", "AP", "MOTA", "MOTP", "000001_mpii_test", "left_wrist"):
        assert word in text
    assert "2 videos, 6 labelled frames, 9 labelled people, 6 predicted people" in text
    assert "No joint right of 3 labelled people: 000002_mpii_test frame 0 person 1" in text
    score = strict(out)
    assert score["AP"]["total"] == pytest.approx(100 * 2 / 3)
    assert score["AP"]["columns"]["Knee"] == pytest.approx(100 * 2 / 3)
    assert score["MOTA"]["total"] == pytest.approx(100 * (1 - 2 / 6))
    assert score["AP"]["interval"][0] <= score["AP"]["total"] <= score["AP"]["interval"][1]
    assert score["videos"][1]["AP"]["total"] == pytest.approx(50)
    assert score["missed_people"]["count"] == 3
    assert score["truth"] == str(truth)
    assert [one["name"] for one in score["files"]] == ["000001_mpii_test", "000002_mpii_test"]
    assert Path(score["files"][1]["predictions"]).is_file()


def test_json_may_be_printed_alone(folders: Folders, capsys: pytest.CaptureFixture[str]):
    truth, found = folders(v000001=[frame([person(0)], [person(0)])] * 2)
    assert evaluate("--truth", truth, "--predictions", found, "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["AP"]["total"] == pytest.approx(100)


def test_twenty_one_is_said(folders: Folders, capsys: pytest.CaptureFixture[str]):
    truth, found = folders(v000001=[frame([person(0, -150)], [person(0, -150)])] * 2)
    path = truth / "000001_mpii_test.json"
    content = json.loads(path.read_text())
    for annotation in content["annotations"]:
        annotation["person_id"] = 3
    path.write_text(json.dumps(content))
    assert evaluate("--truth", truth, "--predictions", found) == 0
    text = capsys.readouterr().out
    assert "A PoseTrack21 truth, scored by these rules" in text
    assert "20 labelled joints here would not be" in text


def test_a_skeleton_without_a_torso_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    keypoints = [1, 2, 2, 3, 4, 2]
    people = [{"id": 1, "image_id": 1, "keypoints": keypoints, "bbox": [0, 0, 9, 9], "score": 1}]
    category = {"id": 1, "name": "mouse", "keypoints": ["snout", "tail"]}
    document = {"images": [{"id": 1}], "annotations": people, "categories": [category]}
    path = tmp_path / "mice.json"
    path.write_text(json.dumps(document), "utf-8")
    pair = ["--truth", path, "--predictions", path]
    assert evaluate(*pair, "--metric", "pck") == 3
    assert "choose another --normaliser" in capsys.readouterr().err
    assert evaluate(*pair, "--metric", "oks") == 3
    assert 'the joint "snout", whose fall-off' in capsys.readouterr().err
    assert evaluate(*pair, "--metric", "pck", "--normaliser", "box") == 0


def test_two_files_need_no_common_name(folders: Folders, capsys: pytest.CaptureFixture[str]):
    truth, found = folders(v000001=[frame([person(0)], [person(0)])])
    renamed = (found / "000001_mpii_test.json").rename(found / "mine.json")
    single = truth / "000001_mpii_test.json"
    assert evaluate("--truth", single, "--predictions", renamed) == 0
    assert evaluate("--truth", truth, "--predictions", renamed) == 0
    assert evaluate("--truth", single, "--predictions", found) == 0
    assert "there is nothing to track" in capsys.readouterr().out


def test_missing_and_surplus_predictions(folders: Folders, capsys: pytest.CaptureFixture[str]):
    good = [frame([person(0)], [person(0)])] * 2
    truth, found = folders(v000001=good, v000002=good)
    (truth / "000002_mpii_test.json").unlink()
    assert evaluate("--truth", truth, "--predictions", found) == 0
    assert "Not used, because no labels are called so: 000002_mpii_test.json" in (
        capsys.readouterr().out
    )
    folders(v000001=good, v000003=good)
    (found / "000001_mpii_test.json").unlink()
    assert evaluate("--truth", truth, "--predictions", found) == 3
    error = capsys.readouterr().err
    assert "has no predictions for 000001_mpii_test.json" in error
    assert error.count("\n") == 1


def test_against_another_set(folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    videos = {f"v{n:06d}": crowd(n, 5) for n in (1, 2, 3)}
    truth, found = folders(**videos)
    other = tmp_path / "other"
    other.mkdir()
    for path in truth.glob("*.json"):
        name = f"v{path.stem.split('_')[0]}"
        same = [{**one, "found": one["truth"]} for one in videos[name]]
        (other / path.name).write_text(json.dumps(document(same, "found", path.stem)), "utf-8")
    out = tmp_path / "a.json"
    words = ["--truth", truth, "--predictions", found, "--against", other, "--json", out]
    assert evaluate(*words, "--worst", 5) == 0
    text = capsys.readouterr().out
    assert "Largest differences" in text
    assert "the second is nearer" in text
    comparison = strict(out)["comparison"]
    assert [figure["name"] for figure in comparison["figures"]] == ["AP", "MOTA"]
    assert comparison["figures"][1]["second"] > comparison["figures"][1]["first"]
    assert comparison["figures"][1]["interval"]["low"] > 0
    assert len(comparison["joints"]["worst"]) == 5
    assert {"video", "frame", "person", "joint", "pixels"} <= set(comparison["joints"]["worst"][0])


def test_pck_names_what_it_is_measured_in(
    folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    torsoless = person(1, 500, joints=["nose", "left_knee"])
    truth, found = folders(v000001=[frame([person(0), torsoless], [person(0, 3)])] * 2)
    out = tmp_path / "a.json"
    words = ["--truth", truth, "--predictions", found, "--metric", "pck", "--json", out]
    assert evaluate(*words) == 0
    text = capsys.readouterr().out
    assert "PCK@0.2 of the torso, ‖left shoulder − right hip‖" in text
    assert "Left out: 2 labelled people without left shoulder or right hip" in text
    score = strict(out)
    assert (score["normaliser"], score["PCK"]["mean_of_joints"]) == ("torso", 100)
    assert score["left_out"]["people_without_size"] == 2
    assert evaluate(*words, "--normaliser", "head", "--threshold", "0.05") == 0
    assert strict(out)["PCK"]["mean_of_joints"] == 0


def test_oks_of_posetrack_and_coco_files(
    folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    truth, found = folders(v000001=[frame([person(0)], [person(0)])] * 2)
    out = tmp_path / "a.json"
    words = ["--metric", "oks", "--json", out]
    assert evaluate("--truth", truth, "--predictions", found, *words) == 0
    assert strict(out)["OKS"]["ap"] == pytest.approx(100)
    _, _, labels, results = random_data(4)
    labels["categories"][0]["keypoints"] = []
    (tmp_path / "coco.json").write_text(json.dumps(labels), "utf-8")
    (tmp_path / "results.json").write_text(json.dumps(results), "utf-8")
    pair = ["--truth", tmp_path / "coco.json", "--predictions", tmp_path / "results.json"]
    assert evaluate(*pair, *words) == 0
    assert 0 < strict(out)["OKS"]["ap"] < 100
    assert "ignored (crowds" in capsys.readouterr().out
    assert evaluate(*pair, "--metric", "pck", "--normaliser", "box") == 0
    assert "left_eye" in capsys.readouterr().out
    assert evaluate(*pair) == 3
    assert "is a COCO file, without tracks and head boxes" in capsys.readouterr().err


def test_check_says_why_not(folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    truth, found = folders(v000001=[frame([person(0)], [person(0)])] * 2)
    path = found / "000001_mpii_test.json"
    out = tmp_path / "a.json"
    assert evaluate("--check", path, "--truth", truth, "--json", out) == 0
    assert "accepts it as predictions" in capsys.readouterr().out
    assert strict(out)["checked"][0]["sound"] is True
    content = json.loads(path.read_text())
    content["annotations"][0]["track_id"] = 10_000
    path.write_text(json.dumps(content))
    assert evaluate("--check", found, "--json", out) == 3
    text = capsys.readouterr().out
    assert "refuses it" in text
    assert "annotations[0].track_id: is not below 10000" in text
    assert strict(out)["checked"][0]["faults"][0]["kind"] == "refused"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "both needed"),
        (("--truth", "a"), 2, "both needed"),
        (("--truth", "none", "--predictions", "none"), 3, "does not exist"),
        (("--truth", "T", "--predictions", "F", "--normaliser", "head"), 2, "--metric pck"),
        (("--truth", "T", "--predictions", "F", "--threshold", "0.3"), 2, "--metric pck"),
        (
            ("--truth", "T", "--predictions", "F", "--metric", "pck", "--threshold", "-1"),
            2,
            "positive",
        ),
        (("--truth", "T", "--predictions", "F", "--worst", "-1"), 2, "0 or more"),
        (("--truth", "T", "--predictions", "F", "--metric", "sub-jhmdb"), 3, "no list of split 1"),
        (("--check", "nowhere.json"), 3, ""),
    ],
)
def test_usage_and_bad_input(
    folders: Folders,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    sentence: str,
):
    truth, found = folders(v000001=[frame([person(0)], [person(0)])])
    places = {"T": truth, "F": found}
    assert evaluate(*(places.get(word, word) for word in words)) == code
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "[1]", "{}", '{"images": []}', '{"annolist": 1}', "\x00"]
)
@pytest.mark.parametrize("metric", ["posetrack", "pck", "oks"])
def test_foreign_files_are_one_sentence(
    folders: Folders,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str,
    metric: str,
):
    truth, found = folders(v000001=[frame([person(0)], [person(0)])])
    odd = tmp_path / "odd.json"
    odd.write_text(content, "utf-8")
    for pair in (
        ("--truth", odd, "--predictions", found / "000001_mpii_test.json"),
        ("--truth", truth / "000001_mpii_test.json", "--predictions", odd),
    ):
        assert evaluate(*pair, "--metric", metric) == 3
        error = capsys.readouterr().err
        assert error.startswith("glpose: ")
        assert error.count("\n") == 1


def test_real_labels_against_themselves(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = data / "posetrack18-sample" / "annotations" / "val"
    out = tmp_path / "a.json"
    assert evaluate("--truth", folder, "--predictions", folder, "--json", out) == 0
    score = strict(out)
    assert score["AP"]["total"] == pytest.approx(100)
    assert score["counted"]["people"] == 14
    trento = data / "clips" / "labels" / "trento-out5.json"
    assert evaluate("--truth", trento, "--predictions", trento) == 3
    assert "bbox_head" in capsys.readouterr().err
    assert (
        evaluate("--truth", trento, "--predictions", trento, "--metric", "pck", "--json", out) == 0
    )
    assert strict(out)["PCK"]["mean_of_joints"] == 100
