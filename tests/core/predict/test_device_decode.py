"""Joints read off by torch are those that numpy reads."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from glpose_core.predict.decode import decode_heatmaps
from glpose_core.predict.device_decode import find_peaks
from glpose_core.predict.engine import Engine
from glpose_core.predict.predictor import Predictor

from .scenes import CPU, KEYS, Scene, glpose

pytestmark = pytest.mark.quick


def heatmaps(count: int = 40) -> np.ndarray:
    """Noise of every roughness, with maxima everywhere, on the border and in the corners as well."""
    rng = np.random.default_rng(1)
    maps = rng.random((count, 5, 24, 18)).astype(np.float32) - 0.3
    for i in range(count):
        for j in range(5):
            maps[i, j] = cv2.GaussianBlur(maps[i, j], (0, 0), 0.3 + 0.5 * j)
    maps[0, 0, 0, 0] = maps[1, 0, -1, -1] = maps[2, 0, 0, 5] = maps[3, 0, 7, -1] = 2.0
    maps[4] = 0.0  # nothing
    maps[5] = -0.2
    maps[6, :, 3, 4] = maps[6, :, 9, 2] = 1.5  # two as high as one another
    return maps


@pytest.mark.parametrize("decoder", ["dark", "quarter"])
@pytest.mark.parametrize("sigma", [None, 0.4, 2.0, 6.0])
def test_torch_reads_what_numpy_reads(decoder, sigma):
    maps = heatmaps()
    wanted = decode_heatmaps(maps, decoder, sigma)
    for found, each in zip(find_peaks(torch.from_numpy(maps), decoder, sigma), wanted, strict=True):
        np.testing.assert_allclose(found.numpy(), each, rtol=0, atol=1e-9)
    assert len(np.unique(wanted[0].round(2))) > 40


def test_nobody_has_no_joints():
    xy, maxima = find_peaks(torch.zeros(0, 3, 12, 8))
    assert (tuple(xy.shape), tuple(maxima.shape)) == ((0, 3, 2), (0, 3))


@pytest.mark.parametrize("flip", [False, True])
def test_predictions_are_the_same_wherever_joints_are_read(flip):
    rows = []
    for there in (False, True):
        engine = Engine(glpose(), CPU, precision="float32", batch=4, flip=flip, read_there=there)
        rows.append(Predictor(engine, Scene(drift=0.4)).predict(KEYS))
    np.testing.assert_allclose(rows[1]["xy"], rows[0]["xy"], rtol=0, atol=1e-4)
    assert np.array_equal(rows[1]["score"], rows[0]["score"])
