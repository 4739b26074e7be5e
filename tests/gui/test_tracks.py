"""Tracks and identities by hand: swapped, split, ended, filled, hidden, locked, and where they cross."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from app.choices import PredictChoices, make_request
from app.dialogs.people import SwapChoices
from app.panels.people_rows import PersonDelegate, Switch
from app.timeline import crossings
from app.timeline.scale import TimeScale
from glpose_core.labels import Source, edits
from glpose_core.review.crossings import CROSSING_DTYPE

from .conftest import Build, Dialogs, Studio, made_up, wait_for

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def exchanged(studio: Studio) -> Studio:
    """Two people whose tracks change places in frame 20."""
    rows = made_up(range(40))
    late = rows["frame"] >= 20
    rows["track"][late] = 1 - rows["track"][late]
    studio.predict(rows)
    wait_for(lambda: len(studio.session.crossings.found), "the crossing")
    return studio


def frames(studio: Studio, person: int) -> list[int]:
    return studio.session.project.state.frames_of(person).tolist()


def x_of(studio: Studio, person: int, frame: int) -> float:
    return float(studio.pose(person, frame)["xy"][0, 0])


def test_two_people_are_swapped_by_one_key_and_only_in_the_marked_range(crowd: Studio) -> None:
    before = [x_of(crowd, 1, frame) for frame in (9, 10, 14, 15)]
    crowd.session.mark(10, 15)
    crowd.go_to(12)
    crowd.key(Qt.Key.Key_X)
    assert [x_of(crowd, 2, frame) for frame in (10, 14)] == before[1:3]
    assert [x_of(crowd, 1, frame) for frame in (9, 15)] == [before[0], before[3]]
    assert crowd.notices[-1][1] == "Done: Swap person 1 and person 2 in frames 10–14"
    crowd.go_to(30)
    crowd.key(Qt.Key.Key_X)
    assert crowd.notices[-1][1] == "Done: Swap person 1 and person 2 from here"


def test_of_more_people_the_one_who_overlaps_most_is_proposed(
    studio: Studio, dialogs: Dialogs
) -> None:
    rows = made_up(range(40), tracks=3)
    near = rows["track"] == 2  # beside the first only for a moment, ten frames from here
    rows["box"][near & (rows["frame"] == 16), 0] = 30.0
    studio.predict(rows)
    studio.session.select(1)
    studio.go_to(10)
    seen: list[SwapChoices] = []

    def enter(dialog: QDialog) -> int:
        seen.append(dialog.choices())
        dialog.show()
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        return dialog.result()

    dialogs.answer("SwapDialog", enter)
    studio.key(Qt.Key.Key_X)
    assert seen == [SwapChoices(1, 3, 10)]
    assert studio.session.project.undo_title == "Swap person 1 and person 3 from here"


def test_split_end_and_fill_say_what_they_did_and_are_undone(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.go_to(25)
    crowd.key(Qt.Key.Key_X, SHIFT)
    assert (frames(crowd, 1), frames(crowd, 3)) == (list(range(25)), list(range(25, 40)))
    assert crowd.session.person == 3
    assert crowd.notices[-1][1] == "From frame 25 on, person 1 is person 3."
    crowd.session.select(1)
    crowd.session.mark(5, 9)
    crowd.go_to(6)
    crowd.key(Qt.Key.Key_Delete, CONTROL)
    assert crowd.notices[-1][1] == (
        "Cut person 1 out of frames 5–8 (4 frames). They go on in frame 9."
    )
    crowd.session.mark(None)
    crowd.key(Qt.Key.Key_F, SHIFT)
    assert frames(crowd, 1) == list(range(25))
    assert (crowd.pose(1, 6)["source"][0]) == Source.INTERPOLATED
    assert "4 frames to be checked and accepted" in crowd.notices[-1][1]
    for _ in range(3):
        crowd.session.undo()
    assert frames(crowd, 1) == list(range(40))


def test_a_gap_without_another_side_asks_for_a_range(crowd: Studio) -> None:
    crowd.session.select(2)
    crowd.go_to(30)
    crowd.key(Qt.Key.Key_Delete, CONTROL)
    assert frames(crowd, 2) == list(range(30))
    crowd.key(Qt.Key.Key_F, SHIFT)
    assert "mark a range" in crowd.notices[-1][1]
    crowd.session.mark(30, 33)
    crowd.key(Qt.Key.Key_F, SHIFT)
    assert frames(crowd, 2) == list(range(33))


def test_a_locked_person_is_moved_by_no_hand_and_by_no_run(crowd: Studio) -> None:
    crowd.session.select(1, 5)
    crowd.key(Qt.Key.Key_L, CONTROL)
    before, made = crowd.pose(1), crowd.edits
    for key, keys in (
        (Qt.Key.Key_Left, NONE),
        (Qt.Key.Key_2, NONE),
        (Qt.Key.Key_C, NONE),
        (Qt.Key.Key_L, NONE),
        (Qt.Key.Key_Delete, NONE),
        (Qt.Key.Key_Delete, CONTROL),
        (Qt.Key.Key_X, NONE),
        (Qt.Key.Key_Return, SHIFT),
    ):
        crowd.notices.clear()
        crowd.key(key, keys)
        said = [text for _, text in crowd.notices]
        assert said[0] == "person 1 is locked: Ctrl+L, or the lock in the list of people, unlocks."
    crowd.drag(before["xy"][5], before["xy"][5] + 20)
    assert crowd.edits == made
    assert crowd.pose(1).tobytes() == before.tobytes()
    request = make_request(
        crowd.session.project.state, Path("clip.mp4"), PredictChoices("starter", 0, 40), 0
    )
    assert request.known.deleted[request.known.person == 1].all()
    crowd.key(Qt.Key.Key_L, CONTROL)
    crowd.key(Qt.Key.Key_Delete)
    assert crowd.pose(1) is None


def test_a_range_is_accepted_without_the_locked_person_who_stays_so_when_opened_again(
    crowd: Studio, build_studio: Build, video: Path
) -> None:
    crowd.session.apply(edits.lock_person(crowd.session.project.state, 2, True))
    crowd.session.apply(edits.accept_range(crowd.session.project.state, 3, 6))
    said = ("info", "person 2 is locked and left out.")
    wait_for(lambda: said in crowd.notices, "the sentence")
    assert crowd.session.project.state.marks(1).labelled.tolist() == [3, 4, 5]
    assert crowd.session.project.state.marks(2).labelled.tolist() == []
    crowd.close()
    again = build_studio(video)
    wait_for(lambda: again.session.project is not None, "the project")
    assert [person.locked for person in again.session.people()] == [False, True]


def test_a_hidden_person_is_not_drawn_not_hit_and_not_accepted(
    crowd: Studio, build_studio: Build, video: Path
) -> None:
    crowd.session.select(2)
    crowd.key(Qt.Key.Key_H, CONTROL)
    assert crowd.session.person is None
    assert [figure.person for figure in crowd.canvas.scene.figures] == [1]
    crowd.click(crowd.pose(2)["xy"][5])
    assert crowd.session.person is None
    for _ in range(2):
        crowd.key(Qt.Key.Key_Q)
        assert crowd.session.person == 1
    crowd.key(Qt.Key.Key_Return)
    assert crowd.session.project.state.marks(2).labelled.size == 0
    assert crowd.session.project.state.reviewed == set()
    assert "but for person 2, who cannot be seen" in crowd.notices[-1][1]
    crowd.session.select(2)  # nothing is edited unseen
    assert [figure.person for figure in crowd.canvas.scene.figures] == [1, 2]
    crowd.close()
    again = build_studio(video)
    wait_for(lambda: again.session.project is not None, "the project")
    assert again.session.hiding.people == {2}
    again.key(Qt.Key.Key_H, CONTROL | SHIFT)
    assert again.session.hiding.people == set()


def test_somebody_new_with_the_number_of_somebody_hidden_is_seen(crowd: Studio) -> None:
    crowd.session.hiding.hide({2})
    crowd.session.undo()
    assert crowd.session.people() == []
    crowd.predict(made_up(range(40)))
    assert [person.id for person in crowd.session.people()] == [1, 2]
    assert crowd.session.hiding.people == frozenset()


def test_the_icons_of_a_row_hide_and_lock_and_choose_nobody(crowd: Studio) -> None:
    panel = crowd.window.people
    wait_for(lambda: len(panel.model.rows) == 2, "the rows")
    rect = panel.view.visualRect(panel.model.index(1))
    middle = rect.center().y()
    at = {
        PersonDelegate.switch_at(rect, QPoint(x, middle)): QPoint(x, middle)
        for x in range(rect.left(), rect.right())
    }
    for switch in Switch:
        QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, NONE, at[switch])
    assert crowd.session.person is None
    assert crowd.session.hiding.people == {2}
    assert crowd.session.project.state.person(2).locked
    wait_for(lambda: panel.model.rows[1].locked, "the lock in the list")
    assert panel.model.rows[1].tip.endswith("hidden · locked")


def test_keys_go_from_crossing_to_crossing_and_a_swap_mends_one(exchanged: Studio) -> None:
    exchanged.key(Qt.Key.Key_M)
    exchanged.wait_for_picture()
    assert exchanged.session.frame == 20
    assert exchanged.session.person == 1
    assert exchanged.notices[-1][1] == "person 1 and person 2 may have changed places here."
    exchanged.key(Qt.Key.Key_M)
    assert exchanged.notices[-1][1] == "Nobody crosses after this frame."
    exchanged.key(Qt.Key.Key_X)
    wait_for(lambda: not len(exchanged.session.crossings.found), "the end of the crossing")
    exchanged.session.undo()
    wait_for(lambda: len(exchanged.session.crossings.found) == 1, "the crossing again")


def test_a_mark_on_the_timeline_says_who_crosses_and_goes_there(exchanged: Studio) -> None:
    timeline = exchanged.window.timeline
    strip = timeline.areas.crossings
    [mark] = crossings.marks(exchanged.session.crossings.found, timeline.scale)
    point = QPoint(round(mark.x), strip.center().y())
    assert timeline.tip_at(point) == (
        "frame 20 · person 1 and person 2 may have changed places here"
    )
    assert timeline.crossing_at(point + QPoint(40, 0)) is None
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, NONE, point)
    assert exchanged.session.frame == 20
    assert not timeline.grab().isNull()


def test_marks_that_would_touch_are_one_which_goes_to_the_exchange() -> None:
    found = np.zeros(3, CROSSING_DTYPE)
    found["frame"], found["exchanged"] = (5, 6, 30), (False, True, False)
    near, far = (crossings.marks(found, TimeScale.fitted(40, 0, width)) for width in (200, 4000))
    assert [len(mark.crossings) for mark in near] == [2, 1]
    assert near[0].main["frame"] == 6
    assert len(far) == 3


def test_the_menu_of_the_list_swaps_and_merges_as_the_keys_do_and_says_so(crowd: Studio) -> None:
    panel, session = crowd.window.people, crowd.session
    first, second = (one.id for one in session.people())
    before = crowd.pose(first, 12)["xy"].copy()
    session.mark(10, 15)
    crowd.go_to(12)

    def choose(entry: str) -> None:
        menu = panel.menu_for(panel.model.rows[0])
        [found] = [action for action in menu.actions() if action.text() == entry]
        found.menu().actions()[0].trigger()

    choose("Swap in the marked range with")
    assert crowd.notices[-1] == ("info", "Done: Swap person 1 and person 2 in frames 10–14")
    assert np.array_equal(crowd.pose(second, 12)["xy"], before)
    assert not np.array_equal(crowd.pose(second, 20)["xy"], crowd.pose(first, 20)["xy"])
    crowd.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(crowd.pose(first, 12)["xy"], before)
    session.mark(None)
    choose("Swap from here with")
    assert crowd.notices[-1] == ("info", "Done: Swap person 1 and person 2 from here")
    choose("Merge into")
    assert crowd.notices[-1] == ("info", "Done: Merge person 1 into person 2")
    assert session.person == second
