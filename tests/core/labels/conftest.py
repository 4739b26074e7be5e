"""What the tests of labels share: small projects, a large one, and what can be seen in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from glpose_core.labels import PREDICTION_DTYPE, Edit, Project, ProjectState, Run, VideoRecord
from glpose_core.skeleton import POSETRACK17

WRIST = POSETRACK17.index("left_wrist")
SKELETON = np.arange(34, dtype=float).reshape(17, 2) + 50


def video_record(frames: int = 20) -> VideoRecord:
    return VideoRecord(
        path="clip.mp4",
        fingerprint="f" * 16,
        frames=frames,
        width=320,
        height=240,
        times=np.arange(frames) / 25,
        index=b"index",
    )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "clip.glpose", video_record()) as project:
        yield project


def make(state: ProjectState, edit: Edit) -> None:
    """Make an edit in memory alone."""
    for change in edit.changes:
        state.write(change)


def reopened(project: Project) -> Project:
    project.close()
    return Project.open(project.path)


def crowd_of(path, frames: int = 400, people: int = 10) -> Project:
    """A project in which a model has seen many."""
    video = VideoRecord("clip.mp4", "f", frames, 640, 480, np.arange(frames) / 25)
    project = Project.create(path, video)
    rows = np.zeros(frames * people, PREDICTION_DTYPE)
    rows["track"], rows["frame"] = np.divmod(np.arange(len(rows)), frames)
    rows["xy"] = np.random.default_rng(0).uniform(0, 400, rows["xy"].shape)
    rows["visibility"], rows["score"] = 2, 0.5
    project.add_run(Run.new("model", "", "cpu"), dict.fromkeys(range(people)), rows)
    return project


def everything(project: Project) -> tuple[bytes, frozenset[int]]:
    state = project.state
    return state.seen([one.id for one in state.people()]).tobytes(), state.reviewed
