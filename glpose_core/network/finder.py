"""A small network that finds people: their centres on a heatmap, and how large they are.

After CenterNet (Zhou, Wang and Krähenbühl, "Objects as Points", 2019) with the box regression of FCOS (Tian
et al., ICCV 2019): every cell says how likely somebody's centre lies in it, and how far the four edges of
their box are away. It grows on the trunk of a pose network, which knows what people look like from far more
pictures than have boxes for everybody.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bundled import FINDER_FILE
from ..errors import WeightsError
from .checkpoint import read_checkpoint
from .filling import finite
from .hrnet import (
    STAGE3_STRIDE,
    Backbone,
    BasicBlock,
    HighResolutionModule,
    conv3x3,
    in_own_precision,
)
from .native import FORMAT_VERSION, write_tensors

KIND = "finder"
STRIDE = 4
"""Cell ``i`` of the output covers pixels ``4 i`` … ``4 i + 3``; its middle is pixel ``4 i + 1.5``."""
LOWEST_STRIDE = STAGE3_STRIDE
"""Sides of the picture are multiples of this."""

_SCALE = ".scale"
"""What a kernel's scales are called, after its name."""
_RARE = -4.0
"""What the centre map says before training: next to nobody anywhere."""
_EDGE = 32.0
"""Distances of edges are told in multiples of this, as exponents of e."""
WIDTH = 18
MODULES = (1, 2)
HEAD = 64
HEAD_BLOCKS = 2
FINEST = 48
"""Channels at a quarter of the picture, where centres are told."""
LARGEST, MOST_MODULES = 256, 8
"""A file that asks for more channels, or modules in a stage, than this is no finder's."""


class PersonFinder(nn.Module):
    """Pictures in, centres and boxes out.

    Attributes:
        width, modules: of the trunk, as in :class:`~glpose_core.network.hrnet.Backbone`. head: channels of the head.
        record: how the weights came about; plain JSON values.
    """

    def __init__(
        self, width: int = WIDTH, modules: tuple[int, int] = MODULES, head: int = HEAD
    ) -> None:
        super().__init__()
        self.width, self.modules_per_stage, self.head = width, modules, head
        self.record: dict[str, Any] = {}
        self.trunk = Backbone(width, modules)
        # Sums that nothing reads: see Backbone.pyramid.
        del _last_module(self.trunk).fuse_layers[1:]
        self.fine = _convolution(width, head, stride=2)
        self.middle = nn.Conv2d(2 * width, head, 1)
        self.coarse = nn.Sequential(BasicBlock(4 * width, 4 * width), nn.Conv2d(4 * width, head, 1))
        self.mix = nn.Sequential(
            nn.BatchNorm2d(head),
            nn.ReLU(inplace=True),
            *(BasicBlock(head, head) for _ in range(HEAD_BLOCKS)),
            nn.Conv2d(head, FINEST, 1),
        )
        self.beside = nn.Conv2d(width, FINEST, 1)
        self.finest = nn.Sequential(
            nn.BatchNorm2d(FINEST), nn.ReLU(inplace=True), _convolution(FINEST, FINEST)
        )
        self.centre = nn.Conv2d(FINEST, 1, 1)
        self.edges = nn.Conv2d(FINEST, 4, 1)
        for name, module in self.named_modules():
            if isinstance(module, nn.Conv2d) and not name.startswith("trunk."):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        for last in (self.centre, self.edges):
            nn.init.normal_(last.weight, 0.0, 0.01)
            nn.init.zeros_(cast(Tensor, last.bias))
        nn.init.constant_(cast(Tensor, self.centre.bias), _RARE)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Look at pictures ``[B, 3, H, W]`` (normalised as pose networks have them; sides multiples of 16).

        Returns:
            Centre logits ``[B, H/4, W/4]``, and the distances left, up, right, down from a cell's middle to
            the edges of the box, in pixels, ``[B, 4, H/4, W/4]``; both float32, autocast or not.
        """
        return self.read(self.trunk.pyramid(pictures))

    def read(self, levels: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """The same from what the trunk says, ``Backbone.pyramid``."""
        fine, middle, coarse = levels
        below = functional.interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        mixed = self.mix(self.fine(fine) + self.middle(middle) + below)
        near = functional.interpolate(mixed, scale_factor=2.0, mode="bilinear", align_corners=False)
        said = self.finest(self.beside(fine) + near)
        centre, edges = (in_own_precision(layer, said) for layer in (self.centre, self.edges))
        return centre[:, 0], _EDGE * torch.exp(edges.clamp(-6, 4))

    def start_from(self, trunk: Backbone) -> None:
        """Take over the trunk of a pose network of the same width, with as many modules or more.

        Raises:
            RuntimeError: if it is of another size.
        """
        self.trunk.load_state_dict(
            {
                name: value
                for name, value in trunk.state_dict().items()
                if name in self.trunk.state_dict()
            }
        )


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        conv3x3(inputs, outputs, stride),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _last_module(trunk: Backbone) -> HighResolutionModule:
    return cast(HighResolutionModule, trunk.stage3[-1])


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


def save_finder(
    model: PersonFinder, path: Path, record: Mapping[str, Any], eight_bits: bool = False
) -> None:
    """Write a finder as safetensors. The file appears whole or not at all.

    Kernels are kept in float16, or in ``eight_bits`` with a scale for each output channel: half the size, for
    what is not trained any further.

    Raises:
        WeightsError: if a weight is no finite number, or the file cannot be written.
    """
    config = {"width": model.width, "modules": model.modules_per_stage, "head": model.head}
    words = {
        "format": "pt",
        "format_version": str(FORMAT_VERSION),
        "kind": KIND,
        "config": json.dumps(config),
        "record": json.dumps(dict(record)),
    }
    state = model.state_dict()
    write_tensors(_packed(state) if eight_bits else state, words, path, torch.float16)


def _packed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Kernels in whole numbers −127 … 127, with a float32 scale for each output channel beside them."""
    packed = {}
    for name, value in state.items():
        if value.ndim != 4 or not finite(value):  # the latter is refused when it is written
            packed[name] = value
            continue
        scale = value.abs().amax(dim=(1, 2, 3)).clamp(min=1e-12) / 127
        packed[name] = torch.round(value / scale[:, None, None, None]).to(torch.int8)
        packed[name + _SCALE] = scale.float()
    return packed


def _unpacked(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict that was packed; that of older files, which hold float16, too.

    Raises:
        KeyError, ValueError: if scales are missing or not one for each output channel.
    """
    unpacked = {}
    for name, value in state.items():
        if name.endswith(_SCALE):
            continue
        if value.dtype == torch.int8:
            scale = state[name + _SCALE].float()
            if value.ndim != 4 or scale.shape != value.shape[:1]:
                raise ValueError("scale")
            value = value.float() * scale[:, None, None, None]
        unpacked[name] = value.float() if value.is_floating_point() else value
    return unpacked


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
        width, head = int(config["width"]), int(config["head"])
        first, second = (int(n) for n in config["modules"])
        if not (0 < width <= LARGEST and 0 < head <= LARGEST):
            raise ValueError("channels")
        if not 0 < min(first, second) <= max(first, second) <= MOST_MODULES:
            raise ValueError("modules")
        model = PersonFinder(width, (first, second), head)
        unread = tuple(f"trunk.stage3.{second - 1}.fuse_layers.{row}." for row in (1, 2))
        model.load_state_dict(
            {
                name: value
                for name, value in _unpacked(checkpoint.state).items()
                if not name.startswith(unread)  # in older files
            }
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
