"""Turning, scaling, mirroring and pasting a pose; several joints as one edit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glpose_core.labels import Project, Source, VideoRecord, Visibility, edits
from glpose_core.labels.joints import confirm_joints, judge_joints, move_joints
from glpose_core.labels.pasting import HELD, paste_pose
from glpose_core.labels.poses import empty_pose, seen_box
from glpose_core.labels.transform import (
    Transform,
    middle,
    mirror_poses,
    transform_pose,
    transformed,
    turned_and_scaled,
)
from glpose_core.skeleton import POSETRACK17

pytestmark = pytest.mark.quick
LEFT, RIGHT = POSETRACK17.index("left_knee"), POSETRACK17.index("right_knee")
NOSE = POSETRACK17.index("nose")


def pose() -> np.void:
    row = empty_pose(1, 2)
    row["xy"] = np.column_stack([np.arange(17) * 10.0 + 50, np.arange(17) ** 2])
    row["visibility"] = Visibility.VISIBLE
    row["visibility"][RIGHT] = Visibility.OCCLUDED
    row["visibility"][3] = Visibility.ABSENT
    row["source"] = Source.PLACED
    row["box"], row["box_source"] = (30.0, -20.0, 260.0, 300.0), Source.PLACED
    row["head_box"] = (60.0, 0.0, 20.0, 30.0)
    return row


@pytest.fixture
def project(tmp_path: Path):
    video = VideoRecord("park.mp4", "ab", 9, 640, 480, np.arange(9) / 25)
    with Project.create(tmp_path / "park.glpose", video) as project:
        for _ in range(2):
            edit, _ = edits.add_person(project.state, 2, xy=pose()["xy"])
            project.apply(edit)
        yield project


@settings(max_examples=60, derandomize=True)
@given(
    degrees=st.floats(-180, 180), factor=st.floats(0.2, 5.0), stretch=st.sampled_from([1.0, 1.4])
)
def test_a_turn_and_its_opposite_leave_everything_as_it_was(
    degrees: float, factor: float, stretch: float
):
    row = pose()
    about = middle(row)
    there = transformed(row, turned_and_scaled(about, degrees, factor, stretch))
    back = transformed(there, turned_and_scaled(about, -degrees, 1 / factor, stretch))
    for name in ("xy", "box", "head_box"):
        assert np.allclose(back[name], row[name], atol=1e-6), name
    shown = np.diag([stretch, 1.0])
    lengths = [np.linalg.norm((one["xy"][LEFT] - one["xy"][NOSE]) @ shown) for one in (row, there)]
    assert np.isclose(lengths[1], factor * lengths[0])


def test_a_turn_is_clockwise_and_leaves_absent_joints_alone():
    row = pose()
    there = transformed(row, turned_and_scaled((0.0, 0.0), 90.0))
    x, y = row["xy"][NOSE]
    assert np.allclose(there["xy"][NOSE], (-y, x)), "down becomes left"
    assert there["xy"][3].tolist() == row["xy"][3].tolist()


def test_a_mirrored_pose_has_its_sides_exchanged(project: Project):
    before = project.state.pose(1, 2)
    edit = mirror_poses(project.state, 1, 2, 3)
    project.apply(edit)
    after, centre = project.state.pose(1, 2), middle(before)[0]
    assert after["xy"][LEFT].tolist() == [
        2 * centre - before["xy"][RIGHT][0],
        before["xy"][RIGHT][1],
    ]
    assert np.allclose(seen_box(after), seen_box(before))
    project.apply(mirror_poses(project.state, 1, 2, 3))
    assert np.allclose(project.state.pose(1, 2)["xy"], before["xy"])
    project.undo()
    project.undo()
    assert project.state.pose(1, 2)["xy"].tolist() == before["xy"].tolist()


def test_mirroring_a_range_mirrors_each_pose_about_its_own_middle(project: Project):
    for frame, shift in ((3, 40.0), (5, 90.0)):
        xy = pose()["xy"] + (shift, 0)
        project.apply(edits.add_pose(project.state, 1, frame, xy, np.full(17, 2, np.uint8)))
    before = {frame: project.state.pose(1, frame) for frame in (2, 3, 5)}
    project.apply(mirror_poses(project.state, 1, 2, 6))
    for frame, row in before.items():
        after = project.state.pose(1, frame)
        assert np.allclose(middle(after), middle(row)), "nobody jumps"
        assert np.isclose(after["xy"][LEFT][0], 2 * middle(row)[0] - row["xy"][RIGHT][0])
    assert project.state.pose(1, 4) is None
    project.undo()
    assert all(
        project.state.pose(1, at)["xy"].tolist() == row["xy"].tolist() for at, row in before.items()
    )


def test_what_is_shown_while_turning_is_what_is_kept(project: Project):
    by = turned_and_scaled((100.0, 80.0), 33.0, 1.2)
    shown = transformed(project.state.pose(1, 2), by)
    project.apply(transform_pose(project.state, 1, 2, by))
    kept = project.state.pose(1, 2)
    placed = shown["visibility"] > 0
    assert np.array_equal(kept["xy"][placed], shown["xy"][placed])
    assert np.allclose(seen_box(kept), seen_box(shown))
    assert transform_pose(project.state, 1, 7, by).changes == (), "nobody is there"


def test_a_moved_pose_keeps_its_shape():
    row = pose()
    there = transformed(row, Transform(np.zeros(2), offset=np.array([7.0, -3.0])))
    assert np.allclose(there["box"], row["box"] + (7, -3, 0, 0))
    assert np.allclose(there["head_box"], row["head_box"] + (7, -3, 0, 0))


def test_joints_of_two_people_are_one_edit(project: Project):
    first, second = project.state.pose(1, 2), project.state.pose(2, 2)
    chosen = {1: [LEFT, NOSE], 2: [RIGHT], 3: [NOSE]}
    edit = move_joints(project.state, 2, chosen, 5.0, -2.0)
    assert edit.title == "Move 3 joints"
    project.apply(edit)
    moved = project.state.pose(1, 2)["xy"] - first["xy"]
    assert np.flatnonzero(moved.any(axis=1)).tolist() == sorted([NOSE, LEFT])
    assert (project.state.pose(2, 2)["xy"] - second["xy"])[RIGHT].tolist() == [5.0, -2.0]
    project.apply(judge_joints(project.state, 2, chosen, Visibility.OCCLUDED))
    assert project.undo_title == "Mark 3 joints hidden"
    assert project.state.pose(1, 2)["visibility"][LEFT] == Visibility.OCCLUDED
    assert project.state.pose(2, 2)["visibility"][LEFT] == Visibility.VISIBLE
    assert confirm_joints(project.state, 2, chosen).changes == (), "they are a person's already"
    project.undo()
    project.undo()
    assert project.state.pose(1, 2)["xy"].tolist() == first["xy"].tolist()


def test_a_pose_is_pasted_into_a_stretch_of_another_person(project: Project):
    source = pose()
    edit = paste_pose(project.state, source, 2, 1, 6, every=True)
    assert edit.title == "Paste pose into each of frames 1–5"
    project.apply(edit)
    assert project.state.frames_of(2).tolist() == [1, 2, 3, 4, 5]
    for frame in range(1, 6):
        pasted = project.state.pose(2, frame)
        assert np.array_equal(pasted["xy"], source["xy"])
        assert pasted["visibility"][3] == Visibility.ABSENT
        assert np.array_equal(pasted["box"], source["box"])
        assert (pasted["source"] == Source.PLACED).all()
    assert paste_pose(project.state, source, 9, 1, 6).changes == (), "nobody of that number"
    project.undo()
    assert project.state.frames_of(2).tolist() == [2]


def test_a_pose_pasted_into_a_stretch_is_a_key_at_its_ends_and_held_between(project: Project):
    source = pose()
    project.apply(edits.move_joint(project.state, 2, 4, LEFT, (9, 9)))
    project.apply(edits.set_reviewed(project.state, [5], True))
    project.apply(edits.delete_pose(project.state, 2, 2))
    edit = paste_pose(project.state, source, 2, 1, 8)
    assert edit.title == "Paste pose into frames 1–7"
    project.apply(edit)
    assert project.state.marks(2).labelled.tolist() == [1, 4, 7]
    assert project.state.frames_of(2).tolist() == [1, 2, 3, 4, 6, 7], "a reviewed frame stays"
    for frame in (1, 7):
        assert (project.state.pose(2, frame)["source"] == Source.PLACED).all()
    held = project.state.pose(2, 3)
    assert (held["source"] == Source.INTERPOLATED).all()
    assert (held["score"] == HELD).all()
    for field in ("xy", "visibility", "box", "head_box"):
        assert np.array_equal(held[field], source[field]), field
    corrected = project.state.pose(2, 4)
    assert corrected["xy"][LEFT].tolist() == [9, 9]
    assert corrected["source"][LEFT] == Source.PLACED
    assert corrected["xy"][NOSE].tolist() == source["xy"][NOSE].tolist()
    project.undo()
    assert project.state.frames_of(2).tolist() == [4]


def test_what_nobody_has_looked_for_is_not_held(project: Project):
    source = pose()
    source["source"], source["score"] = Source.MODEL, 0.2
    source["source"][NOSE] = Source.NONE
    project.apply(paste_pose(project.state, source, 2, 4, 7))
    held = project.state.pose(2, 5)
    assert held["source"][NOSE] == Source.NONE
    assert held["source"][LEFT] == Source.INTERPOLATED
    assert held["score"][LEFT] == HELD, (
        "whatever the machine said of the pose that a person has chosen"
    )


def test_one_person_is_accepted_in_a_range_and_nobody_else(project: Project):
    project.apply(paste_pose(project.state, pose(), 1, 1, 8))
    project.apply(paste_pose(project.state, pose(), 2, 1, 8))
    title, parts = edits.accept_person_in_parts(project.state, 2, 3, 6)
    assert title == "Accept person 2 in frames 3–5"
    project.in_turns(title, 3, parts).finish()
    assert project.state.marks(2).labelled.tolist() == [1, 2, 3, 4, 5, 7]
    assert (project.state.pose(2, 4)["source"] == Source.ACCEPTED).all()
    assert project.state.marks(1).labelled.tolist() == [1, 2, 7]
    assert not project.state.reviewed
    project.undo()
    assert project.state.marks(2).labelled.tolist() == [1, 2, 7]
    _, parts = edits.accept_person_in_parts(project.state, 9, 0, 9)
    assert [one for part in parts for one in part] == [], "nobody of that number"
