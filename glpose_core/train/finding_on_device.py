"""Training of the people finder on a graphics processor: pictures drawn by other processes, everything else there.

The losses and targets are those of :mod:`.finding`. Batches are large, all layers learn, and no number comes back to
the processor but when something is saved.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ..network.device import half_where_fast
from ..network.finder import PersonFinder
from ..network.pixels import normalise
from .augment import Augmentation
from .drawers import BLOCK, Drawers, Pool
from .finder_targets import batch_targets
from .finder_views import Views, change_pieces, cut_pieces
from .finding import (
    BOX_WEIGHT,
    LARGEST_GRADIENT,
    FinderProgress,
    decayed,
    finder_loss,
    learn,
    learning_rate,
)
from .material import CompositeRecipe, Material

DRAWN_FOR_DEVICES = CompositeRecipe(
    composites=0.45,
    stills=0.30,
    coco=0.15,
    rendered=0.10,
    least=24.0,
    most=0.72,
    crowds=0.2,
    joined=0.1,
    fill=0.3,
    quarters=0.05,
    look=Augmentation.none(),
    camera=False,
)
"""Crowds and small people, too. Nobody much larger than the detector's smaller looks at a picture make them: a network
that knows people of any size finds parts of them in the largest. How pictures look is varied on the device."""


@dataclass(frozen=True)
class DeviceRecipe:
    """A training run on a device.

    Attributes:
        minutes: from the first step on. side: of what is learnt from, pixels. drawn: side of the pictures drawn.
        pool: pictures kept on the device. first: so many must be there before the first step.
        average: of the weights that are saved, an exponential moving average.
        freeze: leave the first layers as they are, as on a processor.
    """

    minutes: float
    side: int = 256
    drawn: int = 256
    pool: int = 16_000
    first: int = 2_000
    batch: int = 96
    workers: int = 1
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    average: float = 0.999
    freeze: bool = False
    seed: int = 0
    composites: CompositeRecipe = DRAWN_FOR_DEVICES
    views: Views = field(default_factory=Views)
    save_every_minutes: float = 1.0


def train_on_device(
    model: PersonFinder,
    material: Callable[[], Material],
    recipe: DeviceRecipe,
    device: torch.device,
    save: Callable[[dict[str, Tensor], FinderProgress], None],
) -> FinderProgress:
    """Train in place; ``material`` and ``save`` are as in :func:`.finding.train_finder`, but ``material`` is called in
    other processes: a function that can be imported by name, or a partial of one.

    Raises:
        RuntimeError: if pictures cannot be drawn.
    """
    torch.manual_seed(recipe.seed)
    model.to(device).train()
    if recipe.freeze:
        learn(model)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    run = _Run(model, recipe, device)
    with Drawers(material, recipe.composites, recipe.drawn, recipe.workers, recipe.seed) as drawers:
        pool = Pool(recipe.pool, recipe.drawn, device)
        while pool.drawn < recipe.first:
            for block in drawers.ready(wait=True):
                pool.add(*block)
        began = saved = time.monotonic()
        share = 0.0
        while share < 1:
            share = (time.monotonic() - began) / 60 / recipe.minutes
            # No more than are learnt from: copying takes time, too.
            for block in drawers.ready(wait=False, most=max(recipe.batch // BLOCK, 1)):
                pool.add(*block)
            run.step(pool, min(share, 1.0))
            if time.monotonic() - saved > 60 * recipe.save_every_minutes or share >= 1:
                saved = time.monotonic()
                save(run.averaged(), run.progress((saved - began) / 60, pool.drawn))
    return run.last


class _Run:
    """The model, its optimiser and the average of its weights."""

    def __init__(self, model: PersonFinder, recipe: DeviceRecipe, device: torch.device) -> None:
        self.model, self.recipe, self.device = model, recipe, device
        self.average = copy.deepcopy(model).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            decayed(model, recipe.weight_decay), betas=(0.9, 0.99), fused=device.type == "cuda"
        )
        self.learnt = [p for group in self.optimiser.param_groups for p in group["params"]]
        self.steps = 0
        self.last = FinderProgress(0, 0.0, math.nan, math.nan)
        self._pairs = _floats(self.average), _floats(model)
        self._losses: list[Tensor] = []

    def step(self, pool: Pool, share: float) -> None:
        """Learn from one batch, ``share`` of the run being over."""
        side, views = self.recipe.side, self.recipe.views
        with torch.no_grad():
            pieces, labels = cut_pieces(*pool.choose(self.recipe.batch), side, views)
            pictures = change_pieces(pieces, views)
            targets = batch_targets(labels, side)
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.learning_rate * learning_rate(share)
        with half_where_fast(self.device):
            centre, edges = self.model(normalise(pictures, self.device))
        centres, boxes = finder_loss(centre, edges, targets)
        self.optimiser.zero_grad(set_to_none=True)
        (centres + BOX_WEIGHT * boxes).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.learnt, LARGEST_GRADIENT)
        self.optimiser.step()
        self.steps += 1
        decay = min(self.recipe.average, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(*self._pairs, 1 - decay)
        self._losses.append(torch.stack([centres.detach(), boxes.detach()]))

    def averaged(self) -> dict[str, Tensor]:
        """The averaged weights, on the processor."""
        return {name: value.cpu() for name, value in self.average.state_dict().items()}

    def progress(self, minutes: float, drawn: int) -> FinderProgress:
        """Where the run is; losses are means since the last time."""
        centre, box = torch.stack(self._losses).mean(dim=0).tolist()
        self._losses.clear()
        self.last = FinderProgress(self.steps * self.recipe.batch, minutes, centre, box, drawn)
        return self.last


def _floats(model: nn.Module) -> list[Tensor]:
    return [value for value in model.state_dict().values() if value.is_floating_point()]
