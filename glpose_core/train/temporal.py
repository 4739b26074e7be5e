"""The training step that all networks share: a batch of short clips in, weights a little better.

A GLPose network sees the key crop with gradients and its references without: the references only feed
the temporal modules. An HRNet sees the key crop alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..network import GLPose, HRNet, half_where_fast
from ..network.glpose import pooled
from ..predict.crops import normalise
from ..predict.decode import decode_heatmaps
from .clips import ClipBatch, ClipSamples, crop_to_patch, draw_others, plain_crop
from .targets import gaussian_sigma, gaussian_targets, heatmap_loss, location_loss

SQUARED_ERROR_WEIGHT = 200.0
"""Brings the mean squared error of nearly empty maps to the size of the location loss."""
LARGEST_GRADIENT = 5.0

Network = GLPose | HRNet


def references(model: Network) -> tuple[int, int]:
    """(k, n): local references on each side, and non-local ones. (0, 0) for an HRNet."""
    return (model.config.k, model.config.n) if isinstance(model, GLPose) else (0, 0)


def heatmaps_of(model: Network, crops: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Heatmaps ``[B, J, h/4, w/4]`` for crops ``[B, 1 + 2k + n, h, w, 3]`` (key, local, non-local)."""
    count, slots = crops.shape[:2]
    with half_where_fast(device):
        key = normalise(crops[:, 0], device)
        if not isinstance(model, GLPose):
            return cast(Tensor, model(key).float())
        v_t = model.features(key)
        if slots == 1:
            return model.from_features(v_t).float()
        with torch.no_grad():
            rest = normalise(crops[:, 1:].reshape(-1, *crops.shape[2:]), device)
            v = model.features(rest).view(count, slots - 1, *v_t.shape[1:])
            v_l, v_g = v[:, : 2 * model.config.k], v[:, 2 * model.config.k :]
            v_g = most_similar_first(v_t, v_g)
        return model.from_features(v_t, v_l, v_g).float()


def most_similar_first(v_t: Tensor, v_g: Tensor) -> Tensor:
    """Sort non-local features ``[B, n, C, h, w]`` by the cosine of their means to the key's (slot order
    matters in Eq. 4)."""
    likeness = torch.cosine_similarity(pooled(v_g), pooled(v_t).unsqueeze(1), dim=-1)
    order = likeness.argsort(dim=1, descending=True)
    return v_g.gather(1, order[:, :, None, None, None].expand_as(v_g))


def loss_of(
    heatmaps: Tensor, batch: ClipBatch, size: tuple[int, int], location_weight: float
) -> Tensor:
    """GLPose's squared error, plus the location loss by ``location_weight``."""
    mask = torch.from_numpy(batch.mask).to(heatmaps.device)
    xy = torch.from_numpy(batch.xy).to(heatmaps.device)
    targets = gaussian_targets(xy, size, gaussian_sigma(size[1]))
    loss = SQUARED_ERROR_WEIGHT * heatmap_loss(heatmaps, targets, mask)
    if location_weight:
        loss = loss + location_weight * location_loss(heatmaps, targets, mask)
    return loss


class Optimiser:
    """AdamW with a warm-up and a cosine over the run, gradients clipped, weights averaged."""

    def __init__(
        self,
        model: Network,
        rates: Iterable[tuple[Iterable[nn.Parameter], float]],
        weight_decay: float = 0.01,
        average: float = 0.99,
    ) -> None:
        groups = [
            {"params": [p for p in parameters if p.requires_grad], "lr": rate, "rate": rate}
            for parameters, rate in rates
        ]
        self._model = model
        self._adam = torch.optim.AdamW(groups, weight_decay=weight_decay)
        self.average = Average(model, average)

    def step(self, loss: Tensor, share: float) -> None:
        """One step; ``share`` is how much of the run is done, 0 … 1."""
        for group in self._adam.param_groups:
            group["lr"] = group["rate"] * schedule(share)
        self._adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        parameters = [p for group in self._adam.param_groups for p in group["params"]]
        torch.nn.utils.clip_grad_norm_(parameters, LARGEST_GRADIENT)
        self._adam.step()
        self.average.update(self._model)


def schedule(share: float, warm_up: float = 0.02) -> float:
    """Factor on the learning rate: up from 0 over ``warm_up``, then a cosine down to 0."""
    if share < warm_up:
        return share / warm_up
    return 0.5 * (1 + math.cos(math.pi * min((share - warm_up) / (1 - warm_up), 1.0)))


class Average:
    """Exponential moving average of a model's weights, with a warm-up of its own."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.state = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def update(self, model: nn.Module) -> None:
        """Move towards the model's present weights."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for name, value in model.state_dict().items():
                kept = self.state[name]
                if kept.dtype.is_floating_point:
                    kept.lerp_(value, 1 - decay)
                else:
                    kept.copy_(value)


@dataclass(frozen=True)
class Score:
    """How well held-out poses are found.

    ``pck`` is the share of known joints within 0.2 torso lengths (‖left shoulder − right hip‖) among the
    ``people`` that have both; ``error`` is the median distance in picture pixels over all joints.
    """

    pck: float
    error: float
    people: int
    joints: int


def predict_clips(
    model: Network,
    clips: ClipSamples,
    pool: ClipSamples,
    device: torch.device,
    batch: int = 8,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[np.float64]:
    """Predict every sample from its plain crops, with references from ``pool``: ``[N, J, 2]`` patch pixels.

    ``tell(done, total)`` is called before each batch, and may raise to stop.
    """
    _, n = references(model)
    was_training = model.training
    model.eval()
    found: list[NDArray[np.float64]] = []
    for start in range(0, len(clips), batch):
        tell(start, len(clips))
        crops = []
        for row in range(start, min(start + batch, len(clips))):
            window = [plain_crop(patch, clips.size) for patch in clips.patches[row]]
            others = draw_others(clips, row, n, pool, np.random.default_rng(row))
            crops.append(window + [plain_crop(pool.patches[i, 0], clips.size) for i in others])
        with torch.no_grad():
            heatmaps = heatmaps_of(model, np.array(crops), device)
        xy, _ = decode_heatmaps(heatmaps.cpu().numpy())
        found.append(crop_to_patch(xy, clips.size))
    model.train(was_training)
    return np.concatenate(found)


def score_clips(found: NDArray[np.float64], clips: ClipSamples, threshold: float = 0.2) -> Score:
    """Compare predictions ``[N, J, 2]`` in patch pixels with the labels."""
    distance = np.linalg.norm(found - clips.xy, axis=-1)
    shoulder, hip = _slots(clips.joints, ("left_shoulder", "right_hip"))
    counted = clips.known[:, shoulder] & clips.known[:, hip]
    torso = np.linalg.norm(clips.xy[:, shoulder] - clips.xy[:, hip], axis=-1)
    known = clips.known & counted[:, None]
    right = (distance <= threshold * torso[:, None]) & known
    pixels = (distance * clips.scale[:, None])[clips.known]
    return Score(
        pck=float(right.sum() / known.sum()) if known.any() else math.nan,
        error=float(np.median(pixels)) if len(pixels) else math.nan,
        people=int(counted.sum()),
        joints=int(known.sum()),
    )


def _slots(joints: Sequence[str], names: Sequence[str]) -> list[int]:
    return [joints.index(name) for name in names]
