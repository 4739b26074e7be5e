"""Pieces of drawn pictures in other ways, made on the device that learns: where they are cut out, and how they look.

Boxes move along. What cameras and codecs do to a picture (blur, grain, loss of detail in blocks) is done here to whole
batches, by random numbers of the device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .drawers import IGNORED, NOTHING, PERSON
from .material import LEAST_SEEN, SMALLEST

BLUR_REACH = 3
"""Pixels on each side that a blur draws from."""


@dataclass(frozen=True)
class Views:
    """How far pieces differ from the pictures drawn.

    Attributes:
        whole: how often the whole picture is taken: a piece's box of somebody cut off is larger than what is seen.
        least: the smallest piece's share of the picture's side.
        colour: exponents of brightness and contrast. grey, blur, grain, blocks: how often each is done.
    """

    whole: float = 0.9
    least: float = 0.7
    colour: float = 0.3
    grey: float = 0.05
    blur: float = 0.15
    grain: float = 0.15
    blocks: float = 0.15


def cut_pieces(pictures: Tensor, labels: Tensor, side: int, how: Views) -> tuple[Tensor, Tensor]:
    """Cut a square piece out of each picture, mirrored or not, and bring it to ``side`` pixels.

    Args:
        pictures: ``[B, S, S, 3]`` uint8. labels: ``[B, M, 5]``, as :data:`.drawers.Labels`.

    Returns:
        Pieces ``[B, 3, side, side]`` in 0 … 255, and their labels.
    """
    count, size = pictures.shape[:2]
    roll = torch.rand((5, count), device=pictures.device)
    share = torch.exp(roll[0] * math.log(how.least))
    share = torch.where(roll[1] < how.whole, 1.0, share)
    corner = roll[2:4].T * (1 - share[:, None]) * size
    mirrored = roll[4] < 0.5
    at = (torch.arange(side, device=pictures.device) + 0.5) / side
    across = torch.where(mirrored[:, None], 1 - at, at) * share[:, None] * size + corner[:, :1]
    down = at * share[:, None] * size + corner[:, 1:]
    grid = torch.stack(
        [across[:, None].expand(-1, side, -1), down[:, :, None].expand(-1, -1, side)], dim=-1
    )
    pieces = functional.grid_sample(
        pictures.permute(0, 3, 1, 2).float(),
        grid * (2 / size) - 1,
        padding_mode="border",
        align_corners=False,
    )
    return pieces, move_labels(labels, corner, side / (share * size), mirrored, side)


def move_labels(
    labels: Tensor, corner: Tensor, zoom: Tensor, mirrored: Tensor, side: int
) -> Tensor:
    """Labels ``[B, M, 5]`` in pieces that begin at ``corner [B, 2]`` (from the picture's outer corner), enlarged
    ``zoom [B]`` times and then mirrored or not, ``[B]``, of ``side`` pixels.

    Boxes are cut off at the edges; somebody of whom too little is left is ignored.
    """
    start = (labels[..., :2] + 0.5 - corner[:, None]) * zoom[:, None, None]
    end = start + labels[..., 2:4] * zoom[:, None, None]
    low, high = start.clamp(0, side), end.clamp(0, side)
    left = (high - low).prod(dim=-1)
    whole = (end - start).prod(dim=-1).clamp(min=1e-6)
    size = high - low
    x = torch.where(mirrored[:, None], side - high[..., 0], low[..., 0])
    there = (size > 0).all(dim=-1)
    enough = (left >= LEAST_SEEN * whole) & (size.amax(dim=-1) >= SMALLEST)
    kind = torch.where((labels[..., 4] == PERSON) & ~enough, float(IGNORED), labels[..., 4])
    kind = torch.where(there, kind, float(NOTHING))
    return torch.stack([x - 0.5, low[..., 1] - 0.5, size[..., 0], size[..., 1], kind], dim=-1)


def change_pieces(pieces: Tensor, how: Views) -> Tensor:
    """Vary colours, sharpness, grain and detail of pieces ``[B, 3, h, w]`` in 0 … 255.

    Returns:
        ``[B, h, w, 3]`` uint8.
    """
    pieces = _colour(pieces / 255, how)
    pieces = _blur(pieces, how.blur)
    device, count = pieces.device, len(pieces)
    grainy = 0.05 * torch.rand((count, 1, 1, 1), device=device) * _some(count, how.grain, device)
    pieces = pieces + grainy * torch.randn_like(pieces[:, :1])
    pieces = _blocks(pieces.clamp(0, 1), how.blocks)
    return (pieces * 255).round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def _some(count: int, share: float, device: torch.device) -> Tensor:
    """Which of a batch something is done to, ``[B, 1, 1, 1]``."""
    return torch.rand((count, 1, 1, 1), device=device) < share


def _colour(pieces: Tensor, how: Views) -> Tensor:
    count, device = len(pieces), pieces.device

    def about(reach: float, channels: int) -> Tensor:
        return (2 * torch.rand((count, channels, 1, 1), device=device) - 1) * reach

    gamma = about(how.colour, 1).exp()
    gain = (about(how.colour, 1) + about(how.colour / 3, 3)).exp()
    changed = (pieces.clamp(1e-4, 1) ** gamma * gain).clamp(0, 1)
    grey = changed.mean(dim=1, keepdim=True).expand_as(changed)
    return torch.where(_some(count, how.grey, device), grey, changed)


def _blur(pieces: Tensor, share: float) -> Tensor:
    """Blur some, by other amounts across and down: out of focus, enlarged, or in motion."""
    count, channels, height, width = pieces.shape
    deviation = 0.4 + 1.4 * torch.rand((count, 2), device=pieces.device)
    steps = torch.arange(-BLUR_REACH, BLUR_REACH + 1, device=pieces.device)
    kernels = torch.exp(-(steps**2) / (2 * deviation[..., None] ** 2))
    kernels = torch.where(_some(count, share, pieces.device)[:, 0], kernels, steps == 0)
    kernels = (kernels / kernels.sum(dim=-1, keepdim=True)).repeat_interleave(channels, dim=0)
    flat = functional.pad(pieces, (BLUR_REACH,) * 4, mode="replicate")
    flat = flat.reshape(1, count * channels, *flat.shape[2:])
    flat = functional.conv2d(flat, kernels[:, None, None, 0], groups=count * channels)
    flat = functional.conv2d(flat, kernels[:, None, 1, :, None], groups=count * channels)
    return flat.view(count, channels, height, width)


def _blocks(pieces: Tensor, share: float) -> Tensor:
    """Round what blocks of 8 × 8 pixels are made of, as JPEG and video codecs do: fine detail the most."""
    count, channels, height, width = pieces.shape
    step = torch.arange(8, device=pieces.device)
    waves = torch.cos(math.pi / 8 * (step[None] + 0.5) * step[:, None]) / 2
    waves[0] /= math.sqrt(2)
    blocks = pieces.view(count, channels, height // 8, 8, width // 8, 8)
    parts = torch.einsum("ui,bcyixj,vj->bcyuxv", waves, blocks, waves)
    coarse = torch.rand((count, 1, 1, 1, 1, 1), device=pieces.device)
    grade = (8 + 4 * (step[:, None, None] + step[None, None])) / 255 * (0.3 + 2.2 * coarse**2)
    parts = torch.round(parts / grade) * grade
    rounded = torch.einsum("ui,bcyuxv,vj->bcyixj", waves, parts, waves).reshape_as(pieces)
    return torch.where(_some(count, share, pieces.device), rounded, pieces)
