"""What moves the weights: the groups of parameters and their rates, and the average of the weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from ..network import GLPose
from .recipe import Recipe
from .temporal import Network


def make_optimiser(model: Network, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW over what the recipe trains: Adam, where ``weight_decay`` is 0.

    The backbone learns at its own share of the rate; only convolutions decay. Every group keeps the share
    as ``share``. Freezes or thaws the backbone of ``model``.
    """
    backbone, rest = split_parts(model)
    if isinstance(model, GLPose):
        model.freeze_backbone(recipe.backbone_rate == 0)
    else:
        for parameter in backbone:
            parameter.requires_grad_(recipe.backbone_rate > 0)
    groups = []
    for parameters, share in ((rest, 1.0), (backbone, recipe.backbone_rate)):
        for decays in (True, False):
            chosen = [p for p in parameters if (p.ndim > 1) == decays and p.requires_grad]
            if chosen:
                decay = recipe.weight_decay if decays else 0.0
                groups.append({"params": chosen, "weight_decay": decay, "share": share})
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=recipe.betas)


@torch.no_grad()
def move_back(model: Network, start: dict[str, Tensor], share: float) -> None:
    """Take the weights of ``model`` back by ``share`` (0 … 1) of the way that they came from ``start``, in place.

    Between two ends of one fine-tuning lie weights that keep what the first knew of everything and have most of
    what the second learned (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022).
    """
    for name, value in model.state_dict().items():
        if value.dtype.is_floating_point:
            value.lerp_(start[name].to(value.device), share)


def split_parts(model: Network) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The backbone's parameters, and those of everything behind it."""
    if isinstance(model, GLPose):
        backbone = list(model.backbone.parameters())
    else:
        backbone = [p for name, p in model.named_parameters() if not name.startswith("final")]
    known = {id(parameter) for parameter in backbone}
    return backbone, [p for p in model.parameters() if id(p) not in known]


class Average:
    """Exponential moving average of a model's weights, with a warm-up of its own.

    Attributes:
        model: a network with the averaged weights, in evaluation mode. That the trained one need not change
            its mode to be measured spares ``torch.compile`` a second compilation.
    """

    def __init__(self, model: Network, copy: Network, decay: float) -> None:
        """``copy`` is a copy of ``model``, and becomes the average. With decay 0 it follows at once."""
        self.model, self.decay, self.steps = copy.eval(), decay, 0
        self.model.requires_grad_(False)
        pairs = list(
            zip(self.model.state_dict().values(), model.state_dict().values(), strict=True)
        )
        numbers = [pair for pair in pairs if pair[0].dtype.is_floating_point]
        self._kept, self._values = ([pair[side] for pair in numbers] for side in (0, 1))
        self._counts = [pair for pair in pairs if not pair[0].dtype.is_floating_point]

    @torch.no_grad()
    def update(self) -> None:
        """Move towards the trained model's present weights."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        # All of them in a few launches: on a graphics processor a launch for each costs more than the sums.
        get_ema_multi_avg_fn(decay)(self._kept, self._values, None)  # type: ignore[no-untyped-call]
        for kept, value in self._counts:
            kept.copy_(value)
