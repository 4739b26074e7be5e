"""Head boxes propose joints, joints propose head boxes, and neither overrules a person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.labels import ProjectState, Source, VideoRecord, Visibility, edits, heads
from glpose_core.labels.heads import HEAD_BOTTOM, HEAD_TOP, SHOULDERS
from glpose_core.labels.poses import empty_pose, lay_over, lay_over_all, seen_box

from .conftest import make

BOX = np.array([90.0, 40.0, 20.0, 20.0])
D = float(np.hypot(20, 20))


@pytest.fixture
def state() -> ProjectState:
    return ProjectState(VideoRecord("clip.mp4", "f", 10, 200, 200, np.arange(10) / 25))


def test_a_head_alone_is_a_person_whose_head_joints_are_proposed(state: ProjectState) -> None:
    edit, person = heads.add_head(state, 3, BOX)
    make(state, edit)
    pose = state.pose(person, 3)
    assert pose["head_box"].tolist() == BOX.tolist()
    assert np.allclose(pose["xy"][HEAD_TOP], (100, 50 - 0.3 * D))
    assert np.allclose(pose["xy"][HEAD_BOTTOM], (100, 50 + 0.4 * D))
    assert pose["source"][[HEAD_TOP, HEAD_BOTTOM]].tolist() == [Source.INTERPOLATED] * 2
    assert not len(state.marks(person).labelled), "a proposal is no label"


def test_a_head_proposes_its_body_until_one_is_predicted(state: ProjectState) -> None:
    edit, person = heads.add_head(state, 0, BOX)
    make(state, edit)
    make(state, heads.draw_head_box(state, person, 0, np.add(BOX, (10, 0, 0, 0))))
    x, y, w, h = seen_box(state.pose(person, 0))
    assert x + w / 2 == pytest.approx(110)
    assert (y, y + h) == pytest.approx((20, 192))
    low = heads.body_of_head((90, 150, 20, 20), 200, 200)
    assert low[1] + low[3] == 199.5, "cut off by the picture"
    known = state.known_boxes()
    assert not known.human.any()
    predicted = empty_pose(person, 0)
    predicted["box"], predicted["box_source"] = (1, 2, 3, 4), Source.MODEL
    label = state.label(person, 0)
    assert lay_over(label, predicted)["box"].tolist() == [1, 2, 3, 4]
    both = [np.array([row]) for row in (label, predicted)]
    assert lay_over_all(*both)["box"][0].tolist() == [1, 2, 3, 4]


def test_proposals_follow_the_box_and_then_the_shoulders(state: ProjectState) -> None:
    edit, person = heads.add_head(state, 0, BOX)
    make(state, edit)
    make(state, heads.draw_head_box(state, person, 0, np.add(BOX, (10, 0, 0, 0))))
    assert np.allclose(state.pose(person, 0)["xy"][HEAD_TOP], (110, 50 - 0.3 * D))
    for joint in SHOULDERS:
        make(state, edits.move_joint(state, person, 0, joint, (160, 50)))
    make(state, heads.propose_head_joints(state, [person], 0, 10))
    pose = state.pose(person, 0)
    assert np.allclose(pose["xy"][HEAD_BOTTOM], (110 + 0.4 * D, 50)), "towards the shoulders"
    assert not heads.propose_head_joints(state, [person], 0, 10).changes


def test_what_a_person_said_of_a_head_joint_stays(state: ProjectState) -> None:
    edit, person = heads.add_head(state, 0, BOX)
    make(state, edit)
    make(state, edits.move_joint(state, person, 0, HEAD_TOP, (97, 33)))
    make(state, edits.set_visibility(state, person, 0, HEAD_BOTTOM, Visibility.ABSENT))
    make(state, heads.draw_head_box(state, person, 0, np.add(BOX, (5, 5, 0, 0))))
    pose = state.pose(person, 0)
    assert pose["xy"][HEAD_TOP].tolist() == [97, 33]
    assert pose["visibility"][HEAD_BOTTOM] == Visibility.ABSENT


def test_taking_a_box_away_takes_only_its_proposals(state: ProjectState) -> None:
    edit, person = heads.add_head(state, 0, BOX)
    make(state, edit)
    make(state, edits.accept_joint(state, person, 0, HEAD_TOP))
    make(state, heads.remove_head_box(state, person, 0))
    pose = state.pose(person, 0)
    assert not heads.has_head_box(pose)
    assert pose["visibility"][[HEAD_TOP, HEAD_BOTTOM]].tolist() == [2, 0]


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(8, 60), st.floats(0, 2 * np.pi))
def test_a_square_box_comes_back_from_its_joints(
    x: float, y: float, side: float, turn: float
) -> None:
    """0.30 and 0.40 of the diagonal and 1.01 of the distance between the joints agree within a tenth."""
    pose = empty_pose()
    box = np.array([x, y, side, side])
    centre = box[:2] + side / 2
    pose["xy"][list(SHOULDERS)] = centre + 3 * side * np.array([np.cos(turn), np.sin(turn)])
    pose["visibility"][list(SHOULDERS)] = Visibility.VISIBLE
    pose["xy"][[HEAD_TOP, HEAD_BOTTOM]] = heads.joints_of_head_box(box, pose)
    pose["visibility"][[HEAD_TOP, HEAD_BOTTOM]] = Visibility.VISIBLE
    again = heads.proposed_head_box(pose)
    assert again is not None
    assert np.abs(again - box).max() < 0.1 * side
