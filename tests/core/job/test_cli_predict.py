from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from glpose_core.cli import main, predict
from glpose_core.cli.predict import duration, parse_frames, person_numbers
from glpose_core.errors import UsageError
from glpose_core.job import Prediction
from glpose_core.labels import Project
from glpose_core.labels.poses import PREDICTION_DTYPE
from glpose_core.network import HRNet
from glpose_core.video import open_video

from .conftest import FRAMES, box_of


@pytest.fixture
def boxes(tmp_path):
    path = tmp_path / "boxes.json"
    entries = [
        {"frame": 3, "person": 1, "bbox": box_of(0, 3).tolist()},
        {"frame": 9, "person": 0, "bbox": box_of(1, 9).tolist()},
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def glpose(*words) -> int:
    return main(["predict", *map(str, words)])


def test_posetrack_overlay_and_project_in_one_go(clip, placing, boxes, tmp_path, capsys):
    out, seen, project = tmp_path / "o.json", tmp_path / "o.mp4", tmp_path / "o.glpose"
    code = glpose(
        clip, "--model", placing, "--boxes", boxes, "--out", out, "--overlay", seen,
        "--project", project, "--frames", "0:20", "--device", "cpu",
    )  # fmt: skip
    assert code == 0
    file = json.loads(out.read_text(encoding="utf-8"))
    assert len(file["images"]) == FRAMES
    assert file["categories"][0]["name"] == "person"
    assert {a["track_id"] for a in file["annotations"]} == {0, 1}
    assert len(file["annotations"]) == 40
    for annotation in file["annotations"]:
        assert len(annotation["keypoints"]) == 51
        assert len(annotation["scores"]) == 17
        assert annotation["keypoints"][9:15] == [0] * 6  # the ears
    with open_video(seen) as reader:
        assert len(reader) == 20
        assert (reader.info.width, reader.info.height) == (160, 120)
    with Project.open(project, read_only=True) as opened:
        assert len(opened.state.people()) == 2
        assert all(len(opened.state.frames_of(p.id)) == 20 for p in opened.state.people())
        assert [run.status for run in opened.state.runs.values()] == ["done"]
    assert "40 poses of 2 people" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "boxes.json",
        "o.glpose",
        "o.json",
        "o.mp4",
    ]


def test_imported_weights_predict_by_name(clip, boxes, tmp_path, capsys):
    torch.manual_seed(2)
    state = HRNet(4, 17, (1, 1, 1)).state_dict()
    torch.save({"state_dict": state}, tmp_path / "pose_hrnet_w4_64x32.pth")
    assert main(["weights", "import", str(tmp_path / "pose_hrnet_w4_64x32.pth")]) == 0
    name = capsys.readouterr().out.strip()
    assert name == "pose_hrnet_w4_64x32"
    out = tmp_path / "o.json"
    words = ("--model", name, "--boxes", boxes, "--out", out, "--frames", "3:6")
    assert glpose(clip, *words, "--device", "cpu") == 0
    assert "pose_hrnet_w4_64x32 (HRNet, single frame)" in capsys.readouterr().err
    assert len(json.loads(out.read_text(encoding="utf-8"))["images"]) == FRAMES


def test_a_second_run_into_the_same_project_keeps_its_people(clip, tiny, boxes, tmp_path):
    project = tmp_path / "o.glpose"
    assert glpose(clip, "--model", tiny, "--boxes", boxes, "--project", project) == 0
    words = ("--model", tiny, "--project", project, "--detector", "colour", "--frames", "0:12")
    assert glpose(clip, *words) == 0
    with Project.open(project, read_only=True) as opened:
        assert len(opened.state.people()) == 2
        assert len(opened.state.runs) == 2


def test_people_are_found_without_boxes(clip, tiny, tmp_path):
    out = tmp_path / "o.json"
    assert (
        glpose(clip, "--model", tiny, "--detector", "colour", "--out", out, "--frames", ":15") == 0
    )
    file = json.loads(out.read_text(encoding="utf-8"))
    assert {a["track_id"] for a in file["annotations"]} == {0, 1}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "nothing to write"),
        (["--out", "OUT", "--frames", "abc"], 2, "0:200"),
        (["--out", "OUT", "--frames", "30:30"], 2, "0:36"),
        (["--out", "missing/o.json"], 2, "folder does not exist"),
        (["--out", "OUT", "--model", "no-such-model"], 3, "no such weights"),
        (["--out", "OUT", "--boxes", "none.json"], 3, "none.json"),
    ],
)
def test_mistakes_end_with_one_line_and_their_code(clip, tiny, tmp_path, capsys, words, code, says):
    given = [str(tmp_path / "o.json") if word == "OUT" else word for word in words]
    if "--model" not in given:
        given += ["--model", str(tiny)]
    assert glpose(clip, *given) == code
    errors = capsys.readouterr().err
    assert says in errors
    assert errors.count("glpose: ") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_video_is_bad_input(tiny, tmp_path, capsys):
    assert glpose(tmp_path / "none.mp4", "--model", tiny, "--out", tmp_path / "o.json") == 3
    assert "none.mp4" in capsys.readouterr().err


@pytest.mark.parametrize("when", ["predict_video", "write_overlay"])
def test_ctrl_c_is_130_and_leaves_nothing_half_written(
    clip, tiny, boxes, tmp_path, monkeypatch, when
):
    real = getattr(predict, when)

    def interrupted(*args, **kwargs):
        if when == "write_overlay":
            reader, rows, people, path, span, _ = args
            calls = []

            def listen(done, total):
                calls.append(done)
                if len(calls) == 3:
                    raise KeyboardInterrupt

            return real(reader, rows, people, path, span, listen)
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, when, interrupted)
    out, seen, project = tmp_path / "o.json", tmp_path / "o.mp4", tmp_path / "o.glpose"
    words = ("--model", tiny, "--boxes", boxes, "--frames", "0:8", "--out", out, "--overlay", seen)
    assert glpose(clip, *words, "--project", project) == 130
    left = {path.name for path in tmp_path.iterdir()} - {"boxes.json"}
    assert left <= {"o.json"}
    if left:
        json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.quick
def test_frame_ranges():
    assert [parse_frames(text) for text in (None, "3:9", "3:", ":9")] == [
        (0, None),
        (3, 9),
        (3, None),
        (0, 9),
    ]
    for wrong in ("", "5", "-1:4", "a:b", "1:2:3"):
        with pytest.raises(UsageError):
            parse_frames(wrong)


@pytest.mark.quick
def test_people_are_numbered_by_their_own_ids_first():
    result = Prediction(np.zeros(0, PREDICTION_DTYPE), {0: -1, 1: 1, 2: -2, 3: -1, 4: 0})
    assert person_numbers(result) == {0: 2, 1: 1, 2: 3, 3: 2, 4: 0}


@pytest.mark.quick
def test_durations_read_well():
    assert [duration(s) for s in (0.2, 8.4, 200, 7500)] == ["1 s", "8 s", "3 min", "2 h 5 min"]
