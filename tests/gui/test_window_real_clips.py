"""The window and the research clips: each opens and shows pictures, or is refused in one sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import Build, wait_for


@pytest.mark.parametrize("name", ["sports2d.mp4", "two-people-cam01.mp4"])
def test_a_real_clip_opens_at_any_frame(
    build_studio: Build, data: Path, tmp_path: Path, name: str
) -> None:
    clip = Path(shutil.copy(data / "clips" / name, tmp_path))
    studio = build_studio(clip, "--frame", 50)
    wait_for(lambda: studio.session.project is not None, "the project")
    studio.wait_for_picture()
    assert studio.session.frame == 50
    image = studio.session.picture()
    assert image is not None
    info = studio.session.info
    assert info is not None
    assert (image.width(), image.height()) == (info.width, info.height)


def test_odd_files_are_opened_or_refused_calmly(
    build_studio: Build, data: Path, tmp_path: Path
) -> None:
    files = [path for path in sorted((data / "odd").iterdir()) if path.suffix != ".md"]
    assert files
    studio = build_studio()
    for path in files:
        copy = Path(shutil.copy(path, tmp_path))
        studio.notices.clear()
        studio.session.open(copy)
        wait_for(lambda: studio.session.opening is None, f"the end of opening {path.name}")
        info = studio.session.info
        if info is not None and Path(info.path).name == copy.name:
            studio.wait_for_picture()
            studio.session.go_to(studio.session.frames - 1)
            studio.wait_for_picture()
        else:
            assert studio.notices, f"{path.name} was refused without a word"
            assert path.name in studio.notices[-1][1]
