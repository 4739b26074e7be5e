"""Where the machine is believed: rough steps say where right turns wrong, keys say which is which."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glpose_core.spread.believing import Evidence, chance_right, share_right, usual_share
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
    return Evidence(score, np.zeros((1, FRAMES), bool), roughness(track), fits), keys


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
    wild = Evidence(found.score, found.missing, rough, np.zeros_like(found.fits))
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
    made = Evidence(np.array([score]) * ~missing, missing, steps, fits & ~missing)
    found = chance_right(made, keyed, np.array([share]), FITTED)
    assert ((found >= 0) & (found <= 1)).all()
    for frame in keys:
        assert (found[0, frame] > 0.5) == bool(made.fits[0, frame])
    usual = usual_share(made, FITTED)
    assert 0 <= usual <= 1
    told = share_right(made, keyed, usual, FITTED)
    assert ((told > 0) & (told < 1)).all()
