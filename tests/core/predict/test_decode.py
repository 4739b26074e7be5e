from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.predict.decode import decode_heatmaps

pytestmark = pytest.mark.quick
WIDTH, HEIGHT = 36, 48
SIGMA = HEIGHT / 32


def gaussian(x: float, y: float, sigma: float = SIGMA, peak: float = 1.0) -> np.ndarray:
    """A Gaussian centred on crop pixel (x, y), drawn on cells."""
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    squared = (columns - x / 4) ** 2 + (rows - y / 4) ** 2
    return (peak * np.exp(-squared / (2 * sigma**2))).astype(np.float32)


inside_x = st.floats(12, 4 * WIDTH - 16)
inside_y = st.floats(12, 4 * HEIGHT - 16)


@given(inside_x, inside_y, st.floats(0.2, 1.0))
def test_dark_finds_drawn_gaussians_to_a_twentieth_of_a_pixel(x, y, peak):
    xy, score = decode_heatmaps(gaussian(x, y, peak=peak)[None, None], "dark")
    assert xy[0, 0] == pytest.approx([x, y], abs=0.05)
    # Half a cell off in both directions, the highest cell holds exp(−0.5² ∕ σ²) of the peak.
    assert 0.89 * peak < score[0, 0] <= peak + 1e-6


@given(inside_x, inside_y)
def test_the_quarter_shift_is_never_farther_off_than_it_quantises(x, y):
    xy, _ = decode_heatmaps(gaussian(x, y)[None, None], "quarter")
    assert np.abs(xy[0, 0] - (x, y)).max() <= 1.01


def test_dark_is_steadier_than_the_quarter_shift_under_noise():
    rng = np.random.default_rng(0)
    truth = rng.uniform(30, 110, (200, 2))
    maps = np.stack([gaussian(x, y) for x, y in truth])[:, None]
    noisy = maps + rng.normal(0, 0.03, maps.shape).astype(np.float32)
    errors = [
        np.linalg.norm(decode_heatmaps(noisy, decoder)[0][:, 0] - truth, axis=1).mean()
        for decoder in ("dark", "quarter")
    ]
    assert errors[0] < 0.7 * errors[1]
    assert errors[0] < 0.8


@pytest.mark.parametrize("decoder", ["dark", "quarter"])
@pytest.mark.parametrize("at", [(0, 0), (4 * (WIDTH - 1), 4 * (HEIGHT - 1)), (0, 80)])
def test_peaks_on_the_border_stay_there(decoder, at):
    xy, _ = decode_heatmaps(gaussian(*at)[None, None], decoder)
    assert np.abs(xy[0, 0] - at).max() <= 1.0


def test_maps_of_nothing_are_harmless():
    maps = np.stack([np.zeros((HEIGHT, WIDTH)), np.full((HEIGHT, WIDTH), -0.2)])[None]
    xy, score = decode_heatmaps(maps.astype(np.float32), "dark")
    assert np.isfinite(xy).all()
    assert score[0].tolist() == pytest.approx([0, -0.2])


def test_every_map_is_read_on_its_own():
    maps = np.stack([[gaussian(40, 50), gaussian(90, 120)], [gaussian(70, 30), gaussian(20, 20)]])
    xy, _ = decode_heatmaps(maps)
    assert xy.reshape(-1, 2) == pytest.approx(
        np.array([[40, 50], [90, 120], [70, 30], [20, 20]]), abs=0.05
    )
