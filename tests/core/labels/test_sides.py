"""Exchanging left and right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glpose_core.labels import Project, Source, VideoRecord, Visibility, edits
from glpose_core.labels.sides import limb_of, swap_sides
from glpose_core.skeleton import POSETRACK17

pytestmark = pytest.mark.quick
LEFT, RIGHT = POSETRACK17.index("left_knee"), POSETRACK17.index("right_knee")
NOSE, WRIST = POSETRACK17.index("nose"), POSETRACK17.index("left_wrist")


@pytest.fixture
def project(tmp_path: Path):
    video = VideoRecord("park.mp4", "ab", 9, 640, 480, np.arange(9) / 25)
    with Project.create(tmp_path / "park.glpose", video) as project:
        xy = np.column_stack([np.arange(17) * 10.0, np.arange(17) * 5.0])
        shown = np.full(17, int(Visibility.VISIBLE))
        shown[RIGHT] = Visibility.OCCLUDED
        edit, _ = edits.add_person(project.state, 2, xy=xy, visibility=shown)
        project.apply(edit)
        for frame in (3, 4, 6):
            project.apply(edits.copy_pose(project.state, 1, 2, frame))
        yield project


def test_both_sides_change_places_and_back_again(project: Project):
    before = project.state.pose(1, 3)
    project.apply(swap_sides(project.state, 1, 3, 4))
    after = project.state.pose(1, 3)
    assert after["xy"][LEFT].tolist() == before["xy"][RIGHT].tolist()
    assert (after["visibility"][LEFT], after["visibility"][RIGHT]) == (1, 2)
    assert after["xy"][NOSE].tolist() == before["xy"][NOSE].tolist()
    project.apply(swap_sides(project.state, 1, 3, 4))
    again = project.state.pose(1, 3)
    assert np.array_equal(again["xy"], before["xy"])
    assert np.array_equal(again["visibility"], before["visibility"])


def test_a_stretch_is_one_edit_and_only_where_the_person_is_seen(project: Project):
    before = {frame: project.state.pose(1, frame) for frame in range(9)}
    project.apply(swap_sides(project.state, 1, 3, 7))
    for frame in range(9):
        pose = project.state.pose(1, frame)
        if before[frame] is None:
            assert pose is None
        else:
            moved = pose["xy"][LEFT].tolist() == before[frame]["xy"][RIGHT].tolist()
            assert moved == (3 <= frame < 7)
    project.undo()
    assert project.state.pose(1, 6)["xy"][LEFT].tolist() == before[6]["xy"][LEFT].tolist()


def test_one_limb(project: Project):
    before = project.state.pose(1, 2)
    project.apply(swap_sides(project.state, 1, 2, 3, limb_of(LEFT)))
    after = project.state.pose(1, 2)
    assert after["xy"][LEFT].tolist() == before["xy"][RIGHT].tolist()
    assert after["xy"][WRIST].tolist() == before["xy"][WRIST].tolist()
    assert limb_of(NOSE) == ()
    assert [POSETRACK17.joints[slot] for slot in limb_of(WRIST)] == [
        "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    ]  # fmt: skip


def test_a_side_that_is_missing_leaves_the_other_absent(project: Project):
    label = project.state.label(1, 2).copy()
    label["source"][RIGHT], label["visibility"][RIGHT] = Source.NONE, Visibility.ABSENT
    project.state.labels.put(label)
    before = project.state.pose(1, 2)
    project.apply(swap_sides(project.state, 1, 2, 3))
    after = project.state.pose(1, 2)
    assert after["visibility"][LEFT] == Visibility.ABSENT
    assert after["source"][LEFT] == Source.PLACED
    assert after["xy"][RIGHT].tolist() == before["xy"][LEFT].tolist()


def test_nobody_and_nothing_to_do(project: Project):
    assert swap_sides(project.state, 1, 0, 2).changes == ()
    assert swap_sides(project.state, 7, 0, 9).changes == ()
    project.apply(edits.delete_person(project.state, 1))
    assert swap_sides(project.state, 1, 0, 9).changes == ()
