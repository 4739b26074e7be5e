"""A job's process: it tells, it stops, and every way of dying becomes one sentence."""

from __future__ import annotations

import logging
import math
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.workers import jobs
from app.workers.jobs import PROGRESS_MS, JobRunner
from glpose_core.errors import GLPoseError

from .conftest import run_app

HERE = Path(__file__).parent
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


@pytest.fixture
def runner(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobRunner]:
    monkeypatch.syspath_prepend(str(HERE))
    runner = JobRunner()
    yield runner
    runner.close()


class Heard:
    """Everything a runner said, in order."""

    def __init__(self, runner: JobRunner) -> None:
        self.said: list[object] = []
        self.ends: list[object] = []
        self.progress: list[tuple[int, int, float, str]] = []
        runner.result.connect(self.said.append)
        runner.failed.connect(self.ends.append)
        runner.finished.connect(self.ends.append)
        runner.progress.connect(lambda *values: self.progress.append(values))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_results_and_progress_arrive_in_order(runner: JobRunner, qtbot: QtBot) -> None:
    heard = Heard(runner)
    with qtbot.waitSignal(runner.finished, timeout=20_000) as end:
        runner.start("fake_jobs:count", 5)
    assert end.args == [False]
    assert heard.said == [0, 1, 2, 3, 4]
    assert heard.progress[0][:2] == (1, 5)
    assert math.isnan(heard.progress[0][2])
    assert heard.progress[-1] == (5, 5, 1.0, "counting")
    assert not runner.running


def test_a_job_that_counts_fast_is_heard_at_a_pace_and_to_its_end(
    runner: JobRunner, qtbot: QtBot
) -> None:
    heard = Heard(runner)
    began = time.monotonic()
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        runner.start("fake_jobs:count", 3000)
    told = [p[0] for p in heard.progress]
    assert len(heard.said) == 3000
    assert told == sorted(set(told))
    assert told[-1] == 3000
    assert len(told) <= (time.monotonic() - began) / (PROGRESS_MS / 1000) + 2


def test_cancel_stops_a_polite_job_by_itself(runner: JobRunner, qtbot: QtBot) -> None:
    heard = Heard(runner)
    with qtbot.waitSignal(runner.result, timeout=20_000):
        runner.start("fake_jobs:until_cancelled", None)
    pid = runner.pid
    assert pid is not None
    with qtbot.waitSignal(runner.finished, timeout=10_000) as end:
        runner.cancel()
        assert runner.cancelling
        runner.cancel()
    assert end.args == [True]
    assert heard.ends == [True]
    assert not alive(pid)


@posix
def test_cancel_kills_a_job_that_does_not_listen(
    runner: JobRunner, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "POLITE_SECONDS", 0.2)
    monkeypatch.setattr(jobs, "TERMINATE_SECONDS", 0.2)
    with qtbot.waitSignal(runner.result, timeout=20_000):
        runner.start("fake_jobs:deaf", None)
    pid = runner.pid
    assert pid is not None
    with qtbot.waitSignal(runner.finished, timeout=10_000) as end:
        runner.cancel()
    assert end.args == [True]
    assert not alive(pid)


@posix
def test_a_killed_child_becomes_a_sentence_about_memory(runner: JobRunner, qtbot: QtBot) -> None:
    heard = Heard(runner)
    with qtbot.waitSignal(runner.result, timeout=20_000):
        runner.start("fake_jobs:until_cancelled", None, "The prediction")
    assert runner.pid is not None
    with qtbot.waitSignal(runner.failed, timeout=10_000):
        os.kill(runner.pid, signal.SIGKILL)
    [sentence] = heard.ends
    assert str(sentence).startswith("The prediction was stopped by the system, probably for lack")
    assert not runner.running


@pytest.mark.parametrize(
    ("job", "request_", "words"),
    [
        ("bad_file", "clip.mp4", "clip.mp4: is not a video — choose another."),
        ("half_installed", None, "cannot run: the package torch is incomplete"),
        ("bug", None, "unexpected error (ZeroDivisionError"),
        ("hog", None, "lack of memory"),
        ("leave", 7, "ended unexpectedly (exit code 7)"),
        pytest.param("crash", None, "crashed (SIGSEGV)", marks=posix),
        ("no_such_job", None, "unexpected error (AttributeError"),
    ],
)
def test_every_failure_is_one_sentence(
    runner: JobRunner, qtbot: QtBot, job: str, request_: object, words: str
) -> None:
    heard = Heard(runner)
    with qtbot.waitSignal(runner.failed, timeout=20_000):
        runner.start(f"fake_jobs:{job}", request_)
    [sentence] = heard.ends
    assert words in str(sentence)
    assert "\n" not in str(sentence)


def test_what_the_child_prints_goes_to_the_log(
    runner: JobRunner, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING, "glpose.jobs"),
        qtbot.waitSignal(runner.failed, timeout=20_000),
    ):
        runner.start("fake_jobs:bug", None, "The prediction")
    assert "about to divide" in caplog.text
    assert "ZeroDivisionError" in caplog.text


class Unborn:
    """A request that kills the child which opens it, before that has come to anything of its own."""

    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("import os; os.write(2, b'no breath'); os._exit(3)",)


@posix
def test_a_child_that_dies_at_its_start_is_a_sentence_and_the_log_says_why(
    runner: JobRunner,
    qtbot: QtBot,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard = Heard(runner)
    with caplog.at_level(logging.WARNING, "glpose.jobs"):
        with qtbot.waitSignal(runner.failed, timeout=20_000):
            runner.start("fake_jobs:count", Unborn(), "The prediction")
        assert "no breath" in caplog.text
        # The app was replaced by another version while it ran: what the child needs is not there any more.
        (tmp_path / "gone_meanwhile.py").write_text("def child_main(*_): pass\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        import gone_meanwhile

        monkeypatch.setattr(jobs, "child_main", gone_meanwhile.child_main)
        (tmp_path / "gone_meanwhile.py").unlink()
        with qtbot.waitSignal(runner.failed, timeout=20_000):
            runner.start("fake_jobs:count", 1, "The training")
    assert heard.ends == [
        "The prediction ended unexpectedly (exit code 3): the details are in the log.",
        "The training ended unexpectedly (exit code 1): the details are in the log.",
    ]
    assert "ModuleNotFoundError: No module named 'gone_meanwhile'" in caplog.text
    os.write(2, b"ours")
    printed = capfd.readouterr().err
    assert "ModuleNotFoundError" not in printed
    assert printed.endswith("ours"), "the app prints where it did"


def test_late_results_of_an_old_run_are_dropped(runner: JobRunner, qtbot: QtBot) -> None:
    heard = Heard(runner)
    with qtbot.waitSignal(runner.result, timeout=20_000):
        first = runner.start("fake_jobs:chatter", "old")
    time.sleep(0.05)  # the old run goes on talking while this thread does not listen
    with qtbot.waitSignal(runner.finished, timeout=20_000):
        assert runner.start("fake_jobs:count", 3) == first + 1
        heard.said.clear()
    assert heard.said == [0, 1, 2]
    assert heard.ends == [False]


def test_the_child_is_niced_and_has_no_window(runner: JobRunner, qtbot: QtBot) -> None:
    with qtbot.waitSignal(runner.result, timeout=20_000) as said:
        runner.start("fake_jobs:surroundings", None)
    assert said.args[0]["widgets"] is False
    if os.name == "posix":
        assert said.args[0]["nice"] >= min(19, os.nice(0) + 10)


def test_what_cannot_be_read_ends_the_run(runner: JobRunner, qtbot: QtBot) -> None:
    heard = Heard(runner)
    with qtbot.waitSignal(runner.failed, timeout=20_000):
        runner.start("fake_jobs:unreadable", None, "The prediction")
    assert "said something that cannot be read" in str(heard.ends[0])


def test_a_process_that_does_not_start_is_a_sentence(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(jobs, "_spawn", refuse)
    with pytest.raises(GLPoseError, match=r"could not be started \(Cannot allocate memory\)"):
        runner.start("fake_jobs:count", 1, "The prediction")
    assert not runner.running


def test_close_kills_and_leaves_nothing(runner: JobRunner, qtbot: QtBot) -> None:
    heard = Heard(runner)
    with qtbot.waitSignal(runner.result, timeout=20_000):
        runner.start("fake_jobs:until_cancelled", None)
    pid = runner.pid
    assert pid is not None
    runner.close()
    assert not alive(pid)
    assert heard.ends == []
    runner.close()


APP_THAT_VANISHES = """
import os, sys, time
from PySide6.QtCore import QCoreApplication
from app.workers.jobs import JobRunner
from glpose_core.errors import GLPoseError
if __name__ == "__main__":
    sys.path.insert(0, {here!r})
    app = QCoreApplication([])
    runner = JobRunner()
    runner.result.connect(lambda _: (print(runner.pid, flush=True), {end}))
    runner.start("fake_jobs:until_cancelled", None)
    app.exec()
"""


@posix
@pytest.mark.parametrize("end", ["os._exit(0)", "app.exit()"], ids=["killed", "not closed"])
def test_no_child_outlives_the_app(tmp_path: Path, end: str) -> None:
    pid = int(run_app(tmp_path, APP_THAT_VANISHES.format(here=str(HERE), end=end)))
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(pid)


APP_WITH_MUCH_TO_HEAR = """
import atexit, sys, threading
from PySide6.QtCore import QCoreApplication, QTimer

@atexit.register
def after_all_others():
    print([thread.name for thread in threading.enumerate() if thread.name.startswith("job")])

from app.workers import jobs
from app.workers.child import Said

def listen(run, tell, meanwhile=None):
    while not run.abandoned:
        tell(run, Said("more"))

if __name__ == "__main__":
    sys.path.insert(0, {here!r})
    jobs._listen = listen
    app = QCoreApplication([])
    runner = jobs.JobRunner()
    runner.start("fake_jobs:until_cancelled", None)
    QTimer.singleShot(0, app.exit)
    app.exec()
"""


def test_nothing_speaks_to_an_app_that_has_ended(tmp_path: Path) -> None:
    """A supervisor has something to pass on at every moment: it stops before Qt's objects go, or the process crashes."""
    assert run_app(tmp_path, APP_WITH_MUCH_TO_HEAR.format(here=str(HERE))) == "[]"
