"""How networks are fed with pictures: bytes that travel to a device, and become numbers there."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Crops: TypeAlias = NDArray[np.uint8] | Tensor
"""``[N, h, w, 3]`` uint8 RGB, in memory or on the device."""

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""ImageNet's statistics of RGB in 0…1, which every HRNet was trained with."""


def normalise(crops: Crops, device: torch.device, dtype: torch.dtype = torch.float32) -> Tensor:
    """``[N, h, w, 3]`` uint8 RGB → ``[N, 3, h, w]`` of ``dtype`` on ``device``, channels last.

    Bytes travel to the device, not floats; to a CUDA device from pinned memory, while the processor goes on.
    """
    # Bytes lie channels last already, so that the view needs no copy.
    x = upload(crops, device).permute(0, 3, 1, 2).float()
    scale, shift = _statistics(device)
    return x.mul_(scale).sub_(shift).to(dtype).contiguous(memory_format=torch.channels_last)


@lru_cache
def _statistics(device: torch.device) -> tuple[Tensor, Tensor]:
    """What bytes are multiplied by, and what is taken off then, ``[1, 3, 1, 1]`` each."""
    with torch.inference_mode(False):  # kept, and used in training as well
        mean = torch.tensor(MEAN, device=device).view(1, 3, 1, 1)
        deviation = torch.tensor(DEVIATION, device=device).view(1, 3, 1, 1)
        return 1 / (255 * deviation), mean / deviation


def upload(values: NDArray[Any] | Tensor, device: torch.device) -> Tensor:
    """Pixels, or other numbers, on ``device``; those that are there already stay.

    To a CUDA device they travel from pinned memory: else the caller would wait for all that the device has to do.
    """
    x = torch.from_numpy(values) if isinstance(values, np.ndarray) else values
    if device.type == "cuda" and x.device.type == "cpu":
        return x.pin_memory().to(device, non_blocking=True)
    return x.to(device)
