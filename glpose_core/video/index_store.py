"""Frame indices kept under GLPOSE_HOME, found again by the file's fingerprint."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from glpose_core.errors import VideoError
from glpose_core.home import glpose_home
from glpose_core.video.index import FrameIndex

_log = logging.getLogger(__name__)
_KEPT = 200
"""How many indices are kept; the least recently used go first."""


def load_index(fingerprint: str) -> FrameIndex | None:
    """The stored index of the file with this fingerprint, or None."""
    path = _folder() / _name(fingerprint)
    try:
        data = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    try:
        index = FrameIndex.from_bytes(data)
    except VideoError:
        _log.warning("%s is damaged and ignored", path)
        return None
    return index if index.fingerprint == fingerprint else None


def store_index(index: FrameIndex) -> None:
    """Keep an index. A full or read-only disk costs a new scan next time, and nothing else."""
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as stream:
            stream.write(index.to_bytes())
        Path(stream.name).replace(folder / _name(index.fingerprint))
        by_age = sorted(folder.glob("*.frames"), key=lambda path: path.stat().st_mtime)
        for old in by_age[:-_KEPT]:
            old.unlink()
    except OSError as error:
        _log.warning("the frame index could not be kept: %s", error)


def _folder() -> Path:
    return glpose_home() / "cache" / "frames"


def _name(fingerprint: str) -> str:
    import av

    # Another decoder may count the same damaged file otherwise.
    decoder = ".".join(map(str, av.library_versions["libavcodec"]))
    return f"{fingerprint[:40]}-{decoder}.frames"
