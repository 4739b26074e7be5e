"""How well a network finds the joints of labelled poses, each seen in its plain crop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..evaluate.percentage_correct import Pck, pck, torso_size
from ..predict.decode import decode_heatmaps
from .augment import Augmentation
from .temporal import Network, heatmaps_of, references
from .views import PoseSet, View, collate

THRESHOLD = 0.2
"""A joint is right within this share of the torso, ‖left shoulder − right hip‖."""


@dataclass(frozen=True)
class Score:
    """How well held-out poses are found.

    ``pck`` is the share of known joints within 0.2 torso lengths (‖left shoulder − right hip‖) among the
    ``people`` that have both; ``error`` is the median distance in picture pixels over all joints.
    """

    pck: float
    error: float
    people: int
    joints: int


@dataclass(frozen=True)
class Found:
    """Predictions beside the truth, in crop pixels.

    ``found`` and ``xy`` are ``[N, J, 2]``, ``known`` ``[N, J]``, ``confidence`` the heatmaps' maxima
    ``[N, J]``, ``scale`` picture pixels per crop pixel ``[N]``.
    """

    joints: tuple[str, ...]
    found: NDArray[np.float64]
    confidence: NDArray[np.float64]
    xy: NDArray[np.float64]
    known: NDArray[np.bool_]
    scale: NDArray[np.float64]

    def pck(self) -> Pck:
        """PCK@0.2 of the torso; people without one of its two joints are left out."""
        size = torso_size(self.xy, self.known, self.joints)
        return pck(self.found, self.xy, self.known, size, THRESHOLD)

    def score(self) -> Score:
        """The figures in short."""
        share = self.pck()
        away = np.linalg.norm(self.found - self.xy, axis=-1) * self.scale[:, None]
        error = float(np.median(away[self.known])) if self.known.any() else math.nan
        return Score(share.pooled, error, share.people, int(share.labelled.sum()))


@torch.no_grad()
def predict_set(
    model: Network,
    poses: PoseSet,
    size: tuple[int, int],
    device: torch.device,
    batch: int = 16,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Found:
    """Predict every pose of a set from its plain crop of (width, height) ``size``.

    References are drawn by the pose's row, so that two networks see the same. ``tell(done, total)`` is
    called before each batch, and may raise to stop. The model's mode is left as it was.
    """
    view = View(size, *references(model), how=Augmentation.none())
    was_training = model.training
    model.eval()
    samples, places, maxima = [], [], []
    for start in range(0, len(poses), batch):
        tell(start, len(poses))
        rows = range(start, min(start + batch, len(poses)))
        drawn = [poses.draw(row, view, np.random.default_rng(row)) for row in rows]
        heatmaps = heatmaps_of(model, collate(drawn).crops, device).cpu().numpy()
        xy, scores = decode_heatmaps(heatmaps)
        places.append(xy)
        maxima.append(scores)
        samples += [(sample.xy, sample.known, sample.scale) for sample in drawn]
    model.train(was_training)
    truth = [np.array(values) for values in zip(*samples, strict=True)]
    return Found(
        poses.joints, np.concatenate(places), np.concatenate(maxima), truth[0], truth[1], truth[2]
    )
