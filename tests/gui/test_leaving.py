"""Work that is running is not thrown away without a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.session import JobStatus
from tests.gui.conftest import Dialogs, Studio


@pytest.fixture
def stopped(studio: Studio) -> list[bool]:
    """A job that runs; what is in the list says that it was cancelled."""
    cancelled: list[bool] = []
    job = JobStatus("Predicting", 7, 20, cancel=lambda: cancelled.append(True))
    studio.session.set_job(job)
    return cancelled


def test_closing_asks_while_work_is_running(
    studio: Studio, dialogs: Dialogs, stopped: list[bool]
) -> None:
    dialogs.answer("Question", lambda dialog: 0)
    assert not studio.window.close()
    assert studio.session.project is not None
    assert not stopped
    studio.session.set_job(None)


def test_opening_something_else_asks_while_work_is_running(
    studio: Studio, dialogs: Dialogs, stopped: list[bool], tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    dialogs.answer("Question", lambda dialog: 0)
    studio.window.open(other)
    assert studio.session.opening is None, "it goes on"
    dialogs.answer("Question", lambda dialog: 1)
    studio.window.open(other)
    assert studio.session.opening is not None
    studio.session.set_job(None)


def test_nothing_is_asked_where_nothing_runs(studio: Studio, tmp_path: Path) -> None:
    studio.window.open(tmp_path / "other.mp4")
    assert studio.session.opening is not None
