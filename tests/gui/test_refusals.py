"""What is not done is refused with its true reason, and no sentence outlives what it is about."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTabBar

from glpose_core.labels import edits, heads

from .conftest import Studio, made_up, wait_for

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LOCKED = ("warning", "person 1 is locked: Ctrl+L, or the lock in the list of people, unlocks.")


def lock(studio: Studio, person: int = 1) -> None:
    assert studio.session.apply(lambda state: edits.lock_person(state, person, True))


@pytest.mark.parametrize(
    "name",
    [
        "mark_visible",
        "mark_hidden",
        "mark_absent",
        "accept_joint",
        "delete_pose",
        "arrow_left",
        "arrow_up",
        "far_right",
        "far_down",
    ],
)
def test_joints_chosen_together_of_somebody_locked(crowd: Studio, name: str) -> None:
    lock(crowd)
    crowd.session.select(1)
    crowd.session.group.add([(1, 7), (1, 8)])
    crowd.window.bound[name].trigger()
    assert crowd.notices[-1] == LOCKED
    assert crowd.session.frame == 0, "and no arrow steps through the video instead"


def test_joints_chosen_together_of_somebody_hidden(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.session.group.add([(2, 7), (2, 8)])
    crowd.session.hiding.hide([2])
    crowd.session.group.add([(2, 7), (2, 8)])
    crowd.session.person = 1  # the choice is elsewhere, as after a click in the list of people
    assert crowd.session.group.withheld() == "person 2 is hidden: `Ctrl+Shift+H` shows everybody."


def test_a_frame_in_which_only_somebody_locked_waits_was_not_accepted_already(
    crowd: Studio,
) -> None:
    crowd.session.apply(lambda state: edits.accept_pose(state, 2, 0))
    lock(crowd)
    crowd.key(Qt.Key.Key_Return)
    assert crowd.notices[-1] == LOCKED
    crowd.session.mark(0, 1)
    crowd.key(Qt.Key.Key_R)
    assert crowd.notices[-1] == LOCKED


def test_a_locked_head_box_is_there_and_locked(crowd: Studio) -> None:
    crowd.session.apply(lambda state: heads.draw_head_box(state, 1, 0, (30.0, 20.0, 20.0, 24.0)))
    lock(crowd)
    crowd.session.select(1)
    crowd.key(Qt.Key.Key_H, SHIFT)
    assert crowd.notices[-1] == LOCKED
    crowd.session.select(2)
    crowd.key(Qt.Key.Key_H, SHIFT)
    assert crowd.notices[-1][1] == "No head box is drawn for this person here."
    crowd.session.undo()
    crowd.session.undo()
    crowd.window.bound["propose_heads"].trigger()
    assert crowd.notices[-1][1] == "No head box is drawn yet: press H, and drag one."


def test_a_step_with_the_pose_of_somebody_locked_says_why_it_stays_behind(studio: Studio) -> None:
    studio.predict(made_up(range(3)))
    lock(studio)
    studio.session.select(1)
    studio.go_to(2)
    studio.key(Qt.Key.Key_E)
    assert studio.session.frame == 3
    assert studio.notices[-1] == LOCKED


def test_an_edit_before_its_picture_is_there_says_so(
    crowd: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd.session.select(1)
    monkeypatch.setattr(crowd.session, "picture_levels", lambda *_: ())
    crowd.session.go_to(30)
    for name in ("accept_frame", "swap_sides", "delete_pose"):
        crowd.notices.clear()
        crowd.window.bound[name].trigger()
        assert crowd.notices == [
            ("info", "Wait for the picture of this frame, then do it again.")
        ], name


def test_small_refusals(crowd: Studio) -> None:
    crowd.key(Qt.Key.Key_Return, CONTROL)
    assert crowd.notices[-1][1] == "Frame 0 is not marked as reviewed."
    crowd.session.select(1)
    crowd.session.undo()  # the run: nobody is seen anywhere
    crowd.session.select(1)
    crowd.key(Qt.Key.Key_Space, CONTROL)
    assert crowd.notices[-1][1] == "person 1 is seen nowhere."
    crowd.key(Qt.Key.Key_Q)
    assert crowd.notices[-1][1] == "Nobody is seen in this frame."


def test_a_sentence_goes_when_the_next_edit_happens(crowd: Studio) -> None:
    status = crowd.window.status
    crowd.key(Qt.Key.Key_Return)
    assert status.currentMessage() == "Frame 0 is accepted."
    crowd.session.apply(lambda state: edits.move_joint(state, 1, 0, 7, (40.0, 40.0)))
    assert status.currentMessage() == ""
    crowd.session.noticed.emit("error", "walk.mp4: is gone")
    crowd.session.apply(lambda state: edits.move_joint(state, 1, 0, 7, (41.0, 40.0)))
    assert status.currentMessage() == "walk.mp4: is gone", "trouble stays to be read"


def test_the_key_that_hides_shows_again_and_gives_the_choice_back(crowd: Studio) -> None:
    crowd.session.select(2)
    crowd.key(Qt.Key.Key_H, CONTROL)
    assert crowd.session.hiding.people == {2}
    assert crowd.session.person is None
    crowd.key(Qt.Key.Key_H, CONTROL)
    assert not crowd.session.hiding.people
    assert crowd.session.person == 2
    crowd.session.select(None)
    crowd.key(Qt.Key.Key_H, CONTROL)
    assert "Choose a person first" in crowd.notices[-1][1]


def test_the_guidelines_key_puts_it_away_again(crowd: Studio) -> None:
    window = crowd.window
    for seen in (True, False, True):
        crowd.key(Qt.Key.Key_F1, SHIFT)
        QTest.qWait(20)
        tabs = next(bar for bar in window.findChildren(QTabBar) if bar.count() == 3)
        assert tabs.tabText(tabs.currentIndex()) == ("Guideline" if seen else "Joints")


def test_undo_takes_a_skip_back(crowd: Studio) -> None:
    rows = made_up(range(40))
    rows["score"][10:14, 9] = 0.2
    crowd.predict(rows)
    window, reviewing = crowd.window, crowd.window.reviewing
    window.show_review()
    wait_for(lambda: reviewing.items and not reviewing.busy, "doubts")
    crowd.key(Qt.Key.Key_K)
    first = reviewing.current
    assert first is not None
    crowd.wait_for_picture()
    made = crowd.edits
    crowd.key(Qt.Key.Key_S)
    assert first not in reviewing.items
    assert window.bound["undo"].text() == f"Undo Skip {first.what}"
    crowd.key(Qt.Key.Key_Z, CONTROL)
    assert crowd.edits == made, "no edit was taken back"
    assert crowd.notices[-1][1] == f"Undone: Skip {first.what}"
    wait_for(lambda: not reviewing.busy, "the list")
    assert any(one.words == first.words for one in reviewing.items)
    assert crowd.session.project.note("review.skipped") == ""
    # After an edit it is the edit that Undo takes back first, and then the skip.
    crowd.wait_for_picture()
    crowd.key(Qt.Key.Key_S)
    crowd.session.apply(lambda state: edits.move_joint(state, 1, 0, 7, (40.0, 40.0)))
    assert "Skip" not in window.bound["undo"].text()
    crowd.session.undo()
    assert "Skip" in window.bound["undo"].text()
    crowd.session.undo()
    assert crowd.session.project.note("review.skipped") == ""
