"""One key goes where a correction saves most, says why, and says so when nothing is left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.guiding import FAILED, NEAR, sentence, stretches
from glpose_core.labels import edits
from glpose_core.review import Item, Reason
from glpose_core.skeleton import POSETRACK17
from tests.gui.conftest import Build, Complaints, Studio, made_up, wait_for

pytestmark = pytest.mark.quick
WRIST, KNEE = POSETRACK17.index("left_wrist"), POSETRACK17.index("right_knee")
WRISTS, KNEES = range(8, 11), range(22, 30)


@pytest.fixture
def studio(build_studio: Build, video: Path) -> Studio:
    """Two people in 40 frames; the first one's left wrist is wrong in three of them, the right knee in eight."""
    studio = build_studio()
    studio.open(video)
    rows = made_up(range(40))
    for joint, frames in ((WRIST, WRISTS), (KNEE, KNEES)):
        wrong = (rows["track"] == 0) & np.isin(rows["frame"], frames)
        rows["xy"][wrong, joint] += (18, -20)
        rows["score"][wrong, joint] = 0.3
    studio.predict(rows)
    studio.session.select(studio.session.people()[0].id)
    return studio


def guide(studio: Studio) -> str:
    """Press the key; what is said."""
    heard = len(studio.notices)
    studio.key(Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    wait_for(lambda: len(studio.notices) > heard, "an answer")
    studio.wait_for_picture()
    return studio.notices[-1][1]


def test_it_goes_where_most_is_to_be_mended_and_says_why(studio: Studio) -> None:
    said = guide(studio)
    assert studio.session.frame in KNEES
    assert studio.session.joint == KNEE
    assert "Right knee" in said
    assert "confidence 0.30" in said


def test_the_chosen_joint_comes_first_and_then_the_others(studio: Studio) -> None:
    studio.session.select(studio.session.person, WRIST)
    assert "Left wrist" in guide(studio)
    assert studio.session.frame in WRISTS
    assert "Right knee" in guide(studio)
    assert studio.session.frame in KNEES


def test_what_a_waiting_correction_would_mend_is_not_gone_to_for_its_old_reason(
    studio: Studio,
) -> None:
    assert "confidence 0.30" in guide(studio)
    person = studio.session.person
    for frame in (23, 28):
        studio.go_to(frame)
        studio.session.select(person, KNEE)
        wrong = studio.pose(person)["xy"][KNEE]
        studio.drag(wrong, wrong - (18, -20))
    wait_for(lambda: studio.session.spreading.proposal is not None, "a proposal")
    said = guide(studio)
    assert "confidence 0.30" not in said
    assert studio.pose(person, 25)["xy"][KNEE][0] == pytest.approx(wrong[0], abs=3)


def test_it_says_when_nothing_is_left(studio: Studio) -> None:
    studio.session.select(studio.session.people()[1].id)
    assert "Nothing is left to doubt" in guide(studio)
    assert studio.session.frame == 0


def test_places_that_were_shown_are_passed_over_and_then_begin_anew(studio: Studio) -> None:
    seen = []
    while "Nothing more" not in (said := guide(studio)):
        seen.append(said)
        assert len(seen) < 20
    assert len(seen) >= 2
    assert len(set(seen)) == len(seen)
    assert f"{len(seen)} places" in said
    studio.session.select(studio.session.person)
    assert guide(studio).partition(".")[0] == seen[0].partition(".")[0]


def test_reviewed_frames_are_not_gone_to(studio: Studio) -> None:
    studio.session.apply(lambda state: edits.set_reviewed(state, KNEES, True))
    assert "Left wrist" in guide(studio)


def test_what_was_skipped_in_the_review_list_is_not_gone_to(studio: Studio) -> None:
    studio.window.show_review()
    reviewing = studio.window.reviewing
    wait_for(lambda: not reviewing.busy and reviewing.total > 0, "the list")
    knee = next(item for item in reviewing.items if KNEE in item.joints)
    reviewing.go(knee)
    studio.wait_for_picture()
    studio.key(Qt.Key.Key_S)
    studio.session.select(knee.person, KNEE)
    assert "Right knee" not in guide(studio)
    assert studio.session.joint != KNEE


def test_a_search_that_fails_says_so(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, complaints: Complaints
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("not foreseen")

    monkeypatch.setattr("glpose_core.spread.look", fail)
    assert guide(studio) == FAILED
    assert studio.notices[-1][0] == "error"
    assert "not foreseen" in complaints.take()[0]
    monkeypatch.undo()
    assert "Right knee" in guide(studio)


def test_every_frame_is_looked_at_once_and_near_ones_first() -> None:
    found = list(stretches(2000, 10_000))
    assert found[0] == (2000 - NEAR, 2000 + NEAR + 1)
    assert sorted(frame for one in found for frame in range(*one)) == list(range(10_000))
    assert list(stretches(0, 1)) == [(0, 1)]


def test_what_was_skipped_in_a_project_that_is_only_read_is_not_gone_to(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert studio.session.project is not None
    monkeypatch.setattr(studio.session.project, "read_only", True)
    test_what_was_skipped_in_the_review_list_is_not_gone_to(studio)
    assert not studio.session.project.note("review.skipped")


def test_a_joint_that_keys_have_moved_is_not_told_as_a_second_model() -> None:
    cells = np.zeros(1, np.uint64)
    words = "shin 40 % too long"
    item = Item(4, 6, 5, 1, (KNEE,), Reason.BONES, "right knee", words, None, 0.5, 2.0, cells)
    said = sentence(replace(item, also=(Reason.MODELS,)), 2)
    assert said == (
        "Right knee, frames 4 to 5: shin 40 % too long, also moved far by your keys. 2 more."
    )
