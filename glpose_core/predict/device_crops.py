"""Crops cut on the device: a frame travels there once, however many people are in it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..geometry import Floats, apply_affine, invert_affine
from ..network.pixels import upload
from .crops import crop_extent, shrink_factor


class DeviceCropper:
    """Cuts the crops that :func:`glpose_core.predict.crops.cut_crops` would cut, on a device.

    Sampling is exact where OpenCV rounds positions to 1/32 pixel, so values differ by a few steps of 255 at hard
    edges (tests say how much). The last frames stay on the device, because neighbouring keys share them.

    Args:
        device: where the network runs.
        keep: how many frames stay there.
    """

    def __init__(self, device: torch.device, keep: int = 4) -> None:
        self._device = device
        self._keep = keep
        self._frames: dict[int, Tensor] = {}
        self.uploads = 0

    def cut(
        self, frame: int, picture: NDArray[np.uint8], matrices: Floats, size: tuple[int, int]
    ) -> Tensor:
        """Cut crops out of one picture, bilinear, black outside it.

        Args:
            frame: the picture's number: the same number is the same picture.
            picture: RGB ``[h, w, 3]``.
            matrices: picture → crop, ``[N, 2, 3]``.
            size: (width, height) of the crops.

        Returns:
            ``[N, height, width, 3]`` uint8 on the device.
        """
        pixels = self._uploaded(frame, picture)
        if len(matrices) == 0:
            return torch.empty((0, size[1], size[0], 3), dtype=torch.uint8, device=self._device)
        zoom = np.linalg.norm(matrices[:, :, :2], axis=1).min(axis=1)
        large = (zoom > 0) & (zoom <= 0.5)  # as shrink_factor has it
        crops = [self._averaged(pixels, matrix, size) for matrix in matrices[large]]
        if not large.all():
            crops.insert(0, self._together(pixels, matrices[~large], size))
        made = torch.cat(crops).round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
        if large.any() and not large.all():
            back = np.argsort(np.argsort(large, kind="stable"))
            made = made[upload(back, self._device)]
        return made

    def _uploaded(self, frame: int, picture: NDArray[np.uint8]) -> Tensor:
        """The picture on the device, ``[1, 3, h, w]`` uint8."""
        if frame not in self._frames:
            self.uploads += 1
            while len(self._frames) >= self._keep:
                self._frames.pop(next(iter(self._frames)))
            self._frames[frame] = upload(picture, self._device).permute(2, 0, 1)[None]
        return self._frames[frame]

    def _together(self, pixels: Tensor, matrices: Floats, size: tuple[int, int]) -> Tensor:
        """Crops ``[N, 3, height, width]`` float32, 0…255, in one go: kernels cost more to start than to run."""
        back = invert_affine(matrices)
        corners = np.array([[0, 0], [size[0], 0], [0, size[1]], [size[0], size[1]]]) - 0.5
        seen = apply_affine(back, np.broadcast_to(corners, (len(back), 4, 2))).reshape(-1, 2)
        picture = (pixels.shape[3], pixels.shape[2])
        low = np.floor(seen.min(axis=0) - 1).clip(0, np.array(picture) - 1).astype(np.int64)
        high = np.ceil(seen.max(axis=0) + 2).clip(low + 1, picture).astype(np.int64)
        part = pixels[:, :, low[1] : high[1], low[0] : high[0]].float()
        return _sample(part, back[..., :2], back[..., 2] - low, size)

    def _averaged(self, pixels: Tensor, matrix: Floats, size: tuple[int, int]) -> Tensor:
        """The crop ``[1, 3, height, width]`` of somebody large, whose pixels are averaged first."""
        low, high = crop_extent(matrix, size, (pixels.shape[3], pixels.shape[2]))
        part = pixels[:, :, low[1] : high[1], low[0] : high[0]].float()
        factor = shrink_factor(matrix)
        rows, columns = part.shape[2] // factor, part.shape[3] // factor
        scale = 1.0
        if rows and columns:
            part = functional.avg_pool2d(part[:, :, : rows * factor, : columns * factor], factor)
            scale = float(factor)
        # Crop pixels → pixels of the part; pixel u of it is centred on low + scale · u + (scale − 1) / 2.
        back = invert_affine(matrix)[None]
        return _sample(
            part, back[..., :2] / scale, (back[..., 2] - low - (scale - 1) / 2) / scale, size
        )


def _sample(part: Tensor, linear: Floats, offset: Floats, size: tuple[int, int]) -> Tensor:
    """Sample ``part [1, 3, h, w]`` at ``linear [N, 2, 2] @ (x, y) + offset [N, 2]`` for every crop pixel; zero
    outside."""
    height, width = part.shape[2:]
    # Counted as grid_sample does without align_corners: −1 and 1 are the outer edges.
    span = np.array([width, height])
    steps = 2 * linear / span[:, None]
    first = (2 * offset + 1) / span - 1
    maps = np.concatenate([steps, first[..., None]], axis=-1).astype(np.float32)
    x = torch.arange(size[0], device=part.device, dtype=torch.float32)[:, None]
    y = torch.arange(size[1], device=part.device, dtype=torch.float32)[:, None, None]
    by_x, by_y, start = upload(maps, part.device)[:, None, None].unbind(-1)
    grid = by_x * x + by_y * y + start
    every = part.expand(len(maps), *part.shape[1:])
    return functional.grid_sample(every, grid, "bilinear", "zeros", align_corners=False)
