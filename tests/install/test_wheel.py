"""What a stranger installs: the wheel has everything, and works where the source tree is out of sight."""

from __future__ import annotations

import json
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from tests.clips import Clip, encode
from tests.install.building import TREE, build

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOTS = ("app", "glpose_core", "resources")


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_has_every_module_and_every_resource(wheel: Path) -> None:
    there = names(wheel)
    wanted = {
        path.relative_to(TREE).as_posix()
        for root in ROOTS
        for path in (TREE / root).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(wanted) > 200
    assert wanted - there == set()
    extra = {name for name in there - wanted if ".dist-info/" not in name}
    assert extra == set(), "nothing but the packages: no tests, no benchmarks"


def test_the_wheel_carries_its_licences_and_type_marker(wheel: Path) -> None:
    there = names(wheel)
    assert "glpose_core/py.typed" in there
    licences = {name.partition("/licenses/")[2] for name in there if "/licenses/" in name}
    assert licences == {"LICENSE", "resources/fonts/OFL.txt"}
    assert "resources/weights/MODEL_CARD.md" in there


def test_the_sdist_builds_the_same_wheel(source: Path, wheel: Path, tmp_path: Path) -> None:
    sdist = build(source, tmp_path, "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    again = build(unpacked, tmp_path / "unpacked", "wheel")
    assert again.name == wheel.name
    assert contents(again) == contents(wheel)


def test_the_fresh_environment_cannot_see_the_source_tree(stranger: Run, fresh: Path) -> None:
    code = "import app, glpose_core, resources; print(*(m.__file__ for m in (app, glpose_core, resources)))"
    done = stranger("python", "-c", code)
    assert done.returncode == 0, done.stderr
    for file in done.stdout.split():
        assert Path(file).is_relative_to(fresh)


def test_the_command_line_works_from_the_wheel(stranger: Run, tmp_path: Path) -> None:
    clip = encode(tmp_path / "clip.mp4", Clip(frames=5))
    listed = stranger("glpose", "weights", "list")
    assert listed.returncode == 0, listed.stderr
    assert "glpose-w18-starter" in listed.stdout
    info = stranger("glpose", "info", clip, "--json")
    assert json.loads(info.stdout)["frames"] == 5
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps([{"frame": 0, "person": 1, "bbox": [40, 20, 60, 100]}]))
    out = tmp_path / "labels.json"
    done = stranger("glpose", "predict", clip, "--out", out, "--boxes", boxes, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(out.read_text())["annotations"]) == 5


def test_the_window_shows_its_icons_and_font_from_the_wheel(stranger: Run, tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = stranger("glpose-studio", "--screenshot", picture)
    assert (done.returncode, QImage(str(picture)).size().toTuple()) == (0, (1600, 1000)), (
        done.stderr
    )
    done = stranger("python", "-c", _RESOURCES)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "empty icons": [],
        "family": "Inter",
        "styled": True,
    }


_RESOURCES = """
import json
from importlib.resources import files
from app.application import build
app, window = build(["glpose-studio"])
from PySide6.QtGui import QFontInfo
from app.theme import icon
names = [f.name[:-4] for f in files("resources").joinpath("icons").iterdir() if f.name.endswith(".svg")]
assert len(names) > 40
blank = [n for n in names if not icon(n).pixmap(32, 32).toImage().convertToFormat(
    icon(n).pixmap(32, 32).toImage().Format.Format_Alpha8).constBits().tobytes().strip(b"\\0")]
print(json.dumps({"empty icons": blank, "family": QFontInfo(app.font()).family(),
                  "styled": len(app.styleSheet()) > 1000}))
window.close()
"""
