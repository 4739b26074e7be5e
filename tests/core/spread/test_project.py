"""Spreading in a project: proposals change nothing; taking one is one edit that leaves people's work alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from glpose_core.labels import PREDICTION_DTYPE, Project, Run, Source, VideoRecord, edits
from glpose_core.labels.pasting import paste_pose
from glpose_core.spread import Method, propose, take, take_and_accept
from tests.walkers import J, walker

pytestmark = pytest.mark.quick
WRIST, KNEE = J["left_wrist"], J["left_knee"]
FRAMES = 60
BURST = range(20, 28)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A walker whose predicted left wrist is wrong for eight frames."""
    record = VideoRecord("clip.mp4", "f" * 16, FRAMES, 1280, 720, np.arange(FRAMES) / 25, b"")
    rows = np.zeros(FRAMES, PREDICTION_DTYPE)
    true = walker(FRAMES)
    for name in ("frame", "xy", "visibility", "score", "box", "pose_score"):
        rows[name] = true[name]
    rows["xy"][BURST.start : BURST.stop, WRIST] += (90, 0)
    rows["score"][BURST.start : BURST.stop, WRIST] = 0.35
    with Project.create(tmp_path / "clip.glpose", record) as project:
        project.add_run(Run.new("tiny", "t", "cpu"), {0: None}, rows)
        yield project


def correct(project: Project, frame: int = 23) -> None:
    xy = walker(FRAMES)["xy"][frame, WRIST]
    project.apply(edits.move_joint(project.state, 1, frame, WRIST, xy))


def image(project: Project) -> list[bytes]:
    return [project.state.poses(frame).tobytes() for frame in range(FRAMES)]


def test_a_proposal_changes_nothing_and_taking_it_is_one_step(project: Project) -> None:
    correct(project)
    before = image(project)
    proposal = propose(project.state, 1, 23)
    assert proposal is not None
    assert image(project) == before
    project.apply(take(project.state, proposal))
    true = walker(FRAMES)["xy"][:, WRIST]
    shown = np.array([project.state.pose(1, frame)["xy"][WRIST] for frame in range(FRAMES)])
    off = np.linalg.norm(shown - true, axis=1)
    assert off.max() < 40
    assert (off < 20).mean() > 0.9
    assert project.state.pose(1, 22)["source"][WRIST] == Source.INTERPOLATED
    project.undo()
    assert image(project) == before


def test_what_was_taken_is_not_proposed_again(project: Project) -> None:
    correct(project)
    proposal = propose(project.state, 1, 23)
    assert proposal is not None
    project.apply(take(project.state, proposal))
    assert propose(project.state, 1, 23) is None


def test_without_a_correction_nothing_is_proposed(project: Project) -> None:
    assert propose(project.state, 1, 23) is None
    project.apply(edits.accept_joint(project.state, 1, 40, KNEE))
    assert propose(project.state, 1, 40) is None


def test_in_the_only_frame_of_a_video_nothing_is_proposed(tmp_path: Path) -> None:
    video = VideoRecord("still.png", "f", 1, 640, 480, np.zeros(1))
    with Project.create(tmp_path / "still.glpose", video) as project:
        run = project.begin_run(Run.new("m", "", "cpu"))
        project.add_tracks(run, {0: None})
        rows = np.zeros(1, PREDICTION_DTYPE)
        rows["xy"], rows["visibility"], rows["score"] = walker(1, 1)["xy"], 2, 0.5
        project.add_predictions(run, rows)
        project.apply(edits.move_joint(project.state, 1, 0, J["left_wrist"], (5.0, 5.0)))
        assert propose(project.state, 1, 0) is None


def test_human_joints_deleted_poses_and_reviewed_frames_stay(project: Project) -> None:
    correct(project)
    project.apply(edits.accept_joint(project.state, 1, 21, WRIST))
    project.apply(edits.delete_pose(project.state, 1, 22))
    project.apply(edits.set_reviewed(project.state, [24], True))
    proposal = propose(project.state, 1, 23)
    assert proposal is not None
    assert not {21, 22, 23, 24} & set(proposal.frames.tolist())
    before = {frame: project.state.pose(1, frame) for frame in (21, 23, 24)}
    project.apply(take(project.state, proposal))
    assert project.state.pose(1, 22) is None
    for frame, pose in before.items():
        assert project.state.pose(1, frame).tobytes() == pose.tobytes()


def test_what_was_judged_since_a_proposal_was_made_stays(project: Project) -> None:
    correct(project)
    proposal = propose(project.state, 1, 23)
    assert proposal is not None
    assert {20, 21, 22, 24} <= set(proposal.frames.tolist())
    project.apply(edits.accept_frame(project.state, 21))
    project.apply(edits.delete_pose(project.state, 1, 22))
    project.apply(edits.set_reviewed(project.state, [24], True))
    project.apply(edits.accept_joint(project.state, 1, 20, WRIST))
    before = {frame: project.state.pose(1, frame) for frame in (20, 21, 24)}
    edit = take(project.state, proposal)
    assert not {20, 21, 22, 24} & {change.key[1] for change in edit.changes}
    project.apply(edit)
    assert project.state.pose(1, 22) is None
    for frame, pose in before.items():
        assert project.state.pose(1, frame).tobytes() == pose.tobytes()
    again = take_and_accept(project.state, proposal, 21)
    assert not {20, 21, 22, 24} & {change.key[1] for change in again.changes}


def test_joints_that_are_left_out_are_not_proposed(project: Project) -> None:
    correct(project)
    assert propose(project.state, 1, 23, left_out={WRIST}) is None


def test_stretches_name_joint_frames_and_method(project: Project) -> None:
    correct(project)
    proposal = propose(project.state, 1, 23)
    assert proposal is not None
    stretches = [one for one in proposal.stretches() if one.joint == WRIST]
    frames = {frame for one in stretches for frame in range(one.start, one.stop)}
    assert frames >= set(BURST) - {23}
    assert all(one.method in (Method.BENT, Method.LINEAR) for one in stretches)
    assert all(0 < one.confidence <= 1 for one in stretches)


def test_taking_and_accepting_is_one_step(project: Project) -> None:
    correct(project)
    before = image(project)
    proposal = propose(project.state, 1, 23)
    edit = take_and_accept(project.state, proposal, 23)
    project.apply(edit)
    pose = project.state.pose(1, 23)
    assert pose["source"][WRIST] == Source.PLACED
    assert pose["source"][KNEE] == Source.ACCEPTED
    assert 23 in project.state.reviewed
    assert project.state.pose(1, 22)["source"][WRIST] == Source.INTERPOLATED
    project.undo()
    assert image(project) == before


def test_what_is_held_between_two_keys_stays_when_one_of_its_joints_is_corrected(
    project: Project,
) -> None:
    pose = project.state.pose(1, 20)
    project.apply(paste_pose(project.state, pose, 1, 12, 31))
    assert propose_inside(project, 13, 30) == set(), "it was put there on purpose"
    project.apply(edits.move_joint(project.state, 1, 22, J["left_wrist"], pose["xy"][9] - (30, 40)))
    assert propose_inside(project, 13, 30) == {J["left_wrist"]}


def propose_inside(project: Project, start: int, stop: int) -> set[int]:
    """Joints that a correction in frame 22 would change in the frames ``start`` … ``stop`` − 1."""
    proposal = propose(project.state, 1, 22)
    if proposal is None:
        return set()
    inside = proposal.changed[start - proposal.start : stop - proposal.start]
    return set(np.flatnonzero(inside.any(axis=0)).tolist())
