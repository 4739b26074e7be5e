"""What the program does around its window."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from app import application

from .conftest import run_app


@pytest.mark.quick
def test_what_stays_is_not_looked_through_for_garbage() -> None:
    """Of half a million objects that live to the end, hardly any are left to the collector."""
    try:
        application.spare_the_collector()
        assert gc.get_freeze_count() > 100_000
        assert len(gc.get_objects()) < gc.get_freeze_count() / 10
    finally:
        gc.unfreeze()


APP_LEFT_OPEN = """
import atexit, sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

@atexit.register
def after_all_others():
    print(sorted(thread.name for thread in threading.enumerate()))

from app import application, window

class LeftOpen(window.MainWindow):
    def __init__(self, **how):
        super().__init__(**how)
        self.session.project_changed.connect(self.play_and_end)

    def play_and_end(self):
        self.session.project_changed.disconnect(self.play_and_end)
        self.session.play()
        QTimer.singleShot(300, lambda: QApplication.instance().exit(5))

if __name__ == "__main__":
    window.MainWindow = LeftOpen
    sys.exit(application.main(sys.argv))
"""


def test_an_app_whose_window_is_left_open_ends_in_order(video: Path, tmp_path: Path) -> None:
    """As where a desktop ends it: no thread goes on while Qt's objects go, and the project is one file."""
    assert run_app(tmp_path, APP_LEFT_OPEN, video, code=5) == "['MainThread']"
    assert [file.name for file in tmp_path.glob("*.glpose*")] == ["walk.glpose"]
