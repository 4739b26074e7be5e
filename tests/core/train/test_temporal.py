"""Of the key alone: what stands in for its references, and what is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from glpose_core.network import GLPose, GLPoseConfig
from glpose_core.train.mixture import Part
from glpose_core.train.temporal import heatmaps_of
from glpose_core.train.training import Training
from glpose_core.train.views import Sample, View

from .conftest import Spots, tiny_glpose

pytestmark = pytest.mark.quick
CPU = torch.device("cpu")


@pytest.mark.parametrize(("k", "n"), [(1, 2), (0, 2), (2, 0), (0, 0)])
def test_the_key_stands_in_for_its_references(k, n):
    torch.manual_seed(0)
    config = GLPoseConfig(width=4, k=k, n=n, modules=(1, 1, 0), input_size=(32, 48))
    model = GLPose(config).eval()
    key = np.random.default_rng(0).integers(0, 256, (2, 1, 48, 32, 3), dtype=np.uint8)
    with torch.no_grad():
        found = heatmaps_of(model, key, CPU)
        wanted = heatmaps_of(model, key.repeat(1 + 2 * k + n, axis=1), CPU)
    assert found.shape == (2, 15, 12, 8)
    assert torch.allclose(found, wanted, atol=1e-3 * float(wanted.abs().max()))


@pytest.mark.parametrize(("references", "slots"), [(True, 5), (False, 1)])
def test_without_references_the_key_alone_is_drawn(recipe, references, slots):
    seen = set()

    class Watched(Spots):
        def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
            seen.add(view.slots)
            return super().draw(row, view, rng)

    model = tiny_glpose()
    before = model.backbone.state_dict()["conv1.weight"].clone()
    Training(model, [Part(Watched())], replace(recipe, references=references, steps=2)).run()
    assert seen == {slots}
    assert not torch.equal(before, model.backbone.state_dict()["conv1.weight"]), "it learned"
