"""Poses of person-frames, with their references.

Two modes. *cached* makes one backbone pass per person and frame, in the person's own box, and
resamples the features into the key's box where they serve as local references. *paper* is GLPose as
written: the key's box crops every local reference. Non-local references are the same in both, since they
are cropped by their own boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..geometry import Floats
from ..labels.poses import PREDICTION_DTYPE, PoseRows
from .crops import crop_matrices, cut_crops
from .decode import decode_heatmaps
from .engine import Engine
from .features import Feature, FeatureCache, PersonFrame, resample
from .job import Mode
from .references import ReferenceRules, local_frames, nonlocal_candidates, rank
from .rows import Decoded, in_picture, prediction_rows, to_slots

Picture = NDArray[np.uint8]

CACHE_BYTES = 512 * 2**20
"""Room for features: 8,000 person-frames of W18 at 144×192, 800 of W48 at 288×384."""


class Scene(Protocol):
    """What is known about the people of a video while it is being predicted."""

    def picture(self, frame: int) -> Picture:
        """The RGB picture of a frame ``[h, w, 3]``."""

    def box(self, track: int, frame: int) -> Floats:
        """The box ``[4]`` of a track in a frame; beyond its ends, that of the nearest end."""

    def score(self, track: int, frame: int) -> float:
        """The box score, 0…1."""

    def shot(self, frame: int) -> tuple[int, int]:
        """The frames of the range that belong to the same shot, half open."""


class Predictor:
    """Predicts person-frames (track, frame) of one scene."""

    def __init__(
        self,
        engine: Engine,
        scene: Scene,
        *,
        mode: Mode = "cached",
        k: int | None = None,
        n: int | None = None,
        pixel_aspect: float = 1.0,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.engine = engine
        self.scene = scene
        self.mode = mode
        self.rules = ReferenceRules.of(engine.config, k, n)
        self.pixel_aspect = pixel_aspect
        self.cache = FeatureCache(cache_bytes)

    @property
    def reach(self) -> int:
        """How many frames round a key frame must be known before it can be predicted."""
        return self.rules.slots[0]

    def single(self, frame: int, boxes: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Estimate people in one frame without references, to follow them by.

        ``boxes [N, 4]``; returns positions ``[N, 17, 2]`` in picture pixels and maxima ``[N, 17]``.
        """
        matrices = crop_matrices(boxes, self.engine.size, self.pixel_aspect)
        crops = cut_crops(self.scene.picture(frame), matrices, self.engine.size)
        decoded = self._decode(self.engine.heatmaps(crops), matrices)
        return to_slots(decoded, self.engine.joints)

    def absorb(self, keys: Sequence[PersonFrame]) -> None:
        """Make the features of person-frames that have none yet, while their pictures are at hand."""
        if self.engine.config is None:
            return
        missing = [key for key in keys if key not in self.cache]
        for feature, key in zip(self._features(missing), missing, strict=True):
            self.cache.put(key, feature)

    def predict(self, keys: Sequence[PersonFrame]) -> PoseRows:
        """Predict person-frames: one row of ``PREDICTION_DTYPE`` each, in the same order."""
        if not keys:
            return np.zeros(0, PREDICTION_DTYPE)
        boxes = np.stack([self.scene.box(*key) for key in keys])
        matrices = crop_matrices(boxes, self.engine.size, self.pixel_aspect)
        if self.engine.config is None:
            heatmaps = self.engine.heatmaps(self._cut([key[1] for key in keys], matrices))
        else:
            heatmaps = self._with_references(keys, matrices)
        return prediction_rows(
            self._decode(heatmaps, matrices),
            self.engine.joints,
            np.array([track for track, _ in keys]),
            np.array([frame for _, frame in keys]),
            boxes,
            np.array([self.scene.score(*key) for key in keys]),
            self.engine.thresholds,
        )

    def _decode(self, heatmaps: NDArray[np.float32], matrices: Floats) -> Decoded:
        xy, maxima = decode_heatmaps(heatmaps, self.engine.decoder, self.engine.sigma)
        return in_picture(xy, maxima, matrices)

    def _cut(self, frames: Sequence[int], matrices: Floats) -> NDArray[np.uint8]:
        """One crop per frame and matrix ``[N, h, w, 3]``; frames may repeat."""
        size = self.engine.size
        crops = np.empty((len(frames), size[1], size[0], 3), dtype=np.uint8)
        order = np.array(frames)
        for frame in np.unique(order):
            rows = np.flatnonzero(order == frame)
            crops[rows] = cut_crops(self.scene.picture(int(frame)), matrices[rows], size)
        return crops

    def _features(self, keys: Sequence[PersonFrame]) -> list[Feature]:
        if not keys:
            return []
        boxes = np.stack([self.scene.box(*key) for key in keys])
        matrices = crop_matrices(boxes, self.engine.size, self.pixel_aspect)
        values = self.engine.features(self._cut([key[1] for key in keys], matrices))
        means = values.float().mean(dim=(-2, -1))
        pooled = torch.nn.functional.normalize(means, dim=1).cpu().numpy()
        return [
            # A copy of its own, so that dropping one feature frees its memory.
            Feature(values[i].clone(), matrices[i], pooled[i], self.scene.score(*key))
            for i, key in enumerate(keys)
        ]

    def _with_references(
        self, keys: Sequence[PersonFrame], matrices: Floats
    ) -> NDArray[np.float32]:
        for key, matrix in zip(keys, matrices, strict=True):
            held = self.cache.get(key)
            if held is not None and not np.allclose(held.matrix, matrix):
                self.cache.drop(key)  # made while another box stood in for this one
        windows = [local_frames(frame, self.scene.shot(frame), self.rules) for _, frame in keys]
        wanted = dict.fromkeys(keys)
        if self.mode == "cached":
            near = zip(keys, windows, strict=True)
            wanted |= dict.fromkeys((key[0], f) for key, frames in near for f in frames)
        self.absorb(list(wanted))

        def run(part: slice) -> NDArray[np.float32]:
            chosen = keys[part]
            key = torch.stack([self._of(each).values for each in chosen])
            local = self._local(chosen, windows[part], matrices[part], key)
            return self.engine.fuse(key, local, self._nonlocal(chosen, key))

        return np.concatenate(self.engine.in_batches(len(keys), run))

    def _of(self, key: PersonFrame) -> Feature:
        """The feature of a person-frame; made anew if the cache was too small to keep it."""
        held = self.cache.get(key)
        return held if held is not None else self._features([key])[0]

    def _local(
        self,
        keys: Sequence[PersonFrame],
        windows: Sequence[Sequence[int]],
        matrices: Floats,
        key: Tensor,
    ) -> Tensor:
        """Features of the local references in the keys' boxes, ``[N, 2k, C, h, w]``."""
        slots = 2 * self.rules.slots[0]
        if slots == 0:
            return key.new_empty((len(keys), 0, *key.shape[1:]))
        targets = np.repeat(matrices, slots, axis=0)
        if self.mode == "paper":
            frames = [frame for window in windows for frame in window]
            values = self.engine.features(self._cut(frames, targets))
            return values.reshape(len(keys), slots, *values.shape[1:])
        held = [
            self._of((each[0], frame))
            for each, window in zip(keys, windows, strict=True)
            for frame in window
        ]
        sources = np.stack([feature.matrix for feature in held])
        values = resample(torch.stack([feature.values for feature in held]), sources, targets)
        return values.reshape(len(keys), slots, *values.shape[1:])

    def _nonlocal(self, keys: Sequence[PersonFrame], key: Tensor) -> Tensor:
        """Features of the non-local references, ``[N, n, C, h, w]``; the key's own where there are none."""
        slots = self.rules.slots[1]
        own = key.unsqueeze(1).expand(-1, slots, -1, -1, -1)
        if slots == 0 or self.rules.n == 0:
            return own
        table, scores = self.cache.table()
        found = []
        for row, (track, frame) in enumerate(keys):
            shot = self.scene.shot(frame)
            pool = nonlocal_candidates(frame, shot, table[:, 1], table[:, 0], scores, self.rules)
            if len(pool) == 0:
                found.append(own[row])
                continue
            held = [self._of((int(table[i, 0]), int(table[i, 1]))) for i in pool]
            best = rank(
                self._of((track, frame)).pooled,
                np.stack([feature.pooled for feature in held]),
                np.abs(table[pool, 1] - frame),
                self.rules,
            )
            found.append(torch.stack([held[i].values for i in best]))
        return torch.stack(found)
