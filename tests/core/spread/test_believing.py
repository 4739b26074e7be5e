"""Where the machine is believed: rough steps say where right turns wrong, keys say which is which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glpose_core.spread.believing import (
    Evidence,
    chance_right,
    evidence_of,
    fitting,
    relied_on,
    share_right,
    usual_share,
)
from glpose_core.spread.tracks import distances, roughness
from glpose_core.spread.tuning import FITTED

pytestmark = pytest.mark.quick
FRAMES = 60
BURST = slice(20, 28)
quickly = settings(deadline=None, derandomize=True, max_examples=30)


def evidence(wrong: slice = BURST, keyed: tuple[int, ...] = ()) -> tuple[Evidence, np.ndarray]:
    """One joint that walks, one head size off in some frames, with a score that says nothing."""
    rng = np.random.default_rng(0)
    true = np.stack([np.linspace(0, 6, FRAMES), np.sin(np.arange(FRAMES) / 6)], axis=1)[None]
    track = true + rng.normal(0, 0.03, true.shape)
    track[:, wrong] += (1.0, 0.4)
    keys = np.zeros((1, FRAMES), bool)
    keys[:, list(keyed)] = True
    fits = distances(track, true) <= FITTED.fits
    score = np.full((1, FRAMES), FITTED.score_middle)
    return Evidence(score, np.zeros((1, FRAMES), bool), roughness(track), fits, fits), keys


def chance(found: Evidence, keyed: np.ndarray, share: float = 0.7) -> np.ndarray:
    return np.asarray(chance_right(found, keyed, np.array([share]), FITTED)[0])


def test_one_key_in_a_burst_condemns_the_burst_and_no_more() -> None:
    found = chance(*evidence(keyed=(24,)))
    assert found[BURST].max() < 0.3
    assert found[np.r_[: BURST.start - 2, BURST.stop + 2 : FRAMES]].min() > 0.6


def test_a_short_stretch_between_two_rough_steps_is_doubted_before_any_key() -> None:
    found = chance(*evidence(), share=0.9)
    assert found[BURST].max() < found[: BURST.start - 2].min()


def test_keys_that_fit_clear_what_is_smooth_around_them() -> None:
    found = chance(*evidence(keyed=(5, 24, 45)))
    assert found[: BURST.start - 2].min() > 0.9
    assert found[BURST.stop + 2 :].min() > 0.9


def test_a_track_that_jumps_in_every_frame_is_believed_nowhere() -> None:
    found, keyed = evidence()
    rough = np.full_like(found.rough, 3.0)
    wild = Evidence(found.score, found.missing, rough, np.zeros_like(found.fits), found.close)
    keyed[:, ::6] = True
    assert chance(wild, keyed, share=0.2).max() < 0.5


@quickly
@given(
    st.lists(st.floats(0, 5), min_size=19, max_size=19),
    st.lists(st.floats(0, 1), min_size=20, max_size=20),
    st.sets(st.integers(0, 19), max_size=6),
    st.sets(st.integers(0, 19), max_size=5),
    st.floats(0.03, 0.97),
)
def test_chances_are_chances_and_keys_decide(
    rough: list[float], score: list[float], keys: set[int], gone: set[int], share: float
) -> None:
    missing = np.zeros((1, 20), bool)
    missing[0, list(gone)] = True
    steps = np.array([rough])
    steps[missing[:, 1:] | missing[:, :-1]] = np.inf
    keyed = np.zeros((1, 20), bool)
    keyed[0, list(keys)] = True
    fits = np.arange(20)[None] % 2 == 0
    made = Evidence(np.array([score]) * ~missing, missing, steps, fits & ~missing, fits)
    found = chance_right(made, keyed, np.array([share]), FITTED)
    assert ((found >= 0) & (found <= 1)).all()
    for frame in keys:
        assert (found[0, frame] > 0.5) == bool(made.fits[0, frame])
    usual = usual_share(made, FITTED)
    assert 0 <= usual <= 1
    told = share_right(made, keyed, usual, FITTED)
    assert ((told > 0) & (told < 1)).all()


def offsets(far: list[float], placed: list[bool]) -> list[bool]:
    """Which keys fit that lie so far from the machine's places."""
    found: list[bool] = fitting(np.array([far]), np.array([placed]), FITTED)[0].tolist()
    return found


def test_who_places_joints_that_are_a_little_off_is_taken_at_their_word() -> None:
    placed = [False, False, True, True, True, True]
    fits = offsets([0.0, 0.4, 0.3, 0.35, 0.28, 0.4], placed)
    assert fits == [True, True, False, False, True, False]
    coarse = [0.0, 0.4, 0.9, 1.5, 0.8, 0.4]
    assert offsets(coarse, placed) == [off <= FITTED.fits for off in coarse]


def test_too_few_placed_joints_say_nothing_of_how_exact_they_are() -> None:
    assert offsets([0.3, 0.4], [True, True]) == [True, True]


def test_the_trembling_of_a_whole_track_is_not_a_fault() -> None:
    rng = np.random.default_rng(3)
    steady = np.stack([np.linspace(0, 6, 200), np.zeros(200)], axis=1)[None]
    score, nobody = np.full((1, 200), FITTED.score_middle), np.zeros((1, 200), bool)
    calm, shaky = (
        evidence_of(at, score, at, nobody, FITTED)
        for at in (steady + rng.normal(0, much, steady.shape) for much in (0.02, 0.15))
    )
    assert calm.trembles == 0
    assert shaky.trembles > 0.2
    share = np.array([0.7])
    believed, before = (
        chance_right(one, nobody, share, FITTED).mean()
        for one in (shaky, replace(shaky, trembles=0.0))
    )
    assert believed > before


def test_a_track_is_relied_on_as_far_as_keys_have_found_it_right() -> None:
    found, keyed = evidence(slice(0, 0), keyed=tuple(range(0, 60, 2)))
    assert relied_on(found, keyed, FITTED) == 1
    wrong = replace(found, fits=np.zeros_like(found.fits))
    assert relied_on(wrong, keyed, FITTED) == 0
    some = replace(found, fits=np.arange(FRAMES)[None] % 8 != 0)
    assert 0 < relied_on(some, keyed, FITTED) < 1
