"""A slip in the path of what is to be written: refused before the work, and no folder is made."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from glpose_core.cli import main
from glpose_core.labels import Project, VideoRecord, edits

pytestmark = pytest.mark.quick


def test_a_tilde_that_no_shell_has_replaced_is_no_home(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["predict", "clip.mp4", "--out", "~/poses.json"]) == 2
    assert "~/poses.json: its folder does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        "predict clip.mp4 --out {}.json",
        "predict clip.mp4 --out here.json --overlay {}.mp4",
        "predict clip.mp4 --project {}.glpose",
        "review clip.glpose --json {}.json",
        "compare clip.glpose --with b --json {}.json",
        "evaluate --truth a.json --predictions b.json --json {}.json",
        "evaluate --check a.json --json {}.json",
        "agree a.json b.json --csv {}.csv",
        "convert a.json {}.glpose",
        "project backup clip.glpose {}.glpose",
        "weights import a.pth --out {}.safetensors",
    ],
)
def test_no_command_makes_the_folder_of_a_file(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words.format("wrnog/folder/out").split()) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "its folder does not exist" in line
    assert str(tmp_path / "wrnog" / "folder") in line
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert main(["predict", "no clip.mp4", "--out", str(tmp_path / "poses.json")]) == 2
    assert "poses.json: its folder cannot be written to" in capsys.readouterr().err


@pytest.mark.parametrize("pictures", [[], ["--write-images"]])
def test_a_data_set_is_a_folder_which_is_said(
    pictures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = VideoRecord(str(tmp_path / "gone.mp4"), "ab", 3, 64, 48, np.arange(3) / 25)
    with Project.create(tmp_path / "clip.glpose", video) as project:
        project.apply(edits.add_person(project.state, 1, xy=np.full((17, 2), 9.5))[0])
    out = tmp_path / "set" / "labels.json"
    main(["convert", str(tmp_path / "clip.glpose"), str(out), *pictures])
    assert f"made the folder {out.parent}" in capsys.readouterr().err
    assert out.is_file()
