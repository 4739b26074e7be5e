"""Every row of the paper's Table 4 is a configuration: it builds, learns, is saved and comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from glpose_core.network import GLPose, load_weights, save_weights

ROWS: dict[str, dict[str, Any]] = {
    "complete": {},
    **{f"k {k}": {"k": k} for k in range(4)},
    **{f"n {n}": {"n": n} for n in range(6)},
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
