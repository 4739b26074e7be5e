"""A scene without a video, and networks without training, for tests of the predictor."""

from __future__ import annotations

import numpy as np
import torch

from glpose_core.network import GLPose, GLPoseConfig, HRNet
from glpose_core.predict.engine import Engine
from glpose_core.predict.predictor import Predictor

CPU = torch.device("cpu")


class Scene:
    """Two people over twelve frames, in boxes that stand still or drift."""

    def __init__(self, drift: float = 0.0) -> None:
        self.drift = drift
        self.asked: list[int] = []
        rng = np.random.default_rng(3)
        self._pictures = [rng.integers(0, 256, (90, 120, 3), dtype=np.uint8) for _ in range(12)]

    def picture(self, frame):
        self.asked.append(frame)
        return self._pictures[frame]

    def box(self, track, frame):
        frame = min(max(frame, 0), 11)
        return np.array([10.0 + 50 * track + self.drift * frame, 12.0, 30.0, 50.0])

    def score(self, track, frame):
        return 0.9

    def shot(self, frame):
        return (0, 12)


def glpose(k: int = 2, n: int = 2, **more: object) -> GLPose:
    torch.manual_seed(5)
    config = GLPoseConfig(width=4, k=k, n=n, modules=(1, 1, 0), input_size=(32, 48), **more)
    model = GLPose(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.kaiming_normal_(parameter)
        for parameter in model.head.parameters():
            parameter.mul_(1e-3)  # heatmaps well below 1, where scores would be cut
    return model


def hrnet() -> HRNet:
    torch.manual_seed(0)
    model = HRNet(4, 17, (1, 1, 1)).eval()
    model.record["input_size"] = [32, 64]
    return model


def predictor(scene: Scene, model=None, **options) -> Predictor:
    engine = Engine(model or glpose(), CPU, precision="float32", batch=4)
    return Predictor(engine, scene, **options)


KEYS = [(track, frame) for frame in range(12) for track in (0, 1)]
