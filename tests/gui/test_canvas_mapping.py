"""The map between picture and screen: exact both ways, and steady under the cursor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.mapping import FIT_MARGIN, LARGEST, Mapping

pytestmark = pytest.mark.quick

numbers = st.floats(-3000, 3000)
points = st.tuples(numbers, numbers)
mappings = st.builds(
    Mapping,
    width=st.integers(1, 4000),
    height=st.integers(1, 4000),
    stretch=st.floats(0.5, 2.0),
    zoom=st.floats(0.05, 32.0),
    x=numbers,
    y=numbers,
)


@given(mappings, points)
def test_there_and_back(mapping: Mapping, point: tuple[float, float]) -> None:
    assert np.allclose(mapping.to_picture(mapping.to_view(point)), point, atol=1e-6)


@given(mappings, points, st.floats(0.2, 5.0))
def test_zooming_keeps_what_is_under_the_cursor(
    mapping: Mapping, about: tuple[float, float], factor: float
) -> None:
    under = mapping.to_picture(about)
    zoomed = mapping.zoomed(factor, about)
    assert np.allclose(zoomed.to_view(under), about, atol=1e-6)
    assert zoomed.zoom <= LARGEST


@given(mappings, st.integers(100, 3000), st.integers(100, 3000))
def test_fitting_shows_the_whole_picture_in_the_middle(
    mapping: Mapping, width: int, height: int
) -> None:
    x, y, w, h = mapping.fitted(width, height).rectangle
    assert x + w / 2 == pytest.approx(width / 2)
    assert y + h / 2 == pytest.approx(height / 2)
    assert w <= width - 2 * FIT_MARGIN + 1e-6
    assert h <= height - 2 * FIT_MARGIN + 1e-6


@given(mappings, numbers, numbers)
def test_the_picture_cannot_be_lost(mapping: Mapping, dx: float, dy: float) -> None:
    x, y, w, h = mapping.panned(dx, dy, 800, 600).rectangle
    assert x < 800
    assert y < 600
    assert x + w > 0
    assert y + h > 0


def test_pixel_centres_are_whole_numbers() -> None:
    mapping = Mapping(100, 50, 1.0, 8.0, 10.0, 20.0)
    assert mapping.to_view((0, 0)).tolist() == [14.0, 24.0]
    assert mapping.rectangle == (10.0, 20.0, 800.0, 400.0)
    assert mapping.box_to_view((-0.5, -0.5, 100, 50)).tolist() == [10.0, 20.0, 800.0, 400.0]


def test_pixels_that_are_not_square_are_stretched_in_the_view_only() -> None:
    mapping = Mapping(720, 576, 16 / 11, 1.0)
    assert mapping.rectangle[2] == pytest.approx(720 * 16 / 11)
    assert mapping.rectangle[3] == pytest.approx(576)
