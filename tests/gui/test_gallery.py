"""The gallery of pictures is whole, and everything on it fits the smallest screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import app


@pytest.mark.slow
def test_everything_fits_a_small_laptop(tmp_path: Path) -> None:
    root = Path(app.__file__).parents[1]
    command = [sys.executable, "docs/images/make_gallery.py", tmp_path, "--sets", "1366x768@1"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=280)
    assert result.returncode == 0, result.stdout + result.stderr
    pictures = {path.stem for path in tmp_path.rglob("*.png")}
    assert len(pictures) > 60
    assert {"01-empty", "22-joint", "22-joint-deuteranopia", "00-icons"} <= pictures
