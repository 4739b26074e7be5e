"""One version: the package's, and everything that shows it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.dialogs.about import AboutDialog
from glpose_core import __version__
from tests.install.building import TREE

pytestmark = pytest.mark.quick


def test_the_version_has_one_source() -> None:
    project = tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {
        "attr": "glpose_core.__version__"
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_the_installed_distribution_has_it() -> None:
    assert version("glpose-studio") == __version__


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["-m", "glpose_core.cli"], f"glpose {__version__}"),
        (["main.py"], f"GLPose Studio {__version__}"),
    ],
)
def test_commands_say_it(command: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, *command, "--version"],
        cwd=TREE,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, words)


def test_the_about_dialog_shows_it(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QLabel

    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    assert f"version {__version__}" in [label.text() for label in dialog.findChildren(QLabel)]


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    text = (TREE / "CHANGELOG.md").read_text(encoding="utf-8")
    entries = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", text, re.MULTILINE)
    assert entries, "no released version is named"
    assert entries[0][0] == __version__


def test_every_folder_with_modules_is_a_package() -> None:
    """The wheel would take a folder without ``__init__.py`` too, but mypy and import-linter would pass it by."""
    folders = {
        path.parent
        for root in ("app", "glpose_core", "resources")
        for path in (TREE / root).rglob("*.py")
    }
    assert len(folders) > 15
    assert [folder for folder in sorted(folders) if not Path(folder, "__init__.py").is_file()] == []
