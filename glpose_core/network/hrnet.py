"""HRNet (Sun et al., "Deep High-Resolution Representation Learning", CVPR 2019).

Used twice: whole, as a single-frame pose model, and up to stage 3, as the feature extractor of
GLPose (Jiao et al. 2022, Eq. 1). Module names are those of the official code, so official
checkpoints load without renaming.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import cast

import torch
from torch import Tensor, nn

from ..skeleton import COCO17, GLPOSE15

DEFAULT_JOINTS: dict[int, tuple[str, ...]] = {
    17: COCO17.joints,
    15: GLPOSE15.joints,
}
"""The joint list meant when a model is made with a bare number of joints."""

FEATURE_STRIDE = 4
"""Feature and heatmap cell ``i`` sits at crop pixel ``4 i``."""

NEW_WEIGHT_DEVIATION = 0.001
"""New heads, and all new layers of GLPose, start from N(0, 0.001) (paper, section 4.1)."""

STAGE3_STRIDE = 16
"""Stride of stage 3's lowest branch: crop sides are multiples of this (stage 4: of twice this)."""


def conv3x3(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """3×3 convolution, padding 1, no bias."""
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)


class BasicBlock(nn.Module):
    """Two 3×3 convolutions with a shortcut; a 1×1 projection where the width changes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(inputs, outputs)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = conv3x3(outputs, outputs)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = (
            None
            if inputs == outputs
            else nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return cast(Tensor, self.relu(y + shortcut))


class Bottleneck(nn.Module):
    """1×1, 3×3, 1×1 convolutions with a shortcut; the output is four times ``planes`` wide."""

    expansion = 4

    def __init__(self, inputs: int, planes: int) -> None:
        super().__init__()
        outputs = planes * self.expansion
        self.conv1 = nn.Conv2d(inputs, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = (
            None
            if inputs == outputs
            else nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return cast(Tensor, self.relu(y + shortcut))


def _fuse_path(source: int, target: int, widths: Sequence[int]) -> nn.Module:
    """The way from branch ``source`` to branch ``target``: upsampled 1×1, or a chain of strides."""
    if source == target:
        return nn.Identity()
    if source > target:
        return nn.Sequential(
            nn.Conv2d(widths[source], widths[target], 1, bias=False),
            nn.BatchNorm2d(widths[target]),
            nn.Upsample(scale_factor=2 ** (source - target), mode="nearest"),
        )
    steps: list[nn.Module] = []
    for step in range(source, target):
        last = step == target - 1
        outputs = widths[target] if last else widths[source]
        layers: list[nn.Module] = [conv3x3(widths[source], outputs, 2), nn.BatchNorm2d(outputs)]
        if not last:
            layers.append(nn.ReLU(inplace=True))
        steps.append(nn.Sequential(*layers))
    return nn.Sequential(*steps)


class HighResolutionModule(nn.Module):
    """Parallel branches of four basic blocks each, then every branch summed into every other."""

    def __init__(self, widths: Sequence[int], rows: int) -> None:
        """``widths``: channels per branch; ``rows``: how many fused outputs the module makes."""
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(BasicBlock(width, width) for _ in range(4))) for width in widths
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_fuse_path(source, target, widths) for source in range(len(widths)))
            for target in range(rows)
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, xs: list[Tensor], rows: int | None = None) -> list[Tensor]:
        """Return the first ``rows`` fused branches (all of them by default)."""
        return self.fuse(self.grow(xs), rows)

    def grow(self, xs: list[Tensor]) -> list[Tensor]:
        """Run the branches, each for itself."""
        return [branch(x) for branch, x in zip(self.branches, xs, strict=True)]

    def fuse(self, ys: list[Tensor], rows: int | None = None) -> list[Tensor]:
        """Sum every branch into the first ``rows`` branches (all of them by default)."""
        fused = []
        for paths in list(self.fuse_layers)[:rows]:
            parts = [path(y) for path, y in zip(cast(nn.ModuleList, paths), ys, strict=True)]
            fused.append(self.relu(reduce(torch.add, parts)))
        return fused


def _transition(before: Sequence[int], after: Sequence[int]) -> nn.ModuleList:
    """Adapt the widths of existing branches and open one new branch at half the lowest resolution."""
    layers: list[nn.Module] = []
    for branch, width in enumerate(after):
        if branch < len(before):
            layers.append(
                nn.Identity()
                if before[branch] == width
                else nn.Sequential(
                    conv3x3(before[branch], width), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
                )
            )
        else:
            layers.append(
                nn.Sequential(
                    nn.Sequential(
                        conv3x3(before[-1], width, 2), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
                    )
                )
            )
    return nn.ModuleList(layers)


class Backbone(nn.Module):
    """HRNet up to and including stage 3: φ of GLPose's Eq. 1.

    Args:
        width: channels of branch 0 (48, 32, 18 …); branch b has ``width * 2**b``.
        modules: how many high-resolution modules stages 2 and 3 have; the paper's are (1, 4).
    """

    def __init__(self, width: int, modules: tuple[int, int]) -> None:
        super().__init__()
        self.width = width
        widths = [width, 2 * width, 4 * width]
        self.conv1 = conv3x3(3, 64, 2)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2 = conv3x3(64, 64, 2)
        self.bn2 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = nn.Sequential(Bottleneck(64, 64), *(Bottleneck(256, 64) for _ in range(3)))
        self.transition1 = _transition([256], widths[:2])
        self.stage2 = _stage(widths[:2], modules[0])
        self.transition2 = _transition(widths[:2], widths)
        self.stage3 = _stage(widths, modules[1])
        initialise(self)

    def _stem(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return cast(Tensor, self.layer1(x))

    def _to_stage3(self, x: Tensor, rows: int | None) -> list[Tensor]:
        """Run to the end of stage 3; ``rows`` limits which of its fused outputs are computed."""
        xs, last = self._to_last_module(x)
        return cast(list[Tensor], last(xs, rows))

    def _to_last_module(self, x: Tensor) -> tuple[list[Tensor], HighResolutionModule]:
        """Run to the last module of stage 3: its inputs, and the module."""
        x = self._stem(x)
        xs = [layer(x) for layer in self.transition1]
        for module in self.stage2:
            xs = module(xs)
        xs = _open_branch(self.transition2, xs)
        *body, last = self.stage3
        for module in body:
            xs = module(xs)
        return xs, cast(HighResolutionModule, last)

    def features(self, x: Tensor) -> Tensor:
        """Return V of GLPose's Eq. 1: stage 3, branch 0, after ReLU.

        Args:
            x: normalised RGB crops, ``[B, 3, H, W]``, H and W multiples of 16.

        Returns:
            ``[B, width, H/4, W/4]``; cell i sits at crop pixel 4 i. Only what feeds branch 0 is computed.

        Raises:
            ValueError: if H or W is no multiple of 16.
        """
        _check_sides(x, STAGE3_STRIDE)
        return self._to_stage3(x, rows=1)[0]

    def pyramid(self, x: Tensor) -> list[Tensor]:
        """Return what a pose network of these layers has learnt at all three resolutions.

        V of Eq. 1, and the two lower branches of stage 3's last module before they are summed into it: these
        are what heatmaps are read off, while the other sums of that module are never trained.

        Returns:
            ``[B, width · 2**b, H / (4 · 2**b), W / (4 · 2**b)]`` for b = 0, 1, 2.

        Raises:
            ValueError: if H or W is no multiple of 16.
        """
        _check_sides(x, STAGE3_STRIDE)
        xs, last = self._to_last_module(x)
        ys = last.grow(xs)
        return [last.fuse(ys, 1)[0], *ys[1:]]

    def forward(self, x: Tensor) -> Tensor:
        """The same as :meth:`features`."""
        return self.features(x)


class HRNet(Backbone):
    """The high-resolution network as a pose model: heatmaps from one crop.

    Args:
        width: channels of branch 0 (48, 32, 18 …); branch b has ``width * 2**b``.
        joints: how many heatmaps, or the joint names in order. 17 means COCO's list and 15 GLPose's.
        modules: how many high-resolution modules stages 2, 3 and 4 have. The paper's is (1, 4, 3);
            0 for stage 4 leaves stage 4 out and reads the heatmaps off stage 3, branch 0.

    Attributes:
        joint_names: what the heatmaps show, in order.
        record: how the weights came about; filled by ``load_weights``, kept by ``save_weights``.
    """

    def __init__(
        self,
        width: int = 48,
        joints: int | Sequence[str] = 17,
        modules: tuple[int, int, int] = (1, 4, 3),
    ) -> None:
        super().__init__(width, modules[:2])
        self.modules_per_stage = modules
        self.joint_names = joint_list(joints)
        self.record: dict[str, object] = {}
        if modules[2]:
            widths = [width * 2**branch for branch in range(4)]
            self.transition3 = _transition(widths[:3], widths)
            self.stage4 = _stage(widths, modules[2], last_rows=1)
            initialise(self.transition3)
            initialise(self.stage4)
        self.final_layer = nn.Conv2d(width, len(self.joint_names), 1)
        initialise_new(self.final_layer)

    def forward(self, x: Tensor) -> Tensor:
        """Return heatmaps ``[B, J, H/4, W/4]`` for normalised RGB crops ``[B, 3, H, W]``.

        H and W must be multiples of 32 (16 where stage 4 is left out); else ``ValueError``.
        """
        if not self.modules_per_stage[2]:
            return in_own_precision(self.final_layer, self.features(x))
        _check_sides(x, 2 * STAGE3_STRIDE)
        xs = _open_branch(self.transition3, self._to_stage3(x, rows=None))
        for module in self.stage4:
            xs = module(xs)
        return in_own_precision(self.final_layer, xs[0])


def in_own_precision(layer: nn.Module, x: Tensor) -> Tensor:
    """``layer(x)`` without autocast: heatmaps of eight significant bits would move joints."""
    with torch.autocast(x.device.type, enabled=False):
        return cast(Tensor, layer(x.to(next(layer.parameters()).dtype)))


def _stage(widths: Sequence[int], modules: int, last_rows: int | None = None) -> nn.ModuleList:
    """``modules`` high-resolution modules; ``last_rows`` limits the outputs of the last one."""
    rows = [len(widths)] * modules
    if last_rows is not None:
        rows[-1] = last_rows
    return nn.ModuleList(HighResolutionModule(widths, count) for count in rows)


def _check_sides(x: Tensor, stride: int) -> None:
    height, width = x.shape[-2:]
    if height % stride or width % stride:
        raise ValueError(f"crop sides must be multiples of {stride}, not {width}×{height}")


def _open_branch(transition: nn.ModuleList, xs: list[Tensor]) -> list[Tensor]:
    """Apply a transition; the new branch comes from the lowest-resolution output."""
    return [layer(xs[min(branch, len(xs) - 1)]) for branch, layer in enumerate(transition)]


def joint_list(joints: int | Sequence[str]) -> tuple[str, ...]:
    """Return joint names for a count (17: COCO, 15: GLPose) or the names themselves.

    Raises:
        ValueError: if a bare count has no list of that length.
    """
    if isinstance(joints, int):
        if joints not in DEFAULT_JOINTS:
            raise ValueError(f"no joint list of {joints} joints: give the names")
        return DEFAULT_JOINTS[joints]
    return tuple(joints)


def initialise(model: nn.Module) -> None:
    """Weights for training from scratch: He-normal convolutions, unit BatchNorm."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and not module.weight.is_meta:
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


def initialise_new(module: nn.Module) -> None:
    """Weights of new layers from N(0, 0.001), biases 0 (GLPose, section 4.1); unit BatchNorm."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d) and not layer.weight.is_meta:
            nn.init.normal_(layer.weight, std=NEW_WEIGHT_DEVIATION)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
