"""Training of the people finder: targets, losses, and a run that can be resumed.

Targets are those of TTFNet (Liu et al., AAAI 2020): a Gaussian as wide and as high as the box is, in the
middle of everybody, and box distances learnt from every cell near a middle. Centres are learnt by
CenterNet's focal loss, boxes by the generalised intersection over union (Rezatofighi et al., CVPR 2019).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from ..network.device import half_where_fast
from ..network.finder import STRIDE, PersonFinder
from ..network.pixels import normalise
from .composites import draw
from .loader import ahead
from .material import CompositeRecipe, Drawn, Material

DEVIATION = 0.10
"""Standard deviation of a target, in box sizes."""
LEAST_DEVIATION = 0.6
"""The same in cells, at least."""
NEAR = 0.25
"""Height of the Gaussian from which a cell learns the box."""
BOX_WEIGHT = 2.0
LARGEST_GRADIENT = 10.0
CPU = torch.device("cpu")

Maps = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Targets:
    """What the network should say about a batch.

    Attributes:
        centre: ``[B, h, w]``, 1 in the cell of a middle, falling off around it.
        edges: distances left, up, right, down to the edges of the box, pixels, ``[B, 4, h, w]``.
        near: how much a cell's edges count, ``[B, h, w]``.
        known: whether anything is known about a cell, ``[B, h, w]`` 0 or 1.
    """

    centre: Tensor
    edges: Tensor
    near: Tensor
    known: Tensor


@dataclass(frozen=True)
class FinderRecipe:
    """A training run. ``stages``: (side of the pictures, share of the run at which the stage ends); ``still``: leave the
    trunk's second stage as the pose network has taught it, too."""

    minutes: float
    stages: tuple[tuple[int, float], ...] = ((160, 0.5), (192, 1.0))
    batch: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    average: float = 0.996
    still: bool = False
    seed: int = 0
    composites: CompositeRecipe = field(default_factory=CompositeRecipe)
    save_every_minutes: float = 3.0


def make_targets(drawn: Sequence[Drawn], size: int) -> Targets:
    """Targets of a batch of pictures of ``size`` × ``size`` pixels."""
    maps = [_targets(one, size // STRIDE) for one in drawn]
    centre, edges, near, known = (
        torch.from_numpy(np.stack([m[part] for m in maps])) for part in range(4)
    )
    return Targets(centre, edges, near, known)


def _targets(drawn: Drawn, cells: int) -> tuple[Maps, Maps, Maps, Maps]:
    at = (np.arange(cells) + 0.5) * STRIDE - 0.5
    centre = np.zeros((cells, cells), np.float32)
    edges = np.ones((4, cells, cells), np.float32)
    known = np.ones((cells, cells), np.float32)
    for x, y, w, h in drawn.ignored:
        inside = np.outer((at >= y) & (at <= y + h), (at >= x) & (at <= x + w))
        known[inside] = 0
    # Large people first, so that whoever is smaller keeps their middle.
    for x, y, w, h in drawn.boxes[np.argsort(-drawn.boxes[:, 2:].prod(axis=1))]:
        inside = np.outer((at >= y) & (at <= y + h), (at >= x) & (at <= x + w))
        known[inside] = 1
        column, row = (
            min(int((middle + 0.5) / STRIDE), cells - 1) for middle in (x + w / 2, y + h / 2)
        )
        across = max(DEVIATION * w / STRIDE, LEAST_DEVIATION)
        down = max(DEVIATION * h / STRIDE, LEAST_DEVIATION)
        hill = np.exp(
            -((np.arange(cells) - row)[:, None] ** 2) / (2 * down**2)
            - (np.arange(cells) - column)[None] ** 2 / (2 * across**2)
        ).astype(np.float32)
        mine = (hill > NEAR) & (hill >= centre)
        centre = np.maximum(centre, hill)
        box = np.broadcast_arrays(
            at[None] - x, at[:, None] - y, x + w - at[None], y + h - at[:, None]
        )
        edges[:, mine] = np.maximum(np.stack(box)[:, mine], 0.5)
        known[row, column] = 1
    near = np.where(centre > NEAR, centre, 0) * known
    return centre, edges, near, known


def finder_loss(centre: Tensor, edges: Tensor, targets: Targets) -> tuple[Tensor, Tensor]:
    """The losses of centres and of boxes for the network's output; each a scalar."""
    positive = (targets.centre == 1).float() * targets.known
    seen = torch.sigmoid(centre)
    right = -functional.logsigmoid(centre) * (1 - seen) ** 2 * positive
    wrong = -functional.logsigmoid(-centre) * seen**2 * (1 - targets.centre) ** 4 * targets.known
    people = positive.sum().clamp(min=1)
    weight = targets.near
    off = (1 - _generalised_iou(edges, targets.edges)) * weight
    return (right.sum() + wrong.sum()) / people, off.sum() / weight.sum().clamp(min=1)


def _generalised_iou(found: Tensor, truth: Tensor) -> Tensor:
    """Of boxes told as distances from one point, ``[B, 4, h, w]``: ``[B, h, w]``."""
    low, high = torch.minimum(found, truth), torch.maximum(found, truth)
    both = (low[:, 0] + low[:, 2]) * (low[:, 1] + low[:, 3])
    hull = (high[:, 0] + high[:, 2]) * (high[:, 1] + high[:, 3])
    area = (found[:, 0] + found[:, 2]) * (found[:, 1] + found[:, 3])
    union = area + (truth[:, 0] + truth[:, 2]) * (truth[:, 1] + truth[:, 3]) - both
    return both / union - (hull - union) / hull


@dataclass(frozen=True)
class FinderProgress:
    """Where a run is: pictures learnt from, minutes, the mean losses since the last report, and how many different
    pictures have been drawn where each is learnt from more than once."""

    pictures: int
    minutes: float
    centre_loss: float
    box_loss: float
    drawn: int = 0


def train_finder(
    model: PersonFinder,
    material: Callable[[], Material],
    recipe: FinderRecipe,
    save: Callable[[dict[str, Tensor], FinderProgress], None],
) -> FinderProgress:
    """Train in place.

    ``material()`` is asked before every stage; ``save(averaged_state, progress)`` is called every few minutes
    and at the end.
    """
    rng = np.random.default_rng(recipe.seed)
    torch.manual_seed(recipe.seed)
    learn(model, recipe.still)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = AveragedModel(model, avg_fn=_mean(recipe.average), use_buffers=True)
    optimiser = torch.optim.AdamW(decayed(model, recipe.weight_decay), betas=(0.9, 0.99))
    began = saved = time.monotonic()
    pictures, share = 0, 0.0
    losses: list[tuple[float, float]] = []
    progress = FinderProgress(0, 0.0, math.nan, math.nan)
    for size, until in recipe.stages:
        there = material()

        def batch(
            _step: int, size: int = size, there: Material = there
        ) -> tuple[NDArray[np.uint8], Targets]:
            drawn = [draw(there, recipe.composites, size, rng) for _ in range(recipe.batch)]
            return np.stack([one.picture for one in drawn]), make_targets(drawn, size)

        batches = ahead(batch, 0)
        while share < until:
            share = (time.monotonic() - began) / 60 / recipe.minutes
            for group in optimiser.param_groups:
                group["lr"] = recipe.learning_rate * learning_rate(min(share, 1.0))
            losses.append(_step(model, *next(batches), optimiser))
            average.update_parameters(model)
            pictures += recipe.batch
            if time.monotonic() - saved > 60 * recipe.save_every_minutes or share >= until:
                saved = time.monotonic()
                minutes = (saved - began) / 60
                progress = FinderProgress(pictures, minutes, *np.mean(losses, axis=0).tolist())
                losses.clear()
                save(average.module.state_dict(), progress)
        batches.close()  # type: ignore[attr-defined]
    return progress


def learn(model: PersonFinder, still: bool = False) -> None:
    """Put into training mode, but for the first layers (with ``still``, the second stage, too), which stay as a pose
    network has taught them: edges and textures are the same, and not learning them again halves the time of a step."""
    model.train()
    trunk = model.trunk
    parts = [trunk.conv1, trunk.bn1, trunk.conv2, trunk.bn2, trunk.layer1]
    if still:
        parts += [trunk.transition1, trunk.stage2]
    for part in parts:
        part.eval().requires_grad_(False)


def learning_rate(share: float, warm_up: float = 0.02) -> float:
    """Share of the learning rate: up from 0 over ``warm_up``, then a cosine down to 0."""
    if share < warm_up:
        return share / warm_up
    return 0.5 * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up)))


def _mean(most: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """An exponential moving average with a warm-up of its own; whole numbers are taken as they are."""

    def mean(kept: Tensor, value: Tensor, steps: Tensor | int) -> Tensor:
        if not kept.dtype.is_floating_point:
            return value
        decay = min(most, (1 + float(steps)) / (10 + float(steps)))
        return kept.lerp(value, 1 - decay)

    return mean


def decayed(model: PersonFinder, decay: float) -> list[dict[str, object]]:
    """Weight decay on convolutions only."""
    learnt = [p for p in model.parameters() if p.requires_grad]
    weights = [p for p in learnt if p.ndim > 1]
    others = [p for p in learnt if p.ndim <= 1]
    return [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def _step(
    model: PersonFinder,
    pictures: NDArray[np.uint8],
    targets: Targets,
    optimiser: torch.optim.Optimizer,
) -> tuple[float, float]:
    with half_where_fast(CPU):
        centre, edges = model(normalise(pictures, CPU))
    centres, boxes = finder_loss(centre, edges, targets)
    loss = centres + BOX_WEIGHT * boxes
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(
        [p for p in model.parameters() if p.grad is not None], LARGEST_GRADIENT
    )
    optimiser.step()
    return float(centres.detach()), float(boxes.detach())
