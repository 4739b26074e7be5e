"""What is fetched ahead follows from how the person moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.workers.readahead import PLAY_AHEAD, REST_SECONDS, STEP, STEP_AHEAD, Plan, plan_ahead

pytestmark = pytest.mark.quick

KEYS = np.arange(1000) // 50 * 50
ROOM = 200


def test_playing_reads_ahead_within_half_the_cache() -> None:
    assert plan_ahead(None, 10, KEYS, ROOM, playing=True).ranges == (range(11, 11 + PLAY_AHEAD),)
    assert plan_ahead(None, 10, KEYS, 20, playing=True).ranges == (range(11, 21),)


def test_stepping_forwards_reads_a_little_ahead() -> None:
    assert plan_ahead(9, 10, KEYS, ROOM).ranges == (range(11, 11 + STEP_AHEAD),)
    assert plan_ahead(9, 10, KEYS, ROOM).wait == 0


def test_stepping_back_takes_the_whole_group_at_once() -> None:
    assert plan_ahead(140, 139, KEYS, ROOM).ranges == (range(100, 139),)


def test_stepping_back_near_the_start_of_a_group_takes_the_one_before_too() -> None:
    plan = plan_ahead(104, 103, KEYS, ROOM)
    assert plan.ranges == (range(100, 103), range(50, 100))


def test_scrubbing_fetches_nothing_until_it_rests() -> None:
    plan = plan_ahead(10, 10 + STEP + 1, KEYS, ROOM)
    assert plan.wait == REST_SECONDS


def test_a_group_larger_than_the_cache_is_cut_to_what_fits() -> None:
    one_key = np.zeros(5000, dtype=np.int64)
    plan = plan_ahead(4000, 3999, one_key, ROOM)
    assert plan.ranges == (range(3999 - ROOM // 2, 3999),)


def test_of_every_few_frames_the_last_is_asked_for_first() -> None:
    assert Plan((range(0, 6), range(9, 10))).frames() == [3, 0, 1, 2, 5, 4, 9]


@given(st.integers(0, 999), st.none() | st.integers(0, 999), st.integers(0, 500), st.booleans())
def test_plans_stay_inside_the_video_and_the_cache(
    frame: int, previous: int | None, room: int, playing: bool
) -> None:
    fetched = plan_ahead(previous, frame, KEYS, room, playing=playing).frames()
    assert len(fetched) <= max(room // 2, 2)
    assert len(set(fetched)) == len(fetched)
    assert frame not in fetched
    assert all(0 <= n < 1000 for n in fetched)
