"""``glpose review`` on projects and files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from glpose_core.cli import main
from glpose_core.formats.posetrack import write_posetrack
from glpose_core.formats.posetrack_export import predictions_file
from glpose_core.labels import PREDICTION_DTYPE, PoseRows, Project, Run, VideoRecord, edits
from glpose_core.review import Queue, review
from tests.walkers import J, walker

pytestmark = pytest.mark.quick
FRAMES = 60


def predictions() -> PoseRows:
    poses = walker(FRAMES)
    poses["score"][20:24, J["left_wrist"]] = 0.3
    rows = np.zeros(FRAMES, PREDICTION_DTYPE)
    for name in ("frame", "xy", "visibility", "score", "box", "pose_score"):
        rows[name] = poses[name]
    return rows


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "clip.glpose"
    record = VideoRecord("clip.mp4", "f" * 16, FRAMES, 1280, 720, np.arange(FRAMES) / 25)
    with Project.create(path, record) as made:
        made.add_run(Run.new("GLPose", "", "cpu"), {0: None}, predictions())
    return path


def test_a_project_is_listed_as_a_person_reads_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", str(project)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["frames", "person", "·", "joint", "reason", "why"]
    assert "20–23" in lines[1]
    assert "left wrist" in lines[1]
    assert "unsure" in lines[1]
    assert "confidence 0.30, usual 0.80" in lines[1]
    assert lines[-1] == "1 of 1 places"


def test_the_list_of_a_project_follows_its_edits(project: Path) -> None:
    with Project.open(project) as opened:
        state = opened.state
        queue = Queue.of(state)
        (item,) = queue.items()
        assert review(state, range(15, 30), queue.usual)[0].words == item.words
        for frame in range(20, 24):
            opened.apply(edits.accept_pose(state, item.person, frame))
        queue.update(20, 24)
        assert queue.items() == [] == review(state)


def test_a_file_is_listed_and_written_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = predictions()
    file = predictions_file(
        rows, tracks={0: 3}, name="000001_mpii_test", frames=FRAMES, width=1280, height=720
    )
    source, target = tmp_path / "seen.json", tmp_path / "list.json"
    write_posetrack(file, source)
    assert main(["review", str(source), "--json", str(target), "--joint", "left_wrist"]) == 0
    document = json.loads(target.read_text(encoding="utf-8"))
    assert document["of"] == 1
    (item,) = document["items"]
    assert (item["frame"], item["stop"], item["person"]) == (20, 24, 3)
    assert (item["reason"], item["joints"]) == ("unsure", ["left_wrist"])
    capsys.readouterr()
    assert main(["review", str(source), "--reason", "gap"]) == 0
    assert capsys.readouterr().out.strip() == "Nothing looks wrong."
    assert main(["review", str(source), "--against", str(source), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["of"] == 1


def test_bad_input_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path / "none.json")]) == 3
    assert "does not exist" in capsys.readouterr().err
    assert main(["review", str(tmp_path / "none.json"), "--top", "-1"]) == 2
    assert "--top is -1" in capsys.readouterr().err
