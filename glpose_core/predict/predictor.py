"""Poses of person-frames, with their references.

Two modes. *cached* makes one backbone pass per person and frame, in the person's own box, and
resamples the features into the key's box where they serve as local references. *paper* is GLPose as
written: the key's box crops every local reference. Non-local references are the same in both, since they
are cropped by their own boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..geometry import Floats
from ..labels.poses import PREDICTION_DTYPE, REFERENCE_DTYPE, PoseRows
from .crops import crop_matrices, cut_crops
from .decode import decode_heatmaps
from .engine import Engine
from .features import Feature, FeatureCache, resample
from .job import Mode
from .references import (
    PersonFrame,
    ReferenceRules,
    References,
    local_frames,
    nonlocal_candidates,
    rank,
)
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


@dataclass(frozen=True, eq=False)
class PoseExplanation:
    """One pose, and what it was read from.

    Attributes:
        heatmaps: ``[J, h, w]`` float32, those that the prediction itself has.
        xy: joints in picture pixels, ``[17, 2]``. maxima: heatmap maxima, ``[17]``.
        local_weights: W_l of Eq. 2, ``[2k]``. global_weights: W_g of Eq. 3, ``[n]``. Each sums to 1.
    """

    heatmaps: NDArray[np.float32]
    xy: NDArray[np.float64]
    maxima: NDArray[np.float64]
    local_weights: NDArray[np.float32]
    global_weights: NDArray[np.float32]


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
        return self.predict_with_references(keys)[0]

    def predict_with_references(self, keys: Sequence[PersonFrame]) -> tuple[PoseRows, PoseRows]:
        """Predict person-frames, and say what each was predicted from.

        Returns:
            Rows of ``PREDICTION_DTYPE [N]`` in the order of the keys, and of ``REFERENCE_DTYPE``
            ``[N, 2k + n]``, slots as in Eq. 4 (none for a single-frame network).
        """
        if not keys:
            return np.zeros(0, PREDICTION_DTYPE), np.zeros((0, sum(self._slots)), REFERENCE_DTYPE)
        boxes = np.stack([self.scene.box(*key) for key in keys])
        matrices = crop_matrices(boxes, self.engine.size, self.pixel_aspect)
        if self.engine.config is None:
            heatmaps = self.engine.heatmaps(self._cut([key[1] for key in keys], matrices))
            used = np.zeros((len(keys), 0), REFERENCE_DTYPE)
        else:
            self._prepare(keys, matrices)
            references = self._choose(keys)
            heatmaps = self._with_references(keys, references, matrices)
            used = self._record(references, boxes)
        rows = prediction_rows(
            self._decode(heatmaps, matrices),
            self.engine.joints,
            np.array([track for track, _ in keys]),
            np.array([frame for _, frame in keys]),
            boxes,
            np.array([self.scene.score(*key) for key in keys]),
            self.engine.thresholds,
        )
        return rows, used

    def explain(self, key: PersonFrame, references: References) -> PoseExplanation:
        """Estimate one pose from the references given, and say how much each of them weighed.

        Raises:
            ValueError: if the network looks at single frames.
        """
        if self.engine.config is None:
            raise ValueError("a single-frame network has no references")
        matrices = crop_matrices(self.scene.box(*key)[None], self.engine.size, self.pixel_aspect)
        local = references.local if self.mode == "cached" else ()
        self.absorb(list(dict.fromkeys((key, *local, *references.nonlocal_))))
        found = self.engine.explain(*self._gather([key], [references], matrices))
        xy, maxima = to_slots(self._decode(found.heatmaps, matrices), self.engine.joints)
        return PoseExplanation(
            found.heatmaps[0], xy[0], maxima[0], found.local_weights, found.global_weights[0]
        )

    @property
    def _slots(self) -> tuple[int, int]:
        """How many local and non-local references a pose has."""
        return 2 * self.rules.slots[0], self.rules.slots[1]

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
            Feature(values[i].clone(), matrices[i], pooled[i], self.scene.score(*key), boxes[i])
            for i, key in enumerate(keys)
        ]

    def _prepare(self, keys: Sequence[PersonFrame], matrices: Floats) -> None:
        """See to it that the keys, and in cached mode the frames round them, have features."""
        for key, matrix in zip(keys, matrices, strict=True):
            held = self.cache.get(key)
            if held is not None and not np.allclose(held.matrix, matrix):
                self.cache.drop(key)  # made while another box stood in for this one
        wanted = dict.fromkeys(keys)
        if self.mode == "cached":
            wanted |= dict.fromkeys((key[0], f) for key in keys for f in self._window(key[1]))
        self.absorb(list(wanted))

    def _window(self, frame: int) -> list[int]:
        return local_frames(frame, self.scene.shot(frame), self.rules)

    def _choose(self, keys: Sequence[PersonFrame]) -> list[References]:
        """The references of every key, from what has been absorbed so far."""
        table, scores = self.cache.table()
        return [
            References(
                tuple((track, near) for near in self._window(frame)),
                self._alike((track, frame), table, scores),
            )
            for track, frame in keys
        ]

    def _alike(
        self, key: PersonFrame, table: NDArray[np.int64], scores: NDArray[np.float64]
    ) -> tuple[PersonFrame, ...]:
        """The non-local references of a key; the key itself where there are none."""
        slots, frame = self.rules.slots[1], key[1]
        if slots == 0 or self.rules.n == 0:
            return (key,) * slots
        shot = self.scene.shot(frame)
        pool = nonlocal_candidates(frame, shot, table[:, 1], table[:, 0], scores, self.rules)
        if len(pool) == 0:
            return (key,) * slots
        candidates = [(int(track), int(at)) for track, at in table[pool]]
        best = rank(
            self._of(key).pooled,
            np.stack([self._of(one).pooled for one in candidates]),
            np.abs(table[pool, 1] - frame),
            self.rules,
        )
        return tuple(candidates[i] for i in best)

    def _record(self, references: Sequence[References], boxes: Floats) -> PoseRows:
        """What a project keeps of the references: frames and boxes, ``[N, 2k + n]``."""
        used = np.zeros((len(references), sum(self._slots)), REFERENCE_DTYPE)
        for row, (each, box) in enumerate(zip(references, boxes, strict=True)):
            used["frame"][row] = [frame for _, frame in each.slots]
            cut = [self._box_of(one) for one in each.slots]
            if self.mode == "paper":
                cut[: self._slots[0]] = [box] * self._slots[0]
            if cut:
                used["box"][row] = cut
        return used

    def _box_of(self, key: PersonFrame) -> Floats:
        """The box that a person-frame's feature was made of."""
        held = self.cache.get(key)
        return self.scene.box(*key) if held is None else held.box

    def _with_references(
        self, keys: Sequence[PersonFrame], references: Sequence[References], matrices: Floats
    ) -> NDArray[np.float32]:
        def run(part: slice) -> NDArray[np.float32]:
            return self.engine.fuse(*self._gather(keys[part], references[part], matrices[part]))

        return np.concatenate(self.engine.in_batches(len(keys), run))

    def _gather(
        self, keys: Sequence[PersonFrame], references: Sequence[References], matrices: Floats
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Features of the keys ``[N, C, h, w]``, of local ``[N, 2k, …]`` and non-local ``[N, n, …]``."""
        key = torch.stack([self._of(each).values for each in keys])
        others = [self._of(one).values for each in references for one in each.nonlocal_]
        shape = (len(keys), self._slots[1], *key.shape[1:])
        nonlocal_ = torch.stack(others).reshape(shape) if others else key.new_empty(shape)
        return key, self._local(references, matrices, key), nonlocal_

    def _of(self, key: PersonFrame) -> Feature:
        """The feature of a person-frame; made anew if the cache was too small to keep it."""
        held = self.cache.get(key)
        return held if held is not None else self._features([key])[0]

    def _local(self, references: Sequence[References], matrices: Floats, key: Tensor) -> Tensor:
        """Features of the local references in the keys' boxes, ``[N, 2k, C, h, w]``."""
        slots = self._slots[0]
        shape = (len(key), slots, *key.shape[1:])
        if slots == 0:
            return key.new_empty(shape)
        targets = np.repeat(matrices, slots, axis=0)
        near = [one for each in references for one in each.local]
        if self.mode == "paper":
            return self.engine.features(self._cut([f for _, f in near], targets)).reshape(shape)
        held = [self._of(one) for one in near]
        sources = np.stack([feature.matrix for feature in held])
        values = resample(torch.stack([feature.values for feature in held]), sources, targets)
        return values.reshape(shape)
