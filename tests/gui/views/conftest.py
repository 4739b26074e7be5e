"""A session whose project is made up in memory, for tests of the views: no file, no decoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication

from app.session import Session
from app.theme import apply_theme
from glpose_core.labels import (
    PREDICTION_DTYPE,
    Person,
    ProjectChange,
    ProjectState,
    Run,
    Source,
    Span,
    VideoRecord,
)
from glpose_core.labels.changes import (
    FrameState,
    active_run_change,
    frame_change,
    person_change,
    spans_change,
)

RATE = 25.0


class MemoryProject:
    """The part of a project that the views use, without a file."""

    def __init__(self, state: ProjectState) -> None:
        self.path = "walk.glpose"
        self.state = state
        self.path = "memory.glpose"
        self.edits: list[str] = []
        self.listeners: list[Callable[[ProjectChange], None]] = []
        self.pending = 0
        self.saved_at = 0.0
        self.trouble: str | None = None
        self.undo_title: str | None = None
        self.redo_title: str | None = None
        self.annotator = self.undo_who = self.redo_who = ""

    def poses(self, frame: int):
        """What is seen in a frame."""
        return self.state.poses(frame)

    def pose(self, person: int, frame: int):
        """What is seen of one person in a frame."""
        return self.state.pose(person, frame)

    def submit(self, edit):
        """Apply an edit in memory."""
        for change in edit.changes:
            self.state.write(change)
        self.edits.append(edit.title)
        self.tell()
        return SimpleNamespace(add_done_callback=lambda _call: None)

    def tell(self) -> None:
        """Say that everything may have changed."""
        for listener in self.listeners:
            listener(ProjectChange(None, people=True))


class NoPictures:
    """A store that never has a picture; three quarters of its frames count as decoded."""

    def __init__(self, frames: int) -> None:
        self._frames = frames

    def request(self, frame: int) -> None:
        """Nothing will come."""

    def set_playing(self, playing: bool) -> None:
        """Nothing reads ahead."""

    def levels(self, frame: int) -> tuple[()]:
        """No picture."""
        return ()

    def broken_reason(self, frame: int) -> str | None:
        """Nothing is broken."""

    def cached_frames(self) -> NDArray[np.int64]:
        """The first three quarters."""
        return np.arange(self._frames * 3 // 4)


def made_state(frames: int, people: int, seed: int = 0) -> ProjectState:
    """People seen in most of ``frames``, a run of predictions, no labels yet."""
    rng = np.random.default_rng(seed)
    state = ProjectState(
        VideoRecord("walk.mp4", "f", frames, 1280, 720, np.arange(frames) / RATE, rate=RATE)
    )
    state.runs[1] = Run(1, "GLPose W32 · starter", "starter", "cpu", 0.0)
    state.write(active_run_change(1))
    parts = []
    for person in range(1, people + 1):
        state.write(person_change(Person(person, f"person {person}")))
        start = (person - 1) * frames // (people + 8)
        state.write(spans_change(1, person, [Span(start, frames, person)]))
        rows = np.zeros(frames - start, PREDICTION_DTYPE)
        rows["track"], rows["frame"] = person, np.arange(start, frames)
        rows["visibility"] = 2
        rows["visibility"][:, 3:5] = 0
        drift = np.cumsum(rng.normal(0, 0.03, (len(rows), 17)), axis=0)
        score = 0.82 + 0.12 * np.sin(drift) + rng.normal(0, 0.03, drift.shape)
        rows["score"] = np.clip(score, 0.05, 0.99)
        rows["score"][:, 3:5] = 0
        rows["xy"] = rng.uniform(100, 600, (17, 2))
        parts.append(rows)
    if parts:
        state.add_predictions(np.concatenate(parts))
    return state


def label(state: ProjectState, person: int, frame: int, joints: tuple[int, ...] = (9,)) -> None:
    """Let a person have placed some joints."""
    row = state.pose(person, frame).copy()
    row["source"] = Source.NONE
    for joint in joints:
        row["source"][joint] = Source.PLACED
    state.labels.put(row)
    state._labelled.clear()


def review(state: ProjectState, frames: range) -> None:
    """Mark frames as reviewed."""
    for frame in frames:
        state.write(frame_change(frame, FrameState(reviewed=True)))


@pytest.fixture
def mark() -> SimpleNamespace:
    """What a person does to a state: ``mark.label(state, person, frame)``, ``mark.review(state, frames)``."""
    return SimpleNamespace(label=label, review=review)


@pytest.fixture
def make_session(qapp: QApplication) -> Iterator[Callable[..., Session]]:
    """Build sessions: ``make_session(frames=230, people=2)``."""
    apply_theme(qapp)
    made: list[Session] = []

    def make(frames: int = 230, people: int = 2) -> Session:
        session = Session()
        if frames:
            project = MemoryProject(made_state(frames, people))
            project.listeners.append(session._hear)
            session.project = project
            session.frames = frames
            session.store = NoPictures(frames)
            session.times = project.state.video.times
        made.append(session)
        return session

    yield make
    for session in made:
        session.pause()
        session.project = session.store = None
        session.deleteLater()
