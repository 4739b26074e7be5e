"""``glpose info``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from glpose_core.cli import info
from glpose_core.errors import VideoError
from tests.clips import Clip, encode, numbered_picture

pytestmark = pytest.mark.quick


def run(*words: str) -> int:
    parser = argparse.ArgumentParser(prog="glpose")
    info.add_parser(parser.add_subparsers())
    args = parser.parse_args(["info", *words])
    code: int = args.run(args)
    return code


def test_json_says_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = Clip(frames=5, turn=90, ticks=(1075, 1115, 1155, 1195, 1235))
    path = encode(tmp_path / "clip.mp4", clip)
    assert run(str(path), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["frames"], said["width"], said["height"]) == (5, 144, 176)
    assert said["rotation"] == 270
    assert said["times"] == pytest.approx([1.075, 1.115, 1.155, 1.195, 1.235])
    assert said["codec"] == "h264"
    assert said["counted_by"] == "packets"
    assert "starts at 1.075 s" in said["oddities"]


def test_table_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import cv2

    for n in range(3):
        cv2.imwrite(str(tmp_path / f"{n}.png"), numbered_picture(n))
    assert run(str(tmp_path)) == 0
    out, progress = capsys.readouterr()
    assert "frames  3 (0 to 2)" in out
    assert "176 × 144 pixels" in out
    assert "odd     nothing" in out
    assert progress == ""


def test_a_bad_file_is_an_error_with_its_exit_code(tmp_path: Path) -> None:
    with pytest.raises(VideoError) as caught:
        run(str(tmp_path / "none.mp4"))
    assert caught.value.exit_code == 3
