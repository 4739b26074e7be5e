"""Crops of many people in many frames, each picture being fetched once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from ..geometry import Floats
from ..network.pixels import Crops, upload
from .crops import cut_crop
from .device_crops import DeviceCropper
from .scene import Picture


class Cutter:
    """Cuts crops by OpenCV, or on a device, where a frame travels once.

    Args:
        picture: the RGB picture of a frame ``[h, w, 3]``.
        size: (width, height) of the crops.
        device: where they are cut; None: in memory.
    """

    def __init__(
        self,
        picture: Callable[[int], Picture],
        size: tuple[int, int],
        device: torch.device | None,
    ) -> None:
        self._picture = picture
        self._size = size
        self._device = device
        self._cropper = None if device is None else DeviceCropper(device)

    def cut(self, frames: Sequence[int], matrices: Floats) -> Crops:
        """One crop per frame and matrix (picture → crop), ``[N, h, w, 3]``; frames may repeat."""
        order = np.array(frames, dtype=np.int64)
        numbers = np.unique(order).tolist()
        rows = [np.flatnonzero(order == number) for number in numbers]
        # One picture at a time: they are large.
        if self._cropper is None or self._device is None:
            crops = np.empty((len(order), self._size[1], self._size[0], 3), dtype=np.uint8)
            for number, where in zip(numbers, rows, strict=True):
                picture = self._picture(number)
                for row in where:
                    cut_crop(picture, matrices[row], crops[row])
            return crops
        parts = [
            self._cropper.cut(number, self._picture(number), matrices[where], self._size)
            for number, where in zip(numbers, rows, strict=True)
        ]
        sorted_already = (np.diff(order) >= 0).all()
        back = None if sorted_already else np.argsort(np.concatenate(rows))
        cut = parts[0] if len(parts) == 1 else torch.cat(parts)
        return cut if back is None else cut[upload(back, self._device)]
