"""Targets of the people finder for whole batches on a device; the same that :func:`.finding.make_targets` makes."""

from __future__ import annotations

import torch
from torch import Tensor

from ..network.finder import STRIDE
from .drawers import IGNORED, NOTHING, PERSON
from .finding import DEVIATION, LEAST_DEVIATION, NEAR, Targets


def batch_targets(labels: Tensor, side: int) -> Targets:
    """Targets for labels ``[B, M, 5]`` (:data:`.drawers.Labels`) of pictures of ``side`` pixels."""
    cells = side // STRIDE
    number = torch.arange(cells, device=labels.device)
    at = (number + 0.5) * STRIDE - 0.5
    # Large people first, so that whoever is smaller keeps their middle.
    area = (labels[..., 2:4].prod(dim=-1) * (labels[..., 4] != NOTHING)).neg()
    order = area.argsort(dim=1, stable=True)
    labels = labels.gather(1, order[..., None].expand_as(labels))
    x, y, w, h, kind = labels[..., None].unbind(dim=2)
    across, down = (at >= x) & (at <= x + w), (at >= y) & (at <= y + h)
    inside = down[..., None] & across[:, :, None]
    person, ignored = ((kind[..., None] == one) for one in (PERSON, IGNORED))
    hills = _hills(number, x + w / 2, w, cells)[:, :, None] * _hills(
        number, y + h / 2, h, cells
    ).unsqueeze(-1)
    hills = hills * person
    # Of equal hills the last one wins: that of whoever is smaller.
    centre, owner = hills.flip(1).max(dim=1)
    owner = hills.shape[1] - 1 - owner
    known = ~(inside & ignored).any(dim=1) | (inside & person).any(dim=1) | (centre == 1)
    row = labels[torch.arange(len(labels), device=labels.device)[:, None, None], owner]
    left, top = at[None, None] - row[..., 0], at[None, :, None] - row[..., 1]
    edges = torch.stack([left, top, row[..., 2] - left, row[..., 3] - top], dim=1).clamp(min=0.5)
    edges = torch.where((centre > NEAR)[:, None], edges, 1.0)
    near = torch.where(centre > NEAR, centre, 0.0) * known
    return Targets(centre, edges, near, known.float())


def _hills(number: Tensor, middle: Tensor, length: Tensor, cells: int) -> Tensor:
    """Gaussians along one axis, 1 in the cell of each box's middle: ``[B, M, cells]``."""
    cell = ((middle + 0.5) / STRIDE).floor().clamp(0, cells - 1)
    deviation = (DEVIATION * length / STRIDE).clamp(min=LEAST_DEVIATION)
    return torch.exp(-((number - cell) ** 2) / (2 * deviation**2))
