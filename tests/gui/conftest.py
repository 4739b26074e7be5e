"""The real window, offscreen: built through ``application.build``, closed again, watched for leaks."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox

from app.application import build
from app.window import MainWindow
from glpose_core.labels import PREDICTION_DTYPE, Run
from glpose_core.skeleton import EARS
from tests.clips import Clip, encode

PATIENCE = 15.0
"""Seconds to wait for something that takes milliseconds on an idle machine."""


class Dialogs:
    """Every dialog that opens is recorded; one that no answer was laid out for fails the test."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.unexpected: list[str] = []
        self._answers: dict[str, list[Any]] = {}

    def answer(self, kind: str, value: Any) -> None:
        """Lay out the answer for the next dialog of a kind: a static method's name
        ("getOpenFileName"), or a dialog class's name with a function of the dialog that returns
        its result code."""
        self._answers.setdefault(kind, []).append(value)

    def take(self, kind: str, nothing: Any) -> Any:
        """Record a dialog and give its answer."""
        self.seen.append(kind)
        answers = self._answers.get(kind)
        if answers:
            return answers.pop(0)
        self.unexpected.append(kind)
        return nothing


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dialogs]:
    """Dialogs answer themselves; the test fails if one opens that it did not expect."""
    book = Dialogs()
    for name in ("information", "warning", "critical", "question", "about"):
        monkeypatch.setattr(
            QMessageBox,
            name,
            lambda *_, name=name, **__: book.take(name, QMessageBox.StandardButton.Cancel),
        )
    for name, nothing in (
        ("getOpenFileName", ("", "")),
        ("getSaveFileName", ("", "")),
        ("getExistingDirectory", ""),
    ):
        monkeypatch.setattr(
            QFileDialog, name, lambda *_, name=name, no=nothing, **__: book.take(name, no)
        )

    def run(dialog: QDialog) -> int:
        answer = book.take(type(dialog).__name__, None)
        return int(QDialog.DialogCode.Rejected) if answer is None else int(answer(dialog))

    monkeypatch.setattr(QDialog, "exec", run)
    yield book
    assert not book.unexpected, f"dialogs that nobody expected: {book.unexpected}"


def wait_for(
    condition: Callable[[], object], what: str = "something", seconds: float = PATIENCE
) -> None:
    """Let events run until ``condition`` is true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        QTest.qWait(5)


def run_app(folder: Path, source: str, *arguments: object, code: int = 0) -> str:
    """Run a program that ends by itself in a process of its own, and return what it said. It has to end with
    ``code``."""
    script = folder / "ending_app.py"
    script.write_text(source)
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environment,
    )
    assert done.returncode == code, done.stderr
    return done.stdout.strip()


class Studio:
    """A window under test, with the hands of a person."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.session, self.canvas = window.session, window.canvas
        self.notices: list[tuple[str, str]] = []
        self.session.noticed.connect(lambda level, text: self.notices.append((level, text)))

    def wait_for_picture(self) -> None:
        """Until the present frame is on show."""
        wait_for(lambda: self.canvas.editable, "the picture of the present frame")

    def open(self, path: Path) -> None:
        """Open and wait for the first picture."""
        self.session.open(path)
        wait_for(lambda: self.session.opening is None, "the end of opening")
        self.wait_for_picture()

    def go_to(self, frame: int) -> None:
        """Go to a frame and wait for its picture."""
        self.session.go_to(frame)
        self.wait_for_picture()

    def point(self, xy: Any) -> QPointF:
        """Where a picture point lies on the canvas."""
        return QPointF(*self.canvas.mapping.to_view(xy))

    def press(
        self,
        xy: Any,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """Press a button on a picture point."""
        QTest.mousePress(self.canvas, button, keys, self.point(xy).toPoint())

    def move(self, xy: Any) -> None:
        """Move to a picture point with the button as it is."""
        QTest.mouseMove(self.canvas, self.point(xy).toPoint())
        QApplication.processEvents()

    def release(
        self,
        xy: Any,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """Let go of the button on a picture point."""
        QTest.mouseRelease(self.canvas, button, keys, self.point(xy).toPoint())
        QApplication.processEvents()

    def drag(self, start: Any, stop: Any, **how: Any) -> None:
        """Drag from one picture point to another."""
        start, stop = np.asarray(start, float), np.asarray(stop, float)
        self.press(start, **how)
        for part in (0.3, 0.7, 1.0):
            self.move(start + part * (stop - start))
        self.release(stop, **how)

    def click(self, xy: Any, **how: Any) -> None:
        """Click a picture point."""
        self.press(xy, **how)
        self.release(xy, **how)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the canvas, shortcuts included."""
        self.canvas.setFocus()
        QTest.keyClick(self.canvas, key, keys)
        QApplication.processEvents()

    def pose(self, person: int, frame: int | None = None) -> Any:
        """What is seen of a person."""
        assert self.session.project is not None
        frame = self.session.frame if frame is None else frame
        return self.session.project.state.pose(person, frame)

    @property
    def edits(self) -> int:
        """How many edits Undo could take back."""
        assert self.session.project is not None
        return len(self.session.project._journal.done)

    def predict(self, rows: np.ndarray) -> None:
        """Lay made-up predictions into the project, one person per track."""
        project = self.session.project
        assert project is not None
        tracks = dict.fromkeys(sorted(set(rows["track"].tolist())))
        project.add_run(Run(0, "test model", "none", "CPU", 0.0), tracks, rows)
        QApplication.processEvents()

    def close(self) -> None:
        """Close the window as a person would who does not mind what is lost."""
        self.window.may_leave = lambda: True
        self.window.close()
        QApplication.processEvents()


def made_up(frames: range, tracks: int = 2, score: float = 0.9) -> np.ndarray:
    """Predictions of people standing side by side in a 176 × 144 clip, drifting right by a pixel a
    frame."""
    from app.canvas.stance import standing

    rows = np.zeros(len(frames) * tracks, PREDICTION_DTYPE)
    at = 0
    for frame in frames:
        for track in range(tracks):
            box = np.array([20.0 + 70 * track + 0.2 * frame, 20.0, 50.0, 110.0])
            xy, visibility = standing(box)
            row = rows[at]
            row["track"], row["frame"], row["xy"], row["visibility"] = track, frame, xy, visibility
            row["score"] = np.where(np.isin(np.arange(17), EARS), 0.0, score)
            row["box"], row["box_score"], row["pose_score"] = box, score, score
            at += 1
    return rows


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 40 numbered frames, 176 × 144; copy it before making a project beside it."""
    return encode(tmp_path_factory.mktemp("clip") / "numbers.mp4", Clip(frames=40))


@pytest.fixture
def video(clip: Path, tmp_path: Path) -> Path:
    """A copy of the clip in a folder of its own, where a project may lie beside it."""
    target = tmp_path / "walk.mp4"
    target.write_bytes(clip.read_bytes())
    return target


Build = Callable[..., Studio]


class Complaints(logging.Handler):
    """What the app logged as an error: a guard that swallows an exception must not pass a test."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))

    def take(self) -> list[str]:
        """Everything so far; from here on it counts as expected."""
        said, self.said = self.said, []
        return said


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test on errors in the log that it did not take."""
    handler = Complaints()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    assert not handler.said, "\n".join(handler.said)


@pytest.fixture
def build_studio(qapp: QApplication, dialogs: Dialogs, complaints: Complaints) -> Iterator[Build]:
    """Builds windows as the command line would; closes them, and fails if a thread is left."""
    before = set(threading.enumerate())
    made: list[Studio] = []

    def make(*arguments: object) -> Studio:
        _, window = build(["glpose-studio", *map(str, arguments)])
        studio = Studio(window)
        made.append(studio)
        window.resize(1200, 800)
        window.show()
        # The picture gets its place once the timeline has its height; a button that a test before left down forbids it.
        end = time.monotonic() + 0.1
        while window.timeline_height._later.isActive() and time.monotonic() < end:
            QApplication.processEvents()
        QApplication.processEvents()
        return studio

    yield make
    for studio in made:
        studio.close()
        studio.window.deleteLater()
    QApplication.processEvents()
    # Threads that Qt made and that Python only met are listed for ever as dummies.
    left = [
        thread
        for thread in set(threading.enumerate()) - before
        if not isinstance(thread, threading._DummyThread)
    ]
    for thread in left:
        thread.join(timeout=PATIENCE)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads that outlived the window: {alive}"


@pytest.fixture
def studio(build_studio: Build, video: Path) -> Studio:
    """A window with the clip open and its first picture on show."""
    made = build_studio(video)
    wait_for(lambda: made.session.project is not None, "the project")
    made.wait_for_picture()
    return made


@pytest.fixture
def crowd(studio: Studio) -> Studio:
    """The same with two predicted people in every frame, and the window settled: a timeline that makes room for them would
    move the picture while a test draws in it."""
    studio.predict(made_up(range(40)))
    wait_for(lambda: len(studio.window.people.model.rows) == 2, "both in the list")
    QApplication.processEvents()
    return studio
