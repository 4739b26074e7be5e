"""Does the window answer while it works? How late its event loop is, at rest and under every kind of work.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.answering [--seconds 10] [--people 5]

A precise timer of five milliseconds runs on the window's thread; lateness is how much later than that it
is served. A gap counts once for every tick that fell into it, so that a window blocked for half a second
weighs as much as it would for a hand. Work is the real thing, in the real window: playing a 1080p clip,
predicting it in the child process, fine-tuning on it. The alternative, in the same run, is the same
prediction in a thread of the window's own process.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest

from app.application import build
from app.choices import PredictChoices, make_request
from app.training import TrainChoices
from app.window import MainWindow
from benchmarks.feel import FRAMES, WINDOW, make_clip, poses, wait_for
from glpose_core import job
from glpose_core.labels import Run, edits
from glpose_core.network import default_weights

TICK = 5
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Watched:
    """Milliseconds.

    Attributes:
        late: lateness of every tick that was due, ``[N]``.
        worked: processor time that the window's thread used between two ticks, ``[M]``: what of the lateness
            is the window's own doing, however busy the machine is.
    """

    late: Floats
    worked: Floats


class Probe(QObject):
    """Notes when a precise timer is served."""

    def __init__(self) -> None:
        super().__init__()
        self._at: list[float] = []
        self._worked: list[float] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._note)

    def _note(self) -> None:
        self._at.append(time.perf_counter())
        self._worked.append(time.thread_time())

    def watch(self, seconds: float, going_on: Callable[[], bool]) -> Watched:
        """Every tick while something goes on."""
        self._at.clear()
        self._worked.clear()
        self._timer.start()
        end = time.monotonic() + seconds
        loop, look = QEventLoop(), QTimer(interval=100)
        look.timeout.connect(
            lambda: loop.quit() if time.monotonic() > end or not going_on() else None
        )
        look.start()
        loop.exec()  # not QTest.qWait, which sleeps in between
        look.stop()
        self._timer.stop()
        return Watched(lateness(np.array(self._at)), 1000 * np.diff(self._worked))


def lateness(served: Floats) -> Floats:
    """From the seconds at which ticks were served ``[N]`` to the lateness of each that was due."""
    gaps = 1000 * np.diff(served)
    ticks = np.maximum(np.rint(gaps / TICK).astype(int), 1)
    which = np.repeat(np.arange(len(gaps)), ticks)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(ticks) - ticks, ticks)
    return np.asarray(np.maximum(gaps[which] - TICK * (nth + 1), 0.0))


def open_clip(folder: Path, people: int) -> MainWindow:
    """The window with a clip in which so many people are labelled in every frame."""
    clip = make_clip(folder / "clip.mp4")
    _, window = build(["answering", str(clip)])
    window.resize(*WINDOW)
    window.show()
    wait_for(lambda: window.session.project is not None)
    session, project = window.session, window.session.project
    assert project is not None
    project.add_run(
        Run.new("made up", "none", "CPU", {}), dict.fromkeys(range(people)), poses(people)
    )
    session.apply(lambda state: edits.accept_range(state, 0, FRAMES))
    session.select(session.people()[0].id, 9)
    wait_for(lambda: window.canvas.editable and not project.pending)
    window.predicting.look_around()
    wait_for(lambda: window.predicting.inventory is not None)
    QTest.qWait(1000)
    return window


class Show:
    """Prints a row, with its ratio to the first."""

    def __init__(self) -> None:
        self._rest: float | None = None
        print(
            "| while | late by, p50 | p99 | max (ms) | p99 more than at rest "
            "| own work between ticks, p99 | max | seconds |\n|---|---|---|---|---|---|---|---|"
        )

    def row(self, name: str, seen: Watched) -> None:
        median, p99, most = np.percentile(seen.late, (50, 99, 100))
        self._rest = p99 if self._rest is None else self._rest
        own, own_most = np.percentile(seen.worked, (99, 100))
        more, seconds = p99 - self._rest, len(seen.late) * TICK / 1000
        print(
            f"| {name} | {median:.1f} | {p99:.1f} | {most:.1f} | {more:+.1f} | {own:.1f} | {own_most:.1f} "
            f"| {seconds:.0f} |",
            flush=True,
        )


def watch_predicting(
    window: MainWindow, probe: Probe, seconds: float, *, playing: bool = False
) -> Watched:
    """Everybody in the clip, by the real child process; watched once results come."""
    session, predicting = window.session, window.predicting
    session.go_to(0)
    if not predicting.start(PredictChoices(default_weights(), 0, FRAMES, find_people=False)):
        raise SystemExit("the prediction did not start")
    wait_for(lambda: session.job is not None and session.job.done > 0)
    if playing:
        session.play()
    late = probe.watch(seconds, lambda: predicting.running)
    session.pause()
    predicting.cancel()
    wait_for(lambda: not predicting.running)
    return late


def watch_training(window: MainWindow, probe: Probe, seconds: float) -> Watched:
    training = window.training
    training.start(TrainChoices(default_weights(), steps=100_000))
    wait_for(lambda: window.session.job is not None and window.session.job.total > 0)
    late = probe.watch(seconds, lambda: training.running)
    training.cancel()
    wait_for(lambda: not training.running)
    return late


def watch_playing(window: MainWindow, probe: Probe, seconds: float) -> Watched:
    session = window.session
    session.go_to(0)
    wait_for(lambda: window.canvas.editable)

    def going_on() -> bool:
        if not session.playing:
            session.play()
        return True

    late = probe.watch(seconds, going_on)
    session.pause()
    return late


def watch_thread(window: MainWindow, probe: Probe, seconds: float) -> Watched:
    """The alternative: the same work on a thread of this process."""
    project, info = window.session.project, window.session.info
    assert project is not None
    assert info is not None
    choices = PredictChoices(default_weights(), 0, FRAMES, find_people=False)
    request = make_request(project.state, Path(info.path), choices, 0)
    stop, begun = threading.Event(), threading.Event()

    def work() -> None:
        try:
            job.run(
                request, lambda event: begun.set() if hasattr(event, "rows") else None, stop.is_set
            )
        except Exception as error:  # ending early is how this ends
            print(f"<!-- the thread ended: {type(error).__name__} -->")

    thread = threading.Thread(target=work)
    thread.start()
    wait_for(begun.is_set)
    late = probe.watch(seconds, thread.is_alive)
    stop.set()
    thread.join()
    return late


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--people", type=int, default=5)
    options = parser.parse_args()
    seconds = options.seconds
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLPOSE_HOME"] = str(Path(folder) / "home")
        window = open_clip(Path(folder), options.people)
        probe, show = Probe(), Show()
        show.row("at rest", probe.watch(seconds, lambda: True))
        show.row("playing 1080p", watch_playing(window, probe, seconds))
        show.row("predicting", watch_predicting(window, probe, seconds))
        show.row("predicting and playing", watch_predicting(window, probe, seconds, playing=True))
        show.row("fine-tuning", watch_training(window, probe, seconds))
        show.row("at rest again", probe.watch(seconds, lambda: True))
        show.row("alternative: predicting in a thread", watch_thread(window, probe, seconds))
        window.close()


if __name__ == "__main__":
    main()
