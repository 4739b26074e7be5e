"""Other ways than the best: for one stretch, told apart, taken as one edit, and not proposed away afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.labels import Project, Source
from glpose_core.spread import Proposal, Way, ask, propose, take, ways
from glpose_core.spread.ways import beside_keys
from tests.core.spread.test_project import BURST, FRAMES, KNEE, WRIST, correct
from tests.core.spread.test_project import project as project
from tests.walkers import walker

pytestmark = pytest.mark.quick
EARLIER, LATER = 10, 40


def offered(project: Project, frame: int = 23, **more: object) -> dict[Way, Proposal]:
    question = ask(project.state, 1, frame, joint=WRIST, **more)  # type: ignore[arg-type]
    return {one.way: one for one in ways(question)}


@pytest.fixture
def keyed(project: Project) -> Project:
    """The wrist has keys before, within and after its fault."""
    for frame in (EARLIER, LATER, 23):
        correct(project, frame)
    return project


def test_the_best_comes_first_and_this_frame_only_last(keyed: Project) -> None:
    found = ways(ask(keyed.state, 1, 23, joint=WRIST))
    assert found[0].way is Way.BEST
    best = propose(keyed.state, 1, 23)
    assert best is not None
    assert np.array_equal(found[0].changed, best.changed)
    assert found[-1].way is Way.HERE
    assert not found[-1].changed.any()
    assert len({one.way for one in found}) == len(found)


def test_straight_lines_go_from_key_to_key_and_no_further(keyed: Project) -> None:
    straight = offered(keyed)[Way.LINEAR]
    assert straight.joints == [WRIST]
    assert straight.frames[0] > EARLIER
    assert straight.frames[-1] < LATER
    xy = walker(FRAMES)["xy"][:, WRIST]
    for frame in straight.frames.tolist():
        low, high = (EARLIER, 23) if frame < 23 else (23, LATER)
        line = xy[low] + (xy[high] - xy[low]) * (frame - low) / (high - low)
        made = straight.spread.xy[frame - straight.start, WRIST]
        assert np.allclose(made, line, atol=0.01), frame


def test_bent_keeps_the_steps_of_the_machine(project: Project) -> None:
    correct(project, 23)
    bent = offered(project)[Way.BENT]
    xy = walker(FRAMES)["xy"][:, WRIST]
    inside = [frame for frame in BURST if frame != 23]
    assert set(inside) <= set(bent.frames.tolist())
    made = bent.spread.xy[np.array(inside) - bent.start, WRIST]
    assert np.linalg.norm(made - xy[inside], axis=1).max() < 25


def test_what_a_bent_track_drifts_where_no_key_is_near_is_left_out() -> None:
    changed, keyed = np.zeros((12, 17), bool), np.zeros((12, 17), bool)
    changed[[0, 1, 4, 5, 7, 8, 10], WRIST] = True
    keyed[6, WRIST] = keyed[10, KNEE] = True
    kept = beside_keys(changed, keyed)
    assert np.flatnonzero(kept[:, WRIST]).tolist() == [4, 5, 7, 8]
    keyed[2, WRIST] = True
    assert beside_keys(changed, keyed)[:2, WRIST].all()
    assert not beside_keys(changed, keyed)[10, WRIST]


def test_the_machine_s_own_track_undoes_what_was_spread_before(keyed: Project) -> None:
    before = offered(keyed)
    assert Way.MODEL not in before
    keyed.apply(take(keyed.state, before[Way.LINEAR]))
    assert keyed.state.pose(1, 15)["source"][WRIST] == Source.INTERPOLATED
    own = offered(keyed)[Way.MODEL]
    keyed.apply(take(keyed.state, own))
    assert keyed.state.pose(1, 15)["source"][WRIST] == Source.MODEL
    assert keyed.state.pose(1, 23)["source"][WRIST] == Source.PLACED


def test_what_was_chosen_is_not_proposed_away_until_it_is_undone(keyed: Project) -> None:
    chosen = offered(keyed)[Way.LINEAR]
    keyed.apply(take(keyed.state, chosen))
    assert Way.BEST in offered(keyed)
    inside = set(chosen.frames.tolist())
    left = offered(keyed, settled=[chosen]).get(Way.BEST)
    assert left is None or not inside & set(left.frames.tolist())
    assert Way.MODEL in offered(keyed, settled=[chosen])
    keyed.undo()
    again = offered(keyed, settled=[chosen])[Way.BEST]
    assert inside & set(again.frames.tolist())


def test_a_choice_is_for_the_corrected_joint_and_its_stretch(keyed: Project) -> None:
    other = ask(keyed.state, 1, 23, joint=KNEE)
    for one in ways(other):
        assert KNEE not in one.joints
    early = offered(keyed, EARLIER)[Way.LINEAR]
    assert early.frames[-1] < 23


def test_without_keys_there_is_nothing_to_choose_from(project: Project) -> None:
    assert ways(ask(project.state, 1, 23, joint=WRIST)) == ()


def test_taking_nothing_is_an_edit_of_nothing(keyed: Project) -> None:
    assert take(keyed.state, offered(keyed)[Way.HERE]).changes == ()
