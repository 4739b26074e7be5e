"""What must hold of every spread: keys are met, nothing else moves without a reason, states run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glpose_core.labels import Visibility
from glpose_core.spread import Keys, Machine, Method, Way, run_states, spread
from glpose_core.spread.project import head_size
from glpose_core.spread.sides import exchange
from glpose_core.spread.tuning import REACH
from tests.walkers import J, walker

pytestmark = pytest.mark.quick
WRIST, KNEE, OTHER_KNEE = J["left_wrist"], J["left_knee"], J["right_knee"]
FRAMES = 60
BURST = slice(20, 26)


def machine(frames: int = FRAMES) -> Machine:
    """Somebody who walks, seen by a model that is right."""
    rows = walker(frames)
    shown = rows["visibility"] > 0
    xy = np.where(shown[..., None], rows["xy"], np.nan)
    score = np.where(shown, rows["score"], 0.0).astype(np.float64)
    return Machine(xy, score, rows["visibility"], np.ones(frames, bool), head_size(rows))


def keys_at(made: Machine, at: dict[tuple[int, int], tuple[float, float]]) -> Keys:
    """Keys at (frame, joint), so many head sizes beside where the machine has the joint."""
    keys = Keys(
        np.zeros(made.score.shape, bool), made.xy.copy(), np.full(made.score.shape, 2, np.uint8)
    )
    for place, away in at.items():
        keys.set[place] = True
        keys.xy[place] = np.nan_to_num(made.xy[place]) + np.array(away) * made.head
    return keys


places = st.dictionaries(
    st.tuples(st.integers(0, FRAMES - 1), st.sampled_from([WRIST, KNEE, OTHER_KNEE, J["nose"]])),
    st.tuples(st.floats(-4, 4), st.floats(-4, 4)),
    max_size=8,
)
quickly = settings(deadline=None, derandomize=True, max_examples=25)


@quickly
@given(places)
def test_keys_are_met_exactly_and_every_answer_is_a_number(
    at: dict[tuple[int, int], tuple[float, float]],
) -> None:
    made = machine()
    keys = keys_at(made, at)
    found = spread(made, keys)
    assert (found.xy[keys.set] == keys.xy[keys.set]).all()
    assert (found.method[keys.set] == Method.KEY).all()
    assert np.isfinite(found.xy[made.visibility > 0]).all()
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()


@quickly
@given(places)
def test_a_joint_without_keys_stays_unless_its_side_is_exchanged(
    at: dict[tuple[int, int], tuple[float, float]],
) -> None:
    made = machine()
    found = spread(made, keys_at(made, at))
    keyed = {joint for _, joint in at}
    for joint in set(range(17)) - keyed:
        alone = found.method[:, joint] == Method.MODEL
        assert (alone | (found.method[:, joint] == Method.EXCHANGED)).all()
        same = found.xy[alone, joint] == made.xy[alone, joint]
        assert (same | np.isnan(made.xy[alone, joint])).all()


@quickly
@given(places, st.integers(0, 2**31 - 1))
def test_the_same_keys_say_the_same_whatever_the_model_makes(
    at: dict[tuple[int, int], tuple[float, float]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    made = machine()
    made.xy[:] += rng.normal(0, rng.uniform(0, 2) * made.head, made.xy.shape)
    made.score[:] = rng.uniform(0, 1, made.score.shape) * (made.visibility > 0)
    made.xy[rng.random(made.score.shape) < 0.1] = np.nan
    keys = keys_at(made, at)
    once, again = spread(made, keys), spread(made, keys)
    for name in ("xy", "visibility", "method", "confidence"):
        np.testing.assert_array_equal(getattr(once, name), getattr(again, name))
    assert (once.xy[keys.set] == keys.xy[keys.set]).all()
    kept = once.method == Method.MODEL
    np.testing.assert_array_equal(once.xy[kept], made.xy[kept])
    moved = (once.method == Method.BENT) | (once.method == Method.LINEAR)
    assert np.isfinite(once.xy[moved]).all()


def test_frames_out_of_reach_stay_as_they_are() -> None:
    made = machine(3 * REACH)
    found = spread(made, keys_at(made, {(REACH + 5, WRIST): (3, 0)}))
    far = np.abs(np.arange(3 * REACH) - REACH - 5) > REACH
    assert (found.method[far] == Method.MODEL).all()
    np.testing.assert_array_equal(found.xy[far], made.xy[far])


def test_what_a_key_says_is_less_sure_the_further_it_is_carried() -> None:
    """Two keys two heads beside a smooth track: between them sure; beyond, less and less. It once was 1 everywhere."""
    made = machine()
    found = spread(made, keys_at(made, {(20, WRIST): (2, 0), (26, WRIST): (2, 0)}), way=Way.BENT)
    assert (found.method[27:44, WRIST] == Method.BENT).all()
    sure = found.confidence[:, WRIST]
    assert (sure[21:26] > 0.95).all()
    assert (np.diff(sure[27:44]) < 0).all()
    assert sure[43] < 0.5


def test_a_track_that_fits_its_keys_is_kept() -> None:
    made = machine()
    at = {(frame, joint): (0.02, 0.0) for frame in (5, 30, 50) for joint in (WRIST, KNEE)}
    found = spread(made, keys_at(made, at))
    assert set(np.unique(found.method)) == {Method.MODEL, Method.KEY}


def test_a_burst_is_mended_from_one_key_and_the_rest_is_kept() -> None:
    made = machine()
    true = made.xy[:, WRIST].copy()
    made.xy[BURST, WRIST] += (4 * made.head, 0)
    made.score[BURST, WRIST] = 0.4
    confirmed = {(frame, joint): (0.0, 0.0) for frame in (2, 50) for joint in (WRIST, KNEE)}
    found = spread(made, keys_at(made, {**confirmed, (22, WRIST): (-4, 0)}))
    off = np.linalg.norm(found.xy[:, WRIST] - true, axis=1) / made.head
    assert off.max() < 0.5
    outside = np.r_[3 : BURST.start - 8, BURST.stop + 8 : 50]
    assert (found.method[outside, WRIST] == Method.MODEL).mean() > 0.9
    assert off[outside].max() < 0.2


def test_where_the_machine_misses_every_key_a_straight_line_wins() -> None:
    made = machine()
    true = made.xy[:, WRIST].copy()
    rng = np.random.default_rng(3)
    made.xy[:, WRIST] += rng.normal(0, 3 * made.head, (FRAMES, 2))
    made.xy[:, J["right_wrist"]] += (0, 9 * made.head)  # never mistaken for the other
    made.score[:, WRIST] = 0.3
    keys = keys_at(made, {(frame, WRIST): (0.0, 0.0) for frame in range(0, FRAMES, 6)})
    keys.xy[keys.set] = true[::6]
    found = spread(made, keys)
    line = np.stack(
        [np.interp(np.arange(55), np.arange(0, 55, 6), true[:55:6, c]) for c in (0, 1)], 1
    )
    assert np.abs(found.xy[:55, WRIST] - line).max() < 0.5 * made.head
    assert set(np.unique(found.method[:55, WRIST])) == {Method.LINEAR, Method.KEY}


def test_exchanged_sides_are_exchanged_back_in_their_stretch_only() -> None:
    right = machine()
    swapped = np.zeros((6, FRAMES), bool)
    swapped[3:, BURST] = True
    xy = exchange(right.xy.swapaxes(0, 1), swapped).swapaxes(0, 1)
    made = Machine(xy, right.score, right.visibility, right.seen, right.head)
    keys = keys_at(right, {(22, KNEE): (0, 0), (22, OTHER_KNEE): (0, 0)})
    found = spread(made, keys)
    apart = np.linalg.norm(right.xy[:, KNEE] - right.xy[:, OTHER_KNEE], axis=1) > 0.5 * right.head
    for joint in (KNEE, OTHER_KNEE):
        off = np.linalg.norm(found.xy[:, joint] - right.xy[:, joint], axis=1) / right.head
        assert off[apart].max() < 0.5
    assert (found.method[:10] == Method.MODEL).all()


def test_nothing_is_spread_without_keys() -> None:
    made = machine()
    found = spread(made, keys_at(made, {}))
    assert (found.method == Method.MODEL).all()
    np.testing.assert_array_equal(found.xy, made.xy)


def test_without_a_machine_keys_are_joined_by_straight_lines() -> None:
    shape = (20, 17)
    nothing = Machine(
        np.full((*shape, 2), np.nan),
        np.zeros(shape),
        np.zeros(shape, np.uint8),
        np.zeros(20, bool),
        30.0,
    )
    keys = Keys(np.zeros(shape, bool), np.zeros((*shape, 2)), np.zeros(shape, np.uint8))
    keys.set[[4, 14], WRIST], keys.visibility[[4, 14], WRIST] = True, Visibility.VISIBLE
    keys.xy[4, WRIST], keys.xy[14, WRIST] = (0, 0), (100, 50)
    found = spread(nothing, keys)
    np.testing.assert_allclose(found.xy[9, WRIST], (50, 25), atol=0.01)
    assert np.isnan(found.xy[15:, WRIST]).all()
    assert (found.visibility[4:15, WRIST] == Visibility.VISIBLE).all()


states = st.lists(st.integers(0, 2), min_size=30, max_size=30)


@quickly
@given(states, st.dictionaries(st.integers(0, 29), st.integers(0, 2), max_size=5))
def test_states_run_from_key_to_key(says: list[int], said: dict[int, int]) -> None:
    made = machine(30)
    made.visibility[:, WRIST] = says
    keys = keys_at(made, {})
    for frame, state in said.items():
        keys.set[frame, WRIST], keys.visibility[frame, WRIST] = True, state
    found = run_states(made, keys)[:, WRIST]
    for frame, state in said.items():
        assert found[frame] == state
    for frame in range(30):
        allowed = {says[frame]} | {
            state
            for key, state in said.items()
            if len(set(says[min(key, frame) : max(key, frame) + 1])) == 1
        }
        assert found[frame] in allowed
    if not said:
        assert found.tolist() == says


def test_an_occluded_key_holds_until_the_next_key() -> None:
    made = machine()
    keys = keys_at(made, {(10, WRIST): (0, 0), (25, WRIST): (0, 0)})
    keys.visibility[10, WRIST] = Visibility.OCCLUDED
    found = run_states(made, keys)[:, WRIST]
    assert (found[10:25] == Visibility.OCCLUDED).all()
    assert (found[:10] == Visibility.VISIBLE).all()
    assert (found[25:] == Visibility.VISIBLE).all()


def test_an_absent_key_says_nothing_of_places() -> None:
    made = machine()
    keys = keys_at(made, {(20, WRIST): (9, 9)})
    keys.visibility[20, WRIST] = Visibility.ABSENT
    found = spread(made, keys)
    assert (found.method[:, WRIST] != Method.BENT).all()
    assert (found.visibility[20:40, WRIST] == Visibility.ABSENT).all()
