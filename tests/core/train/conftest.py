"""Tiny data and networks, so that a training takes tenths of a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from glpose_core.network import GLPose, GLPoseConfig, HRNet
from glpose_core.skeleton import GLPOSE15
from glpose_core.train.augment import Augmentation
from glpose_core.train.recipe import Recipe, Stage
from glpose_core.train.training import Callback, Training
from glpose_core.train.views import Sample, View


class Losses(Callback):
    """Every step's loss."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def after_step(self, training: Training) -> None:
        self.values.append(float(training.loss))


@dataclass(frozen=True)
class Spots:
    """A data set that is no file: a bright spot for each joint in noise, where the row decides."""

    count: int = 12
    name: str = "spots"
    joints: tuple[str, ...] = GLPOSE15.joints

    def __len__(self) -> int:
        return self.count

    def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
        width, height = view.size
        own = np.random.default_rng(row)
        xy = own.uniform(6, np.array(view.size) - 6, (15, 2))
        xy = xy + rng.uniform(-view.how.shift, view.how.shift, 2) * view.size
        crops = own.integers(0, 128, (view.slots, height, width, 3), dtype=np.uint8)
        for slot, (x, y) in enumerate(xy.round().astype(int).clip(0, (width - 1, height - 1))):
            crops[:, y, x, slot % 3] = 255
        crops[1:] //= 2
        return Sample(crops, xy, np.arange(15) != row % 15)


@pytest.fixture
def spots() -> type[Spots]:
    return Spots


@pytest.fixture
def recipe() -> Recipe:
    """A few steps at two resolutions."""
    return Recipe(
        steps=4,
        batch=4,
        stages=(Stage((32, 32), 0.5), Stage((32, 48))),
        warm_up=0.1,
        weight_decay=0.01,
        largest_gradient=5.0,
        ema=0.9,
        error_weight=200.0,
        location_weight=1.0,
        augmentation=Augmentation(),
        evaluation_share=0.0,
    )


def tiny_hrnet() -> HRNet:
    torch.manual_seed(0)
    return HRNet(4, GLPOSE15.joints, (1, 1, 0))


def tiny_glpose() -> GLPose:
    torch.manual_seed(0)
    return GLPose(GLPoseConfig(width=4, k=1, n=2, modules=(1, 1, 0), input_size=(32, 48)))


@pytest.fixture
def hrnet() -> HRNet:
    return tiny_hrnet()


@pytest.fixture
def glpose() -> GLPose:
    return tiny_glpose()
