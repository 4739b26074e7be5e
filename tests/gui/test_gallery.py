"""The gallery of pictures is whole, and everything on it fits the smallest screen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest

import app

PATIENCE = 900
"""Seconds: two minutes of work, and other work beside it."""


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE + 60)
def test_everything_fits_a_small_laptop(tmp_path: Path) -> None:
    root = Path(app.__file__).parents[1]
    command = [sys.executable, "docs/images/make_gallery.py", tmp_path, "--sets", "1366x768@1"]
    # A session of its own: the pictures are taken by a child of this child, which must not outlive it.
    with subprocess.Popen(
        command, cwd=root, stdout=PIPE, stderr=STDOUT, text=True, start_new_session=True
    ) as child:
        try:
            said, _ = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            raise
    assert child.returncode == 0, said
    pictures = {path.stem for path in tmp_path.rglob("*.png")}
    assert len(pictures) > 60
    assert {"01-empty", "22-joint", "22-joint-deuteranopia", "00-icons"} <= pictures
