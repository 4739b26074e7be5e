"""Where a correction saves most: the review list's doubts, about the poses as they would be."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.labels import Project, Source, edits
from glpose_core.review import Reason
from glpose_core.spread import doubts, look, propose, take
from glpose_core.spread.guide import as_taken
from tests.core.spread.test_project import BURST, FRAMES, KNEE, WRIST, correct
from tests.core.spread.test_project import project as project

pytestmark = pytest.mark.quick


def test_the_fault_is_found_and_its_reason_named(project: Project) -> None:
    items = look(doubts(project.state, 1, 0, FRAMES))
    assert items[0].joints == (WRIST,)
    assert (items[0].frame, items[0].stop) == (BURST.start, BURST.stop)
    assert "confidence 0.35" in items[0].words


def test_a_proposal_counts_as_if_it_were_taken(project: Project) -> None:
    correct(project)
    proposal = propose(project.state, 1, 23)
    assert proposal is not None
    before = look(doubts(project.state, 1, 0, FRAMES))
    waiting = look(doubts(project.state, 1, 0, FRAMES, proposal))
    project.apply(take(project.state, proposal))
    taken = look(doubts(project.state, 1, 0, FRAMES))
    assert [(one.look, one.words) for one in waiting] == [(one.look, one.words) for one in taken]
    assert sum(one.gain for one in taken) < sum(one.gain for one in before)


def test_what_the_keys_moved_far_from_the_model_is_still_a_doubt(project: Project) -> None:
    correct(project)
    proposal = propose(project.state, 1, 23)
    items = look(doubts(project.state, 1, 0, FRAMES, proposal), WRIST)
    assert Reason.MODELS in {items[0].reason, *items[0].also}


def test_the_joint_asked_for_comes_first(project: Project) -> None:
    items = look(doubts(project.state, 1, 0, FRAMES), KNEE)
    about = [KNEE in one.joints for one in items]
    assert about == sorted(about, reverse=True)
    gains = [one.gain for one in items if KNEE not in one.joints]
    assert gains == sorted(gains, reverse=True)


def test_what_was_shown_reviewed_or_lies_elsewhere_is_left_out(project: Project) -> None:
    first = look(doubts(project.state, 1, 0, FRAMES))[0]
    passed = set(first.cells.tolist())
    rest = look(doubts(project.state, 1, 0, FRAMES), passed=passed)
    assert all(passed.isdisjoint(one.cells.tolist()) for one in rest)
    assert all(one.look >= 40 for one in look(doubts(project.state, 1, 40, FRAMES)))
    project.apply(edits.set_reviewed(project.state, range(FRAMES), True))
    assert look(doubts(project.state, 1, 0, FRAMES)) == []


def test_a_proposal_may_put_a_person_where_nobody_is_seen(project: Project) -> None:
    correct(project)
    proposal = propose(project.state, 1, 23)
    assert proposal is not None
    rows = project.state.seen([1], 0, FRAMES)
    without = rows[rows["frame"] != 24]
    made = as_taken(without, proposal, 0, FRAMES)
    assert made["frame"].tolist() == list(range(FRAMES))
    row = made[24]
    assert row["source"][WRIST] == Source.INTERPOLATED
    assert np.allclose(row["xy"][WRIST], proposal.spread.xy[24 - proposal.start, WRIST])
    assert row["visibility"][KNEE] == 0
    assert without["source"].max() == rows["source"].max()
