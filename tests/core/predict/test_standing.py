"""Which poses stand when a person is followed anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from glpose_core.labels import PREDICTION_DTYPE, PoseRows, Project, Run, VideoRecord, edits
from glpose_core.predict.job import Rows
from glpose_core.predict.standing import Standing

FRAMES = 60
pytestmark = pytest.mark.quick


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    video = VideoRecord("clip.mp4", "ab", FRAMES, 640, 480, np.arange(FRAMES) / 25)
    with Project.create(tmp_path / "clip.glpose", video) as project:
        yield project


def rows_at(x: float, frames: range) -> PoseRows:
    rows = np.zeros(len(frames), PREDICTION_DTYPE)
    rows["frame"] = frames
    rows["xy"][..., 0], rows["visibility"] = x, 2
    rows["box"] = (x - 20, 0, 40, 100)
    return rows


def predicted(project: Project, *parts: tuple[float, range], weights: str = "a") -> int:
    """A run with one person; returns them."""
    run = project.begin_run(Run.new("model", weights, "", {"sha256": weights}))
    [person] = project.add_tracks(run, {0: None}).values()
    for x, frames in parts:
        project.add_predictions(run, rows_at(x, frames))
    return person


def followed(project: Project, person: int, weights: str = "a") -> int:
    run = project.begin_run(Run.new("model", weights, "", {"sha256": weights}))
    project.add_tracks(run, {0: person})
    return run


def needed(standing: Standing, project: Project, run: int, rows: PoseRows) -> list[int]:
    """The frames that are let through, in the order in which they are."""
    parts = standing.sift(project.state, project.state.runs[run], Rows(0, rows))
    return [int(frame) for part in parts for frame in part.rows["frame"]]


def test_poses_are_new_until_they_agree_and_stand_from_there_on(project: Project) -> None:
    person = predicted(project, (100, range(20)), (300, range(20, 30)), (100, range(30, 60)))
    run, standing = followed(project, person), Standing([25])
    slipped = np.concatenate([rows_at(100, range(10, 45)), rows_at(180, range(45, 60))])
    assert sorted(needed(standing, project, run, slipped)) == list(range(20, 30))
    assert standing.count == 40


def test_a_gap_is_filled_and_what_lies_beyond_it_must_agree_again(project: Project) -> None:
    person = predicted(project, (100, range(20)), (300, range(40, 50)), (100, range(50, 60)))
    run, standing = followed(project, person), Standing([5])
    assert needed(standing, project, run, rows_at(100, range(60))) == list(range(20, 50))


def test_between_two_boxes_both_have_a_say(project: Project) -> None:
    person = predicted(project, (100, range(30)), (300, range(30, 60)))
    run, standing = followed(project, person), Standing([5, 45])
    assert needed(standing, project, run, rows_at(100, range(60))) == list(range(30, 60))


def test_the_frame_of_a_drawn_box_is_always_new(project: Project) -> None:
    person = predicted(project, (100, range(60)))
    project.apply(edits.set_box(project.state, person, 12, (78, 0, 44, 100)))
    run, standing = followed(project, person), Standing([12])
    assert needed(standing, project, run, rows_at(100, range(60))) == [12]


def test_what_another_model_said_does_not_stand(project: Project) -> None:
    person = predicted(project, (100, range(60)))
    run, standing = followed(project, person, weights="b"), Standing([12])
    assert needed(standing, project, run, rows_at(100, range(60))) == list(range(60))


def test_what_stands_is_known_before_the_run_has_begun(project: Project) -> None:
    person = predicted(project, (100, range(40)))
    project.apply(edits.set_box(project.state, person, 12, (78, 0, 44, 100)))
    standing = Standing([12])
    for weights, expected in (("a", [12, *range(40, 60)]), ("b", list(range(60)))):
        coming = Run.new("model", weights, "", {"sha256": weights})
        parts = standing.sift(project.state, coming, Rows(0, rows_at(100, range(60))), {0: person})
        assert [int(frame) for part in parts for frame in part.rows["frame"]] == expected
        standing = Standing([12])


def test_what_is_not_known_yet_waits_for_good_and_never_provisionally(project: Project) -> None:
    person = predicted(project, (100, range(20)), (300, range(20, 60)))
    run, standing = followed(project, person), Standing([5])
    far = rows_at(100, range(30, 32))
    assert (
        standing.sift(project.state, project.state.runs[run], Rows(0, far, provisional=True)) == []
    )
    assert needed(standing, project, run, far) == []
    assert needed(standing, project, run, rows_at(100, range(22, 30))) == []
    assert needed(standing, project, run, rows_at(100, range(6, 22))) == [], "they agree in 19"
    assert standing.rest() == []
    assert standing.count == 26


def test_what_is_never_known_is_taken_with_its_references(project: Project) -> None:
    person = predicted(project, (300, range(60)))
    run, standing = followed(project, person), Standing([5])
    references = np.zeros((2, 3))
    event = Rows(0, rows_at(100, range(30, 32)), references=references)
    assert standing.sift(project.state, project.state.runs[run], event) == []
    [rest] = standing.rest()
    assert rest.rows["frame"].tolist() == [30, 31]
    assert rest.references.shape == (2, 3)
