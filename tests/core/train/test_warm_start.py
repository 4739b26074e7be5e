from __future__ import annotations

import numpy as np
import pytest
import torch

from glpose_core.network import GLPose, GLPoseConfig, HRNet
from glpose_core.train.recipe import modules
from glpose_core.train.temporal import heatmaps_of, loss_of
from glpose_core.train.views import Batch
from glpose_core.train.warm_start import start_from_single_frame

pytestmark = pytest.mark.quick
CPU = torch.device("cpu")


def batch(count: int = 4) -> Batch:
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (count, 5, 64, 48, 3), dtype=np.uint8)
    return Batch(
        crops,
        rng.uniform(4, 44, (count, 15, 2)).astype(np.float32),
        np.ones((count, 15), np.float32),
    )


@pytest.mark.parametrize(
    ("enhancement", "head"), [(True, "3x3"), (False, "3x3"), (True, "5x5"), (True, "mlp")]
)
@pytest.mark.parametrize(("k", "n"), [(1, 2), (0, 0)])
def test_glpose_begins_as_good_as_its_single_frame_backbone(k, n, enhancement, head):
    torch.manual_seed(0)
    single = HRNet(8, 15, (1, 1, 0)).eval()
    torch.nn.init.normal_(single.final_layer.weight, std=0.5)
    config = GLPoseConfig(
        width=8,
        k=k,
        n=n,
        modules=(1, 1, 0),
        input_size=(48, 64),
        enhancement=enhancement,
        head=head,
    )
    model = GLPose(config)
    start_from_single_frame(model, single, batch())
    model.eval()
    with torch.no_grad():
        wanted = heatmaps_of(single, batch().crops[:, :1], CPU)
        found = heatmaps_of(model, batch().crops[:, : 1 + 2 * k + n], CPU)
    assert torch.allclose(found, wanted, atol=0.05 * wanted.abs().max())


@pytest.mark.thorough
def test_references_gain_influence_by_training():
    torch.manual_seed(0)
    single = HRNet(8, 15, (1, 1, 0)).eval()
    model = GLPose(GLPoseConfig(width=8, k=1, n=2, modules=(1, 1, 0), input_size=(48, 64)))
    start_from_single_frame(model, single, batch())
    model.train()
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    for _ in range(3):
        heatmaps = heatmaps_of(model, batch().crops, CPU)
        optimiser.zero_grad()
        loss_of(heatmaps, batch().xy, batch().mask, modules()).backward()
        optimiser.step()
    model.eval()
    other = batch()
    other.crops[:, 1:] = other.crops[:, 1:][:, ::-1]
    with torch.no_grad():
        a, b = (heatmaps_of(model, crops, CPU) for crops in (batch().crops, other.crops))
    assert not torch.allclose(a, b)


def test_a_network_of_another_shape_is_refused():
    model = GLPose(GLPoseConfig(width=8, k=1, n=2, modules=(1, 1, 0), aggregation_blocks=3))
    with pytest.raises(ValueError, match="own shape"):
        start_from_single_frame(model, HRNet(8, 15, (1, 1, 0)), batch())
