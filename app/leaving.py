"""Before a project is closed, or another takes its place: what would be lost by it, and whether that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from .dialogs.messages import ask

if TYPE_CHECKING:
    from .file_work import FileWork
    from .opening import Opened
    from .session import Session


def may_stop_work(session: Session, background: Sequence[FileWork], parent: QWidget) -> bool:
    """Whether work that is running may be stopped, shown or not: asks if there is any."""
    job, running = session.job, []
    if job is not None and job.cancel is not None:
        done = f": {job.done:,} of {job.total:,} are done" if job.total else ""
        running.append(f"{job.title}{done}.")
    running += [work.sentence for work in background if work.running and not work.shown]
    if not running:
        return True
    what = ("it", "both")[len(running) - 1] if len(running) < 3 else "all of it"
    return ask(
        parent,
        "Work is still running",
        f"{' '.join(running)} Leaving stops {what}.",
        yes=f"Stop {what}",
        no=f"Let {what} go on",
        sure=False,
    )


def may_leave(session: Session, background: Sequence[FileWork], parent: QWidget) -> bool:
    """Whether the project may be closed: asks where work is running, and where the disk refuses edits that are in
    memory only."""
    if not may_stop_work(session, background, parent):
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


def may_adopt(opened: Opened, parent: QWidget) -> bool:
    """Whether what was opened may take the place of what is open: asks, once for each file, where the video is not the
    one that was labelled. A copy that was encoded anew is as good; what another camera took is not."""
    if not opened.replaced:
        return True
    name = opened.video_path.name
    meant = ask(
        parent,
        "Is this the video that was labelled?",
        f"{name} is another file than the one that {opened.project_path.name} was made for, with as many frames of "
        "the same size. Open it if it is the same recording, copied or encoded anew.",
        yes="It is the same",
        no="Leave it closed",
        warnings=["On another recording every label would lie in the wrong place."],
        sure=False,
    )
    if meant:
        opened.take_replaced()
    return meant
