"""The canvas in the real window: every gesture is one edit, and what is seen is what is edited."""

# ruff: noqa: RUF005 (arrays are added, not joined)

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from glpose_core.labels import Source, Visibility
from glpose_core.skeleton import POSETRACK17

from .conftest import Complaints, Studio, made_up, wait_for

WRIST = POSETRACK17.index("left_wrist")
KNEE = POSETRACK17.index("left_knee")


def people(studio: Studio) -> list[int]:
    return [person.id for person in studio.session.people()]


def joint(studio: Studio, person: int, slot: int) -> np.ndarray:
    return np.array(studio.pose(person)["xy"][slot])


def test_dragging_a_joint_is_one_edit_and_touches_nothing_before_release(crowd: Studio) -> None:
    first = people(crowd)[0]
    start = joint(crowd, first, WRIST)
    edits = crowd.edits
    crowd.press(start)
    crowd.move(start + (10, -12))
    assert crowd.edits == edits
    assert np.allclose(joint(crowd, first, WRIST), start)
    crowd.move(start + (20, -24))
    shown = crowd.canvas.scene.figure(first)
    assert shown is not None
    assert np.allclose(shown.joints[WRIST], crowd.canvas.mapping.to_view(start + (20, -24)), atol=1)
    crowd.release(start + (20, -24))
    assert crowd.edits == edits + 1
    after = crowd.pose(first)
    assert np.allclose(after["xy"][WRIST], start + (20, -24), atol=0.5)
    assert after["source"][WRIST] == Source.PLACED
    assert (crowd.session.person, crowd.session.joint) == (first, WRIST)


def test_grabbing_a_joint_off_its_centre_does_not_move_it(crowd: Studio) -> None:
    first = people(crowd)[0]
    start = joint(crowd, first, KNEE)
    crowd.drag(start + (0.8, 0.6), start + (10.8, 0.6))
    moved = joint(crowd, first, KNEE) - start
    assert np.allclose(moved, (10, 0), atol=0.4)


def test_escape_gives_a_drag_up(crowd: Studio) -> None:
    first = people(crowd)[0]
    start, edits = joint(crowd, first, WRIST), crowd.edits
    crowd.press(start)
    crowd.move(start + (30, 0))
    crowd.key(Qt.Key.Key_Escape)
    crowd.release(start + (30, 0))
    assert crowd.edits == edits
    assert np.allclose(joint(crowd, first, WRIST), start)


def test_a_click_chooses_without_an_edit(crowd: Studio) -> None:
    first, second = people(crowd)
    edits = crowd.edits
    crowd.click(joint(crowd, second, WRIST))
    assert (crowd.session.person, crowd.session.joint) == (second, WRIST)
    crowd.click((5, 140))
    assert (crowd.session.person, crowd.session.joint) == (second, None)
    crowd.click((5, 140))
    assert crowd.session.person is None
    box = crowd.pose(first)["box"]
    crowd.click(box[:2] + (3, 30))
    assert crowd.session.person == first
    assert crowd.edits == edits


def test_the_name_tag_moves_the_whole_person(crowd: Studio) -> None:
    first = people(crowd)[0]
    before, edits = crowd.pose(first), crowd.edits
    tag = crowd.canvas.scene.figure(first).tag
    grip = crowd.canvas.mapping.to_picture(tag[:2] + tag[2:] / 2)
    crowd.drag(grip, grip + (12, 5))
    after = crowd.pose(first)
    moved = (after["xy"] - before["xy"])[before["visibility"] > 0]
    assert np.allclose(moved, (12, 5), atol=0.4)
    assert np.allclose(after["box"][:2] - before["box"][:2], (12, 5), atol=0.4)
    assert crowd.edits == edits + 1


def test_control_drag_moves_the_person_from_anywhere(crowd: Studio) -> None:
    first = people(crowd)[0]
    before = crowd.pose(first)
    inside = before["box"][:2] + (4, 40)
    crowd.drag(inside, inside + (-6, 3), keys=Qt.KeyboardModifier.ControlModifier)
    assert np.allclose(joint(crowd, first, WRIST) - before["xy"][WRIST], (-6, 3), atol=0.4)


def test_dragging_the_ground_moves_the_view_only(crowd: Studio) -> None:
    edits, before = crowd.edits, crowd.canvas.mapping
    crowd.press((5, 140))
    QTest.mouseMove(crowd.canvas, crowd.point((5, 140)).toPoint() + QPoint(40, -20))
    QApplication.processEvents()
    QTest.mouseRelease(
        crowd.canvas,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        crowd.point((5, 140)).toPoint(),
    )
    assert crowd.edits == edits
    after = crowd.canvas.mapping
    assert (after.x - before.x, after.y - before.y) == pytest.approx((40, -20))


def test_the_wheel_zooms_at_the_cursor(crowd: Studio) -> None:
    canvas = crowd.canvas
    at = QPointF(300, 200)
    under = canvas.mapping.to_picture((at.x(), at.y()))
    wheel = QWheelEvent(
        at,
        QPointF(canvas.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    zoom = canvas.mapping.zoom
    QApplication.sendEvent(canvas, wheel)
    assert canvas.mapping.zoom > zoom * 1.2
    assert np.allclose(canvas.mapping.to_picture((at.x(), at.y())), under)


def test_a_box_adds_a_person_and_its_handles_resize_it(studio: Studio) -> None:
    studio.key(Qt.Key.Key_B)
    studio.drag((30, 20), (90, 120))
    (person,) = people(studio)
    assert studio.session.person == person
    assert np.allclose(studio.pose(person)["box"], (30, 20, 60, 100), atol=0.6)
    assert studio.edits == 1
    studio.drag((90, 120), (100, 130))
    assert np.allclose(studio.pose(person)["box"], (30, 20, 70, 110), atol=1.0)
    assert len(people(studio)) == 1


def test_a_slip_of_the_hand_is_no_box(studio: Studio) -> None:
    studio.key(Qt.Key.Key_B)
    studio.drag((30, 20), (32, 22))
    assert people(studio) == []


def test_a_box_goes_to_the_chosen_person_where_it_is_absent(studio: Studio) -> None:
    studio.key(Qt.Key.Key_B)
    studio.drag((30, 20), (90, 120))
    (person,) = people(studio)
    studio.go_to(7)
    studio.drag((40, 30), (100, 130))
    assert people(studio) == [person]
    assert np.allclose(studio.pose(person, 7)["box"], (40, 30, 60, 100), atol=0.6)


def test_joints_are_placed_in_order_and_hidden_by_the_right_button(studio: Studio) -> None:
    studio.key(Qt.Key.Key_J)
    studio.click((60, 30))
    (person,) = people(studio)
    assert studio.session.joint == 1
    studio.click((62, 45), button=Qt.MouseButton.RightButton)
    pose = studio.pose(person)
    assert np.allclose(pose["xy"][0], (60, 30), atol=0.6)
    assert pose["visibility"][:3].tolist() == [
        Visibility.VISIBLE,
        Visibility.OCCLUDED,
        Visibility.ABSENT,
    ]
    assert pose["source"][2] == Source.NONE
    studio.click((60, 20))
    assert studio.session.joint == POSETRACK17.index("left_shoulder"), "the ears are left out"


def test_placing_says_that_a_joint_may_be_right_as_it_is_where_a_machine_has_placed_it(
    crowd: Studio,
) -> None:
    first = people(crowd)[0]
    crowd.session.select(first)
    crowd.key(Qt.Key.Key_J)
    assert ("C", True) in crowd.canvas.tool.hint(crowd.session)
    crowd.key(Qt.Key.Key_C)
    assert crowd.session.joint == 1, "and goes on to the next"
    assert crowd.pose(first)["source"][0] == Source.ACCEPTED
    crowd.session.select(first, 0)
    assert ("C", True) not in crowd.canvas.tool.hint(crowd.session), "it is accepted already"
    crowd.session.select(None)
    assert ("C", True) not in crowd.canvas.tool.hint(crowd.session), "a new person has no joints"


def test_zooming_to_a_person_shows_the_joints_that_lie_outside_its_box(studio: Studio) -> None:
    rows = made_up(range(40), 1)
    rows["xy"][:, WRIST] = (160, 4)  # a raised arm that the finder's box does not know of
    studio.predict(rows)
    person = people(studio)[0]
    studio.session.select(person)
    for zoom in (studio.canvas.zoom_to_person, studio.canvas.look_at_chosen):
        studio.canvas.fit()
        studio.canvas.zoom_by(6.0, QPointF(40, 700))
        zoom()
        pose = studio.pose(person)
        for at in pose["xy"][pose["visibility"] > 0]:
            assert studio.canvas.rect().contains(studio.point(at).toPoint()), zoom.__name__


def test_arrows_nudge_in_one_edit_per_burst(crowd: Studio) -> None:
    first = people(crowd)[0]
    start = joint(crowd, first, WRIST)
    crowd.session.select(first, WRIST)
    edits = crowd.edits
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        crowd.key(key)
    crowd.key(Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert crowd.edits == edits
    wait_for(lambda: crowd.edits > edits, "the end of the burst")
    assert crowd.edits == edits + 1
    assert np.allclose(joint(crowd, first, WRIST), start + (2, -9))
    assert crowd.session.frame == 0


def test_moving_on_settles_a_burst_first(crowd: Studio) -> None:
    first = people(crowd)[0]
    start, edits = joint(crowd, first, WRIST), crowd.edits
    crowd.session.select(first, WRIST)
    crowd.key(Qt.Key.Key_Right)
    crowd.key(Qt.Key.Key_2)
    assert crowd.edits == edits + 2
    pose = crowd.pose(first)
    assert np.allclose(pose["xy"][WRIST], start + (1, 0))
    assert pose["visibility"][WRIST] == Visibility.OCCLUDED


def test_arrows_step_where_no_joint_is_chosen(crowd: Studio) -> None:
    crowd.session.select(people(crowd)[0])
    crowd.key(Qt.Key.Key_Right)
    assert crowd.session.frame == 1
    crowd.key(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert crowd.session.frame == 11
    crowd.key(Qt.Key.Key_Left)
    assert crowd.session.frame == 10


@pytest.mark.parametrize(
    ("key", "visibility"),
    [
        (Qt.Key.Key_1, Visibility.VISIBLE),
        (Qt.Key.Key_2, Visibility.OCCLUDED),
        (Qt.Key.Key_3, Visibility.ABSENT),
    ],
)
def test_one_key_a_state_and_on_to_the_next_joint(
    crowd: Studio, key: Qt.Key, visibility: Visibility
) -> None:
    first = people(crowd)[0]
    crowd.session.select(first, WRIST)
    crowd.key(key)
    pose = crowd.pose(first)
    assert pose["visibility"][WRIST] == visibility
    agrees = pose["visibility"][WRIST] == Visibility.VISIBLE  # as the model had said
    assert pose["source"][WRIST] == (Source.ACCEPTED if agrees else Source.PLACED)
    assert crowd.session.joint == WRIST + 1


def test_no_edit_while_another_frame_is_still_on_show(
    crowd: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = people(crowd)[0]
    start, edits = joint(crowd, first, WRIST), crowd.edits
    monkeypatch.setattr(crowd.session, "picture_levels", lambda *_: ())
    crowd.session.go_to(35)
    assert not crowd.canvas.editable
    crowd.drag(start, start + (20, 0))
    crowd.key(Qt.Key.Key_Return)
    assert crowd.edits == edits


def test_a_broken_frame_is_shown_as_one_and_can_be_labelled(
    crowd: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd.session, "picture_levels", lambda *_: ())
    monkeypatch.setattr(crowd.session, "broken_reason", lambda: "numbers.mp4: frame 12 is damaged.")
    crowd.session.go_to(12)
    crowd.session.picture_changed.emit(12)
    assert crowd.canvas.editable
    middle = crowd.canvas.grab().toImage().pixelColor(crowd.point((88, 130)).toPoint())
    assert middle.lightness() < 40, "no old picture behind the message"
    first = people(crowd)[0]
    start = joint(crowd, first, WRIST)
    crowd.drag(start, start + (15, 0))
    assert np.allclose(joint(crowd, first, WRIST), start + (15, 0), atol=0.5)


def test_the_picture_on_show_is_that_of_the_frame(studio: Studio) -> None:
    from tests.clips import read_number

    for frame in (0, 17, 39, 16):
        studio.go_to(frame)
        image = studio.session.picture()
        assert image is not None
        rgb = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        assert read_number(rgb[..., 2::-1]) == frame
        assert studio.canvas.shown_frame == frame


def test_painting_never_raises(crowd: Studio, complaints: Complaints) -> None:
    rows = made_up(range(1), tracks=1)
    rows["xy"][0, WRIST] = np.nan
    rows["xy"][0, KNEE] = 1e30
    crowd.predict(rows)
    crowd.session.select(people(crowd)[-1], WRIST)
    crowd.canvas.grab()
    assert complaints.said == []
    crowd.canvas.scene = None  # what a bug might leave behind
    crowd.canvas.grab()
    crowd.canvas.grab()
    assert len(complaints.take()) == 1, "told once, not at every repaint"


def test_space_plays_when_tapped_and_pans_when_dragged(crowd: Studio) -> None:
    crowd.key(Qt.Key.Key_Space)
    assert crowd.session.playing
    crowd.key(Qt.Key.Key_Space)
    assert not crowd.session.playing
    before = crowd.canvas.mapping
    QTest.keyPress(crowd.canvas, Qt.Key.Key_Space)
    start = crowd.point((88, 60)).toPoint()
    QTest.mousePress(crowd.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(crowd.canvas, start + QPoint(25, 10))
    QApplication.processEvents()
    QTest.mouseRelease(
        crowd.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start
    )
    QTest.keyRelease(crowd.canvas, Qt.Key.Key_Space)
    assert not crowd.session.playing
    assert crowd.canvas.mapping.x - before.x == pytest.approx(25)
