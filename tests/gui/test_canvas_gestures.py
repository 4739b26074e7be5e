"""Gestures against a state in memory: what a drag amounts to, without a window."""

# ruff: noqa: RUF005 (arrays are added, not joined)

from __future__ import annotations

import numpy as np
import pytest

from app.canvas.gestures import DrawBox, MoveJoint, MovePerson, PlaceJoint, ResizeBox
from app.canvas.several import MoveJoints
from app.canvas.stance import standing
from glpose_core.labels import Edit, ProjectState, Source, VideoRecord, Visibility, edits
from glpose_core.labels.poses import seen_box
from glpose_core.skeleton import EARS, POSETRACK17

pytestmark = pytest.mark.quick

KNEE = POSETRACK17.index("right_knee")
BOX = (100.0, 50.0, 80.0, 200.0)


def state_with_person() -> tuple[ProjectState, int]:
    state = ProjectState(VideoRecord("walk.mp4", "", 10, 640, 480, np.arange(10) / 25))
    xy, visibility = standing(BOX)
    edit, person = edits.add_person(state, 3, box=BOX, xy=xy, visibility=visibility)
    make(state, edit)
    return state, person


def make(state: ProjectState, edit: Edit | None) -> None:
    assert edit is not None
    for change in edit.changes:
        state.write(change)


def test_moving_a_joint_keeps_the_grip() -> None:
    state, person = state_with_person()
    row = state.pose(person, 3)
    start = row["xy"][KNEE].copy()
    gesture = MoveJoint(row, KNEE, start + (2, -1))
    gesture.move(start + (12, 9))
    assert np.allclose(gesture.row["xy"][KNEE], start + (10, 10))
    assert np.allclose(row["xy"][KNEE], start), "the row that was given stays as it is"
    assert np.allclose(state.pose(person, 3)["xy"][KNEE], start)
    make(state, gesture.finish(state))
    assert np.allclose(state.pose(person, 3)["xy"][KNEE], start + (10, 10))


def test_moving_a_person_moves_the_box_too() -> None:
    state, person = state_with_person()
    before = state.pose(person, 3)
    gesture = MovePerson(before, (0, 0))
    gesture.move((5, 5))
    gesture.move((7, -2))
    make(state, gesture.finish(state))
    after = state.pose(person, 3)
    placed = before["visibility"] > 0
    assert np.allclose((after["xy"] - before["xy"])[placed], (7, -2))
    assert np.allclose(after["box"], np.add(BOX, (7, -2, 0, 0)))


@pytest.mark.parametrize(
    ("handle", "expected"),
    [
        ((1, 1), (100, 50, 90, 220)),
        ((-1, 0), (110, 50, 70, 200)),
        ((0, -1), (100, 70, 80, 180)),
    ],
)
def test_resizing_moves_the_grabbed_edges_only(handle: tuple[int, int], expected: tuple) -> None:
    state, person = state_with_person()
    gesture = ResizeBox(state.pose(person, 3), handle, (0, 0))
    gesture.move((10, 20))
    make(state, gesture.finish(state))
    assert np.allclose(state.pose(person, 3)["box"], expected)


def test_an_edge_dragged_over_the_other_turns_the_box_over() -> None:
    state, person = state_with_person()
    gesture = ResizeBox(state.pose(person, 3), (1, 0), (0, 0))
    gesture.move((-120, 0))
    assert np.allclose(gesture.row["box"], (60, 50, 40, 200))


def test_a_box_that_is_too_small_is_no_edit() -> None:
    state, person = state_with_person()
    resize = ResizeBox(state.pose(person, 3), (1, 0), (0, 0))
    resize.move((-79, 0))
    assert resize.finish(state) is None
    draw = DrawBox(None, 3, (10, 10))
    assert draw.finish(state) is None
    draw.move((300, 12))
    assert draw.finish(state) is None


def test_drawing_a_box_upwards_adds_a_person() -> None:
    state, _ = state_with_person()
    gesture = DrawBox(None, 4, (200, 300))
    gesture.move((150, 100))
    make(state, gesture.finish(state))
    assert gesture.added is not None
    assert np.allclose(state.pose(gesture.added, 4)["box"], (150, 100, 50, 200))


def test_placing_joints_of_somebody_new_leaves_the_rest_open() -> None:
    state, _ = state_with_person()
    gesture = PlaceJoint(None, 5, KNEE, Visibility.OCCLUDED, (33, 44))
    make(state, gesture.finish(state))
    assert gesture.added is not None
    pose = state.pose(gesture.added, 5)
    assert pose["xy"][KNEE].tolist() == [33, 44]
    assert pose["visibility"][KNEE] == Visibility.OCCLUDED
    assert (np.delete(pose["source"], KNEE) == Source.NONE).all()


def test_placing_a_joint_again_changes_no_other() -> None:
    state, person = state_with_person()
    before = state.pose(person, 3)
    make(state, PlaceJoint(before, 3, KNEE, Visibility.VISIBLE, (1, 2)).finish(state))
    after = state.pose(person, 3)
    assert after["xy"][KNEE].tolist() == [1, 2]
    others = np.arange(17) != KNEE
    assert np.array_equal(after["xy"][others], before["xy"][others])
    assert np.allclose(after["box"], BOX)


def test_nudges_add_up() -> None:
    state, person = state_with_person()
    start = state.pose(person, 3)["xy"][KNEE].copy()
    gesture = MoveJoints([state.pose(person, 3)], {person: [KNEE]})
    for _ in range(3):
        gesture.by(1, 0)
    gesture.by(0, -10)
    make(state, gesture.finish(state))
    assert np.allclose(state.pose(person, 3)["xy"][KNEE], start + (3, -10))


def test_a_standing_skeleton_fills_its_box_and_knows_its_sides() -> None:
    xy, visibility = standing(BOX)
    placed = visibility == Visibility.VISIBLE
    assert set(np.flatnonzero(~placed)) == set(EARS)
    assert (xy[placed] >= BOX[:2]).all()
    assert (xy[placed] <= np.add(BOX[:2], BOX[2:])).all()
    left, right = POSETRACK17.index("left_hip"), POSETRACK17.index("right_hip")
    assert xy[left, 0] > xy[right, 0], "seen from the front, the person's left is on the right"
    row = np.zeros(1, state_with_person()[0].labels.rows().dtype)[0]
    row["xy"], row["visibility"], row["box"] = xy, visibility, np.nan
    assert seen_box(row) is not None
