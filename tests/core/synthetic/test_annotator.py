"""The scripted annotator makes a project true, and counts what that took."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from glpose_core.labels import PREDICTION_DTYPE, Project, Run, VideoRecord, Visibility
from glpose_core.skeleton import EARS
from glpose_core.synthetic.annotator import Annotator
from glpose_core.synthetic.truth import FrameTruth

pytestmark = pytest.mark.quick
FRAMES, PEOPLE = 8, 2


def truth_of(places: np.ndarray) -> FrameTruth:
    """People who stand at ``places [F, P, 2]``, 15 joints in a grid about them, the last one hidden."""
    offsets = (
        np.stack(np.meshgrid(np.arange(3.0), np.arange(6.0)), axis=-1).reshape(-1, 2)[:17] * 12
    )
    xy = places[:, :, None] + offsets
    visibility = np.full(xy.shape[:3], Visibility.VISIBLE, np.uint8)
    visibility[:, :, 16] = Visibility.OCCLUDED
    visibility[:, :, list(EARS)] = Visibility.ABSENT
    xy[:, :, list(EARS)] = 0
    head = np.concatenate([places, np.full_like(places, 20.0)], axis=-1)
    return FrameTruth(xy, visibility, head * np.nan, head, np.ones(xy.shape[:2], bool))


@pytest.fixture
def truth() -> FrameTruth:
    walk = np.arange(FRAMES)[:, None] * np.array([[6.0, 0.0]])
    return truth_of(np.stack([np.array([20, 20]) + walk, np.array([180, 24]) - walk], axis=1))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    video = VideoRecord("clip.mp4", "0" * 8, FRAMES, 320, 240, np.arange(FRAMES) / 25)
    with Project.create(tmp_path / "clip.glpose", video) as made:
        yield made


def predict(
    project: Project, tracks: list[np.ndarray], frames: list[np.ndarray], truth: FrameTruth
) -> None:
    """Show a run whose track ``n`` has the poses ``tracks[n] [F, 17, 2]`` in ``frames[n]``."""
    run = project.begin_run(Run.new("test", "none", "cpu", {}))
    project.add_tracks(run, dict.fromkeys(range(len(tracks))))
    for number, (xy, where) in enumerate(zip(tracks, frames, strict=True)):
        rows = np.zeros(len(where), PREDICTION_DTYPE)
        rows["track"], rows["frame"], rows["xy"] = number, where, xy[where]
        rows["visibility"] = np.where(truth.visibility[0, 0] > 0, Visibility.VISIBLE, 0)
        rows["score"], rows["box"] = 0.9, [1, 1, 50, 90]
        project.add_predictions(run, rows).result()
    project.finish_run(run, "done")


def is_true(project: Project, truth: FrameTruth, within: float) -> None:
    """Every frame shows the truth's people, each as one person of the project throughout."""
    owners: dict[int, set[int]] = {}
    for frame in range(FRAMES):
        rows = project.poses(frame)
        rows = rows[~rows["deleted"]]
        there = np.flatnonzero(truth.labelled[frame])
        assert len(rows) == len(there)
        for person in there.tolist():
            off = np.linalg.norm(rows["xy"] - truth.xy[frame, person], axis=-1)
            off[:, list(EARS)] = 0
            best = int(off.max(axis=1).argmin())
            assert off[best].max() < within
            np.testing.assert_array_equal(rows["visibility"][best], truth.visibility[frame, person])
            owners.setdefault(person, set()).add(int(rows["person"][best]))
    assert all(len(found) == 1 for found in owners.values())
    assert len(project.state.people()) == len(owners)


def test_from_nothing_everybody_is_added(project: Project, truth: FrameTruth) -> None:
    effort = Annotator(project, truth).correct(range(FRAMES))
    is_true(project, truth, 6.0)
    assert effort.poses_added == FRAMES * PEOPLE
    assert set(project.state.reviewed) == set(range(FRAMES))


def test_right_joints_are_accepted_and_wrong_ones_moved(
    project: Project, truth: FrameTruth
) -> None:
    xy = truth.xy.copy()
    xy[:, 0, 9] += 40  # one wrist, always wrong
    predict(project, [xy[:, 0], xy[:, 1]], [np.arange(FRAMES)] * 2, truth)
    effort = Annotator(project, truth).correct(range(FRAMES))
    is_true(project, truth, 6.0)
    assert effort.joints_moved == FRAMES
    assert effort.joints_right == FRAMES * (2 * 15 - 1)
    assert effort.visibility_changed == FRAMES * PEOPLE  # the hidden joint of each
    assert effort.poses_added == effort.identities_repaired == 0


def test_exchanged_and_broken_identities_are_repaired(project: Project, truth: FrameTruth) -> None:
    exchanged = truth.xy.copy()
    exchanged[4:] = exchanged[4:, ::-1]
    first, late = np.arange(6), np.arange(6, FRAMES)
    predict(
        project,
        [exchanged[:, 0], exchanged[:, 1], exchanged[:, 1]],
        [np.arange(FRAMES), first, late],
        truth,
    )
    effort = Annotator(project, truth).correct(range(FRAMES))
    is_true(project, truth, 6.0)
    assert effort.identities_repaired == 2
    assert effort.joints_moved == 0


def test_people_who_are_not_there_are_taken_away(project: Project, truth: FrameTruth) -> None:
    ghost = truth.xy[:, 0] + [0, 120]
    truth.labelled[5:, 1] = False
    predict(project, [truth.xy[:, 0], truth.xy[:, 1], ghost], [np.arange(FRAMES)] * 3, truth)
    effort = Annotator(project, truth).correct(range(FRAMES))
    is_true(project, truth, 6.0)
    assert effort.poses_deleted == FRAMES + 3


def test_a_false_person_is_taken_away_in_frames_nobody_looked_at_too(
    project: Project, truth: FrameTruth
) -> None:
    ghost = truth.xy[:, 0] + [0, 120]
    predict(project, [truth.xy[:, 0], truth.xy[:, 1], ghost], [np.arange(FRAMES)] * 3, truth)
    effort = Annotator(project, truth).correct([0, 4])
    assert effort.people_deleted == 1
    assert effort.frames == 2
    assert all(len(project.poses(frame)) == PEOPLE for frame in (1, 7))


def test_a_click_is_unsteady_but_near(project: Project, truth: FrameTruth) -> None:
    Annotator(project, truth, unsteady=0.06).correct([0])
    off = np.linalg.norm(project.poses(0)["xy"] - truth.xy[0], axis=-1)
    assert 0 < np.median(off[:, 5:]) < 3
