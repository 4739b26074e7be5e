"""``glpose convert``, from the arguments to the files and the exit code."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from glpose_core.cli import convert
from glpose_core.errors import FormatError, GLPoseError, ProjectError, UsageError, VideoError
from glpose_core.formats.posetrack_labels import NothingConfirmed
from glpose_core.labels import Project


def glpose(*arguments: Any) -> int:
    parser = argparse.ArgumentParser()
    convert.add_parser(parser.add_subparsers())
    return convert.run(parser.parse_args(["convert", *map(str, arguments)]))


@pytest.fixture
def dataset(document: dict[str, Any], tmp_path: Path) -> Path:
    """A label file with its pictures as official sets lay them out. Returns the label file."""
    root = tmp_path / "set"
    for n, image in enumerate(document["images"]):
        path = root / image["file_name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((48, 64, 3), 50 * n, np.uint8))
    labels = root / "annotations" / "val" / "000007_mpii_test.json"
    labels.parent.mkdir(parents=True)
    labels.write_text(json.dumps(document))
    return labels


def same(one: Path, other: Path) -> bool:
    return json.dumps(json.loads(one.read_text())) == json.dumps(json.loads(other.read_text()))


def test_labels_to_a_project_and_back(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, out = tmp_path / "p.glpose", tmp_path / "out" / "labels.json"
    assert glpose(dataset, project) == 0
    with Project.open(project, read_only=True) as opened:
        assert opened.state.video.frames == 4
        assert len(opened.poses(0)) == 2
    assert glpose(project, out) == 0
    assert same(dataset, out)
    said = capsys.readouterr()
    assert "4 frames, 3 of them reviewed, with 3 poses of 2 people" in said.err
    assert said.out == ""


def test_a_video_may_be_named(dataset: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "lonely" / "labels.json"
    lonely.parent.mkdir()
    lonely.write_text(dataset.read_text())
    project = lonely.with_name("p.glpose")
    with pytest.raises(UsageError, match="--video FILE"):
        glpose(lonely, project)
    assert not project.exists()
    folder = dataset.parents[2] / "images" / "val" / "000007_mpii_test"
    assert glpose(lonely, project, "--video", folder) == 0
    with pytest.raises(ProjectError, match="exists already"):
        glpose(lonely, project, "--video", folder)


def test_labels_of_another_video_leave_no_project_behind(dataset: Path, tmp_path: Path) -> None:
    document = json.loads(dataset.read_text())
    document["images"][2]["width"] = 9999
    dataset.write_text(json.dumps(document))
    with pytest.raises(FormatError, match=r"json: images\[2\]: is 9999×48"):
        glpose(dataset, tmp_path / "p.glpose")
    assert not list(tmp_path.glob("p.glpose*"))


def test_a_full_disk_leaves_nothing_of_a_project_behind(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "projects"
    folder.mkdir()
    closed = Project.close

    def close(project: Project) -> None:
        closed(project)
        for ending in ("-wal", "-shm"):  # SQLite cannot fold its log away
            project.path.with_name(project.path.name + ending).write_bytes(b"log")
        raise ProjectError("was closed before its last changes could be written")

    monkeypatch.setattr(Project, "close", close)
    with pytest.raises(ProjectError, match="last changes"):
        glpose(dataset, folder / "p.glpose")
    assert not list(folder.iterdir())


def test_pictures_are_written_beside_the_labels(dataset: Path, tmp_path: Path) -> None:
    project, out = tmp_path / "p.glpose", tmp_path / "out" / "labels.json"
    glpose(dataset, project)
    assert glpose(project, out, "--write-images") == 0
    folder = tmp_path / "out" / "images" / "val" / "000007_mpii_test"
    assert len(list(folder.iterdir())) == 4
    picture = cv2.imread(str(folder / "000002.jpg"))
    assert picture is not None
    assert abs(picture.mean() - 100) < 3
    again = tmp_path / "again"
    assert glpose(out, again / "labels.json", "--write-images") == 0
    assert len(list((again / "images/val/000007_mpii_test").iterdir())) == 4
    # What was written is a whole set: it opens without naming a video.
    assert glpose(again / "labels.json", again / "p.glpose") == 0


@pytest.mark.parametrize("shown", [True, False], ids=["shown", "beside"])
def test_pictures_of_another_video_are_not_written_beneath_labels(
    dataset: Path, tmp_path: Path, shown: bool
) -> None:
    project, folder = tmp_path / "p.glpose", dataset.parents[2] / "images/val/000007_mpii_test"
    glpose(dataset, project)
    other = tmp_path / "other" if shown else folder
    other.mkdir(exist_ok=True)
    for name in ("000000.jpg", "000001.jpg", "000002.jpg", "000003.jpg", "000004.jpg"):
        cv2.imwrite(str(other / name), np.zeros((16, 16, 3), np.uint8))
    out = tmp_path / "out" / "labels.json"
    with pytest.raises(VideoError, match=r"made for|labels were made on|were counted"):
        glpose(project, out, "--write-images", *(("--video", other) if shown else ()))
    assert not list(out.parent.rglob("*.jpg"))


def test_broken_frames_are_partly_done(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "p.glpose"
    damaged = dataset.parents[2] / "images/val/000007_mpii_test/000001.jpg"
    damaged.write_bytes(b"no picture")
    glpose(dataset, project)
    assert glpose(project, tmp_path / "out" / "labels.json", "--write-images") == 4
    said = capsys.readouterr().err
    assert "3 pictures written" in said
    assert "left out: " in said
    assert "000001.jpg" in said


@pytest.mark.parametrize(
    ("reading", "expected"), [("keep", [12, 61, 0]), ("drop", [0, 0, 0]), ("visible", [12, 61, 1])]
)
def test_readings_of_hidden_joints(
    dataset: Path, tmp_path: Path, reading: str, expected: list[int]
) -> None:
    direct, project, out = tmp_path / "d.json", tmp_path / "p.glpose", tmp_path / "o.json"
    assert glpose(dataset, direct, "--occluded", reading) == 0
    glpose(dataset, project)
    assert glpose(project, out, "--occluded", reading) == 0
    for path in (direct, out):
        record = json.loads(path.read_text())["annotations"][0]
        assert record["keypoints"][18:21] == expected


def test_predictions_stay_predictions(
    dataset: Path, document: dict[str, Any], tmp_path: Path
) -> None:
    for record in document["annotations"]:
        record |= {"scores": [0.5] * 17, "score": 0.75}
    dataset.write_text(json.dumps(document))
    project, out = tmp_path / "p.glpose", tmp_path / "o.json"
    assert glpose(dataset, project) == 0
    with pytest.raises(NothingConfirmed, match="export predictions instead"):
        glpose(project, out)
    assert not out.exists()
    assert glpose(project, out, "--what", "predictions") == 0
    records = json.loads(out.read_text())["annotations"]
    assert [r["score"] for r in records] == [0.75] * 3
    forced = tmp_path / "q.glpose"
    assert glpose(dataset, forced, "--what", "labels") == 0
    assert glpose(forced, out) == 0


@pytest.mark.quick
@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("none.json", "out.json"), 3, "cannot be read"),
        (("labels.json", "labels.json"), 2, "both IN and OUT"),
        (("labels.json", "out.xyz"), 2, "--to"),
        (("odd.txt", "out.json"), 3, "no label format"),
        (("labels.json", "p.glpose", "--write-images"), 2, "--write-images"),
    ],
)
def test_mistakes_have_their_exit_code_and_remedy(
    saved: Callable[[Any], Path],
    document: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    complaint: str,
) -> None:
    saved(document)
    (tmp_path / "odd.txt").write_text("hello")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GLPoseError, match=complaint) as caught:
        glpose(*arguments)
    assert caught.value.exit_code == code
    assert caught.value.remedy


@pytest.mark.quick
def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        glpose("--help")
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert "glpose convert clip.glpose labels.json" in said
    assert "--write-images" in said


def test_the_official_sample_through_a_project(
    real_labels: Path, data: Path, tmp_path: Path
) -> None:
    project, out = tmp_path / "p.glpose", tmp_path / "o.json"
    clip = data / "clips" / f"{real_labels.stem}.mp4"
    assert glpose(real_labels, project, *(("--video", clip) if clip.exists() else ())) == 0
    assert glpose(project, out) == 0
    assert same(real_labels, out)


def test_labels_go_to_coco_and_come_back(dataset: Path, tmp_path: Path) -> None:
    project, out, again = tmp_path / "p.glpose", tmp_path / "coco.json", tmp_path / "q.glpose"
    pictures = dataset.parents[2] / "images" / "val" / "000007_mpii_test"
    assert glpose(dataset, project) == 0
    assert glpose(project, out, "--to", "coco") == 0
    assert glpose(out, again, "--video", pictures) == 0
    with Project.open(project, read_only=True) as one, Project.open(again, read_only=True) as two:
        assert two.state.people()
        for frame in range(4):
            before, after = one.poses(frame), two.poses(frame)
            for name in ("person", "xy", "visibility"):
                assert np.array_equal(before[name], after[name]), name
