"""Which network a training begins with: new, as it is, or GLPose over somebody's backbone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ..errors import UsageError
from ..network import GLPose, GLPoseConfig, HRNet, find_weights, load_weights
from ..network.config import Head
from ..network.importing import load_backbone
from ..skeleton import GLPOSE15
from .temporal import Network
from .views import Batch, PoseSet, View, collate
from .warm_start import start_from_single_frame

Kind: TypeAlias = Literal["hrnet", "glpose"]
STARTING_CROPS = 32
"""Crops on which a warm start measures the features."""


@dataclass(frozen=True)
class Wanted:
    """What to train.

    Attributes:
        kind: "hrnet", a backbone with a 1×1 head on stage 3, or "glpose".
        width, modules: of a new network. k, n: of a new GLPose.
        weights: where to begin, a file or a name; None begins with noise (HRNet only).
        warm: let a new GLPose begin as good as the HRNet it is built over (:func:`warm_start`).
    """

    kind: Kind
    width: int = 18
    modules: tuple[int, int] = (1, 2)
    k: int = 4
    n: int = 6
    weights: str | None = None
    warm: bool = False


def make_network(wanted: Wanted, size: tuple[int, int]) -> Network:
    """The network to train, at (width, height) ``size``.

    Weights of the wanted kind go on from where they are. GLPose over an HRNet takes its backbone; what is
    new begins as N(0, 0.001), or from :func:`warm_start`.

    Raises:
        WeightsError: if the weights cannot be used.
        UsageError: if GLPose is wanted without weights: its frozen backbone would stay noise.
    """
    if wanted.weights is None:
        if wanted.kind == "glpose":
            raise UsageError(
                "GLPose is trained over a backbone",
                field="weights",
                remedy="give --weights, or train one first: --recipe scratch",
            )
        return HRNet(wanted.width, GLPOSE15.joints, (*wanted.modules, 0))
    path = find_weights(wanted.weights)
    model = load_weights(path)
    if wanted.kind == "hrnet" or isinstance(model, GLPose):
        return model
    over = glpose_over(model, wanted.k, wanted.n, size)
    load_backbone(over, path)
    over.record = {"backbone": path.name}
    return over


def glpose_over(
    single: HRNet,
    k: int,
    n: int,
    size: tuple[int, int],
    *,
    enhancement: bool = True,
    head: Head = "3x3",
) -> GLPose:
    """A new GLPose that an HRNet's first three stages fit, all of it noise still.

    Args:
        size: (width, height) of its crops in pixels. The rest is as :class:`.GLPoseConfig` has it.
    """
    stages = single.modules_per_stage
    return GLPose(
        GLPoseConfig(
            width=single.width,
            k=k,
            n=n,
            joints=GLPOSE15.joints,
            modules=(stages[0], stages[1], 0),
            input_size=size,
            enhancement=enhancement,
            head=head,
        )
    )


def warm_start(model: Network, wanted: Wanted, poses: PoseSet, view: View) -> bool:
    """Let a new GLPose begin as good as the HRNet that it is built over. Returns whether it could.

    It cannot where nothing is new, or the HRNet has a stage 4 or other joints.
    """
    if wanted.weights is None or not isinstance(model, GLPose):
        return False
    single = load_weights(find_weights(wanted.weights))
    if not isinstance(single, HRNet):
        return False
    try:
        start_from_single_frame(model, single, starting_crops(poses, view))
    except ValueError:
        return False
    return True


def starting_crops(poses: PoseSet, view: View) -> Batch:
    """The crops on which a warm start measures the features: some poses, evenly spaced, drawn alike every time."""
    rows = np.linspace(0, len(poses) - 1, min(STARTING_CROPS, len(poses))).astype(int)
    return collate([poses.draw(int(row), view, np.random.default_rng(int(row))) for row in rows])
