"""Every row of the paper's Table 4 is a configuration: it builds, learns, is saved, comes back and predicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from glpose_core.network import GLPose, load_weights, save_weights
from glpose_core.predict.engine import Engine
from glpose_core.predict.predictor import Predictor

ROWS: dict[str, dict[str, Any]] = {
    "complete": {},
    **{f"k {k}": {"k": k} for k in range(5)},
    **{f"n {n}": {"n": n} for n in range(7)},
    "3x3 head": {"head": "3x3"},
    "no enhancement": {"enhancement": False},
    "MLP head": {"head": "mlp"},
    "5x5 head": {"head": "5x5"},
}


@pytest.mark.parametrize("fields", ROWS.values(), ids=ROWS.keys())
def test_row(tiny, fields: dict[str, Any], tmp_path: Path) -> None:
    model = tiny.glpose(**fields)
    crops = tiny.crops(model.config)
    with torch.no_grad():
        before = model(*crops)
    assert before.shape == (2, 15, 12, 8)

    model.train()
    optimiser = torch.optim.Adam(
        [value for value in model.parameters() if value.requires_grad], 1e-3
    )
    loss = model(*crops).square().mean()
    loss.backward()
    optimiser.step()
    model.eval()
    with torch.no_grad():
        after = model(*crops)
    assert not torch.equal(before, after)

    save_weights(model, tmp_path / "row.safetensors", dtype=torch.float32)
    again = load_weights(tmp_path / "row.safetensors")
    assert isinstance(again, GLPose)
    assert again.config == model.config
    with torch.no_grad():
        assert torch.equal(again(*crops), after)

    for mode in ("cached", "paper"):
        engine = Engine(again, torch.device("cpu"), precision="float32")
        predictor = Predictor(engine, Still(), mode=mode)
        predictor.absorb([(0, frame) for frame in range(12)])
        (row,) = predictor.predict([(0, 6)])
        assert np.isfinite(row["xy"]).all()
        assert np.ptp(row["xy"], axis=0).min() > 1


class Still:
    """One person in a box that stands still, on pictures of noise."""

    def picture(self, frame: int) -> NDArray[np.uint8]:
        return np.random.default_rng(frame).integers(0, 256, (80, 60, 3), dtype=np.uint8)

    def box(self, track: int, frame: int) -> NDArray[np.float64]:
        return np.array([10.0, 12, 30, 50])

    def score(self, track: int, frame: int) -> float:
        return 1.0

    def shot(self, frame: int) -> tuple[int, int]:
        return 0, 12
