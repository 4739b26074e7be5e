"""Several joints at once, joints over one another, joints called by name; and what helps the eye."""

# ruff: noqa: RUF005 (arrays are added, not joined)

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication

from app.aids import Light
from app.canvas.around import REACH, joint_trail, key_poses
from app.canvas.loupe import APART, loupe_place
from app.canvas.placing import PARTS, called
from app.settings import load_view
from glpose_core.labels import Source, Visibility, edits
from glpose_core.skeleton import POSETRACK17

from .conftest import Studio, wait_for

WRIST, OTHER = POSETRACK17.index("left_wrist"), POSETRACK17.index("right_wrist")
ELBOW, ANKLE = POSETRACK17.index("left_elbow"), POSETRACK17.index("left_ankle")
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def two(crowd: Studio) -> tuple[Studio, int, int]:
    """Two people, the first chosen."""
    first, second = (one.id for one in crowd.session.people())
    crowd.session.select(first)
    return crowd, first, second


# -- several joints --------------------------------------------------------------------------------


def band(studio: Studio, *joints: tuple[int, int]) -> None:
    """A band with Shift around some joints (person, slot), from the empty picture."""
    at = np.array([studio.pose(person)["xy"][joint] for person, joint in joints])
    studio.drag(at.min(axis=0) - 3, at.max(axis=0) + 3, keys=SHIFT)


def test_a_band_chooses_joints_of_two_people_and_a_drag_moves_all_as_one_edit(two) -> None:
    studio, first, second = two
    mapping = studio.canvas.mapping
    band(studio, (first, WRIST), (second, OTHER))
    members = studio.session.group.members
    assert {(first, WRIST), (second, OTHER)} <= members
    assert studio.canvas.mapping == mapping, "Shift and a drag does not move the view"
    before = {person: studio.pose(person) for person in (first, second)}
    made, start = studio.edits, before[first]["xy"][WRIST]
    studio.drag(start, start + (6, -4))
    assert studio.edits == made + 1
    for person, joint in members:
        moved = studio.pose(person)["xy"][joint] - before[person]["xy"][joint]
        assert np.allclose(moved, (6, -4), atol=0.6)
    assert np.array_equal(studio.pose(second)["xy"][ANKLE], before[second]["xy"][ANKLE])
    assert studio.session.group.members == members, "they stay chosen"
    studio.key(Qt.Key.Key_Z, CONTROL)
    assert np.array_equal(studio.pose(second)["xy"], before[second]["xy"])


def test_shift_and_a_click_adds_and_takes_away(two) -> None:
    studio, first, second = two
    at = studio.pose(first)["xy"]
    studio.click(at[WRIST])
    assert not studio.session.group
    studio.click(at[ANKLE], keys=SHIFT)
    assert studio.session.group.members == {(first, WRIST), (first, ANKLE)}
    assert (studio.session.person, studio.session.joint) == (first, WRIST)
    studio.click(studio.pose(second)["xy"][OTHER], keys=SHIFT)
    assert len(studio.session.group.members) == 3
    studio.click(at[WRIST], keys=SHIFT)
    studio.click(at[ANKLE], keys=SHIFT)
    assert not studio.session.group
    assert (studio.session.person, studio.session.joint) == (second, OTHER), "one is not several"
    studio.click(at[WRIST], keys=SHIFT)
    assert studio.session.group
    studio.click(at[WRIST])
    assert not studio.session.group, "a click without Shift chooses one"
    assert studio.session.joint == WRIST


def test_keys_act_on_all_that_are_chosen(two) -> None:
    studio, first, second = two
    studio.session.group.add({(first, WRIST), (first, ANKLE), (second, OTHER)})
    made = studio.edits

    def states() -> list[int]:
        return [
            int(studio.pose(person)["visibility"][joint])
            for person, joint in ((first, WRIST), (first, ANKLE), (second, OTHER))
        ]

    studio.key(Qt.Key.Key_2)
    assert states() == [Visibility.OCCLUDED] * 3
    assert studio.session.project.undo_title == "Mark 3 joints hidden"
    assert len(studio.session.group.members) == 3, "a key does not go on to the next joint"
    studio.key(Qt.Key.Key_Right)
    studio.key(Qt.Key.Key_Down, SHIFT)
    studio.canvas.settle()
    assert studio.edits == made + 2
    assert studio.session.project.undo_title == "Move 3 joints"
    studio.key(Qt.Key.Key_Delete)
    assert states() == [Visibility.ABSENT] * 3
    assert studio.session.project.undo_title == "Delete 3 joints"
    assert studio.pose(first) is not None, "the pose itself stays"
    assert studio.session.group.words() == "0 of 3 joints of 2 people"
    studio.key(Qt.Key.Key_1)
    assert states() == [Visibility.VISIBLE] * 3, "what was marked by mistake can be marked again"
    studio.key(Qt.Key.Key_Z, CONTROL)
    for _ in range(3):
        studio.key(Qt.Key.Key_Z, CONTROL)
    studio.key(Qt.Key.Key_C)
    assert studio.session.project.undo_title == "Accept 3 joints"
    assert studio.pose(first)["source"][ANKLE] == Source.ACCEPTED


def test_the_group_goes_along_through_frames_and_is_left_by_escape_or_another_choice(two) -> None:
    studio, first, second = two
    studio.session.group.add({(first, WRIST), (first, ANKLE)})
    studio.go_to(3)
    assert studio.session.group.here() == {first: sorted([WRIST, ANKLE])}
    studio.key(Qt.Key.Key_Escape)
    assert not studio.session.group
    assert studio.session.joint is not None, "Escape leaves one thing at a time"
    studio.session.group.add({(first, WRIST), (first, ANKLE)})
    studio.session.select(second)
    assert not studio.session.group


def test_a_drag_of_several_paints_in_part_what_it_paints_whole(two) -> None:
    studio, first, second = two
    studio.session.group.add({(first, WRIST), (second, OTHER)})
    start = studio.pose(first)["xy"][WRIST]
    studio.press(start)
    studio.move(start + (4, 4))
    studio.move(start + (-14, -30))
    painted = studio.canvas.grab().toImage()
    studio.canvas.refresh()
    assert studio.canvas.grab().toImage() == painted
    studio.release(start + (-14, -30))


# -- joints over one another, joints by name -------------------------------------------------------


def test_clicks_at_one_place_go_through_the_joints_there(two) -> None:
    studio, first, second = two
    at = studio.pose(first)["xy"][WRIST]
    studio.session.apply(lambda state: edits.move_joint(state, second, 0, OTHER, at + (1, 0)))
    studio.session.apply(lambda state: edits.move_joint(state, first, 0, ELBOW, at + (0, 1)))
    seen = []
    for _ in range(4):
        studio.click(at)
        seen.append((studio.session.person, studio.session.joint))
    assert set(seen[:3]) == {(first, WRIST), (first, ELBOW), (second, OTHER)}
    assert seen[3] == seen[0], "and round"
    studio.move(at)
    assert "click again" in studio.canvas._hint()[0][0]
    while studio.session.person != second:
        studio.click(at)
    before = studio.pose(first)
    studio.drag(at, at + (20, 10))
    assert np.array_equal(studio.pose(first)["xy"], before["xy"])
    assert np.allclose(studio.pose(second)["xy"][OTHER], at + (21, 10), atol=0.6)
    studio.click(at)
    assert studio.session.person == first or studio.session.joint != OTHER


@pytest.mark.parametrize(
    ("part", "chosen", "again", "meant"),
    [
        ("wrist", None, False, "left_wrist"),
        ("wrist", "right_knee", False, "right_wrist"),
        ("wrist", "right_wrist", False, "right_wrist"),
        ("wrist", "right_wrist", True, "left_wrist"),
        ("head", "left_knee", False, "nose"),
        ("head", "nose", True, "head_top"),
        ("ankle", "head_top", True, "left_ankle"),
    ],
)
def test_which_joint_a_key_means(part: str, chosen: str | None, again: bool, meant: str) -> None:
    slot = None if chosen is None else POSETRACK17.index(chosen)
    assert called(part, slot, again=again) == POSETRACK17.index(meant)
    assert POSETRACK17.index(meant) in PARTS[part]


def test_a_called_joint_is_placed_by_the_next_click_alone(two) -> None:
    studio, first, _ = two
    made = studio.edits
    studio.key(Qt.Key.Key_7)
    assert studio.session.joint == WRIST
    assert "Click the left wrist" in studio.canvas._hint()[0][0]
    studio.key(Qt.Key.Key_7)
    studio.click((150, 20))
    assert np.allclose(studio.pose(first)["xy"][OTHER], (150, 20), atol=0.6)
    assert (studio.canvas.tool.name, studio.session.joint) == ("select", OTHER)
    assert studio.edits == made + 1
    studio.go_to(1)
    studio.key(Qt.Key.Key_7)
    studio.click((140, 30))
    assert np.allclose(studio.pose(first)["xy"][OTHER], (140, 30), atol=0.6), "the same side again"
    studio.key(Qt.Key.Key_0)
    studio.key(Qt.Key.Key_Escape)
    assert studio.canvas.tool.name == "select"
    assert studio.edits == made + 2


def test_the_same_key_after_its_click_means_the_other_side(two) -> None:
    studio, first, _ = two
    studio.key(Qt.Key.Key_7)
    studio.click((150, 20))
    studio.key(Qt.Key.Key_7)
    studio.click((120, 25))
    assert np.allclose(studio.pose(first)["xy"][WRIST], (150, 20), atol=0.6)
    assert np.allclose(studio.pose(first)["xy"][OTHER], (120, 25), atol=0.6)
    studio.session.select(first, WRIST)
    studio.key(Qt.Key.Key_7)
    assert studio.session.joint == WRIST, "chosen otherwise, it is meant itself"


def test_in_place_joints_a_key_says_which_is_next(two) -> None:
    studio, first, _ = two
    studio.key(Qt.Key.Key_J)
    studio.key(Qt.Key.Key_9)
    studio.click((60, 100))
    assert studio.canvas.tool.name == "place"
    knee = POSETRACK17.index("left_knee")
    assert np.allclose(studio.pose(first)["xy"][knee], (60, 100), atol=0.6)


# -- what helps the eye ----------------------------------------------------------------------------


def test_aids_are_said_ticked_and_remembered(two) -> None:
    studio, _, _ = two
    plain = studio.canvas.grab().toImage()
    for key in (Qt.Key.Key_O, Qt.Key.Key_K, Qt.Key.Key_M, Qt.Key.Key_T):
        studio.key(key, Qt.KeyboardModifier.AltModifier)
    assert studio.window.bound["dim_others"].isChecked()
    assert studio.window.bound["tool_select"].isChecked(), "ticks of tools are apart"
    assert studio.canvas.grab().toImage() != plain
    path = studio.session.project.path
    studio.close()
    aids = load_view(path).aids
    assert (aids.dim, aids.onion, aids.trails, aids.loupe) == (True,) * 4


def test_key_poses_and_trail_are_those_around_the_frame(two) -> None:
    studio, first, _ = two
    for frame in (2, 6, 30):
        studio.session.apply(
            lambda state, frame=frame: edits.accept_joint(state, first, frame, WRIST)
        )
    state = studio.session.project.state
    assert [pose.away for pose in key_poses(state, first, 10)] == [-4, 20]
    assert [pose.away for pose in key_poses(state, first, 6)] == [-4, 24]
    assert key_poses(state, 99, 6) == []
    studio.session.apply(lambda state: edits.delete_pose(state, first, 8))
    trail = joint_trail(studio.session.project.state, first, WRIST, 10)
    away = [one for one in range(-10, REACH + 1) if one != -2]
    assert trail.away.tolist() == away
    assert trail.away[trail.key].tolist() == [-8, -4]


def test_ghosts_and_trails_paint_without_complaint_and_not_while_playing(two) -> None:
    studio, first, _ = two
    studio.session.apply(lambda state: edits.accept_pose(state, first, 4))
    studio.session.apply(lambda state: edits.move_person(state, first, 4, 40, 10))
    studio.session.select(first, WRIST)
    plain = studio.canvas.grab().toImage()
    studio.canvas.toggle_aid("onion")
    ghosts = studio.canvas.grab().toImage()
    assert ghosts != plain
    studio.canvas.toggle_aid("trails")
    assert studio.canvas.grab().toImage() != ghosts
    before = studio.canvas._around._key
    studio.session.play()
    studio.canvas.grab()
    assert studio.canvas._around._key == before
    studio.session.pause()


@pytest.mark.parametrize("x", [5.0, 200.0, 395.0])
@pytest.mark.parametrize("y", [5.0, 150.0, 295.0])
def test_the_magnifier_is_never_over_the_joint(x: float, y: float) -> None:
    view = QRectF(0, 0, 600, 300)
    place = loupe_place(QPointF(x, y), view)
    assert not place.adjusted(1 - APART, 0, APART - 1, 0).contains(QPointF(x, y))
    assert view.contains(place)


def test_the_magnifier_goes_along_with_a_drag(two) -> None:
    studio, first, _ = two
    studio.canvas.toggle_aid("loupe")
    start = studio.pose(first)["xy"][WRIST]
    studio.press(start)
    studio.move(start + (4, 4))
    one = studio.canvas._loupe
    studio.move(start + (20, -9))
    QApplication.processEvents()
    assert studio.canvas._loupe != one
    painted = studio.canvas.grab().toImage()
    studio.canvas.refresh()
    assert studio.canvas.grab().toImage() == painted
    studio.release(start + (20, -9))
    studio.canvas.grab()
    assert studio.canvas._loupe.isNull()


def test_light_changes_what_is_seen_alone_and_is_remembered(studio: Studio) -> None:
    plain = studio.session.picture()
    studio.key(Qt.Key.Key_B, CONTROL)
    panel = studio.canvas.light
    assert panel.isVisible()
    panel.brightness.setValue(40)
    wait_for(lambda: studio.session.picture() not in (None, plain), "the brighter picture")
    assert mean(studio.session.picture()) > mean(plain) + 20
    assert "brightness +40" in studio.session.view.light.words
    studio.go_to(1)
    panel.reset.click()
    wait_for(lambda: studio.canvas.editable and studio.session.picture() is not None, "a picture")
    studio.go_to(0)
    assert studio.session.picture() == plain
    panel.gamma.setValue(10)
    path = studio.session.project.path
    studio.close()
    assert load_view(path).light == Light(0, 0, 1.41)


def mean(image) -> float:
    pixels = np.frombuffer(image.constBits(), np.uint8)
    return float(pixels.mean())


def test_a_neutral_light_changes_no_value_and_every_table_rises() -> None:
    assert np.array_equal(Light().table(), np.arange(256))
    for light in (Light(30, 0, 1.0), Light(-80, 60, 0.4), Light(0, -100, 5.0), Light(0, 100, 1.0)):
        assert (np.diff(light.table().astype(int)) >= 0).all()
    assert Light(0, 0, 2.0).table()[64] > 64
