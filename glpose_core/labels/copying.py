"""A whole copy of an open project, which replaces an older copy only when it is complete."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from ..errors import ProjectError
from .filesystem import LOGS, ProjectLock


def copy_project(source: sqlite3.Connection, target: Path) -> None:
    """Write everything that ``source`` sees into ``target``, as one closed file.

    Raises:
        ProjectError: it cannot be written, or ``target`` is a project that is open, this one too.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = ProjectLock(target)
    except OSError as error:
        raise _refusal(target, error) from error
    try:
        part.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        # The log of an older project of this name would be replayed into the new one.
        for ending in LOGS:
            target.with_name(target.name + ending).unlink(missing_ok=True)
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise _refusal(target, error) from error
    finally:
        lock.release()


def _refusal(target: Path, error: Exception) -> ProjectError:
    return ProjectError(
        f"the copy cannot be written ({error})", file=target, remedy="choose another folder"
    )
