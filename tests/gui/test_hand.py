"""Stumbles of a person who labels by hand, each mended once: what is chosen, proposed, copied and said."""

# ruff: noqa: RUF005 (arrays are added, not joined)

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from app.actions import ACTIONS
from app.asking import StepDialog
from app.bound import NO_JOINT, NO_PERSON, WHY_NOT
from app.canvas.hit import Part
from app.canvas.stance import standing
from app.canvas.tools import PLACING_ORDER, joint_to_place
from app.settings import load_view
from app.shortcuts import spelled
from glpose_core.labels import Source, Visibility, edits
from glpose_core.labels.poses import empty_pose
from glpose_core.skeleton import POSETRACK17

from .conftest import Build, Dialogs, Studio, made_up, wait_for

WRIST = POSETRACK17.index("left_wrist")
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
PLACES = [(50 + 5 * n, 20 + 7 * n) for n in range(len(PLACING_ORDER))]


@pytest.fixture
def skeleton(studio: Studio) -> Studio:
    """One person with every joint placed by hand in frame 0, chosen; nobody elsewhere."""
    xy, shown = standing((60, 20, 50, 110))
    edit, person = edits.add_person(studio.session.project.state, 0, xy=xy, visibility=shown)
    studio.session.apply(edit)
    studio.session.select(person)
    return studio


def the_person(studio: Studio) -> int:
    (person,) = (one.id for one in studio.session.people())
    return person


# -- which joint is placed next --------------------------------------------------------------------


def test_missing_joints_come_first_then_those_of_a_machine_then_none() -> None:
    row = empty_pose(1, 0)
    assert joint_to_place(None) == joint_to_place(row) == PLACING_ORDER[0]
    row["source"][:] = Source.MODEL
    row["visibility"][:] = Visibility.VISIBLE
    row["visibility"][WRIST] = Visibility.ABSENT
    assert joint_to_place(row) == WRIST
    row["source"][WRIST] = Source.ACCEPTED  # absent, as somebody has judged
    assert joint_to_place(row) == PLACING_ORDER[0]
    row["source"][list(PLACING_ORDER)] = Source.PLACED
    assert joint_to_place(row) is None
    row["source"][0] = Source.MODEL
    assert joint_to_place(row, PLACING_ORDER[-1]) == 0, "it goes round"


def test_a_finished_pose_is_not_begun_again_by_one_click_more(studio: Studio) -> None:
    studio.key(Qt.Key.Key_J)
    for at in PLACES:
        studio.click(at)
    person = the_person(studio)
    assert studio.session.joint is None
    before, made = studio.pose(person), studio.edits
    studio.click((150, 100))
    assert studio.edits == made
    assert np.array_equal(studio.pose(person)["xy"], before["xy"])
    assert "All joints are placed" in studio.canvas._hint()[0][0]


def test_each_frame_begins_with_its_first_open_joint(studio: Studio) -> None:
    studio.key(Qt.Key.Key_J)
    for at in PLACES[:4]:
        studio.click(at)
    assert studio.session.joint == PLACING_ORDER[4]
    studio.go_to(1)
    assert studio.session.joint == PLACING_ORDER[0]
    studio.go_to(0)
    assert studio.session.joint == PLACING_ORDER[4]


def test_the_first_joint_can_be_absent_or_skipped_by_key(studio: Studio) -> None:
    studio.key(Qt.Key.Key_B)
    studio.drag((40, 20), (100, 130))
    studio.key(Qt.Key.Key_J)
    person = the_person(studio)
    assert studio.session.joint == PLACING_ORDER[0], "it is chosen, so that keys judge it"
    studio.key(Qt.Key.Key_3)
    assert studio.pose(person)["source"][PLACING_ORDER[0]] == Source.PLACED
    assert studio.session.joint == PLACING_ORDER[1]
    studio.go_to(1)  # no pose here yet
    studio.key(Qt.Key.Key_Tab)
    assert studio.session.joint == PLACING_ORDER[1]
    studio.key(Qt.Key.Key_3)
    assert studio.pose(person)["source"][PLACING_ORDER[1]] == Source.PLACED
    assert studio.session.joint == PLACING_ORDER[2]


def test_the_pointer_carries_the_name_of_the_joint_that_a_click_places(studio: Studio) -> None:
    studio.key(Qt.Key.Key_J)
    studio.move((60, 60))
    assert studio.canvas._next_up()[1] == "nose"
    studio.click((60, 60))
    assert studio.canvas._next_up()[1] == "head bottom", "not that of the joint just placed"
    studio.canvas.grab()
    studio.key(Qt.Key.Key_Escape)
    assert studio.canvas._next_up() is None


def test_while_placing_a_drag_moves_the_joint_under_it_and_a_click_places(studio: Studio) -> None:
    studio.key(Qt.Key.Key_J)
    studio.click((60, 30))
    studio.click((60, 90))
    person = the_person(studio)
    studio.drag((60, 90), (80, 100))
    pose = studio.pose(person)
    assert np.allclose(pose["xy"][PLACING_ORDER[1]], (80, 100), atol=0.6)
    assert pose["visibility"][PLACING_ORDER[2]] == Visibility.ABSENT
    assert studio.session.joint == PLACING_ORDER[2], "the proposal stays"
    studio.click((80, 100))
    pose = studio.pose(person)
    assert np.allclose(pose["xy"][PLACING_ORDER[2]], (80, 100), atol=0.6)


# -- keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "keys"), [(Qt.Key.Key_Backtab, SHIFT), (Qt.Key.Key_Tab, SHIFT)], ids=["x11", "others"]
)
def test_shift_tab_goes_back_as_every_system_sends_it(
    crowd: Studio, key: Qt.Key, keys: Qt.KeyboardModifier
) -> None:
    crowd.session.select(crowd.session.people()[0].id, PLACING_ORDER[3])
    crowd.key(key, keys)
    assert crowd.session.joint == PLACING_ORDER[2]


@pytest.mark.quick
def test_no_two_actions_and_no_two_keys_of_one_action_are_the_same() -> None:
    alike = {"Backtab": "Tab", "Shift+Backtab": "Shift+Tab"}
    keys = [alike.get(key, QKeySequence(key).toString()) for one in ACTIONS for key in one.keys]
    assert sorted(keys) == sorted(set(keys))
    assert not any(key.endswith("Backtab") for one in ACTIONS for key in one.keys)


def test_arrows_step_where_the_chosen_joint_is_not_there(skeleton: Studio) -> None:
    skeleton.session.select(the_person(skeleton), WRIST)
    skeleton.go_to(3)
    skeleton.key(Qt.Key.Key_Right)
    skeleton.wait_for_picture()
    assert skeleton.session.frame == 4
    skeleton.key(Qt.Key.Key_Left)
    assert skeleton.session.frame == 3


def test_a_key_that_can_do_nothing_says_why(crowd: Studio) -> None:
    crowd.key(Qt.Key.Key_2)
    assert crowd.notices[-1] == ("info", spelled(NO_PERSON))
    crowd.session.select(crowd.session.people()[0].id)
    crowd.key(Qt.Key.Key_C)
    assert crowd.notices[-1] == ("info", spelled(NO_JOINT))
    crowd.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert crowd.notices[-1] == ("info", WHY_NOT["redo"])
    said = len(crowd.notices)
    crowd.key(Qt.Key.Key_F12)
    assert len(crowd.notices) == said, "a key without an action"


def test_every_condition_of_an_action_has_a_reason() -> None:
    needed = {one.when for one in ACTIONS if one.keys} - {"always", "opening"}
    assert needed <= set(WHY_NOT)


# -- copying ---------------------------------------------------------------------------------------


def test_the_last_pose_is_copied_however_long_ago(skeleton: Studio) -> None:
    person, there = the_person(skeleton), skeleton.pose(the_person(skeleton), 0)
    skeleton.go_to(7)
    assert ("Ctrl+D", True) in skeleton.canvas._hint()
    skeleton.key(Qt.Key.Key_D, CONTROL)
    here = skeleton.pose(person)
    assert np.allclose(here["xy"], there["xy"])
    assert "Copy pose from frame 0" in skeleton.notices[-1][1]


def test_one_key_goes_on_with_the_pose(skeleton: Studio) -> None:
    person, made = the_person(skeleton), skeleton.edits
    skeleton.key(Qt.Key.Key_E)
    skeleton.wait_for_picture()
    assert skeleton.session.frame == 1
    assert np.allclose(skeleton.pose(person, 1)["xy"], skeleton.pose(person, 0)["xy"])
    assert skeleton.edits == made + 1
    skeleton.go_to(0)
    skeleton.key(Qt.Key.Key_E)
    assert (skeleton.session.frame, skeleton.edits) == (1, made + 1), "what is there stays"


def test_a_pose_taken_out_of_a_frame_is_not_carried_back_in(skeleton: Studio) -> None:
    person = the_person(skeleton)
    skeleton.key(Qt.Key.Key_E)
    skeleton.wait_for_picture()
    skeleton.key(Qt.Key.Key_Delete)
    skeleton.go_to(0)
    skeleton.key(Qt.Key.Key_E)
    assert skeleton.session.frame == 1
    assert skeleton.pose(person, 1) is None


def test_the_length_of_the_long_step_is_asked_for_and_remembered(
    skeleton: Studio, dialogs: Dialogs
) -> None:
    def four(dialog: StepDialog) -> int:
        assert dialog.length.value() == 10
        dialog.length.setValue(4)
        return 1

    dialogs.answer("StepDialog", four)
    skeleton.window.bound["step_length"].trigger()
    skeleton.key(Qt.Key.Key_E, SHIFT)
    skeleton.wait_for_picture()
    assert skeleton.session.frame == 4
    assert skeleton.pose(the_person(skeleton), 4) is not None
    skeleton.key(Qt.Key.Key_A, SHIFT)
    assert skeleton.session.frame == 0
    path = skeleton.session.project.path
    skeleton.session.close()
    assert load_view(path).long_step == 4


def test_the_box_of_a_copied_skeleton_follows_its_joints(studio: Studio) -> None:
    xy, shown = standing((60, 20, 50, 110))
    edit, person = edits.add_person(
        studio.session.project.state, 0, xy=xy, visibility=shown, box=(50, 10, 70, 130)
    )
    studio.session.apply(edit)
    studio.session.select(person)
    studio.key(Qt.Key.Key_E)
    studio.wait_for_picture()
    assert not np.isfinite(studio.pose(person, 1)["box"]).any()
    bare, other = edits.add_person(studio.session.project.state, 0, box=(5, 5, 20, 50))
    studio.session.apply(bare)
    copied = edits.copy_pose(studio.session.project.state, other, 0, 1)
    studio.session.apply(copied)
    assert np.allclose(studio.pose(other, 1)["box"], (5, 5, 20, 50))


# -- undo, accepting, the pointer ------------------------------------------------------------------


def test_undo_proposes_the_joint_again_that_it_takes_away(studio: Studio) -> None:
    studio.key(Qt.Key.Key_J)
    for at in PLACES[:3]:
        studio.click(at)
    studio.key(Qt.Key.Key_Z, CONTROL)
    assert studio.session.joint == PLACING_ORDER[2]
    studio.click((70, 70))
    assert np.allclose(studio.pose(the_person(studio))["xy"][PLACING_ORDER[2]], (70, 70), atol=0.6)


def test_undo_brings_back_who_was_chosen(crowd: Studio) -> None:
    first, second = (one.id for one in crowd.session.people())
    crowd.session.select(second, WRIST)
    crowd.key(Qt.Key.Key_Delete, SHIFT)
    assert crowd.session.person is None
    assert crowd.notices[-1] == ("info", "Done: Delete person")
    crowd.session.select(first)
    crowd.key(Qt.Key.Key_Z, CONTROL)
    assert (crowd.session.person, crowd.session.joint) == (second, WRIST)
    crowd.key(Qt.Key.Key_B)
    crowd.drag((2, 2), (12, 140))
    assert crowd.session.person not in (first, second)
    crowd.key(Qt.Key.Key_Z, CONTROL)
    assert crowd.session.person == second


def test_undo_after_opening_again_chooses_whom_it_is_about(
    crowd: Studio, build_studio: Build
) -> None:
    first, second = (one.id for one in crowd.session.people())
    crowd.session.select(second)
    crowd.key(Qt.Key.Key_Return, SHIFT)
    crowd.session.select(first)
    path = crowd.session.project.path
    crowd.close()
    again = build_studio(path)
    wait_for(lambda: again.session.project is not None, "the project")
    again.wait_for_picture()
    assert again.session.person == first
    again.session.undo()
    assert again.session.person == second


def test_one_key_accepts_a_frame_and_goes_on(crowd: Studio) -> None:
    for frame in range(3):
        assert crowd.session.frame == frame
        crowd.key(Qt.Key.Key_W)
        crowd.wait_for_picture()
    assert crowd.session.project.state.reviewed == {0, 1, 2}
    crowd.go_to(0)
    crowd.key(Qt.Key.Key_Return)
    assert crowd.notices[-1] == ("info", "Frame 0 was accepted already.")


def test_what_lies_under_a_resting_pointer_is_looked_up_again(crowd: Studio) -> None:
    person = crowd.session.people()[0].id
    at = crowd.pose(person)["xy"][WRIST]
    crowd.move(at)
    assert crowd.canvas.pointer.hover.part is Part.JOINT
    crowd.canvas.pan(60, 0)
    assert crowd.canvas.pointer.hover.joint != WRIST
    crowd.canvas.pan(-60, 0)
    assert crowd.canvas.pointer.hover.joint == WRIST
    crowd.predict(made_up(range(1, 40)))
    crowd.canvas.zoom_by(8.0)
    assert crowd.canvas.pointer.hover.joint != WRIST


def test_the_view_follows_the_chosen_person_out_of_it(studio: Studio) -> None:
    state = studio.session.project.state
    edit, person = edits.add_person(state, 0, box=(20, 40, 20, 40))
    studio.session.apply(edit)
    studio.session.apply(edits.set_box(state, person, 1, (24, 40, 20, 40)))
    studio.session.apply(edits.set_box(state, person, 2, (150, 40, 20, 40)))
    studio.session.select(person)
    studio.canvas.zoom_to_person()
    before = studio.canvas.mapping
    studio.go_to(1)
    assert studio.canvas.mapping == before, "it need not move"
    studio.go_to(2)
    middle = studio.canvas.mapping.to_picture(
        (studio.canvas.width() / 2, studio.canvas.height() / 2)
    )
    assert np.allclose(middle, (160, 60), atol=1)
    assert studio.canvas.mapping.zoom == before.zoom
    studio.canvas.pan(-5000, 0)  # somebody looks elsewhere
    elsewhere = studio.canvas.mapping
    studio.go_to(1)
    assert studio.canvas.mapping == elsewhere


def test_a_limb_of_the_chosen_person_moves_them_whole(crowd: Studio) -> None:
    first, second = (one.id for one in crowd.session.people())
    hip, knee = POSETRACK17.index("left_hip"), POSETRACK17.index("left_knee")
    before, made, mapping = crowd.pose(first), crowd.edits, crowd.canvas.mapping
    middle = before["xy"][[hip, knee]].mean(axis=0)
    crowd.session.select(second)
    crowd.drag(middle, middle + (9, 4))
    assert crowd.edits == made, "somebody else's limb moves the view"
    assert crowd.canvas.mapping != mapping
    crowd.session.select(first)
    crowd.move(middle)
    assert crowd.canvas.cursor().shape() is Qt.CursorShape.SizeAllCursor
    crowd.drag(middle, middle + (9, 4))
    placed = before["visibility"] > 0
    moved = crowd.pose(first)["xy"][placed] - before["xy"][placed]
    assert np.allclose(moved, (9, 4), atol=0.6)
    assert crowd.edits == made + 1
    knee_now = crowd.pose(first)["xy"][knee]
    assert np.allclose(knee_now, before["xy"][knee] + (9, 4), atol=0.6)


def test_a_button_that_is_off_says_why(studio: Studio) -> None:
    undo = studio.window.bound["undo"]
    assert not undo.isEnabled()
    assert undo.toolTip().endswith("\n" + WHY_NOT["undo"])
    studio.window.bound["accept_frame"].trigger()
    assert undo.toolTip().startswith("Undo ")
    assert WHY_NOT["undo"] not in undo.toolTip()


def test_the_next_frame_to_review_is_one_key_away(crowd: Studio) -> None:
    crowd.session.select(None)
    crowd.session.apply(lambda state: edits.accept_range(state, 1, 5))
    crowd.go_to(0)
    crowd.key(Qt.Key.Key_U)
    assert crowd.session.frame == 5
    crowd.key(Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert crowd.session.frame == 0
    crowd.key(Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert crowd.notices[-1] == ("info", "Nothing is left to review before this frame.")
