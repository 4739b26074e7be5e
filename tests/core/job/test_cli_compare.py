"""``glpose compare`` and ``glpose project runs``; what a project remembers of its last prediction."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from glpose_core.cli import main
from glpose_core.labels import Project, writer
from glpose_core.predict.record import RunRecord
from tests.clips import Clip, encode

from .conftest import box_of


@pytest.fixture
def boxes(tmp_path):
    path = tmp_path / "boxes.json"
    entries = [
        {"frame": 3, "person": 0, "bbox": box_of(0, 3).tolist()},
        {"frame": 3, "person": 1, "bbox": box_of(1, 3).tolist()},
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


@pytest.fixture
def project(clip, placing, boxes, tmp_path):
    """A project predicted with choices that are not the defaults."""
    path = tmp_path / "figures.glpose"
    words = ["predict", clip, "--project", path, "--model", placing, "--boxes", boxes]
    words += ["--frames", "0:8", "--mode", "paper", "--k", "1", "--n", "0", "--device", "cpu"]
    assert main([*map(str, words), "--precision", "float32"]) == 0
    return path


def record_of(path, run):
    with Project.open(path, read_only=True) as project:
        return RunRecord.of(project.state.runs[run])


def test_a_run_keeps_how_it_was_made_and_the_project_proposes_it_again(
    clip, placing, boxes, project, capsys
):
    first = record_of(project, 1)
    assert (first.network, first.weights, first.mode) == ("GLPose", str(placing), "paper")
    assert (first.k, first.n, first.precision) == (1, 0, "float32")
    again = ["predict", clip, "--project", project, "--boxes", boxes, "--frames", "2:4"]
    assert main([str(word) for word in again]) == 0
    second = record_of(project, 2)
    same = ("weights", "sha256", "mode", "k", "n", "device", "precision")
    assert [getattr(first, name) for name in same] == [getattr(second, name) for name in same]
    assert main([str(word) for word in [*again, "--k", "2", "--mode", "cached"]]) == 0
    third = record_of(project, 3)
    assert (third.k, third.n, third.mode) == (2, 0, "cached")
    capsys.readouterr()
    assert main(["project", "runs", str(project)]) == 0
    said = capsys.readouterr().out
    assert "* 3" in said
    assert "GLPose, k 1, n 0, as published, float32" in said
    assert first.short_digest in said


def test_a_number_of_references_below_nothing_is_refused(clip, boxes, tmp_path, capsys):
    words = ["predict", clip, "--boxes", boxes, "--out", tmp_path / "o.json", "--k", "-1"]
    assert main([str(word) for word in words]) == 2
    assert "--k is -1" in capsys.readouterr().err


def test_a_project_is_compared_and_stays_as_it_is(project, tiny, tmp_path, capsys):
    with Project.open(project, read_only=True) as opened:
        before = [opened.poses(frame).tobytes() for frame in range(8)]
    listed = tmp_path / "list.json"
    words = ["compare", project, "--with", tiny, "--device", "cpu", "--frames", "0:8"]
    assert main([*map(str, words), "--json", str(listed)]) == 0
    said = capsys.readouterr().out
    document = json.loads(listed.read_text(encoding="utf-8"))
    assert {item["reason"] for item in document["items"]} <= {"models"}
    assert ("places" in said) == bool(document["items"])
    with Project.open(project, read_only=True) as opened:
        assert [opened.poses(frame).tobytes() for frame in range(8)] == before
        assert opened.state.active_run == 1
        second = opened.state.runs[2]
        assert RunRecord.of(second).second
        assert len(opened.run_rows(2)) == 16
        assert set(opened.run_rows(2)["person"].tolist()) == {p.id for p in opened.state.people()}


def test_two_models_are_compared_on_a_video(clip, placing, tiny, capsys):
    words = ["compare", clip, "--model", placing, "--with", tiny, "--detector", "colour"]
    assert main([*map(str, words), "--frames", "0:6", "--device", "cpu", "--json", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["of"] >= len(document["items"])


def test_what_cannot_be_compared_is_said(clip, project, tiny, tmp_path, capsys):
    assert main(["compare", str(project), "--with", str(tiny), "--model", str(tiny)]) == 2
    assert "is compared as it is shown" in capsys.readouterr().err
    assert main(["compare", str(project), "--with", "nobody"]) == 3
    assert "there are no such weights" in capsys.readouterr().err


def test_a_project_that_has_lost_its_video_says_which(project, tiny, clip, tmp_path, capsys):
    elsewhere = tmp_path / "elsewhere" / "other.glpose"
    elsewhere.parent.mkdir()
    words = [str(word) for word in ["compare", elsewhere, "--with", tiny, "--device", "cpu"]]
    with Project.open(project) as opened:
        lost = replace(opened.state.video, path="figures.mp4")
        opened.set_video(lost)
    shutil.copy(project, elsewhere)
    assert main(words) == 3
    assert "figures.mp4 beside the project file" in capsys.readouterr().err


def test_a_project_is_compared_in_the_video_that_it_names(project, tiny, clip, tmp_path, capsys):
    shutil.copy(clip, tmp_path / "moved.mp4")
    elsewhere = tmp_path / "elsewhere" / "other.glpose"
    elsewhere.parent.mkdir()
    (elsewhere.parent / "moved.mp4").write_bytes(b"another file of that name")
    with Project.open(project) as opened:
        opened.set_video(replace(opened.state.video, path=str(tmp_path / "moved.mp4")))
    shutil.copy(project, elsewhere)
    words = ["compare", elsewhere, "--with", tiny, "--device", "cpu", "--frames", "0:8"]
    assert main([str(word) for word in words]) == 0


@pytest.mark.parametrize("command", ["predict", "compare"])
def test_a_full_disk_is_named_and_not_waited_for(
    command, project, clip, tiny, boxes, capsys, monkeypatch
):
    def refuse(_self, _statements):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(writer.Writer, "_transact", refuse)
    words = {
        "predict": ["predict", clip, "--project", project, "--boxes", boxes, "--frames", "0:2"],
        "compare": ["compare", project, "--with", tiny, "--device", "cpu", "--frames", "0:2"],
    }
    assert main([str(word) for word in words[command]]) == 3
    said = capsys.readouterr().err
    assert "database or disk is full" in said
    assert "free some space" in said


@pytest.mark.parametrize("command", ["compare", "predict"])
def test_another_video_in_the_place_of_the_labelled_one_is_named(
    project, tiny, tmp_path, capsys, command
):
    with Project.open(project, read_only=True) as opened:
        named = Path(opened.state.video.path).name
    folder = tmp_path / "moved"
    folder.mkdir()
    moved = project.rename(folder / "moved.glpose")
    with Project.open(moved) as opened:
        opened.set_video(replace(opened.state.video, path=named))
    other = encode(folder / named, Clip(frames=3, width=64, height=48))
    words = {
        "compare": ["compare", moved, "--with", tiny],
        "predict": ["predict", other, "--project", moved],
    }
    assert main([*map(str, words[command]), "--device", "cpu"]) == 3
    said = capsys.readouterr().err
    assert f"{named}: has 3 frames, but the project was made for" in said
    if command == "compare":
        other.unlink()
        assert main([*map(str, words[command]), "--device", "cpu"]) == 3
        assert f"moved.glpose: the video {named} is missing" in capsys.readouterr().err


def test_a_project_remembers_the_moved_video_that_it_is_predicted_on(
    clip, project, boxes, tmp_path, capsys
):
    moved = tmp_path / "moved" / "renamed.mp4"
    moved.parent.mkdir()
    moved.write_bytes(clip.read_bytes())
    with Project.open(project) as opened:
        opened.set_video(replace(opened.state.video, path="gone.mp4"))
    words = ["predict", moved, "--project", project, "--boxes", boxes, "--frames", "2:4"]
    for turn in range(2):
        assert main([*map(str, words)]) == 0
        assert ("remembers that its video" in capsys.readouterr().err) == (turn == 0)
        with Project.open(project, read_only=True) as opened:
            assert opened.state.video.path == str(moved)


def test_a_run_of_trained_weights_has_the_name_of_their_folder(
    clip, placing, project, boxes, tmp_path, capsys
):
    trained = tmp_path / "mine" / "weights.safetensors"
    trained.parent.mkdir()
    trained.write_bytes(placing.read_bytes())
    words = ["predict", clip, "--project", project, "--boxes", boxes, "--frames", "2:4"]
    assert main([*map(str, words), "--model", str(trained)]) == 0
    with Project.open(project, read_only=True) as opened:
        assert opened.state.runs[2].model == "mine (GLPose)"
