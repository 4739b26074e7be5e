"""A wheel built from a copy of the tree, and a fresh environment that has it and cannot see the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.building import PARTS, TREE, build, run

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the distributions are made from."""
    copy = tmp_path_factory.mktemp("source")
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for part in PARTS:
        if (TREE / part).is_dir():
            shutil.copytree(TREE / part, copy / part, ignore=ignore)
        else:
            shutil.copy2(TREE / part, copy / part)
    return copy


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built straight from the tree."""
    return build(source, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="session")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it. It borrows the dependencies of the environment that runs the
    tests by a path file; the path files in there, the editable install among them, are not followed."""
    folder = tmp_path_factory.mktemp("fresh") / "env"
    venv.create(folder, symlinks=os.name != "nt")
    scheme = sysconfig.get_preferred_scheme("prefix") if os.name == "nt" else "posix_prefix"
    site = Path(sysconfig.get_path("purelib", scheme, {"base": str(folder)}))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    done = run(
        *(sys.executable, "-m", "pip", "--python", folder, "install", "--quiet"),
        *("--disable-pip-version-check", "--no-deps", "--no-index", wheel),
        cwd=folder.parent,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def stranger(fresh: Path, tmp_path: Path) -> Run:
    """``stranger("glpose", …)``: runs a program of the fresh environment in an empty folder."""
    scripts = fresh / ("Scripts" if os.name == "nt" else "bin")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    home = str(tmp_path / "home")

    def call(
        program: str, *arguments: object, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        settings = {"GLPOSE_HOME": home, "QT_QPA_PLATFORM": "offscreen"} | environment
        return run(scripts / program, *arguments, cwd=folder, **settings)

    return call
