"""Run lengths of frames and their joining on the screen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.timeline.stretches import (
    clusters,
    envelope,
    frames_in,
    merged,
    nearest,
    stretches,
    visible,
)

pytestmark = pytest.mark.quick

frame_sets = st.sets(st.integers(0, 400), max_size=120).map(
    lambda s: np.array(sorted(s), dtype=np.int64)
)


@given(frame_sets)
def test_stretches_hold_exactly_their_frames(frames):
    runs = stretches(frames)
    assert frames_in(runs).tolist() == frames.tolist()
    assert (runs[:, 1] > runs[:, 0]).all()
    assert (runs[1:, 0] > runs[:-1, 1]).all()


@given(frame_sets, st.integers(0, 400), st.integers(1, 100))
def test_visible_stretches_are_those_that_overlap(frames, start, length):
    runs = stretches(frames)
    stop = start + length
    expected = [run for run in runs.tolist() if run[1] > start and run[0] < stop]
    assert visible(runs, start, stop).tolist() == expected


@given(frame_sets, st.floats(0.01, 5), st.floats(0.5, 4))
def test_merging_hides_no_bar_and_leaves_gaps_that_show(frames, per_frame, gap):
    edges = stretches(frames) * per_frame
    bars = merged(edges, gap)
    assert (bars[1:, 0] - bars[:-1, 1] >= gap).all()
    for left, right in edges:
        assert ((bars[:, 0] <= left) & (bars[:, 1] >= right)).any()
    if len(edges):
        assert bars[0, 0] == edges[0, 0]
        assert bars[-1, 1] == edges[-1, 1]


def test_merging_bounds_the_number_of_bars_by_the_pixels():
    alternating = stretches(np.arange(0, 100_000, 2))
    assert len(alternating) == 50_000
    assert len(merged(alternating * 0.01, 1.0)) == 1


@given(frame_sets)
def test_clusters_keep_marks_apart(frames):
    groups = clusters(frames * 1.7, 9)
    assert (groups[1:, 0] - groups[:-1, 1] >= 9).all()
    assert (groups[:, 1] >= groups[:, 0]).all()


@given(frame_sets, st.integers(-5, 410))
def test_nearest_frame(frames, frame):
    found = nearest(frames, frame)
    if len(frames) == 0:
        assert found is None
    else:
        assert abs(found - frame) == np.abs(frames - frame).min()


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=200), st.floats(0.05, 3))
def test_the_envelope_holds_every_value_and_loses_no_dip(values, per_frame):
    scores = np.array(values, dtype=np.float64)
    xs = np.arange(len(scores)) * per_frame
    columns, low, high = envelope(xs, scores)
    assert (np.diff(columns) > 0).all()
    assert low.min() == scores.min()
    assert high.max() == scores.max()
    at = np.searchsorted(columns, np.floor(xs))
    assert (low[at] <= scores).all()
    assert (high[at] >= scores).all()
