"""A whole pose by hand: turned, scaled, mirrored, copied and pasted, each one gesture and one step of Undo."""

# ruff: noqa: RUF005 (arrays are added, not joined)

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.canvas.hint_place import covered, taken_by_hand
from app.canvas.hit import pose_grips
from glpose_core.labels import Visibility, edits
from glpose_core.labels.transform import middle
from glpose_core.skeleton import POSETRACK17

from .conftest import Studio, wait_for

WRIST, OTHER = POSETRACK17.index("left_wrist"), POSETRACK17.index("right_wrist")
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def grips(studio: Studio, person: int) -> tuple[np.ndarray, np.ndarray]:
    """The corner at the lower right and the grip that turns, in picture pixels."""
    _, corners, knob = pose_grips(studio.canvas.scene.figure(person).box)
    to_picture = studio.canvas.mapping.to_picture
    return to_picture(corners[3]), to_picture(knob)


def first_person(studio: Studio) -> int:
    return studio.session.people()[0].id


def shape(row: np.ndarray) -> np.ndarray:
    """Placed joints about the middle of the pose."""
    return row["xy"][row["visibility"] > 0] - middle(row)


def test_a_corner_scales_and_the_ring_turns_and_undo_takes_each_back(crowd: Studio) -> None:
    person = first_person(crowd)
    crowd.session.select(person)
    before, made = crowd.pose(person), crowd.edits
    corner, _ = grips(crowd, person)
    centre = middle(before)
    crowd.press(corner)
    crowd.move(corner + (2, 3))
    crowd.move(centre + 1.5 * (corner - centre))
    assert "% of its size" in crowd.canvas._hint()[0][0]
    assert crowd.edits == made, "nothing is kept while it lasts"
    crowd.release(centre + 1.5 * (corner - centre))
    assert crowd.edits == made + 1
    grown = crowd.pose(person)
    ratio = np.ptp(grown["xy"][grown["visibility"] > 0][:, 1]) / np.ptp(shape(before)[:, 1])
    assert 1.4 < ratio < 1.6
    _, knob = grips(crowd, person)
    arm = knob - middle(grown)
    crowd.drag(knob, middle(grown) + (-arm[1], arm[0]))  # a quarter clockwise
    assert crowd.edits == made + 2
    assert crowd.session.project.undo_title == "Turn pose"
    turned = crowd.pose(person)
    head, ankle = POSETRACK17.index("head_top"), POSETRACK17.index("left_ankle")
    way = turned["xy"][head] - turned["xy"][ankle]
    assert way[0] > 3 * abs(way[1]), "the head points to the right"
    crowd.key(Qt.Key.Key_Z, CONTROL)
    crowd.key(Qt.Key.Key_Z, CONTROL)
    assert np.array_equal(crowd.pose(person)["xy"], before["xy"])


def test_grips_are_there_only_while_a_pose_is_chosen_as_a_whole(crowd: Studio) -> None:
    person = first_person(crowd)
    crowd.session.select(person)
    _, knob = grips(crowd, person)
    before = crowd.pose(person)
    crowd.session.select(person, WRIST)
    mapping = crowd.canvas.mapping
    crowd.drag(knob, knob + (10, 5))
    assert np.array_equal(crowd.pose(person)["xy"], before["xy"])
    assert crowd.canvas.mapping != mapping, "the drag has moved the view"


def test_escape_leaves_a_turn_and_keys_add_up_to_one(crowd: Studio) -> None:
    person = first_person(crowd)
    crowd.session.select(person)
    before, made = crowd.pose(person), crowd.edits
    crowd.key(Qt.Key.Key_Right, ALT)
    assert crowd.canvas._hint() == [("Turned by +1°", False)]
    crowd.key(Qt.Key.Key_Escape)
    assert crowd.edits == made
    for _ in range(3):
        crowd.key(Qt.Key.Key_Right, ALT | SHIFT)
    crowd.key(Qt.Key.Key_Up, ALT)
    crowd.canvas.settle()
    assert crowd.edits == made + 1
    turned = crowd.pose(person)
    a, b = shape(before)[0], shape(turned)[0]
    assert np.linalg.norm(turned["xy"][0] - turned["xy"][12]) > np.linalg.norm(
        before["xy"][0] - before["xy"][12]
    )
    assert not np.allclose(a, b)
    crowd.key(Qt.Key.Key_Right)
    assert crowd.session.frame == 1, "without a joint the arrows step, as before"


def test_the_wheel_turns_with_alt_only(crowd: Studio) -> None:
    crowd.session.select(first_person(crowd))
    zoom, made = crowd.canvas.mapping.zoom, crowd.edits
    at = QPointF(crowd.canvas.rect().center())
    for keys in (ALT, ALT | SHIFT):
        event = QWheelEvent(
            at,
            at,
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(crowd.canvas, event)
    assert crowd.canvas.mapping.zoom == zoom
    assert crowd.canvas._hint() == [("Turned by +2° · 102 % of its size", False)]
    crowd.canvas.settle()
    assert crowd.edits == made + 1


def test_a_mirrored_pose_exchanges_its_sides(crowd: Studio) -> None:
    person = first_person(crowd)
    crowd.session.apply(lambda state: edits.move_joint(state, person, 0, WRIST, (80, 30)))
    crowd.session.select(person)
    before = crowd.pose(person)
    crowd.key(Qt.Key.Key_M, CONTROL)
    after = crowd.pose(person)
    assert after["xy"][OTHER][1] == before["xy"][WRIST][1]
    assert np.isclose(after["xy"][OTHER][0] + before["xy"][WRIST][0], 2 * middle(before)[0])
    assert crowd.notices[-1] == ("info", "Done: Mirror pose")


def test_mirroring_acts_on_a_marked_range_if_the_frame_is_in_it(crowd: Studio) -> None:
    person = first_person(crowd)
    crowd.session.select(person)
    crowd.session.mark(3, 6)
    crowd.key(Qt.Key.Key_M, CONTROL)
    assert crowd.notices[-1] == ("info", "Done: Mirror pose")
    crowd.go_to(4)
    crowd.key(Qt.Key.Key_M, CONTROL)
    assert crowd.notices[-1] == ("info", "Done: Mirror pose in frames 3–5")
    labelled = crowd.session.project.state.marks(person).labelled
    assert labelled.tolist() == [0, 3, 4, 5]


def test_a_copied_pose_is_pasted_here_and_into_a_marked_range(crowd: Studio) -> None:
    first, second = (one.id for one in crowd.session.people())
    crowd.session.select(first)
    crowd.key(Qt.Key.Key_C, CONTROL)
    copied = crowd.pose(first)
    crowd.go_to(7)
    crowd.key(Qt.Key.Key_V, CONTROL)
    assert np.array_equal(crowd.pose(first)["xy"][:5], copied["xy"][:5])
    made = crowd.edits
    crowd.session.select(second)
    crowd.session.mark(5, 12)
    crowd.key(Qt.Key.Key_V, CONTROL | SHIFT)
    assert crowd.edits == made + 1
    assert crowd.session.project.state.marks(second).labelled.tolist() == list(range(5, 12))
    assert np.array_equal(crowd.pose(second, 11)["xy"][:5], copied["xy"][:5])
    assert crowd.notices[-1][1].startswith("person 2’s pose is pasted into 7 frames; Undo")
    crowd.session.select(first)
    crowd.key(Qt.Key.Key_V, CONTROL | SHIFT)
    assert "over 1 that were labelled" in crowd.notices[-1][1], "frame 7 was pasted into before"
    crowd.go_to(20)
    crowd.key(Qt.Key.Key_V, CONTROL | SHIFT)
    assert "frames" not in crowd.notices[-1][1], "outside the marked range it is one frame"
    for _ in range(4):
        crowd.key(Qt.Key.Key_Z, CONTROL)
    assert not crowd.session.project.state.marks(second).labelled.size


def test_pasted_into_a_range_a_pose_is_a_key_at_its_ends_alone(crowd: Studio) -> None:
    person = first_person(crowd)
    crowd.session.select(person)
    crowd.key(Qt.Key.Key_C, CONTROL)
    copied = crowd.pose(person)
    crowd.session.mark(5, 31)
    crowd.go_to(17)
    crowd.key(Qt.Key.Key_V, CONTROL)
    state = crowd.session.project.state
    assert state.marks(person).labelled.tolist() == [5, 30]
    assert crowd.notices[-1][1] == (
        "person 1’s pose is yours in frames 5 and 30, and held between: Shift+R accepts it there."
    )
    assert np.array_equal(crowd.pose(person)["xy"][WRIST], copied["xy"][WRIST])
    # A correction there moves its own joint around it; the rest stays as it was pasted, whatever the model says.
    crowd.session.select(person, WRIST)
    crowd.drag(copied["xy"][WRIST], copied["xy"][WRIST] - (12, 25))
    spreading = crowd.session.spreading
    wait_for(lambda: spreading.proposal is not None, "a proposal")
    inside = [frame for frame in spreading.proposal.frames.tolist() if 5 < frame < 30]
    assert inside
    for frame in inside:
        row = spreading.proposal.changed[spreading.proposal.at(frame)]
        assert np.flatnonzero(row).tolist() == [WRIST]
    crowd.key(Qt.Key.Key_Backspace)
    crowd.session.mark(5, 31)
    crowd.key(Qt.Key.Key_V, CONTROL)
    assert (
        "over 2 that were labelled, and held between but for 1 frame that you have judged"
        in (crowd.notices[-1][1])
    )
    for _ in range(3):
        crowd.key(Qt.Key.Key_Z, CONTROL)
    assert not state.marks(person).labelled.size


def test_one_person_is_accepted_in_the_marked_range_and_nobody_else(crowd: Studio) -> None:
    first, second = (one.id for one in crowd.session.people())
    state = crowd.session.project.state
    crowd.session.mark(5, 12)
    for person in (first, second):
        crowd.session.select(person)
        crowd.key(Qt.Key.Key_R, SHIFT)
        wait_for(lambda person=person: len(state.marks(person).labelled) == 7, "the range")
        assert crowd.notices[-1][1] == f"person {person} is accepted in frames 5–11."
        assert not state.marks(second if person == first else 99).labelled.size
    assert crowd.session.marked == (5, 12), "for the next person"
    assert not state.reviewed
    crowd.key(Qt.Key.Key_Z, CONTROL)
    crowd.key(Qt.Key.Key_Z, CONTROL)
    assert not state.marks(first).labelled.size
    crowd.session.apply(edits.lock_person(state, first, True))
    crowd.session.select(first)
    crowd.key(Qt.Key.Key_R, SHIFT)
    assert not state.marks(first).labelled.size
    assert "locked" in crowd.notices[-1][1]


def test_paste_without_a_copy_says_what_to_do(crowd: Studio) -> None:
    crowd.session.select(first_person(crowd))
    crowd.key(Qt.Key.Key_V, CONTROL)
    assert crowd.notices[-1] == ("info", "Copy a pose first: choose a person, and press Ctrl+C.")


def test_what_is_painted_in_part_while_turning_is_what_is_painted_whole(crowd: Studio) -> None:
    person = first_person(crowd)
    crowd.session.select(person)
    _, knob = grips(crowd, person)
    crowd.press(knob)
    crowd.move(knob + (4, 1))
    crowd.move(knob + (22, 9))
    painted = crowd.canvas.grab().toImage()
    crowd.canvas.refresh()
    assert crowd.canvas.grab().toImage() == painted
    crowd.release(knob + (22, 9))
    assert crowd.pose(person)["visibility"][WRIST] == Visibility.VISIBLE


def test_the_line_of_help_gives_way_to_the_grips_of_who_is_chosen(crowd: Studio) -> None:
    canvas = crowd.canvas
    crowd.session.select(crowd.session.people()[0].id)
    canvas.pointer.leave()
    canvas.grab()
    below = canvas.pointer.keep_clear
    assert below.top() > canvas.height() / 2
    figure = canvas.scene.figure(crowd.session.person)
    assert figure is not None
    assert figure.box is not None
    canvas.pan(
        below.center().x() - figure.box[0], below.center().y() - figure.box[1] - figure.box[3]
    )
    canvas.grab()
    assert canvas.pointer.keep_clear.bottom() < canvas.height() / 2


def test_a_person_who_is_zoomed_to_has_every_grip_in_sight(crowd: Studio) -> None:
    canvas = crowd.canvas
    crowd.window.resize(1366, 768)
    QApplication.processEvents()
    crowd.session.select(crowd.session.people()[0].id)
    canvas.pointer.leave()
    crowd.window.bound["zoom_person"].trigger()
    canvas.grab()
    figure = canvas.scene.figure(crowd.session.person)
    assert figure is not None
    places = taken_by_hand(figure, handles=False, grips=True)
    assert covered(places, canvas.pointer.keep_clear) == 0
    assert (places > 0).all()
    assert (places < (canvas.width(), canvas.height())).all()
