"""People estimated in single frames by the bundled network, to judge and follow them by, as the app does."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from glpose_core.geometry import Floats
from glpose_core.network import default_weights, find_weights, load_weights
from glpose_core.people.follow import PoseFinder, Poses
from glpose_core.predict.engine import Engine
from glpose_core.predict.predictor import Predictor


@cache
def bundled_engine(weights: str) -> Engine:
    """A bundled network on the processor."""
    return Engine(load_weights(find_weights(weights)), torch.device("cpu"))


class _Watched:
    """All that the predictor asks of a scene before it knows tracks."""

    def __init__(self, picture: Callable[[int], NDArray[np.uint8]]) -> None:
        self.picture = picture

    def box(self, track: int, frame: int) -> Floats:
        raise NotImplementedError

    def score(self, track: int, frame: int) -> float:
        raise NotImplementedError

    def shot(self, frame: int) -> tuple[int, int]:
        raise NotImplementedError


def poses_in(picture: Callable[[int], NDArray[np.uint8]], weights: str | None = None) -> PoseFinder:
    """What a bundled network (by default the one that is used where nobody chooses) makes of boxes in the
    pictures of a clip."""
    predictor = Predictor(bundled_engine(weights or default_weights()), _Watched(picture))
    return lambda frame, boxes: Poses(*predictor.single(frame, boxes))
