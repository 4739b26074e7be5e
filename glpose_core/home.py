"""Where settings, caches, logs and snapshots live."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "GLPOSE_HOME"


def glpose_home() -> Path:
    """The folder of the app's own files, made if missing: ``GLPOSE_HOME`` or the platform's place."""
    given = os.environ.get(VARIABLE)
    home = Path(given).expanduser() if given else _platform_folder() / "glpose-studio"
    home.mkdir(parents=True, exist_ok=True)
    return home


def _platform_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
