"""From crops to the loss, for every network: what a training step and a measurement share.

A GLPose network sees the key crop with gradients and its references without: the references only feed
the temporal modules. An HRNet sees the key crop alone.
"""

from __future__ import annotations

from typing import TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..network import GLPose, HRNet, half_where_fast
from ..network.glpose import pooled
from ..network.hrnet import FEATURE_STRIDE
from ..network.pixels import Crops, normalise
from .recipe import Recipe
from .targets import gaussian_sigma, gaussian_targets, heatmap_loss, location_loss

Network: TypeAlias = GLPose | HRNet


def references(model: Network) -> tuple[int, int]:
    """(k, n): local references on each side, and non-local ones. (0, 0) for an HRNet."""
    return (model.config.k, model.config.n) if isinstance(model, GLPose) else (0, 0)


def heatmaps_of(model: Network, crops: Crops, device: torch.device) -> Tensor:
    """Heatmaps ``[B, J, h/4, w/4]`` for crops ``[B, 1 + 2k + n, h, w, 3]`` (key, local, non-local).

    Of crops ``[B, 1, h, w, 3]`` the key stands in for its references.
    """
    count, slots = crops.shape[:2]
    with half_where_fast(device):
        key = normalise(crops[:, 0], device)
        if not isinstance(model, GLPose):
            return cast(Tensor, model(key).float())
        v_t = model.backbone(key)
        if slots == 1:
            return _enhanced(model, v_t, _in_place_of_references(model, v_t))
        with torch.no_grad():
            rest = normalise(crops[:, 1:].reshape(-1, *crops.shape[2:]), device)
            v = model.backbone(rest).view(count, slots - 1, *v_t.shape[1:])
        return _enhanced(model, v_t, v)


@torch.no_grad()
def features_of(model: GLPose, crops: NDArray[np.uint8], device: torch.device) -> Tensor:
    """V of Eq. 1 for the crops of one pose ``[S, h, w, 3]``: ``[S, C, h/4, w/4]`` float16 on ``device``."""
    with half_where_fast(device):
        features: Tensor = model.backbone(normalise(crops, device))
    return features.clamp(max=60000).half()


def heatmaps_from(model: GLPose, features: Tensor) -> Tensor:
    """Heatmaps ``[B, J, h, w]`` from features ``[B, 1 + 2k + n, C, h, w]`` (key, local, non-local)."""
    with half_where_fast(features.device):
        features = features.float()
        return _enhanced(model, features[:, 0], features[:, 1:])


def _in_place_of_references(model: GLPose, v_t: Tensor) -> Tensor:
    """The key's features ``[B, C, h, w]``, without gradients, once for each reference ``[B, 2k + n, C, h, w]``."""
    return v_t.detach().unsqueeze(1).expand(-1, 2 * model.config.k + model.config.n, -1, -1, -1)


def _enhanced(model: GLPose, v_t: Tensor, references: Tensor) -> Tensor:
    """Heatmaps from the key's features and those of its references ``[B, 2k + n, C, h, w]``."""
    v_l, v_g = torch.split(references, [2 * model.config.k, model.config.n], dim=1)
    with torch.no_grad():
        v_g = most_similar_first(v_t, v_g)
    return model.from_features(v_t, v_l, v_g).float()


def most_similar_first(v_t: Tensor, v_g: Tensor) -> Tensor:
    """Sort non-local features ``[B, n, C, h, w]`` by the cosine of their means to the key's (slot order
    matters in Eq. 4)."""
    likeness = torch.cosine_similarity(pooled(v_g), pooled(v_t).unsqueeze(1), dim=-1)
    order = likeness.argsort(dim=1, descending=True)
    return v_g.gather(1, order[:, :, None, None, None].expand_as(v_g))


def loss_of(
    heatmaps: Tensor,
    xy: NDArray[np.float32] | Tensor,
    mask: NDArray[np.float32] | Tensor,
    recipe: Recipe,
) -> Tensor:
    """GLPose's squared error and the location loss, by the recipe's weights.

    ``xy [B, J, 2]`` are the joints in crop pixels, ``mask [B, J]`` is 1 where one counts.
    """
    counts = torch.as_tensor(mask).to(heatmaps.device)
    height, width = (FEATURE_STRIDE * cells for cells in heatmaps.shape[-2:])
    places = torch.as_tensor(xy).to(heatmaps.device)
    targets = gaussian_targets(places, (width, height), gaussian_sigma(height))
    loss = recipe.error_weight * heatmap_loss(heatmaps, targets, counts)
    if recipe.location_weight:
        loss = loss + recipe.location_weight * location_loss(heatmaps, targets, counts)
    return loss
