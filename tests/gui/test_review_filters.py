"""The filters of the review list: what they leave, what they say, and whose the keyboard is."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QStyle, QStyleOptionComboBox

from app.panels.review_filters import COUNT_ROLE
from glpose_core.labels import edits
from glpose_core.review import Reason

from .conftest import Studio, wait_for
from .test_review import WRIST, jumping, listed
from .test_review import doubtful as doubtful


def test_filters_narrow_the_list(doubtful: Studio) -> None:
    listed(doubtful)
    panel, reviewing = doubtful.window.review, doubtful.window.reviewing
    panel.filters.joints.setCurrentIndex(panel.filters.joints.findData(WRIST))
    panel.filters.joints.activated.emit(panel.filters.joints.currentIndex())
    assert reviewing.items
    assert all(not item.joints or WRIST in item.joints for item in reviewing.items)
    other = doubtful.session.people()[1].id
    panel.filters.people.setCurrentIndex(panel.filters.people.findData(other))
    panel.filters.people.activated.emit(panel.filters.people.currentIndex())
    assert all(item.person == other for item in reviewing.items)


def test_the_keys_of_a_filter_are_its_own(doubtful: Studio) -> None:
    listed(doubtful)
    panel = doubtful.window.review
    doubtful.session.select(doubtful.session.people()[0].id, WRIST)
    made = doubtful.edits
    panel.filters.reasons.setFocus()
    QTest.keyClick(panel.filters.reasons, Qt.Key.Key_Down)
    doubtful.session.settle()
    assert doubtful.edits == made, "no joint was nudged"
    assert panel.filters.reasons.currentIndex() > 0


def test_one_key_brings_the_keyboard_to_the_filters_and_escape_takes_it_back(
    doubtful: Studio,
) -> None:
    listed(doubtful)
    doubtful.window.left.setCurrentWidget(doubtful.window.people)
    filters, reviewing = doubtful.window.review.filters, doubtful.window.reviewing
    doubtful.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert filters.reasons.hasFocus()
    QTest.keyClick(filters.reasons, Qt.Key.Key_Left)
    assert filters.joints.hasFocus()
    QTest.keyClicks(filters.joints, "wr")  # of words that begin so, the first
    assert reviewing.joint == WRIST
    QTest.keyClick(filters.joints, Qt.Key.Key_Left)
    assert filters.people.hasFocus()
    QTest.keyClick(filters.people, Qt.Key.Key_Down)
    assert reviewing.person == doubtful.session.people()[0].id
    QTest.keyClick(filters.people, Qt.Key.Key_Backspace)
    assert reviewing.person is None
    QTest.keyClick(filters.people, Qt.Key.Key_Escape)
    assert doubtful.canvas.hasFocus()
    assert (reviewing.joint, reviewing.current) == (WRIST, None)
    doubtful.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert filters.joints.hasFocus(), "where something is chosen"


def test_enter_in_a_filter_looks_at_the_first_that_is_left(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    filters, before = doubtful.window.review.filters, doubtful.edits
    QTest.keyClicks(filters.reasons, "jumps")
    QTest.keyClick(filters.reasons, Qt.Key.Key_Return)
    assert doubtful.canvas.hasFocus()
    assert doubtful.edits == before, "no frame was accepted"
    reviewing = doubtful.window.reviewing
    assert reviewing.current is reviewing.items[0]
    assert reviewing.current.reason == Reason.JUMPS


def test_enter_in_a_filter_goes_to_the_first_from_any_other_too(studio: Studio) -> None:
    rows = jumping()
    other = (rows["track"] == rows["track"].max()) & np.isin(rows["frame"], (30, 31))
    rows["xy"][other, WRIST] += (4, -24)
    studio.predict(rows)
    wait_for(lambda: len(listed(studio)) > 1, "both jumps")
    reviewing = studio.window.reviewing
    reviewing.go(reviewing.items[-1])
    studio.go_to(39)
    studio.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(studio.window.review.filters.reasons, Qt.Key.Key_Return)
    assert reviewing.current is reviewing.items[0]
    assert studio.session.frame == reviewing.items[0].look
    assert studio.canvas.hasFocus()


def test_choices_of_a_filter_that_leave_nothing_are_passed_over(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    filters, reviewing = doubtful.window.review.filters, doubtful.window.reviewing
    seen = set()
    for _ in range(filters.reasons.count()):
        QTest.keyClick(filters.reasons, Qt.Key.Key_Down)
        assert len(reviewing.items) == filters.reasons.currentData(COUNT_ROLE) > 0
        seen.add(reviewing.reason)
    assert seen == {int(one) for item in reviewing.all for one in (item.reason, *item.also)}


def test_the_filters_can_be_asked_for_before_the_list_is_made(doubtful: Studio) -> None:
    doubtful.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    filters = doubtful.window.review.filters
    wait_for(lambda: filters.has_keyboard, "the keyboard")


@pytest.mark.parametrize("goes", ["to another frame", "into another field"])
def test_the_filters_leave_the_keyboard_to_who_does_something_else_meanwhile(
    doubtful: Studio, goes: str
) -> None:
    reviewing = doubtful.window.reviewing
    doubtful.canvas.setFocus()
    doubtful.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert reviewing.busy
    if goes == "to another frame":
        doubtful.session.go_to(5)
    else:
        doubtful.window.timeline.setFocus()
    has_it = QApplication.focusWidget()
    wait_for(lambda: not reviewing.busy and reviewing.total > 0, "the list")
    assert QApplication.focusWidget() is has_it
    assert not doubtful.window.review.filters.has_keyboard


def test_filters_that_go_give_the_keyboard_back(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    doubtful.session.apply(lambda state: edits.accept_range(state, 0, doubtful.session.frames))
    wait_for(lambda: doubtful.window.reviewing.total == 0, "an empty list")
    assert doubtful.canvas.hasFocus()


def test_escape_leaves_the_list_for_the_picture(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.window.review.view.setFocus()
    QTest.keyClick(doubtful.window.review.view, Qt.Key.Key_Escape)
    assert doubtful.canvas.hasFocus()


def test_all_that_is_chosen_in_the_filters_can_be_read_in_a_narrow_window(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.window.resize(1366, 768)
    filters = doubtful.window.review.filters
    filters.reasons.setCurrentIndex(filters.reasons.findText("bone length"))
    filters.people.setCurrentIndex(1)
    filters.joints.setCurrentIndex(filters.joints.findText("right shoulder"))
    filters.narrow()
    QTest.qWait(20)
    for box in filters.boxes:
        assert room_of(box) >= box.fontMetrics().horizontalAdvance(box.currentText())


def room_of(box: QComboBox) -> int:
    """Pixels of width for what a field says."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    control = QStyle.ComplexControl.CC_ComboBox
    return box.style().subControlRect(control, option, part, box).width()


def test_who_is_chosen_in_a_filter_can_be_read(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.window.resize(1366, 768)
    box = doubtful.window.review.filters.people
    box.setCurrentIndex(1)
    box.activated.emit(1)
    QTest.qWait(20)
    assert room_of(box) >= box.fontMetrics().horizontalAdvance(box.currentText())
