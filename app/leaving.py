"""Before a project is closed: what would be lost by it, and whether that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from .dialogs.messages import ask

if TYPE_CHECKING:
    from .session import Session


def may_stop_work(session: Session, parent: QWidget) -> bool:
    """Whether work that is running may be stopped: asks if there is any."""
    job = session.job
    if job is None or job.cancel is None:
        return True
    done = f": {job.done:,} of {job.total:,} are done" if job.total else ""
    return ask(
        parent,
        "Work is still running",
        f"{job.title}{done}. Leaving stops it.",
        yes="Stop it",
        no="Let it go on",
        sure=False,
    )


def may_leave(session: Session, parent: QWidget) -> bool:
    """Whether the project may be closed: asks where work is running, and where the disk refuses edits that are in
    memory only."""
    if not may_stop_work(session, parent):
        return False
    sentence = session.unwritten
    return sentence is None or ask(
        parent,
        "Edits are not on the disk yet",
        "Your latest edits are kept in memory until the disk takes them.",
        yes="Close and lose them",
        no="Keep open",
        warnings=[sentence],
        sure=False,
    )
