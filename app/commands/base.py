"""What every group of commands has: the window, its session and canvas, and one way to edit labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from glpose_core.labels import Edit, ProjectState

if TYPE_CHECKING:
    from ..window import MainWindow

WAIT = "Wait for the picture of this frame, then do it again."

Make = Callable[[ProjectState], Edit | None]


class CommandGroup(QObject):
    """Commands of one menu."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session, self._canvas = window.session, window.canvas

    def _go_to(self, frame: int) -> None:
        self._session.pause()
        self._session.go_to(frame)

    def _frames_meant(self) -> tuple[int, int]:
        """The present frame; all of a marked range if the present frame is one of them."""
        frame, marked = self._session.frame, self._session.marked
        if marked is not None and marked[0] <= frame < marked[1]:
            return marked
        return frame, frame + 1

    def _may_edit(self) -> bool:
        """Whether what is seen is the present frame; if not, says what to wait for."""
        if not self._canvas.editable and self._session.project is not None:
            self._session.notice("info", WAIT)
        return self._canvas.editable

    def _edit(self, make: Make, *, tell: bool = False) -> bool:
        """Apply an edit of the frame on show; refused while its picture is still being decoded.
        ``tell`` says what was done, where the picture alone does not show it."""
        if not self._may_edit() or not self._session.apply(make):
            return False
        project = self._session.project
        if tell and project is not None:
            self._session.notice("info", f"Done: {project.undo_title}")
        return True

    def _delete(self, person: int, make: Make) -> None:
        """Apply an edit that takes a person's pose away, and say so. If the doubt that is looked at was about it, the
        next one is shown, as after any verdict: what is left here is a close-up of nobody."""
        doubted = self._window.reviewing.speaks_of(person, self._session.frame)
        if not self._edit(make, tell=not doubted) or not doubted:
            return
        said, item = f"Done: {self._session.undo_title}", self._window.reviewing.settle_gone()
        if item is None:
            self._canvas.fit()
        else:
            self._canvas.look_at_chosen()
            said += f". Next: {item.what}: {item.words}."
        self._session.notice("info", said)
