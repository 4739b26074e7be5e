"""Other ways to fill in the frames around a correction: gone through, taken, and not proposed away."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from glpose_core.labels import Source, edits
from glpose_core.spread import Way

from .conftest import Studio, made_up, wait_for
from .test_spreading import WRIST, correct, settled
from .test_spreading import studio as studio


def straight(studio: Studio) -> None:
    """Correct a second frame too, and go through the ways until straight lines are proposed."""
    correct(studio)
    studio.key(Qt.Key.Key_G)
    wait_for(lambda: studio.session.spreading.proposal is None, "nothing more to propose")
    studio.go_to(2)
    person = studio.session.person
    assert person is not None
    at = studio.pose(person)["xy"][WRIST]
    studio.session.select(person, WRIST)
    studio.drag(at, at + np.array([0, 9]))
    wait_for(lambda: Way.LINEAR in ways(studio), "a straight line")
    while now(studio) is not Way.LINEAR:
        vary(studio)


def ways(studio: Studio) -> list[Way]:
    return [one.way for one in studio.session.spreading.ways]


def now(studio: Studio) -> Way | None:
    proposal = studio.session.spreading.proposal
    return None if proposal is None else proposal.way


def following(studio: Studio) -> list[int]:
    proposal = studio.session.spreading.proposal
    return [] if proposal is None else proposal.frames.tolist()


def vary(studio: Studio) -> None:
    studio.key(Qt.Key.Key_G, Qt.KeyboardModifier.AltModifier)


@pytest.mark.quick
def test_one_key_goes_through_other_ways_and_the_preview_says_which_is_on(studio: Studio) -> None:
    straight(studio)
    before, offered = studio.edits, ways(studio)
    seen = []
    for _ in offered:
        seen.append(now(studio))
        said = "".join(text for text, _ in studio.canvas._hint())
        assert f"way {1 + offered.index(Way(seen[-1]))} of {len(offered)}" in said
        vary(studio)
    assert set(seen) == set(offered)
    assert seen[0] is Way.LINEAR
    assert offered[-1] is Way.HERE
    assert now(studio) is Way.LINEAR
    assert studio.edits == before


def test_the_way_before_comes_back_by_a_key(studio: Studio) -> None:
    straight(studio)
    both = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    vary(studio)
    assert now(studio) is not Way.LINEAR
    studio.key(Qt.Key.Key_G, both)
    assert now(studio) is Way.LINEAR
    spreading = studio.session.spreading
    while spreading.at != 1:
        studio.key(Qt.Key.Key_G, both)
    studio.key(Qt.Key.Key_G, both)
    assert now(studio) is Way.HERE, "round and round"
    spreading.proposal = None  # nothing is to be changed
    studio.key(Qt.Key.Key_G, both)
    assert spreading.at == len(spreading.ways) - 1


def test_the_path_of_the_joint_tells_one_way_from_another(studio: Studio) -> None:
    straight(studio)
    path = studio.canvas._path()
    assert path is not None
    steps = np.diff(path.xy[path.changed], axis=0)
    assert np.allclose(steps, steps[0], atol=1e-3)
    vary(studio)
    other = studio.canvas._path()
    assert other is None or not np.array_equal(other.xy, path.xy, equal_nan=True)
    assert not studio.canvas._painting_failed


@pytest.mark.quick
def test_the_chosen_way_is_taken_in_one_step_and_not_proposed_away(studio: Studio) -> None:
    straight(studio)
    person, before = studio.session.person, studio.edits
    keys = studio.pose(person, 2)["xy"][WRIST], studio.pose(person, 11)["xy"][WRIST]
    old = studio.pose(person, 8)["xy"][WRIST].copy()
    studio.key(Qt.Key.Key_G)
    assert studio.edits == before + 1
    line = keys[0] + (keys[1] - keys[0]) * 6 / 9
    assert np.allclose(studio.pose(person, 8)["xy"][WRIST], line, atol=1e-3)
    wait_for(lambda: Way.LINEAR not in ways(studio), "the ways that are left")
    assert not set(range(3, 11)) & set(following(studio))
    studio.session.undo()
    assert np.allclose(studio.pose(person, 8)["xy"][WRIST], old)
    wait_for(lambda: Way.LINEAR in ways(studio), "the straight line again")


def test_a_correction_within_what_was_chosen_is_spread_as_ever(studio: Studio) -> None:
    straight(studio)
    studio.key(Qt.Key.Key_G)
    wait_for(lambda: Way.LINEAR not in ways(studio), "the ways that are left")
    studio.go_to(6)
    at = studio.pose(studio.session.person)["xy"][WRIST]
    studio.drag(at, at + np.array([8, -14]))
    wait_for(lambda: 7 in following(studio), "a proposal for the frame beside it")
    assert now(studio) is Way.BEST


def test_this_frame_only_is_taken_by_the_same_key(studio: Studio) -> None:
    correct(studio)
    while now(studio) is not Way.HERE:
        vary(studio)
    assert "frames around stay" in "".join(text for text, _ in studio.canvas._hint())
    studio.key(Qt.Key.Key_G)
    assert studio.edits == 2
    assert studio.session.spreading.proposal is None
    assert studio.notices[-1][1] == "The frames around stay as they are."
    assert not studio.window.bound["vary_spread"].isEnabled()


@pytest.mark.quick
def test_this_frame_only_and_accepted_is_one_step(studio: Studio) -> None:
    correct(studio)
    while now(studio) is not Way.HERE:
        vary(studio)
    studio.key(Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert studio.edits == 3
    assert 11 in studio.session.project.state.reviewed
    assert studio.pose(studio.session.person, 12)["source"][WRIST] == Source.MODEL


def test_what_is_chosen_stays_proposed_while_a_prediction_runs(studio: Studio) -> None:
    straight(studio)
    first = studio.session.spreading.proposal
    studio.predict(made_up(range(30, 40)))
    wait_for(lambda: studio.session.spreading.proposal is not first, "an answer")
    assert now(studio) is Way.LINEAR


def test_this_frame_only_and_accepted_is_not_proposed_again(studio: Studio) -> None:
    correct(studio)
    while now(studio) is not Way.HERE:
        vary(studio)
    studio.key(Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    settled(studio)
    assert studio.session.spreading.ways == ()
    studio.go_to(13)
    wrong = studio.pose(studio.session.person)["xy"][WRIST]
    studio.drag(wrong, wrong - (18, -20))
    wait_for(lambda: studio.session.spreading.proposal is not None, "a proposal")


def test_a_way_chosen_for_a_single_frame_is_not_proposed_away(studio: Studio) -> None:
    person = studio.session.people()[0].id
    for frame in (20, 23, 22):
        studio.go_to(frame)
        at = studio.pose(person)["xy"][WRIST]
        studio.session.select(person, WRIST)
        studio.drag(at, at + np.array([0, 9]))
        settled(studio)
    studio.key(Qt.Key.Key_G)
    settled(studio)
    while now(studio) is not Way.MODEL:
        vary(studio)
    assert following(studio) == [21]
    studio.key(Qt.Key.Key_G)
    assert studio.pose(person, 21)["source"][WRIST] == Source.MODEL
    settled(studio)
    assert 21 not in following(studio)


def test_a_way_that_vanishes_gives_place_to_the_best(studio: Studio) -> None:
    straight(studio)
    studio.session.apply(lambda state: edits.set_reviewed(state, range(3, 11), True))
    wait_for(lambda: Way.LINEAR not in ways(studio), "the ways that are left")
    assert Way.BEST in ways(studio)
    assert now(studio) is Way.BEST
