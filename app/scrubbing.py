"""Moving through the video by moving the pointer while a key is held, wherever the pointer is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from .session import Session

PIXELS_PER_FRAME = 4
"""So far the pointer moves for one frame: finer than the timeline, where a long video has many frames a pixel."""
_LOOK_MS = 15


class Scrubbing(QObject):
    """From the press of a key to its release the present frame follows the pointer, to the right and to the left."""

    def __init__(
        self, session: Session, parent: QObject, pointer: Callable[[], QPoint] = QCursor.pos
    ) -> None:
        """``pointer`` says where the pointer is on the screen."""
        super().__init__(parent)
        self._session, self._pointer = session, pointer
        self._from = (0, 0)
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self.look)

    @property
    def active(self) -> bool:
        """Whether the key is held."""
        return self._looking.isActive()

    def begin(self) -> None:
        """The key was pressed."""
        if self.active or not self._session.frames:
            return
        self._session.pause()
        self._from = (self._pointer().x(), self._session.frame)
        self._looking.start()
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def look(self) -> None:
        """Go where the pointer says."""
        x, frame = self._from
        wanted = frame + round((self._pointer().x() - x) / PIXELS_PER_FRAME)
        wanted = min(max(wanted, 0), self._session.frames - 1)
        if wanted != self._session.frame:
            self._session.go_to(wanted)

    def end(self) -> None:
        """The key was let go."""
        self._looking.stop()
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Any key that is let go ends it, so that it works with whichever key a person has chosen."""
        if event.type() == QEvent.Type.KeyRelease:
            if isinstance(event, QKeyEvent) and not event.isAutoRepeat():
                self.end()
        elif event.type() == QEvent.Type.ApplicationDeactivate:
            self.end()
        return False
