"""``--screenshot FILE``: grabs the window once the first picture is shown, and ends the app."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer

if TYPE_CHECKING:
    from .window import MainWindow

log = logging.getLogger("glpose")

PATIENCE = 60_000
"""Milliseconds to wait for the first picture before giving up."""
REST = 500
"""Milliseconds in which fonts, lanes and late repaints settle before the window is grabbed."""


class Screenshot(QObject):
    """Waits for the picture (or for the empty window, if nothing is opened), then grabs and quits."""

    def __init__(self, window: MainWindow, path: Path) -> None:
        super().__init__(window)
        self._window, self._path = window, path
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._grab)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE)
        self._patience.timeout.connect(lambda: self._end(3))
        self._patience.start()
        session = window.session
        session.may_adopt = lambda _opened: True  # nobody is there to be asked
        session.locate = lambda _missing: None
        session.picture_changed.connect(lambda _frame: self._rest.start())
        session.noticed.connect(self._hear)
        session.opening_changed.connect(self._patience.start)  # it comes further: wait on
        QTimer.singleShot(0, self._start_if_empty)

    def _start_if_empty(self) -> None:
        session = self._window.session
        if session.opening is None and session.project is None:
            self._rest.start()

    def _hear(self, level: str, sentence: str) -> None:
        if level == "error" and self._window.session.project is None:
            log.error("no screenshot: %s", sentence)
            print(f"glpose-studio: {sentence}", file=sys.stderr)
            self._end(3)

    def _grab(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            saved = self._window.grab().save(str(self._path))
        except OSError:
            saved = False
        if not saved:
            print(f"glpose-studio: {self._path} could not be written", file=sys.stderr)
        self._end(0 if saved else 3)

    def _end(self, code: int) -> None:
        self._patience.stop()
        self._window.close()
        QCoreApplication.exit(code)
