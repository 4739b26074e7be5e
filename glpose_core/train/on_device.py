"""Crops of stills made on the device that learns: a graphics processor would wait for those of a processor.

The pictures travel once. Each person is kept as a square patch, as large as any crop of them can reach, and a batch of
crops is drawn from the patches by one resampling. What is drawn follows the same rules as :mod:`.augment`
(rotation, scale, half bodies, flip, colour, blur, occlusion), from random numbers of its own.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..geometry import Floats, apply_affine, crop_box, person_box
from ..predict.crops import cut_crops
from ..skeleton import mirrored
from .augment import HALF_BODY_MINIMUM, UPPER_PARTS, Augmentation
from .mixture import Pick
from .samples import PoseSamples
from .views import View

PATCH = 448
"""Side of a patch, pixels. Patches are never enlarged; of large people they are reduced."""
REACH = 2.0
"""Side of a patch in heights of the plain crop: turned by 45°, at scale 0.65, shifted, it still shows no edge."""
ENLARGE = 1.25
LONGEST_BLUR = 13
"""Pixels that the longest motion blur covers at a crop height of 256."""


@dataclass(frozen=True)
class Drawn:
    """B crops on the device: ``crops [B, 1, h, w, 3]`` uint8, ``xy [B, J, 2]`` float32 in crop pixels, and
    ``known [B, J]`` float32, 1 where a joint counts."""

    crops: Tensor
    xy: Tensor
    known: Tensor


class DeviceStills:
    """People on stills, kept on a device.

    Args:
        sets: data sets with the same joints; their people are numbered through.
        device: where the patches are kept and the crops are drawn.
        aspect: width / height of the crops.
    """

    def __init__(self, sets: Sequence[PoseSamples], device: torch.device, aspect: float) -> None:
        self.device = device
        self.starts = np.cumsum([0, *(len(one) for one in sets)])
        joints = sets[0].joints
        where = {joint: slot for slot, joint in enumerate(joints)}
        order = [where.get(mirrored(joint), slot) for slot, joint in enumerate(joints)]
        self._order = torch.tensor(order, device=device)
        cut = [_cut(one, aspect) for one in sets]
        self._patches = torch.cat([torch.from_numpy(patches).to(device) for patches, _ in cut])
        xy = np.concatenate(
            [apply_affine(maps, one.xy) for one, (_, maps) in zip(sets, cut, strict=True)]
        )
        known = np.concatenate([one.known for one in sets])
        self._xy = torch.from_numpy(xy).float().to(device)
        self._known = torch.from_numpy(known).to(device)
        boxes, halves = _boxes(sets, [maps for _, maps in cut], xy, known)
        self._boxes = torch.from_numpy(boxes).float().to(device)
        self._halves = torch.from_numpy(halves).to(device)

    def __len__(self) -> int:
        return len(self._patches)

    def rows(self, picks: Sequence[Pick]) -> Tensor:
        """The numbers of the people picked, ``[B]`` int64 on the device."""
        numbers = [int(self.starts[pick.part]) + pick.row for pick in picks]
        return torch.tensor(numbers).to(self.device, non_blocking=True)

    def draw(self, rows: Tensor, view: View, seed: int) -> Drawn:
        """See the people at ``rows`` (``[B]`` int64 on the device), each in one crop; ``seed`` decides all that is random."""
        dice = _Dice(self.device, seed, len(rows))
        boxes = self._choose_boxes(rows, view.how, dice)
        matrices, flip = _draw_matrices(boxes, view, dice)
        crops = self._sample(rows, matrices, view.size)
        crops = _change_look(crops, view.how, dice)
        ones = torch.ones_like(self._xy[rows][..., :1])
        placed = torch.cat([self._xy[rows], ones], dim=-1) @ matrices.transpose(1, 2)
        known = self._known[rows]
        placed = torch.where(flip[:, None, None], placed[:, self._order], placed)
        known = torch.where(flip[:, None], known[:, self._order], known)
        pixels = crops.round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
        return Drawn(pixels.unsqueeze(1), placed, known.float())

    def _choose_boxes(self, rows: Tensor, how: Augmentation, dice: _Dice) -> Tensor:
        """Person boxes in patch pixels, now and then of the upper or the lower half only, ``[B, 4]``."""
        half = 1 + (dice.roll() < 0.5).long()
        chosen = (dice.roll() < how.half_body_chance) & self._halves[rows, half - 1]
        return self._boxes[rows, torch.where(chosen, half, 0)]

    def _sample(self, rows: Tensor, matrices: Tensor, size: tuple[int, int]) -> Tensor:
        """Crops ``[B, 3, h, w]`` float32 (0 … 255), bilinear, black outside the picture."""
        width, height = size
        linear = torch.linalg.inv(matrices[:, :, :2])
        across = torch.arange(width, device=self.device, dtype=torch.float32)
        down = torch.arange(height, device=self.device, dtype=torch.float32)
        pixels = torch.stack(torch.meshgrid(across, down, indexing="xy"), dim=-1)
        there = (pixels.view(1, -1, 2) - matrices[:, None, :, 2]) @ linear.transpose(1, 2)
        grid = (there * (2 / (PATCH - 1)) - 1).view(-1, height, width, 2)
        patches = self._patches[rows].permute(0, 3, 1, 2).float()
        return functional.grid_sample(patches, grid, align_corners=True)


class _Dice:
    """Random numbers for a batch, on its device."""

    def __init__(self, device: torch.device, seed: int, count: int) -> None:
        self._source = torch.Generator(device).manual_seed(seed)
        self._device, self.count = device, count

    def roll(self, *shape: int) -> Tensor:
        """Uniform in 0 … 1, ``[B, *shape]``."""
        return torch.rand((self.count, *shape), generator=self._source, device=self._device)

    def about(self, reach: float, *shape: int) -> Tensor:
        """Uniform in −reach … reach, ``[B, *shape]``."""
        return (2 * self.roll(*shape) - 1) * reach


def _cut(samples: PoseSamples, aspect: float) -> tuple[NDArray[np.uint8], Floats]:
    """The patch of everybody ``[N, PATCH, PATCH, 3]`` and the maps from picture to patch pixels ``[N, 2, 3]``."""
    boxes = crop_box(samples.boxes, aspect, ENLARGE)
    zoom = np.minimum(1.0, PATCH / (REACH * boxes[:, 3]))
    maps = np.zeros((len(boxes), 2, 3))
    maps[:, 0, 0] = maps[:, 1, 1] = zoom
    # Whole pixels: a patch that is not reduced is a copy, and is resampled once only.
    maps[:, :, 2] = np.round(PATCH / 2 - zoom[:, None] * (boxes[:, :2] + boxes[:, 2:] / 2))
    patches = np.zeros((len(boxes), PATCH, PATCH, 3), np.uint8)

    def cut(row: int) -> None:
        picture = samples.pictures[samples.picture[row]]
        patches[row] = cut_crops(picture, maps[row][None], (PATCH, PATCH))[0]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(cut, range(len(boxes))))
    return patches, maps


def _boxes(
    sets: Sequence[PoseSamples],
    maps: Sequence[Floats],
    xy: Floats,
    known: NDArray[np.bool_],
) -> tuple[Floats, NDArray[np.bool_]]:
    """Boxes of everybody whole, of their upper and of their lower half, in patch pixels ``[N, 3, 4]``, and which halves may be
    drawn ``[N, 2]``."""
    upper = np.array([any(part in joint for part in UPPER_PARTS) for joint in sets[0].joints])
    whole = np.concatenate(
        [
            np.concatenate(
                [
                    apply_affine(m, one.boxes[:, None, :2])[:, 0],
                    one.boxes[:, 2:] * m[:, 0, :1],
                ],
                axis=1,
            )
            for one, m in zip(sets, maps, strict=True)
        ]
    )
    boxes = np.repeat(whole[:, None], 3, axis=1)
    enough = known.sum(axis=1) > HALF_BODY_MINIMUM
    halves = np.zeros((len(whole), 2), dtype=bool)
    for number, part in enumerate((upper, ~upper)):
        chosen = known & part
        halves[:, number] = enough & (chosen.sum(axis=1) >= 3)
        for row in np.flatnonzero(halves[:, number]):
            boxes[row, 1 + number] = person_box(xy[row], chosen[row])
    return boxes, halves


def _draw_matrices(boxes: Tensor, view: View, dice: _Dice) -> tuple[Tensor, Tensor]:
    """Maps from patch to crop pixels ``[B, 2, 3]``, and which crops are mirrored ``[B]``; as :func:`.augment.draw_geometry`."""
    (width, height), how = view.size, view.how
    wide, high = boxes[:, 2].clamp(min=1), boxes[:, 3].clamp(min=1)
    high = torch.maximum(high, wide * height / width) * ENLARGE
    sides = torch.stack([high * width / height, high], dim=1)
    centre = boxes[:, :2] + boxes[:, 2:] / 2 + dice.about(how.shift, 2) * sides
    angle = torch.deg2rad(dice.about(how.rotation)) * (dice.roll() < how.rotation_chance)
    zoom = (1 + dice.about(how.scale)) * height / high
    flip = dice.roll() < how.flip_chance
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    linear = torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], dim=1)
    middle = torch.tensor([(width - 1) / 2, (height - 1) / 2], device=boxes.device)
    offset = middle - (linear @ centre[:, :, None])[:, :, 0]
    side = torch.where(flip, -1.0, 1.0)
    linear = torch.stack([linear[:, 0] * side[:, None], linear[:, 1]], dim=1)
    offset = torch.stack([offset[:, 0] * side + (width - 1) * flip, offset[:, 1]], dim=1)
    return torch.cat([linear, offset[:, :, None]], dim=2), flip


def _change_look(crops: Tensor, how: Augmentation, dice: _Dice) -> Tensor:
    """Vary colour, sharpness and occlusion of crops ``[B, 3, h, w]`` (0 … 255)."""
    if how.colour:
        gamma = dice.about(how.colour, 1, 1, 1).exp()
        gain = (dice.about(how.colour, 1, 1, 1) + dice.about(how.colour / 3, 3, 1, 1)).exp()
        crops = ((crops / 255).clamp(0, 1) ** gamma * gain * 255).clamp(0, 255)
    if how.blur_chance:
        crops = _blur(crops, how.blur_chance, dice)
    if how.occlusion_chance:
        crops = _occlude(crops, how.occlusion_chance, dice)
    return crops


def _blur(crops: Tensor, chance: float, dice: _Dice) -> Tensor:
    """Motion blur along a random direction; the others get a kernel of one pixel."""
    height = crops.shape[2]
    longest = max(3, round(LONGEST_BLUR * height / 256)) | 1
    reach = (3 + dice.roll(1, 1) * (longest - 3)) / 2 * (dice.roll(1, 1) < chance)
    angle = dice.roll(1, 1) * torch.pi
    steps = torch.arange(longest, device=crops.device) - longest // 2
    y, x = torch.meshgrid(steps.float(), steps.float(), indexing="ij")
    along = x * angle.cos() + y * angle.sin()
    beside = (y * angle.cos() - x * angle.sin()).abs()
    beyond = (along.abs() - reach).clamp(min=0)
    kernel = (1 - torch.hypot(beside, beyond)).clamp(min=0)
    kernel = kernel / kernel.sum(dim=(1, 2), keepdim=True)
    count, channels = crops.shape[:2]
    kernels = kernel.repeat_interleave(channels, dim=0)[:, None]
    flat = crops.reshape(1, count * channels, *crops.shape[2:])
    blurred = functional.conv2d(flat, kernels, padding=longest // 2, groups=count * channels)
    return blurred.view_as(crops)


def _occlude(crops: Tensor, chance: float, dice: _Dice) -> Tensor:
    """Cover a rectangle with one colour, or with what the next crop of the batch shows there."""
    height, width = crops.shape[2:]
    size = 0.08 + 0.27 * dice.roll(2)
    corner = dice.roll(2) * (1 - size)
    down = torch.arange(height, device=crops.device) / height
    across = torch.arange(width, device=crops.device) / width
    rows = (down >= corner[:, :1]) & (down < corner[:, :1] + size[:, :1])
    columns = (across >= corner[:, 1:]) & (across < corner[:, 1:] + size[:, 1:])
    covered = rows[:, :, None] & columns[:, None, :] & (dice.roll(1, 1) < chance)
    plain = 255 * dice.roll(3, 1, 1)
    cover = torch.where(dice.roll(1, 1, 1) < 0.5, plain, crops.roll(1, dims=0))
    return torch.where(covered[:, None], cover, crops)
