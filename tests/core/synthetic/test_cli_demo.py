"""``glpose demo``: everything it promises is there, and its figures are those of its files."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from glpose_core.cli import main
from glpose_core.cli.demo import _put_aside
from glpose_core.evaluate import score_posetrack
from glpose_core.formats.posetrack import read_posetrack
from glpose_core.formats.posetrack_file import PoseTrackFile
from glpose_core.labels import Project, VideoRecord
from glpose_core.synthetic import demo
from glpose_core.synthetic.clip import truth_file, truth_of
from glpose_core.synthetic.render import render
from glpose_core.synthetic.scene import Scene
from glpose_core.synthetic.truth import stack
from glpose_core.video import open_video

SIZE = (192, 144)
FRAMES = 12


@pytest.fixture
def small_demo(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SIZE", SIZE)
    monkeypatch.setattr(demo, "demo_scene", lambda: dataclasses.replace(scene, frames=FRAMES))


@pytest.mark.usefixtures("small_demo")
def test_the_whole_job_without_a_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "demo"
    assert main(["demo", "--out", str(out), "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    for line in said.splitlines():
        place = re.match(
            r"  (clip|exact labels|project|predictions|corrected labels|overlay video|picture) +(.+)",
            line,
        )
        if place:
            assert Path(place[2]).is_file(), place[2]
    labels, truth = read_posetrack(out / "labels.json"), read_posetrack(demo.demo_files().truth)
    assert [image.file_name[-10:] for image in labels.images] == [
        "000000.jpg",
        "000005.jpg",
        "000010.jpg",
    ]
    assert len(read_posetrack(out / "predictions.json").images) == FRAMES
    corrected = float(re.search(r"corrected, 3 frames +([\d.]+)", said)[1])
    again = score_posetrack(_every_fifth(truth), _scored(labels))
    assert corrected == pytest.approx(again.ap.total, abs=0.05)
    assert corrected > 95
    with Project.open(out / "demo.glpose", read_only=True) as project:
        assert set(project.state.reviewed) == {0, 5, 10}
    with open_video(out / "overlay.mp4") as overlay, open_video(demo.demo_files().clip) as clip:
        assert len(overlay) == FRAMES
        assert np.abs(overlay[5].astype(int) - clip[5]).max() > 60  # skeletons are drawn in
    assert cv2.imread(str(out / "picture.png")).shape == (SIZE[1], SIZE[0], 3)


def _every_fifth(file: PoseTrackFile) -> PoseTrackFile:
    images = file.images[::5]
    kept = np.flatnonzero(np.isin(file.annotations.image_id, [image.id for image in images]))
    return dataclasses.replace(file, images=images, annotations=file.annotations.take(kept))


def _scored(file: PoseTrackFile) -> PoseTrackFile:
    people = file.annotations
    scored = dataclasses.replace(
        people, score=np.ones(len(people)), scores=np.ones((len(people), 17))
    )
    return dataclasses.replace(file, annotations=scored)


@pytest.mark.usefixtures("small_demo")
def test_the_project_of_an_earlier_demo_is_kept(tmp_path: Path) -> None:
    project = tmp_path / "demo.glpose"
    assert _put_aside(project) is None
    for number in (1, 2):
        project.write_text(str(number))
        assert _put_aside(project) == tmp_path / f"demo-before-{number}.glpose"
    assert (tmp_path / "demo-before-1.glpose").read_text() == "1"
    assert not project.exists()


@pytest.mark.usefixtures("small_demo")
def test_a_demo_that_somebody_works_in_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = VideoRecord("clip.mp4", "0" * 8, FRAMES, *SIZE, np.arange(FRAMES) / 25)
    with Project.create(tmp_path / "demo.glpose", clip):
        assert main(["demo", "--out", str(tmp_path), "--device", "cpu"]) != 0
    assert "demo.glpose" in capsys.readouterr().err


def test_a_file_in_the_way_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    assert main(["demo", "--out", str(taken)]) == 2
    assert capsys.readouterr().err == f"glpose: {taken}: is a file — give --out another folder.\n"
    assert taken.read_text() == "mine"


def test_exact_labels_come_back_from_their_file(scene: Scene) -> None:
    truth = stack([one for _, one in render(dataclasses.replace(scene, frames=3), SIZE)])
    back = truth_of(truth_file(truth, "000001_mpii_test", SIZE))
    np.testing.assert_array_equal(back.labelled, truth.labelled)
    np.testing.assert_array_equal(back.visibility, truth.visibility)
    np.testing.assert_allclose(back.xy, truth.xy, atol=1e-3)
    np.testing.assert_allclose(back.head_box, truth.head_box, atol=1e-3)
