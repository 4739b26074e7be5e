"""Crossings: who overlaps, who changes places, and that blocks say what the whole says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.labels import POSE_DTYPE, PoseRows
from glpose_core.review.crossings import BLOCK, Watch, crossings_of

pytestmark = pytest.mark.quick


def standing(paths: dict[int, np.ndarray]) -> PoseRows:
    """People 40 × 100 whose middle is at x in each frame; NaN where they are not seen."""
    parts = []
    for person, xs in paths.items():
        frames = np.flatnonzero(np.isfinite(xs))
        rows = np.zeros(len(frames), POSE_DTYPE)
        rows["person"], rows["frame"] = person, frames
        rows["xy"][..., 0] = xs[frames, None] + np.linspace(-15, 15, 17)
        rows["xy"][..., 1] = np.linspace(10, 90, 17)
        rows["visibility"], rows["source"], rows["head_box"] = 2, 1, np.nan
        rows["box"][:, 0], rows["box"][:, 2:] = xs[frames] - 20, (40, 100)
        parts.append(rows)
    return np.concatenate(parts)


def test_people_who_pass_one_another_cross_once_where_they_overlap_most():
    walk = np.arange(200.0)
    found = crossings_of(standing({7: walk, 3: 200 - walk, 5: np.full(200, 900.0)}))
    assert found[["a", "b", "frame", "exchanged"]].tolist() == [(3, 7, 100, False)]
    assert found["start"][0] < 100 < found["stop"][0]


def test_identities_that_change_places_are_found_in_the_frame_where_they_do():
    left, right = np.full(50, 100.0), np.full(50, 400.0)
    left[30:], right[30:] = 400.0, 100.0
    found = crossings_of(standing({1: left, 2: right}))
    assert found[["a", "b", "frame", "start", "stop", "exchanged"]].tolist() == [
        (1, 2, 30, 30, 31, True)
    ]


def test_somebody_who_goes_on_in_the_place_of_another_who_is_lost_has_crossed():
    left, right = np.full(50, 100.0), np.full(50, 400.0)
    left[30:], right[30:] = 400.0, np.nan
    assert crossings_of(standing({1: left, 2: right}))["frame"].tolist() == [30]


def test_neither_a_leap_of_one_nor_a_tremble_of_two_is_a_crossing():
    left, right = np.full(50, 100.0), np.full(50, 400.0)
    left[30:] = 250.0
    assert not len(crossings_of(standing({1: left, 2: right})))
    assert not len(crossings_of(standing({1: left, 2: right + np.arange(50) % 2})))


def test_every_fourth_frame_is_enough():
    left, right = np.full(60, np.nan), np.full(60, np.nan)
    left[::4], right[::4] = 100.0, 400.0
    left[32::4], right[32::4] = 400.0, 100.0
    assert crossings_of(standing({1: left, 2: right}))["frame"].tolist() == [32]


places = st.lists(st.sampled_from([100.0, 115.0, 180.0, 400.0, np.nan]), min_size=150, max_size=150)


@given(places, places, places, st.lists(st.integers(0, 149), max_size=4))
def test_blocks_put_in_any_order_and_again_say_what_the_whole_says(first, second, third, again):
    rows = standing({n: np.array(xs) for n, xs in enumerate((first, second, third))})
    watch = Watch()
    for block in [2, 0, 1, *(frame // BLOCK for frame in again)]:
        start, stop = block * BLOCK, min((block + 1) * BLOCK, 150)
        inside = (rows["frame"] >= start) & (rows["frame"] < stop)
        watch.put(start, stop, rows[inside])
    assert watch.crossings().tolist() == crossings_of(rows).tolist()


def test_nobody_crosses_nobody():
    assert not len(crossings_of(np.zeros(0, POSE_DTYPE)))
    assert not len(crossings_of(standing({1: np.full(5, 100.0)})))
