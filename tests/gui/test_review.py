"""The review list in the window: it finds what is wrong, walks there, and forgets what was settled."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetrics

from app.panels.panel import MARGIN
from app.panels.review import (
    FAILED,
    NARROWED,
    NO_POSES,
    NO_VIDEO,
    NOTHING,
    frames_of,
    upper_line,
)
from app.shortcuts import spelled
from app.theme import GRID, aside_font, reading_font
from app.workers.reviewing import Found, Rows
from glpose_core.labels import Project, Source, edits
from glpose_core.labels.poses import POSE_DTYPE
from glpose_core.review import SKIPPED, Reason, keys_note, read_keys
from glpose_core.review.body import FAR_END
from glpose_core.review.bones import bones_words
from glpose_core.review.gaps import gap_words
from glpose_core.review.jumps import jumps_words
from glpose_core.review.neighbours import twins_words, two_people_words
from glpose_core.review.outside import outside_words
from glpose_core.review.sides import sides_words
from glpose_core.review.unsure import unsure_words
from glpose_core.skeleton import POSETRACK17

from .conftest import Build, Complaints, Studio, made_up, wait_for

SCROLL_BAR = 10
WRIST = POSETRACK17.index("left_wrist")


def jumping() -> np.ndarray:
    """Two people who stand still, sure of everything; the first one's left wrist jumps in frames 20 and 21."""
    rows = made_up(range(40))
    for track in np.unique(rows["track"]):
        own = rows["track"] == track
        rows["xy"][own] = rows["xy"][own][0]
    rows["score"] = 0.9
    wrong = (rows["track"] == rows["track"].min()) & np.isin(rows["frame"], (20, 21))
    rows["xy"][wrong, WRIST] += (6, -32)
    return rows


@pytest.fixture
def doubtful(studio: Studio) -> Studio:
    studio.predict(jumping())
    return studio


def listed(studio: Studio) -> list:
    studio.window.show_review()
    reviewing = studio.window.reviewing
    wait_for(lambda: not reviewing.busy and reviewing.total > 0, "the list")
    return reviewing.items


def test_without_a_video_and_without_people_it_says_what_to_do(build_studio: Build, video) -> None:
    empty = build_studio()
    assert empty.window.review.empty_text == NO_VIDEO
    empty.open(video)
    assert empty.window.review.empty_text == spelled(NO_POSES)


def test_the_jump_is_listed_in_words(doubtful: Studio) -> None:
    jumps = [item for item in listed(doubtful) if item.reason == Reason.JUMPS]
    assert [(item.joints, item.frame <= 20 < item.stop) for item in jumps] == [((WRIST,), True)]
    row = doubtful.window.review.model.items.index(jumps[0])
    text = doubtful.window.review.model.data(doubtful.window.review.model.index(row))
    assert "left wrist" in text
    assert frames_of(jumps[0]) in text
    assert jumps[0].words in text


@pytest.mark.quick
def test_one_key_goes_there_and_brings_the_pose_into_view(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.key(Qt.Key.Key_K)
    item = doubtful.window.reviewing.current
    assert item is not None
    assert (doubtful.session.frame, doubtful.session.person) == (item.look, item.person)
    assert doubtful.session.joint in item.joints
    box = doubtful.pose(item.person, item.look)["box"]
    corners = doubtful.canvas.mapping.to_view(np.stack([box[:2], box[:2] + box[2:]]))
    assert (
        np.diff(corners, axis=0) >= 0.4 * min(doubtful.canvas.width(), doubtful.canvas.height())
    ).any()
    assert doubtful.canvas.rect().contains(*np.floor(corners.mean(axis=0)).astype(int).tolist())
    first = item
    doubtful.key(Qt.Key.Key_K)
    doubtful.key(Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    assert doubtful.window.reviewing.current is first


def wholly_in_view(studio: Studio, person: int) -> bool:
    box = studio.pose(person)["box"]
    corners = studio.canvas.mapping.to_view(np.stack([box[:2], box[:2] + box[2:]]))
    return all(studio.canvas.rect().contains(*np.rint(one).astype(int)) for one in corners.tolist())


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("by", ["key", "menu"])
def test_whom_a_doubt_was_about_deleted_the_next_doubt_is_shown(
    studio: Studio, everywhere: bool, by: str
) -> None:
    rows = jumping()
    rows["xy"][(rows["track"] == 1) & (rows["frame"] == 30), WRIST] += (5, -30)
    studio.predict(rows)
    items = listed(studio)
    reviewing = studio.window.reviewing
    one = next(item for item in items if item.reason == Reason.JUMPS)
    other = [item for item in items if item.person != one.person]
    assert other
    reviewing.go(one)
    studio.canvas.zoom_to_person()
    studio.canvas.zoom_by(3.0)
    assert not wholly_in_view(studio, other[0].person)
    wait_for(lambda: studio.canvas.editable, "the picture")
    keys = Qt.KeyboardModifier.ShiftModifier if everywhere else Qt.KeyboardModifier.NoModifier
    if by == "key":
        studio.key(Qt.Key.Key_Delete, keys)
    else:
        panel, text = (
            studio.window.people,
            f"Delete in {'all frames' if everywhere else 'this frame'}",
        )
        wait_for(lambda: panel.model.index_of(one.person).isValid(), "the person in the list")
        row = panel.model.rows[panel.model.index_of(one.person).row()]
        menu = panel.menu_for(row)
        next(a for a in menu.actions() if a.text().startswith(text)).trigger()
    gone = studio.session.project.state
    assert (
        gone.person(one.person).deleted
        if everywhere
        else gone.label(one.person, one.look)["deleted"]
    )
    gone_to = reviewing.current
    assert gone_to is not None
    assert gone_to is not one
    assert (studio.session.frame, studio.session.person) == (gone_to.look, gone_to.person)
    assert wholly_in_view(studio, gone_to.person)
    assert "Delete" in studio.notices[-1][1]
    if everywhere:
        assert all(item.person != one.person for item in reviewing.items)


def test_the_last_doubt_deleted_leaves_the_whole_picture(doubtful: Studio) -> None:
    items = listed(doubtful)
    assert {item.person for item in items} == {items[0].person}
    doubtful.key(Qt.Key.Key_K)
    doubtful.canvas.zoom_by(3.0)
    wait_for(lambda: doubtful.canvas.editable, "the picture")
    doubtful.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert doubtful.canvas.fitted
    assert doubtful.window.reviewing.current is None


def test_deleting_somebody_else_leaves_the_doubt(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.key(Qt.Key.Key_K)
    item, frame = doubtful.window.reviewing.current, doubtful.session.frame
    other = next(p.id for p in doubtful.session.people() if p.id != item.person)
    doubtful.session.select(other)
    wait_for(lambda: doubtful.canvas.editable, "the picture")
    doubtful.key(Qt.Key.Key_Delete)
    assert doubtful.session.project.state.pose(other, frame) is None
    assert doubtful.session.frame == frame
    assert doubtful.window.reviewing.current is item


def test_a_key_before_the_list_is_made_goes_there_once_it_is(doubtful: Studio) -> None:
    reviewing = doubtful.window.reviewing
    assert not reviewing.items
    doubtful.key(Qt.Key.Key_K)
    wait_for(lambda: reviewing.current is not None, "the first doubt")
    assert reviewing.current is reviewing.items[0]
    assert doubtful.session.frame == reviewing.current.look


def test_who_has_gone_elsewhere_meanwhile_is_left_there(doubtful: Studio) -> None:
    reviewing = doubtful.window.reviewing
    doubtful.key(Qt.Key.Key_K)
    doubtful.session.go_to(3)
    wait_for(lambda: not reviewing.busy and reviewing.total > 0, "the list")
    assert (doubtful.session.frame, reviewing.current) == (3, None)


@pytest.mark.quick
def test_a_corrected_joint_leaves_the_list(doubtful: Studio) -> None:
    listed(doubtful)
    person = doubtful.session.people()[0].id
    right = np.array(doubtful.pose(person, 19)["xy"][WRIST])
    for frame in (20, 21):
        doubtful.session.apply(
            lambda state, f=frame: edits.move_joint(state, person, f, WRIST, right)
        )
    reviewing = doubtful.window.reviewing
    wait_for(
        lambda: (
            not any(
                item.reason == Reason.JUMPS and WRIST in item.joints for item in reviewing.items
            )
        ),
        "the jump is gone",
    )


def test_right_confirms_the_stretch_and_goes_on(doubtful: Studio) -> None:
    before = len(listed(doubtful))
    doubtful.key(Qt.Key.Key_K)
    doubtful.wait_for_picture()
    reviewing = doubtful.window.reviewing
    item = reviewing.current
    assert item is not None
    doubtful.key(Qt.Key.Key_T)
    for frame in range(item.frame, item.stop):
        pose = doubtful.pose(item.person, frame)
        assert (pose["source"][list(item.joints)] == Source.ACCEPTED).all()
    assert reviewing.current is not item
    assert len(reviewing.items) < before
    doubtful.window.bound["undo"].trigger()
    pose = doubtful.pose(item.person, item.frame)
    assert (pose["source"][list(item.joints)] == Source.MODEL).all()


def test_what_was_skipped_stays_away_after_a_restart(doubtful: Studio, build_studio: Build) -> None:
    listed(doubtful)
    reviewing = doubtful.window.reviewing
    doubtful.key(Qt.Key.Key_K)
    item = reviewing.current
    assert item is not None
    doubtful.wait_for_picture()
    doubtful.key(Qt.Key.Key_S)
    project = doubtful.session.project
    assert project is not None
    wait_for(lambda: project.note("review.skipped") != "", "the note")
    assert all(not np.isin(one.cells, item.cells).any() for one in reviewing.items)
    path = project.path
    doubtful.close()
    with Project.open(path) as saved:
        assert set(saved.note("review.skipped").split()) >= {
            str(key) for key in item.cells.tolist()
        }
    again = build_studio(path)
    again.wait_for_picture()
    again.window.show_review()
    reviewing = again.window.reviewing
    wait_for(lambda: not reviewing.busy, "the list")
    assert all(not np.isin(one.cells, item.cells).any() for one in reviewing.items)


def test_reviewed_frames_are_settled(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.session.apply(lambda state: edits.accept_range(state, 0, doubtful.session.frames))
    wait_for(lambda: doubtful.window.reviewing.total == 0, "an empty list")
    assert doubtful.window.review.empty_text == NOTHING


def test_a_verdict_needs_a_doubt(doubtful: Studio) -> None:
    listed(doubtful)
    before = doubtful.edits
    doubtful.key(Qt.Key.Key_T)
    assert doubtful.notices[-1] == ("info", "Go to a doubt first: press K.")
    assert doubtful.edits == before


@pytest.mark.quick
def test_rows_exchange_a_range_of_frames() -> None:
    rows = np.zeros(6, POSE_DTYPE)
    rows["person"], rows["frame"] = [1, 1, 1, 2, 2, 2], [0, 1, 2] * 2
    table = Rows(rows)
    new = np.zeros(1, POSE_DTYPE)
    new["person"], new["frame"], new["xy"] = 1, 1, 7.0
    table.put(1, 2, new)
    seen = table(0, 3)
    assert list(zip(seen["person"].tolist(), seen["frame"].tolist(), strict=True)) == [
        (1, 0), (1, 1), (1, 2), (2, 0), (2, 2),
    ]  # fmt: skip
    assert seen["xy"][1].max() == 7.0


def test_a_renamed_person_is_called_so_in_the_sentences_of_others(studio: Studio) -> None:
    rows = made_up(range(40))
    first, second = (rows["track"] == track for track in np.unique(rows["track"])[:2])
    for name in ("xy", "box", "visibility"):
        rows[name][second] = rows[name][first]
    studio.predict(rows)
    reviewing = studio.window.reviewing
    reviewing.watch()
    wait_for(lambda: any(one.reason == Reason.TWINS for one in reviewing.items), "the list")
    one = next(one for one in reviewing.items if one.reason == Reason.TWINS)
    studio.session.apply(lambda state: edits.rename_person(state, one.other, "Goalkeeper"))
    wait_for(lambda: any("Goalkeeper" in one.words for one in reviewing.items), "the new name")


def test_nothing_is_confirmed_that_is_not_on_show(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.key(Qt.Key.Key_K)
    item = doubtful.window.reviewing.current
    assert item is not None
    before = doubtful.edits
    doubtful.go_to(2)
    doubtful.key(Qt.Key.Key_T)
    assert doubtful.edits == before
    assert doubtful.session.frame == item.look
    doubtful.wait_for_picture()
    doubtful.key(Qt.Key.Key_T)
    assert doubtful.edits == before + 1


def test_a_skip_is_kept_at_once_and_can_be_taken_back(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.key(Qt.Key.Key_K)
    item = doubtful.window.reviewing.current
    assert item is not None
    doubtful.wait_for_picture()
    doubtful.key(Qt.Key.Key_S)
    project = doubtful.session.project
    assert project is not None
    assert read_keys(project.note(SKIPPED)) >= set(item.cells.tolist())
    doubtful.window.bound["show_skipped"].trigger()
    assert project.note(SKIPPED) == ""
    wait_for(lambda: not doubtful.window.reviewing.busy, "the list")
    assert any(one.what == item.what for one in doubtful.window.reviewing.items)


def test_a_skip_while_a_large_edit_goes_on_is_taken_back_before_it(doubtful: Studio) -> None:
    listed(doubtful)
    doubtful.key(Qt.Key.Key_K)
    item = doubtful.window.reviewing.current
    assert item is not None
    doubtful.wait_for_picture()
    session, project = doubtful.session, doubtful.session.project
    assert project is not None
    parts = [edits.accept_range(project.state, at, at + 1).changes for at in range(30, 40)]
    session.apply_in_turns("Accept much", 30, slowly(parts), lambda _done: None)
    assert session._turns.busy
    doubtful.window.reviewing.skip()
    assert session._turns.busy, "a skip holds nothing up"
    assert session.undo_title == f"Skip {item.what}"
    session.undo()
    assert doubtful.notices[-1] == ("info", f"Undone: Skip {item.what}")
    assert project.undo_title == "Accept much"
    assert project.note(SKIPPED) == ""


def slowly(parts: list) -> Iterator:
    """Parts of which each takes longer than a turn may."""
    for part in parts:
        time.sleep(0.03)
        yield part


def test_a_list_of_another_time_is_not_taken(doubtful: Studio) -> None:
    listed(doubtful)
    reviewing = doubtful.window.reviewing
    items = list(reviewing.items)
    reviewing._take(Found(reviewing._number - 1, ()))
    assert reviewing.items == items


def test_a_list_that_fails_says_so(
    doubtful: Studio, monkeypatch: pytest.MonkeyPatch, complaints: Complaints
) -> None:
    monkeypatch.setattr("app.workers.reviewing.ReviewThread._begin", lambda *_: 1 / 0)
    doubtful.window.show_review()
    wait_for(lambda: doubtful.window.reviewing.failed, "the failure")
    assert doubtful.window.review.empty_text == FAILED
    assert "ZeroDivisionError" in complaints.take()[0]


@pytest.mark.quick
def test_a_damaged_note_is_no_obstacle() -> None:
    assert read_keys("12 x -3 99999999999999999999999 18446744073709551616 5") == {5, 12}
    assert read_keys(keys_note({7, 2**63})) == {7, 2**63}


@pytest.mark.parametrize(
    "words",
    [
        jumps_words(203),
        sides_words(10),
        unsure_words(0.2, 0.4),
        outside_words(123),
        gap_words(11),
        bones_words(FAR_END[0], 1.35),
        two_people_words("person 12"),
        twins_words("person 12"),
    ],
)
def test_every_reason_and_its_frames_have_room_in_the_list(studio: Studio, words: str) -> None:
    row = studio.window.review.view.sizeHint().width()
    written = QFontMetrics(aside_font())
    room = row - 2 * MARGIN - 18 - SCROLL_BAR - GRID
    assert written.horizontalAdvance(words) + written.horizontalAdvance("184–194") <= room


def test_a_gap_is_looked_at_where_its_person_was_last(studio: Studio) -> None:
    rows = made_up(range(40), tracks=1)
    studio.predict(rows[(rows["frame"] < 12) | (rows["frame"] > 22)])
    item = next(item for item in listed(studio) if item.reason == Reason.GAP)
    studio.canvas.zoom_by(8, QPointF(studio.canvas.width(), 0))  # far from them
    studio.key(Qt.Key.Key_K)
    assert studio.window.reviewing.current is item
    box = studio.pose(item.person, item.frame - 1)["box"]
    middle = studio.point(box[:2] + box[2:] / 2)
    assert (middle - QPointF(studio.canvas.rect().center())).manhattanLength() < 20


def test_under_a_filter_that_leaves_nothing_the_key_says_so(doubtful: Studio) -> None:
    listed(doubtful)
    reasons = doubtful.window.review.filters.reasons
    reasons.setCurrentIndex(reasons.findData(int(Reason.TWINS)))
    reasons.activated.emit(reasons.currentIndex())
    doubtful.key(Qt.Key.Key_K)
    assert doubtful.notices[-1] == ("info", f"{NARROWED}.")


def test_where_there_is_no_room_for_both_a_row_says_the_joint_and_not_the_person(qapp) -> None:
    font = QFontMetrics(reading_font())
    whole = "person 1 · left hip"
    room = font.horizontalAdvance(whole)
    assert upper_line("person 1", "left hip", font, room) == whole
    assert upper_line("person 1", "left hip", font, room - 1) == "left hip"
    short = upper_line("Anna", "left hip", font, font.horizontalAdvance("left h"))
    assert short[0] == "l"
    assert short.endswith("…")
