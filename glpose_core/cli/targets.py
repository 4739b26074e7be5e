"""What a command will write, looked at before it begins to work."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import UsageError

STDOUT = "-"


def demand_folders(*files: Path | None) -> None:
    """Refuse files to be written into folders that are not there or may not be written to: a slip in a path makes no
    folders, and is told before the work, not after it. ``None`` and ``-`` (standard output) are passed over.

    Raises:
        UsageError: naming the first such file.
    """
    for file in files:
        if file is None or str(file) == STDOUT:
            continue
        folder = file.absolute().parent
        if not folder.is_dir():
            raise UsageError(
                "its folder does not exist", file=file, remedy=f"make {folder}, or name another"
            )
        if not (os.access(folder, os.W_OK) or os.access(file, os.W_OK)):
            raise UsageError(
                "its folder cannot be written to", file=file, remedy="name another folder"
            )
