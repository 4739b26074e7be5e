"""A correction in the real window: what it would change around it is shown, taken by a key or left by one."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.ghost import BEHIND, fade_behind
from app.canvas.hint import line_of_help
from app.canvas.hint_paint import fits
from app.spreading import STILL, summary
from glpose_core.labels import Source, edits
from glpose_core.labels.heads import proposed_head_box
from glpose_core.labels.turns import PART
from glpose_core.skeleton import POSETRACK17
from glpose_core.spread import Proposal, Spread
from tests.gui.conftest import PATIENCE, Build, Complaints, Studio, made_up, wait_for

pytestmark = pytest.mark.quick
WRIST, ANKLE = POSETRACK17.index("left_wrist"), POSETRACK17.index("left_ankle")
BURST = range(8, 16)


@pytest.fixture
def studio(build_studio: Build, video: Path) -> Studio:
    """Two people in 40 frames; the first one's left wrist is wrong in eight of them."""
    studio = build_studio()
    studio.open(video)
    rows = made_up(range(40))
    wrong = (rows["track"] == 0) & np.isin(rows["frame"], BURST)
    rows["xy"][wrong, WRIST] += (18, -20)
    rows["score"][wrong, WRIST] = 0.3
    studio.predict(rows)
    studio.go_to(11)
    return studio


def correct(studio: Studio) -> None:
    person = studio.session.people()[0].id
    wrong = studio.pose(person)["xy"][WRIST]
    studio.session.select(person, WRIST)
    studio.drag(wrong, wrong - (18, -20))
    wait_for(lambda: studio.session.spreading.proposal is not None, "a proposal")


def settled(studio: Studio) -> None:
    """Wait until what was done has been answered: nothing waits to be asked, and no answer is on its way."""
    spreading = studio.session.spreading
    wait_for(lambda: not spreading._rest.isActive(), "the question")
    assert spreading._pool.waitForDone(5000)
    QTest.qWait(20)


def test_a_correction_is_shown_around_it_and_changes_nothing(studio: Studio) -> None:
    correct(studio)
    proposal = studio.session.spreading.proposal
    assert proposal is not None
    assert WRIST in proposal.joints
    assert set(BURST) - {11} <= set(proposal.frames.tolist())
    assert studio.edits == 2
    assert studio.pose(proposal.person, 12)["source"][WRIST] == Source.MODEL
    studio.go_to(13)
    assert studio.canvas._ghost() is not None
    said = "".join(text for text, _ in studio.canvas._hint())
    assert "would follow" in said
    assert studio.session.person_name(proposal.person) in said
    assert "left wrist" in said
    row = studio.window.timeline.lanes.row_of(proposal.person)
    assert len(studio.window.timeline._rows()[row].proposed)
    studio.go_to(39)
    assert studio.canvas._ghost() is None


def test_its_keys_are_named_where_joints_lie_over_one_another_too(studio: Studio) -> None:
    correct(studio)
    canvas = studio.canvas
    said = line_of_help(studio.session, canvas.tool, late=False, job_runs=False, beneath=1)
    assert ("G", True) in said


@pytest.mark.parametrize(
    ("joints", "words"),
    [
        ([9], "left wrist"),
        ([7, 9], "left elbow and left wrist"),
        ([5, 7, 9], "left shoulder, left elbow and left wrist"),
        ([5, 7, 9, 13], "left shoulder, left elbow and 2 more joints"),
    ],
)
def test_what_would_follow_is_called_by_whose_joints_it_is(joints: list[int], words: str) -> None:
    changed = np.zeros((4, 17), bool)
    changed[np.ix_([1, 2], joints)] = True
    nothing = np.zeros((4, 17))
    made = Spread(np.zeros((4, 17, 2)), nothing.astype(np.uint8), nothing.astype(np.uint8), nothing)
    said = summary(Proposal(1, 10, made, changed), "Anna")
    assert said == f"Anna\N{RIGHT SINGLE QUOTATION MARK}s {words} in 2 frames"


def test_the_joint_that_was_moved_is_named_before_those_judged_elsewhere(studio: Studio) -> None:
    correct(studio)
    proposal = studio.session.spreading.proposal
    assert proposal is not None
    assert proposal.joints == [WRIST], "nothing else was judged, so nothing else follows"
    person = proposal.person
    changed = np.zeros((4, 17), bool)
    changed[:, [5, 7, WRIST, 13]] = True
    nothing = np.zeros((4, 17))
    made = Spread(np.zeros((4, 17, 2)), nothing.astype(np.uint8), nothing.astype(np.uint8), nothing)
    studio.session.spreading.proposal = Proposal(person, 10, made, changed)
    said = "".join(text for text, _ in studio.canvas._hint())
    assert "left wrist, left shoulder and 2 more joints" in said


def test_where_there_is_little_room_every_key_is_still_named(studio: Studio) -> None:
    correct(studio)
    name = studio.session.person_name(studio.session.spreading.proposal.person)
    whole = "".join(text for text, _ in studio.canvas._hint())
    short = "".join(text for text, _ in studio.canvas._hint(short=True))
    assert len(short) < len(whole)
    keys = ("G takes", "Shift+G", "Alt+G", "Backspace leaves")
    assert all(said in short for said in (name, *keys))
    studio.window.resize(1366, 768)
    room = studio.canvas.width() - 24
    assert fits(studio.canvas._hint(short=True), room)


def test_one_key_takes_it_in_one_step_and_undo_brings_it_back(studio: Studio) -> None:
    correct(studio)
    person = studio.session.spreading.proposal.person
    studio.key(Qt.Key.Key_G)
    assert studio.edits == 3
    right = made_up(range(12, 13), 1)["xy"][0, WRIST]
    assert np.linalg.norm(studio.pose(person, 12)["xy"][WRIST] - right) < 6
    assert studio.pose(person, 12)["source"][WRIST] == Source.INTERPOLATED
    wait_for(lambda: studio.session.spreading.proposal is None, "nothing more to propose")
    studio.session.undo()
    assert studio.pose(person, 12)["source"][WRIST] == Source.MODEL


def test_a_head_box_proposes_nothing_for_joints_that_nobody_touched(studio: Studio) -> None:
    session = studio.session
    assert session.project is not None
    person = session.people()[0].id
    session.project.apply(edits.accept_frame(session.project.state, 11))
    right = studio.pose(person)["xy"][WRIST] - (18, -20)
    session.project.apply(edits.move_joint(session.project.state, person, 11, WRIST, right))
    session.select(person)
    studio.key(Qt.Key.Key_H)
    box = proposed_head_box(studio.pose(person))
    assert box is not None
    studio.drag(box[:2] - 2, box[:2] + box[2:] + 2, keys=Qt.KeyboardModifier.ShiftModifier)
    assert np.isfinite(studio.pose(person)["head_box"]).all()
    settled(studio)
    assert session.spreading.proposal is None
    studio.key(Qt.Key.Key_V)
    session.select(person, WRIST)
    studio.key(Qt.Key.Key_1)  # says nothing new
    settled(studio)
    assert session.spreading.proposal is None
    session.select(person, WRIST)
    studio.key(Qt.Key.Key_2)
    wait_for(lambda: session.spreading.proposal is not None, "what follows from the joint")


def test_undo_and_redo_stay_where_something_changes_and_else_go_to_the_nearest_frame(
    studio: Studio,
) -> None:
    correct(studio)
    changed = studio.session.spreading.proposal.frames.tolist()
    studio.key(Qt.Key.Key_G)
    for here, there in ((13, 13), (39, max(changed)), (0, min(changed))):
        for walk in (studio.session.undo, studio.session.redo):
            studio.go_to(here)
            walk()
            assert studio.session.frame == there


def test_taking_with_the_frame_accepts_it_too(studio: Studio) -> None:
    correct(studio)
    studio.key(Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert studio.edits == 3
    assert studio.session.project is not None
    assert 11 in studio.session.project.state.reviewed


def test_one_key_leaves_it_until_the_limb_is_corrected_again(studio: Studio) -> None:
    correct(studio)
    studio.key(Qt.Key.Key_Backspace)
    assert studio.session.spreading.proposal is None
    assert studio.edits == 2
    studio.key(Qt.Key.Key_Return)
    assert not studio.window.bound["take_spread"].isEnabled()
    studio.go_to(13)
    studio.session.select(studio.session.person, WRIST)
    wrong = studio.pose(studio.session.person)["xy"][WRIST]
    studio.drag(wrong, wrong - (18, -20))
    wait_for(lambda: studio.session.spreading.proposal is not None, "a proposal")


def test_what_was_left_stays_left_when_the_frame_is_accepted(studio: Studio) -> None:
    """Accepting says that what is shown is right; it corrects nothing."""
    correct(studio)
    person, spreading = studio.session.person, studio.session.spreading
    studio.key(Qt.Key.Key_Backspace)
    studio.key(Qt.Key.Key_Return)
    assert studio.session.project is not None
    assert studio.session.project.state.reviewed == {11}
    assert studio.session.joint == WRIST
    wait_for(lambda: not spreading._rest.isActive(), "its being worked out anew")
    assert spreading._pool.waitForDone(10_000)
    QApplication.processEvents()
    assert spreading.proposal is None or WRIST not in spreading.proposal.joints
    assert person is not None


def test_what_goes_wrong_while_ways_are_sought_is_in_the_log(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, complaints: Complaints
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("not foreseen")

    monkeypatch.setattr("glpose_core.spread.ways", fail)
    person = studio.session.people()[0].id
    wrong = studio.pose(person)["xy"][WRIST]
    studio.session.select(person, WRIST)
    studio.drag(wrong, wrong - (18, -20))
    wait_for(lambda: complaints.said, "a word in the log")
    assert "not foreseen" in complaints.take()[0]


def test_undoing_the_correction_takes_its_proposal_away(studio: Studio) -> None:
    correct(studio)
    studio.session.undo()
    wait_for(lambda: studio.session.spreading.proposal is None, "no proposal")


def test_nothing_is_proposed_for_somebody_who_is_deleted(studio: Studio) -> None:
    correct(studio)
    wait_for(lambda: studio.session.spreading.proposal is not None, "a proposal")
    person = studio.session.person
    studio.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert all(one.id != person for one in studio.session.people())
    wait_for(lambda: studio.session.spreading.proposal is None, "the proposal to go")
    settled(studio)
    assert studio.session.spreading.ways == ()
    studio.session.undo()
    wait_for(lambda: studio.session.spreading.proposal is not None, "the proposal again")


# -- while joints are placed faster than is worked out what follows ----------------------------------


def test_what_was_taken_is_not_proposed_a_moment_longer(studio: Studio) -> None:
    correct(studio)
    studio.key(Qt.Key.Key_G)
    assert studio.session.spreading.proposal is None
    assert studio.canvas._ghost() is None


def test_a_joint_that_was_placed_since_is_no_ghost(studio: Studio) -> None:
    correct(studio)
    studio.session.spreading._rest.timeout.disconnect()  # the next answer is late
    studio.go_to(13)
    ghost = studio.canvas._ghost()
    assert ghost is not None
    assert ghost.moved[WRIST]
    wrong = studio.pose(studio.session.person)["xy"][WRIST]
    studio.drag(wrong, wrong - (18, -20))
    assert studio.session.spreading.proposal is not None, "it is still that of frame 11"
    ghost = studio.canvas._ghost()
    assert ghost is None or not ghost.moved[WRIST]


def test_questions_that_nobody_waits_for_any_more_are_not_worked_out(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct(studio)
    settled(studio)
    asked, go_on = [], threading.Event()

    def slow(question: object) -> tuple[Proposal, ...]:
        asked.append(question)
        assert go_on.wait(PATIENCE)
        return ()

    monkeypatch.setattr("glpose_core.spread.ways", slow)
    for _ in range(5):
        studio.session.spreading._ask()
    go_on.set()
    assert studio.session.spreading._pool.waitForDone(5000)
    assert len(asked) <= 2, "the one under way, and the last"


def test_what_would_be_replaced_is_faint_behind_its_ghost(studio: Studio) -> None:
    correct(studio)
    studio.go_to(13)
    ghost, scene = studio.canvas._ghost(), studio.canvas.scene
    person = studio.session.spreading.proposal.person
    assert ghost is not None
    faded = fade_behind(scene, person, ghost)
    before, after = scene.figure(person), faded.figure(person)
    assert before is not None
    assert after is not None
    assert (after.opacity[ghost.moved] <= BEHIND).all()
    assert np.array_equal(after.opacity[~ghost.moved], before.opacity[~ghost.moved])
    others = [one for one in scene.figures if one.person != person]
    assert [one for one in faded.figures if one.person != person] == others
    assert studio.canvas._painting_failed is False


@pytest.mark.parametrize("tool", ["place", "box"])
def test_the_tool_in_hand_says_what_it_does_next_although_something_is_proposed(
    studio: Studio, tool: str
) -> None:
    correct(studio)
    studio.go_to(13)
    studio.canvas.set_tool(tool)
    for short in (False, True):
        hint = studio.canvas._hint(short=short)
        said = "".join(text for text, _ in hint)
        assert said.startswith("Click the left wrist of" if tool == "place" else "Drag a box")
        assert hint[-2:] == [("G", True), (" takes what follows", False)]
    studio.window.resize(1366, 768)
    short = studio.canvas._hint(short=True)
    assert fits(short, studio.canvas.width() - 24)


# -- several people in turn --------------------------------------------------------------------------


def correct_both(studio: Studio) -> tuple[int, int]:
    """Correct the first person's left wrist, then the second one's, in the same frame."""
    first, second = (one.id for one in studio.session.people())
    correct(studio)
    studio.session.select(second, WRIST)
    at = studio.pose(second)["xy"][WRIST]
    studio.drag(at, at + np.array([0, 12]))
    wait_for(lambda: proposed_for(studio) == second, "the second one's proposal")
    return first, second


def proposed_for(studio: Studio) -> int | None:
    proposal = studio.session.spreading.proposal
    return None if proposal is None else proposal.person


def test_who_was_corrected_before_somebody_else_is_proposed_for_when_chosen_again(
    studio: Studio,
) -> None:
    first, second = correct_both(studio)
    studio.session.select(first)
    wait_for(lambda: proposed_for(studio) == first, "the first one's proposal")
    studio.key(Qt.Key.Key_G)
    assert studio.pose(first, 12)["source"][WRIST] == Source.INTERPOLATED
    studio.session.select(second)
    wait_for(lambda: proposed_for(studio) == second, "the second one's again")
    settled(studio)
    studio.session.select(first)
    settled(studio)
    assert proposed_for(studio) == second, "what was taken waits no longer"


def test_what_was_left_is_not_proposed_when_its_person_is_chosen_again(studio: Studio) -> None:
    first, second = correct_both(studio)
    studio.key(Qt.Key.Key_Backspace)
    studio.session.select(first)
    wait_for(lambda: proposed_for(studio) == first, "the first one's proposal")
    studio.session.select(second)
    settled(studio)
    assert proposed_for(studio) == first


@pytest.mark.parametrize(
    "keys", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier]
)
@pytest.mark.parametrize("part", [PART, 2])
def test_a_range_that_was_accepted_is_not_asked_about_again(
    studio: Studio, keys: Qt.KeyboardModifier, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes on beyond it was seen when it was taken; it comes with the next correction."""
    monkeypatch.setattr("glpose_core.labels.edits.accepting.PART", part)
    correct(studio)
    before = studio.session.spreading.proposal
    assert before is not None
    studio.session.mark(9, 14)
    studio.key(Qt.Key.Key_R, keys)
    marks = studio.session.project.state.marks
    wait_for(lambda: set(range(9, 14)) <= set(marks(before.person).labelled), "the range")
    settled(studio)
    assert studio.session.spreading.proposal is None
    studio.go_to(16)
    wrong = studio.pose(before.person)["xy"][WRIST]
    studio.session.select(before.person, WRIST)
    studio.drag(wrong, wrong - (20, 30))
    wait_for(lambda: studio.session.spreading.proposal is not None, "the next proposal")


def test_what_is_not_worked_out_yet_is_neither_taken_nor_said_to_be_nothing(studio: Studio) -> None:
    person, spreading = studio.session.people()[0].id, studio.session.spreading
    wrong = studio.pose(person)["xy"][WRIST]
    studio.session.select(person, WRIST)
    studio.drag(wrong, wrong - (18, -20))
    assert spreading.awaited
    made = studio.edits
    studio.key(Qt.Key.Key_G)
    assert studio.notices[-1] == ("info", STILL)
    wait_for(lambda: spreading.proposal is not None, "a proposal")
    assert studio.edits == made
    old = spreading.proposal
    studio.session.apply(lambda state: edits.move_joint(state, person, 11, ANKLE, (60.0, 100.0)))
    assert spreading.proposal is old
    studio.key(Qt.Key.Key_G)
    assert studio.notices[-1] == ("info", STILL), (
        "the older one, without this correction, is not meant"
    )
    studio.key(Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert studio.notices[-1] == ("info", STILL)
    assert 11 not in studio.session.project.state.reviewed
    settled(studio)
    assert not spreading.awaited
    studio.key(Qt.Key.Key_G)
    assert studio.edits == made + 2


def test_the_proposal_of_one_person_goes_when_another_is_corrected(studio: Studio) -> None:
    correct(studio)
    second = studio.session.people()[1].id
    studio.session.select(second, WRIST)
    at = studio.pose(second)["xy"][WRIST]
    studio.drag(at, at - (0, 30))
    spreading = studio.session.spreading
    assert all(one.person == second for one in spreading.ways)
    assert spreading.proposal is None or spreading.proposal.person == second
    studio.key(Qt.Key.Key_G, Qt.KeyboardModifier.AltModifier)
    assert all(one.person == second for one in spreading.ways)


def test_what_cannot_be_worked_out_is_not_waited_for(
    studio: Studio, complaints: Complaints, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_question: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr("glpose_core.spread.ways", fail)
    person = studio.session.people()[0].id
    studio.session.apply(lambda state: edits.move_joint(state, person, 11, WRIST, (60.0, 100.0)))
    wait_for(lambda: not studio.session.spreading.awaited, "the answer")
    assert "no proposal could be worked out" in complaints.take()[0]
