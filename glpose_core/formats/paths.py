"""Paths named in label files: they may lead nowhere but into the folder of the data set."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from ..errors import FormatError


def unsafe_path(name: str) -> str | None:
    """Say what is wrong with a relative path from a file, or ``None`` if it stays in its folder."""
    windows = PureWindowsPath(name)
    if not name.strip() or "\0" in name:
        return "names no file"
    if name.startswith("/") or windows.drive or windows.root:
        return f'is "{name[:80]}", an absolute path'
    if ".." in windows.parts:
        return f'is "{name[:80]}", which leaves the folder of the data set'
    return None


def inside(root: Path, name: str) -> Path:
    """Return ``root / name`` after links are followed.

    Raises:
        FormatError: the path leaves ``root``, by ``..``, as an absolute path, or through a link.
    """
    wrong = unsafe_path(name)
    base = root.resolve()
    target = base / PurePosixPath(name.replace("\\", "/"))
    if wrong is None and not target.resolve().is_relative_to(base):
        wrong = f'is "{name[:80]}", which leaves {base} through a link'
    if wrong is not None:
        raise FormatError(
            wrong, field="file_name", remedy="use paths below the folder of the label file"
        )
    return target
