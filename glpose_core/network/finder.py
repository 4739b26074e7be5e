"""A small network that finds people: their centres on a heatmap, and how large they are.

After CenterNet (Zhou, Wang and Krähenbühl, "Objects as Points", 2019) with the box regression of FCOS (Tian
et al., ICCV 2019): every cell says how likely somebody's centre lies in it, and how far the four edges of
their box are away. Plain residual blocks, halved four times and brought back to a quarter of the picture.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..errors import WeightsError
from .checkpoint import read_checkpoint
from .filling import finite
from .native import FORMAT_VERSION, write_tensors

FINDER_FILE = "finder-starter.safetensors"
KIND = "finder"
STRIDE = 4
"""Cell ``i`` of the output covers pixels ``4 i`` … ``4 i + 3``; its middle is pixel ``4 i + 1.5``."""
LOWEST_STRIDE = 32
"""Sides of the picture are multiples of this."""

_RARE = -4.0
"""What the centre map says before training: next to nobody anywhere."""
_EDGE = 32.0
"""Distances of edges are told in multiples of this, as exponents of e."""
WIDTHS = (24, 48, 96, 160)
BLOCKS = (1, 2, 2, 2)
HEAD = 32
LARGEST = 1024
"""A file that asks for more channels than this is no finder's."""


class PersonFinder(nn.Module):
    """Pictures in, centres and boxes out.

    Attributes:
        widths: channels at strides 4, 8, 16 and 32. blocks: residual blocks there. head: channels on the way back.
        record: how the weights came about; plain JSON values.
    """

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        blocks: Sequence[int] = BLOCKS,
        head: int = HEAD,
    ) -> None:
        super().__init__()
        self.widths, self.blocks, self.head = tuple(widths), tuple(blocks), head
        self.record: dict[str, Any] = {}
        self.stem = _convolution(3, 16, stride=2)
        stages, inputs = [], 16
        for width, count in zip(widths, blocks, strict=True):
            stages.append(
                nn.Sequential(
                    _convolution(inputs, width, stride=2), *(_Block(width) for _ in range(count))
                )
            )
            inputs = width
        self.stages = nn.ModuleList(stages)
        self.lateral = nn.ModuleList(nn.Conv2d(width, head, 1) for width in widths)
        self.smooth = nn.ModuleList(_convolution(head, head) for _ in widths)
        self.centre = nn.Conv2d(head, 1, 1)
        self.edges = nn.Conv2d(head, 4, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        for last in (self.centre, self.edges):
            nn.init.normal_(last.weight, 0.0, 0.01)
            nn.init.zeros_(cast(Tensor, last.bias))
        nn.init.constant_(cast(Tensor, self.centre.bias), _RARE)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Look at pictures ``[B, 3, H, W]`` (see :func:`prepare`; sides multiples of 32).

        Returns:
            Centre logits ``[B, H/4, W/4]``, and the distances left, up, right, down from a cell's middle to
            the edges of the box, in pixels, ``[B, 4, H/4, W/4]``.
        """
        x = self.stem(pictures)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        back: Tensor | None = None
        for level, lateral, smooth in zip(
            reversed(levels), reversed(self.lateral), reversed(self.smooth), strict=True
        ):
            here = lateral(level)
            if back is not None:
                here = here + functional.interpolate(back, scale_factor=2.0, mode="nearest")
            back = smooth(here)
        assert back is not None
        return self.centre(back)[:, 0], _EDGE * torch.exp(self.edges(back).clamp(-6, 4))


def prepare(pictures: NDArray[np.uint8]) -> Tensor:
    """RGB pictures ``[B, H, W, 3]`` → the network's input ``[B, 3, H, W]`` float32, −1 … 1."""
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
    return (x / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class _Block(nn.Module):
    """Two 3×3 convolutions with a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolution(width, width)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(self.first(x)))


def bundled_finder() -> Path:
    """The file of the finder that comes with the app.

    Raises:
        WeightsError: if there is none (the core is used without the app's resources).
    """
    try:
        path = Path(str(importlib.resources.files("resources").joinpath("weights", FINDER_FILE)))
    except ModuleNotFoundError:
        path = Path(FINDER_FILE)
    if not path.is_file():
        raise WeightsError(
            "the people finder that comes with the app is not there",
            file=path,
            remedy="install the app again, or choose the detector hog",
        )
    return path


def save_finder(model: PersonFinder, path: Path, record: Mapping[str, Any]) -> None:
    """Write a finder as safetensors, convolutions in float16. The file appears whole or not at all.

    Raises:
        WeightsError: if a weight is no finite number, or the file cannot be written.
    """
    config = {"widths": model.widths, "blocks": model.blocks, "head": model.head}
    words = {
        "format": "pt",
        "format_version": str(FORMAT_VERSION),
        "kind": KIND,
        "config": json.dumps(config),
        "record": json.dumps(dict(record)),
    }
    write_tensors(model.state_dict(), words, path, torch.float16)


def load_finder(path: Path) -> PersonFinder:
    """Read a finder, in evaluation mode.

    Raises:
        WeightsError: if the file is no finder's, or damaged.
    """
    checkpoint = read_checkpoint(path)
    words = checkpoint.metadata
    try:
        if words.get("kind") != KIND or words.get("format_version") != str(FORMAT_VERSION):
            raise ValueError("kind")
        config = json.loads(words["config"])
        widths, blocks = ([int(n) for n in config[name]] for name in ("widths", "blocks"))
        head = int(config["head"])
        if not all(len(n) == 4 and 0 < min(n) <= max(n) <= LARGEST for n in (widths, blocks)):
            raise ValueError("sizes")
        if not 0 < head <= LARGEST:
            raise ValueError("head")
        model = PersonFinder(widths, blocks, head)
        model.load_state_dict(
            {n: t.float() if t.is_floating_point() else t for n, t in checkpoint.state.items()}
        )
        model.record = dict(json.loads(words["record"]))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(
            "is no people finder of this version", file=path, remedy="choose another file"
        ) from error
    if not all(finite(value) for value in model.state_dict().values()):
        raise WeightsError(
            "holds values that are no numbers", file=path, remedy="copy or download it again"
        )
    return model.eval()
