"""Poses of person-frames, with their references.

Two modes. *cached* makes one backbone pass per person and frame, in the person's own box, and
resamples the features into the key's box where they serve as local references. *paper* is GLPose as
written: the key's box crops every local reference. Non-local references are the same in both, since they
are cropped by their own boxes; so both keep their features.

A pose depends on the boxes alone and not on what was asked first, once everything within
:attr:`Predictor.settled_after` frames has been absorbed; asked for earlier, it is provisional.
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
from .crops import Crops, crop_matrices, cut_crops
from .decode import decode_heatmaps
from .device_crops import DeviceCropper
from .engine import Engine
from .features import Feature, FeatureCache, resample
from .job import Mode
from .overflow import PersonFrame
from .references import ReferenceRules, local_frames, nonlocal_candidates, rank
from .rows import Decoded, in_picture, prediction_rows, to_slots

Picture = NDArray[np.uint8]

CACHE_BYTES = 2**30
"""Room for features in memory: 17,000 person-frames of W18 at 144×192, 1,600 of W48 at 288×384. A walk in both
directions needs up to 600 of each person."""

GLIMPSES = 6
"""Frames looked at while following whose features are kept until their boxes have settled."""


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
        cut_on_device: bool | None = None,
    ) -> None:
        """``cut_on_device`` None: crops are cut where the network runs, unless that is the processor."""
        self.engine = engine
        self.scene = scene
        self.mode = mode
        self.rules = ReferenceRules.of(engine.config, k, n)
        self.pixel_aspect = pixel_aspect
        self.cache = FeatureCache(cache_bytes)
        on_device = engine.device.type != "cpu" if cut_on_device is None else cut_on_device
        self._cropper = DeviceCropper(engine.device) if on_device else None
        self._glimpsed: dict[int, tuple[Floats, Tensor]] = {}

    @property
    def reach(self) -> int:
        """How many frames round a key frame must be known before it can be predicted."""
        return self.rules.slots[0]

    @property
    def settled_after(self) -> int:
        """How many frames round a key frame must be known before its prediction is final."""
        return self.rules.settled_after

    def single(self, frame: int, boxes: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Estimate people in one frame without references, to follow them by.

        ``boxes [N, 4]``; returns positions ``[N, 17, 2]`` in picture pixels and maxima ``[N, 17]``.
        """
        matrices = crop_matrices(boxes, self.engine.size, self.pixel_aspect)
        crops = self._cut([frame] * len(matrices), matrices)
        if self.engine.config is None:
            heatmaps = self.engine.heatmaps(crops)
        else:
            values = self.engine.features(crops)
            self._glimpsed[frame] = matrices, values
            while len(self._glimpsed) > GLIMPSES:
                self._glimpsed.pop(next(iter(self._glimpsed)))
            heatmaps = self.engine.alone(values)
        return to_slots(self._decode(heatmaps, matrices), self.engine.joints)

    def absorb(self, keys: Sequence[PersonFrame]) -> None:
        """Make the features of person-frames that have none yet, while their pictures are at hand.

        From now on they may serve as references.
        """
        if self.engine.config is not None:
            self._make(self._stale(keys), candidate=True)
            for key in keys:
                self.cache.promote(key)

    def release(self, frames: Sequence[int]) -> None:
        """Forget what no prediction of ``frames`` can need: everything out of all their windows."""
        self.cache.retain(np.unique(np.array(frames, dtype=np.int64)), self.settled_after)

    def predict(self, keys: Sequence[PersonFrame]) -> PoseRows:
        """Predict person-frames: one row of ``PREDICTION_DTYPE`` each, in the same order.

        Non-local references are chosen among the person-frames absorbed so far.
        """
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

    def _cut(self, frames: Sequence[int], matrices: Floats) -> Crops:
        """One crop per frame and matrix ``[N, h, w, 3]``; frames may repeat.

        On a graphics processor the crops are cut there, and each frame travels once.
        """
        size, cropper = self.engine.size, self._cropper
        order = np.array(frames)
        numbers = np.unique(order).tolist()
        rows = [np.flatnonzero(order == number) for number in numbers]
        # One picture at a time: they are large.
        parts = (
            (n, self.scene.picture(n), matrices[r]) for n, r in zip(numbers, rows, strict=True)
        )
        back = np.argsort(np.concatenate(rows))
        if cropper is None:
            return np.concatenate([cut_crops(picture, m, size) for _, picture, m in parts])[back]
        crops = torch.cat([cropper.cut(n, picture, m, size) for n, picture, m in parts])
        return crops[torch.from_numpy(back).to(crops.device)]

    def _stale(self, keys: Sequence[PersonFrame]) -> list[PersonFrame]:
        """The person-frames without a feature, or with one made while another box stood in for theirs."""
        if not keys:
            return []
        held = [self.cache.about(key) for key in keys]
        return [
            key
            for key, feature, matrix in zip(keys, held, self._matrices(keys), strict=True)
            if feature is None or not np.allclose(feature.matrix, matrix)
        ]

    def _matrices(self, keys: Sequence[PersonFrame]) -> Floats:
        boxes = np.stack([self.scene.box(*key) for key in keys])
        return crop_matrices(boxes, self.engine.size, self.pixel_aspect)

    def _make(self, keys: Sequence[PersonFrame], *, candidate: bool) -> None:
        """Make features of person-frames and keep them."""
        for feature, key in zip(self._features(keys, candidate), keys, strict=True):
            self.cache.put(key, feature)

    def _features(self, keys: Sequence[PersonFrame], candidate: bool) -> list[Feature]:
        if not keys:
            return []
        matrices = self._matrices(keys)
        seen = [self._glimpse(key[1], matrix) for key, matrix in zip(keys, matrices, strict=True)]
        new = [i for i, values in enumerate(seen) if values is None]
        if new:
            crops = self._cut([keys[i][1] for i in new], matrices[new])
            for i, values in zip(new, self.engine.features(crops), strict=True):
                seen[i] = values
        values = torch.stack([each for each in seen if each is not None])
        pooled = self.engine.pooled(values)
        return [
            # A copy of its own, so that dropping one feature frees its memory.
            Feature(values[i].clone(), matrices[i], pooled[i], self.scene.score(*key), candidate)
            for i, key in enumerate(keys)
        ]

    def _glimpse(self, frame: int, matrix: Floats) -> Tensor | None:
        """The feature of a crop that :meth:`single` has just looked at, or None."""
        if frame not in self._glimpsed:
            return None
        matrices, values = self._glimpsed[frame]
        same = np.flatnonzero(np.abs(matrices - matrix).max(axis=(1, 2)) < 1e-9)
        return values[same[0]] if len(same) else None

    def _with_references(
        self, keys: Sequence[PersonFrame], matrices: Floats
    ) -> NDArray[np.float32]:
        windows = [local_frames(frame, self.scene.shot(frame), self.rules) for _, frame in keys]
        self.absorb(list(dict.fromkeys(keys)))
        if self.mode == "cached":
            near = zip(keys, windows, strict=True)
            wanted = dict.fromkeys((key[0], f) for key, frames in near for f in frames)
            self._make(self._stale(list(wanted)), candidate=False)

        def run(part: slice) -> NDArray[np.float32]:
            chosen = keys[part]
            key = torch.stack([self._of(each).values for each in chosen])
            local = self._local(chosen, windows[part], matrices[part], key)
            return self.engine.fuse(key, local, self._nonlocal(chosen, key))

        return np.concatenate(self.engine.in_batches(len(keys), run))

    def _of(self, key: PersonFrame) -> Feature:
        """The feature of a person-frame; made anew if the cache was too small to keep it."""
        held = self.cache.get(key)
        return held if held is not None else self._features([key], candidate=True)[0]

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
            rivals = [(int(table[i, 0]), int(table[i, 1])) for i in pool]
            best = rank(
                self._pooled((track, frame)),
                np.stack([self._pooled(rival) for rival in rivals]),
                np.abs(table[pool, 1] - frame),
                self.rules,
            )
            found.append(torch.stack([self._of(rivals[i]).values for i in best]))
        return torch.stack(found)

    def _pooled(self, key: PersonFrame) -> NDArray[np.float32]:
        held = self.cache.about(key)
        return (held or self._of(key)).pooled
