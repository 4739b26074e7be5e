"""Frames and pixels: the mapping holds for any length, zoom and place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.timeline.scale import TimeScale, minor_step, tick_step, ticks

pytestmark = pytest.mark.quick

lengths = st.integers(1, 500_000)
widths = st.floats(50, 4000)
factors = st.lists(st.tuples(st.floats(0.2, 6), st.floats(0, 1)), max_size=8)


def walked(frames: int, width: float, moves: list[tuple[float, float]]) -> TimeScale:
    scale = TimeScale.fitted(frames, 200, width)
    for factor, where in moves:
        scale = scale.zoomed(factor, 200 + where * width).panned((where - 0.5) * scale.shown)
    return scale


@given(lengths, widths, factors, st.floats(0, 1))
def test_a_frame_is_found_again_under_its_own_mark(frames, width, moves, where):
    scale = walked(frames, width, moves)
    frame = min(int(where * frames), frames - 1)
    assert abs(scale.frame_at(scale.x_of(frame)) - frame) <= 1e-6 * frames


@given(lengths, widths, factors)
def test_the_visible_part_never_leaves_the_video(frames, width, moves):
    scale = walked(frames, width, moves)
    assert scale.start >= 0
    assert scale.start + scale.shown <= frames + 1e-6 * frames or scale.start == 0
    assert 0 <= scale.first < scale.stop <= frames


@given(lengths, widths, st.floats(1.01, 50), st.floats(0.2, 0.8))
def test_zooming_keeps_what_is_under_the_cursor(frames, width, factor, where):
    scale = TimeScale.fitted(frames, 0, width)
    x = where * width
    zoomed = scale.zoomed(factor, x)
    held = scale.start + x / scale.per_frame
    assert zoomed.start + x / zoomed.per_frame == pytest.approx(held, abs=1e-6 * frames + 1e-9)


@given(lengths, widths, factors, st.floats(0, 1))
def test_showing_a_frame_brings_it_into_view(frames, width, moves, where):
    frame = min(int(where * frames), frames - 1)
    scale = walked(frames, width, moves).showing(frame)
    assert scale.first <= frame < scale.stop
    assert scale.showing(frame).start == pytest.approx(scale.start)


def test_zooming_out_ends_at_the_whole_video_and_in_at_single_frames():
    scale = TimeScale.fitted(100_000, 0, 1000)
    assert scale.zoomed(0.5, 300).fits
    close = scale.zoomed(1e9, 500)
    assert close.per_frame == 48
    assert close.zoomed(1e-9, 0).fits


def test_a_fitted_scale_stays_fitted_when_the_window_grows():
    assert TimeScale.fitted(230, 200, 800).resized(200, 1200).fits


@given(st.floats(1e-4, 130), st.floats(20, 200))
def test_tick_steps_are_wide_enough_and_not_wasteful(per_frame, spacing):
    step = tick_step(per_frame, spacing)
    assert step * per_frame >= spacing * (1 - 1e-9)
    assert int(str(step).rstrip("0")) in (1, 2, 5)
    assert step == 1 or step / 2.5 * per_frame < spacing * (1 + 1e-9)
    assert step % minor_step(step) == 0


@pytest.mark.parametrize("frames", [10, 229, 10_000, 500_000])
def test_a_ruler_has_a_handful_of_numbers_for_any_length(frames):
    scale = TimeScale.fitted(frames, 0, 1200)
    step = tick_step(scale.per_frame, 64)
    shown = list(ticks(scale, step))
    assert 5 <= len(shown) <= 20
    assert shown[0] == 0
    assert np.diff(shown).tolist() == [step] * (len(shown) - 1)


def test_ticks_start_inside_the_visible_part():
    scale = TimeScale.fitted(1000, 0, 500).zoomed(10, 250)
    shown = list(ticks(scale, 20))
    assert shown[0] >= scale.first
    assert shown[-1] < scale.stop
