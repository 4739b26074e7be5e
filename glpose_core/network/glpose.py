"""GLPose (Jiao et al., "GLPose: Global-Local Representation Learning for Human Pose Estimation",
ACM TOMM 2022).

A person in a key frame is estimated from the crop of that frame, from 2k crops of the frames around it
(*local*) and from n crops of similar people anywhere in the video (*non-local*). Equation numbers are
the paper's. State-dict prefixes: ``backbone`` (HRNet's own names behind it), ``processing`` (Eq. 4),
``encoder`` (ψ) and ``aggregation`` (𝒜) of Eq. 5, ``head``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from .config import GLPoseConfig
from .hrnet import Backbone, BasicBlock, conv3x3, in_own_precision, initialise_new

PROCESSING_BLOCKS = 3
"""Eq. 4's stack: "three basic blocks are employed for conditional feature aggregation"."""


class Explanation(NamedTuple):
    """What GLPose drew on, for B key crops.

    Attributes:
        heatmaps: ``[B, J, h, w]``.
        aggregated: S of Eq. 4, ``[B, C, h, w]``.
        local_weights: W_l of Eq. 2, ``[2k]``; slots t−k … t−1, t+1 … t+k.
        global_weights: W_g of Eq. 3, ``[B, n]``, or ``[B, n, C]`` if weighted per channel.
        mask: 1 − σ(ψ(V_t)) of Eq. 5: the share of S let through, ``[B, C or 1, h, w]`` in (0, 1); None
            where the feature enhancement module is off.
    """

    heatmaps: Tensor
    aggregated: Tensor
    local_weights: Tensor
    global_weights: Tensor
    mask: Tensor | None


class GLPose(nn.Module):
    """The global-local enhanced pose estimation network.

    Args:
        config: every choice that the paper makes or leaves open.

    Attributes:
        joint_names: what the heatmaps show, in order.
        record: how the weights came about; filled by ``load_weights``, kept by ``save_weights``.
    """

    local_weights: Tensor

    def __init__(self, config: GLPoseConfig) -> None:
        super().__init__()
        self.config = config
        self.joint_names = config.joint_names
        self.record: dict[str, object] = {}
        width = config.width
        self.backbone = Backbone(width, config.modules[:2])
        self.processing = _blocks(width * (1 + config.references), width, PROCESSING_BLOCKS)
        if config.enhancement:
            self.encoder = nn.Sequential(
                conv3x3(width, width),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
                nn.Conv2d(width, width if config.mask == "full" else 1, 3, padding=1),
            )
            self.aggregation = _blocks(2 * width, width, config.aggregation_blocks)
        self.head = _head(config)
        # Derived from the configuration, so not saved; always real, even on a meta-device model.
        weights = torch.tensor(local_weights(config), dtype=torch.float32, device="cpu")
        self.register_buffer("local_weights", weights, persistent=False)
        for new in (self.processing, *self._enhancement(), self.head):
            initialise_new(new)
        self.freeze_backbone(config.freeze_backbone)

    def _enhancement(self) -> tuple[nn.Module, ...]:
        return (self.encoder, self.aggregation) if self.config.enhancement else ()

    def freeze_backbone(self, frozen: bool = True) -> None:
        """Keep the backbone as it is, BatchNorm statistics included, or let training change it."""
        self.frozen = frozen
        self.backbone.requires_grad_(not frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> GLPose:
        """Set training or evaluation mode; a frozen backbone stays in evaluation mode."""
        super().train(mode)
        if self.frozen:
            self.backbone.eval()
        return self

    def forward(
        self, key: Tensor, local: Tensor | None = None, nonlocal_: Tensor | None = None
    ) -> Tensor:
        """Estimate heatmaps from crops, one backbone pass per crop.

        Args:
            key: normalised RGB crops of the key frames, ``[B, 3, H, W]``; sides multiples of 16.
            local: ``[B, 2k, 3, H, W]``, the slots being t−k … t−1, t+1 … t+k. None where k = 0.
            nonlocal_: ``[B, n, 3, H, W]``, most similar first. None where n = 0.

        Returns:
            ``[B, J, H/4, W/4]``.

        Raises:
            ValueError: if the number of reference crops is not the configuration's.
        """
        local = self._slots(key, local, 2 * self.config.k, "local")
        nonlocal_ = self._slots(key, nonlocal_, self.config.n, "nonlocal_")
        crops = torch.cat([key.unsqueeze(1), local, nonlocal_], dim=1)
        v = self.features(crops.flatten(0, 1))
        v = v.view(*crops.shape[:2], *v.shape[1:])
        v_t, v_l, v_g = torch.split(v, [1, 2 * self.config.k, self.config.n], dim=1)
        return self.from_features(v_t.squeeze(1), v_l, v_g)

    def features(self, x: Tensor) -> Tensor:
        """V of Eq. 1: HRNet's stage 3, branch 0. ``[B, 3, H, W]`` → ``[B, C, H/4, W/4]``, C the width."""
        return self.backbone.features(x)

    def from_features(
        self, v_t: Tensor, v_l: Tensor | None = None, v_g: Tensor | None = None
    ) -> Tensor:
        """Estimate heatmaps ``[B, J, h, w]`` from features that are already there.

        Args:
            v_t: features of the key crops, ``[B, C, h, w]``.
            v_l: of the local references, ``[B, 2k, C, h, w]``, t−k … t−1, t+1 … t+k. None where k = 0.
            v_g: of the non-local references, ``[B, n, C, h, w]``, most similar first. None where n = 0.
        """
        return self.explain_features(v_t, v_l, v_g).heatmaps

    def explain_features(
        self, v_t: Tensor, v_l: Tensor | None = None, v_g: Tensor | None = None
    ) -> Explanation:
        """The same as :meth:`from_features`, with everything that led to the heatmaps."""
        v_l = self._slots(v_t, v_l, 2 * self.config.k, "v_l")
        v_g = self._slots(v_t, v_g, self.config.n, "v_g")
        w_g = global_weights(v_t, v_g, per_channel=self.config.global_weight == "per_channel")
        s = self._process(v_t, v_l, v_g, w_g)
        mask = None
        f = s
        if self.config.enhancement:
            mask = 1 - torch.sigmoid(self.encoder(v_t))
            f = self.aggregation(torch.cat([mask * s, v_t], dim=1))  # Eq. 5
        return Explanation(in_own_precision(self.head, f), s, self.local_weights, w_g, mask)

    def _process(self, v_t: Tensor, v_l: Tensor, v_g: Tensor, w_g: Tensor) -> Tensor:
        """Eq. 4: V_t ⊕ W_l V_l ⊕ W_g V_g → S, ``[B, C, h, w]``."""
        local = v_l * self.local_weights.to(v_l.dtype)[:, None, None, None]
        per_channel = w_g[..., None, None] if w_g.ndim == 3 else w_g[..., None, None, None]
        slots = torch.cat([v_t.unsqueeze(1), local, v_g * per_channel], dim=1)
        return cast(Tensor, self.processing(slots.flatten(1, 2)))

    @staticmethod
    def _slots(key: Tensor, given: Tensor | None, count: int, name: str) -> Tensor:
        """The references of one kind ``[B, count, …]``; an empty tensor where there are to be none."""
        wanted = (key.shape[0], count, *key.shape[1:])
        if given is None and count == 0:
            return key.new_empty(wanted)
        if given is None or given.shape != wanted:
            shape = "nothing" if given is None else list(given.shape)
            raise ValueError(f"{name}: must have shape {list(wanted)}, not {shape}")
        return given


def local_weights(config: GLPoseConfig) -> tuple[float, ...]:
    """W_l of Eq. 2, one weight per local slot, summing to 1: nearer frames weigh more.

    ``linear`` gives w(d) = (k + 1 − |d|) / (k (k + 1)), ``inverse`` 1/|d|, ``gauss`` a Gaussian of
    standard deviation (k + 1) / 2 frames, and ``uniform`` 1 / 2k, the latter three after scaling.
    """
    shapes: dict[str, Callable[[int], float]] = {
        "linear": lambda distance: config.k + 1 - distance,
        "inverse": lambda distance: 1 / distance,
        "gauss": lambda distance: math.exp(-0.5 * (distance / ((config.k + 1) / 2)) ** 2),
        "uniform": lambda _: 1.0,
    }
    shape = shapes[config.local_weight]
    raw = [shape(abs(offset)) for offset in config.offsets()]
    return tuple(weight / sum(raw) for weight in raw)


def pooled(v: Tensor) -> Tensor:
    """φ of Eq. 3, global average pooling: ``[…, C, h, w]`` → ``[…, C]``.

    Non-local candidates are ranked by the cosine between these embeddings.
    """
    return v.mean(dim=(-2, -1))


def global_weights(v_t: Tensor, v_g: Tensor, per_channel: bool = False) -> Tensor:
    """W_g of Eq. 3: how much each non-local reference resembles the key.

    Args:
        v_t: ``[B, C, h, w]``.
        v_g: ``[B, n, C, h, w]``.
        per_channel: take the Hadamard product literally and weigh every channel by itself.

    Returns:
        ``[B, n]``, the soft-max over the references of ⟨φ(V_g), φ(V_t)⟩ / √C; or ``[B, n, C]``, the
        soft-max over the references of φ(V_g) ⊙ φ(V_t).
    """
    product = pooled(v_g) * pooled(v_t).unsqueeze(1)
    if not per_channel:
        product = product.sum(dim=-1) / math.sqrt(v_t.shape[1])
    return product.softmax(dim=1)


def _blocks(inputs: int, width: int, count: int) -> nn.Sequential:
    """Basic blocks, the first of which brings ``inputs`` channels to ``width``."""
    return nn.Sequential(
        BasicBlock(inputs, width), *(BasicBlock(width, width) for _ in range(count - 1))
    )


def _head(config: GLPoseConfig) -> nn.Module:
    width, joints = config.width, len(config.joint_names)
    if config.head == "mlp":
        return nn.Sequential(
            nn.Conv2d(width, width, 1), nn.ReLU(inplace=True), nn.Conv2d(width, joints, 1)
        )
    size = int(config.head[0])
    return nn.Conv2d(width, joints, size, padding=size // 2)
