"""Counts what has been done in a project, on a thread of its own, from the file as it is on the disk."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance

from glpose_core.errors import GLPoseError
from glpose_core.labels import Project

if TYPE_CHECKING:
    import pandas as pd

    Tables = dict[str, pd.DataFrame]

log = logging.getLogger(__name__)


class Counting(QObject):
    """One count. Its signals arrive on the thread that this object lives on; a count that nobody waits for any
    more ends by itself, unheard."""

    counted = Signal(object)
    """The tables of :func:`glpose_core.labels.statistics.tables_of`."""
    failed = Signal(str)
    """One sentence."""

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self._thread = threading.Thread(target=self._work, daemon=True, name="counting")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def _work(self) -> None:
        try:
            tables = self._count()
        except GLPoseError as error:
            self._say(self.failed, str(error))
        except Exception as error:
            log.exception("counting failed")
            self._say(self.failed, f"The figures could not be worked out: {error}")
        else:
            self._say(self.counted, tables)

    def _count(self) -> Tables:
        from glpose_core.labels.statistics import tables_of  # loads pandas, which takes its time

        self._project.flush()
        # A second reader: the state in memory belongs to the window's thread.
        with Project.open(self._project.path, read_only=True) as project:
            return tables_of(project)

    def _say(self, signal: SignalInstance, value: object) -> None:
        with contextlib.suppress(RuntimeError):  # whoever asked is gone
            signal.emit(value)
