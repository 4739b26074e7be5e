"""What the file system has to say: who else has the project open, and whether it can keep a log."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path
from typing import IO

from ..errors import ProjectError
from ..home import glpose_home

NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "afs", "9p", "fuse.sshfs", "glusterfs", "lustre")


class ProjectLock:
    """One writer at a time: an operating-system lock that vanishes with its process.

    The lock file lives in GLPOSE_HOME, so nothing is left beside the project.
    """

    def __init__(self, project: Path) -> None:
        """Take the lock. Raises ProjectError if another window holds it."""
        name = hashlib.sha256(os.fsencode(project.resolve())).hexdigest()[:24]
        try:
            folder = glpose_home() / "locks"
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = (folder / f"{name}.lock").open("ab")
        except OSError as error:
            raise ProjectError(
                f"cannot be locked ({error})",
                file=project,
                remedy="set GLPOSE_HOME to a folder you may write to",
            ) from error
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise ProjectError(
                "is open in another window", file=project, remedy="close it there first"
            ) from error

    def release(self) -> None:
        """Let others open the project."""
        self._file.close()


def demand_writable(project: Path) -> None:
    """Raise ProjectError where a project that is there cannot be written: edits go to the disk one by one, by way of a
    log that lies beside it."""
    if not project.exists():
        return
    for place, name in ((project, "it"), (project.absolute().parent, "its folder")):
        if not os.access(place, os.W_OK):
            raise ProjectError(
                f"can be read but not edited, because you may not write to {name}",
                file=project,
                remedy="copy it, with its video, into a folder of yours",
            )


LOGS = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a file while it writes it, and what a full disk leaves there."""


def remove_project(project: Path) -> None:
    """Take a closed project away, with what lies beside it."""
    for ending in ("", *LOGS):
        project.with_name(project.name + ending).unlink(missing_ok=True)


def remove_empty_log(project: Path) -> None:
    """Take away the empty log that looking at a file leaves beside it. A log with content stays."""
    log = project.with_name(project.name + "-wal")
    with contextlib.suppress(OSError):
        if log.stat().st_size == 0:
            log.unlink()
            project.with_name(project.name + "-shm").unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def journal_mode(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """SQLite's journal mode for a file: a write-ahead log, or a rollback journal on network drives,
    where processes on two machines cannot share the log's memory."""
    resolved = path.resolve()
    if sys.platform == "win32" and str(resolved).startswith("\\\\"):
        return "DELETE"
    best, kind = Path("/"), ""
    with contextlib.suppress(OSError):
        for line in mounts.read_text().splitlines():
            _, at, file_system, *_ = line.split(" ")
            point = Path(at.replace("\\040", " "))
            if resolved.is_relative_to(point) and len(point.parts) >= len(best.parts):
                best, kind = point, file_system
    return "DELETE" if kind.startswith(NETWORK_FILE_SYSTEMS) else "WAL"
