"""Poses of person-frames, with their references.

Two modes. *cached* makes one backbone pass per person and frame, in the person's own box, and
resamples the features into the key's box where they serve as local references. *paper* is GLPose as
written: the key's box crops every local reference. Non-local references are the same in both, since they
are cropped by their own boxes; so both keep their features.

A pose depends on the boxes alone and not on what was asked first, once everything within
:attr:`Predictor.settled_after` frames has been absorbed; asked for earlier, it is provisional.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..geometry import Floats
from ..labels.poses import PREDICTION_DTYPE, REFERENCE_DTYPE, PoseRows
from ..network.pixels import Crops
from .crops import crop_matrices, cut_crops
from .decode import decode_heatmaps
from .device_crops import DeviceCropper
from .engine import Engine, concatenated
from .features import Feature, FeatureCache, resample, room_for_features
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

GLIMPSES = 6
"""Frames looked at while following whose features (or heatmaps) are kept until their boxes have settled."""


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
        cache_bytes: int | None = None,
        cut_on_device: bool | None = None,
    ) -> None:
        """``cut_on_device`` None: crops are cut where the network runs, unless that is the processor.

        ``cache_bytes`` None: as :func:`~glpose_core.predict.features.room_for_features` says.
        """
        self.engine = engine
        self.scene = scene
        self.mode = mode
        self.rules = ReferenceRules.of(engine.config, k, n)
        self.pixel_aspect = pixel_aspect
        self.cache = FeatureCache(
            room_for_features(engine.device) if cache_bytes is None else cache_bytes
        )
        on_device = engine.device.type != "cpu" if cut_on_device is None else cut_on_device
        self._cropper = DeviceCropper(engine.device) if on_device else None
        self._glimpsed: dict[int, tuple[Floats, Tensor]] = {}
        """Per frame, crops that :meth:`single` looked at, and what was made of them."""

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
            values = torch.from_numpy(heatmaps)
        else:
            values = self.engine.features(crops)
            heatmaps = self.engine.alone(values)
        self._glimpsed[frame] = matrices, values
        while len(self._glimpsed) > GLIMPSES:
            self._glimpsed.pop(next(iter(self._glimpsed)))
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
            made = self._seen_or_made(keys, matrices, self._heatmaps)
            heatmaps = torch.stack(made).numpy()
            used = np.zeros((len(keys), 0), REFERENCE_DTYPE)
        else:
            self._prepare(keys)
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
        made = np.stack([np.full((2, 3), np.nan) if f is None else f.matrix for f in held])
        same = np.isclose(made, self._matrices(keys)).all(axis=(1, 2))
        return [key for key, still in zip(keys, same, strict=True) if not still]

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
        values = torch.stack(self._seen_or_made(keys, matrices, self.engine.features))
        pooled = self.engine.pooled(values)
        return [
            # A copy of its own, so that dropping one feature frees its memory.
            Feature(
                values[i].clone(),
                matrices[i],
                pooled[i],
                self.scene.score(*key),
                np.asarray(self.scene.box(*key)),
                candidate,
            )
            for i, key in enumerate(keys)
        ]

    def _heatmaps(self, crops: Crops) -> Tensor:
        return torch.from_numpy(self.engine.heatmaps(crops))

    def _seen_or_made(
        self, keys: Sequence[PersonFrame], matrices: Floats, make: Callable[[Crops], Tensor]
    ) -> list[Tensor]:
        """What :meth:`single` has made of the crops of person-frames already; the rest is made in one go."""
        seen = [self._glimpse(key[1], matrix) for key, matrix in zip(keys, matrices, strict=True)]
        new = [i for i, values in enumerate(seen) if values is None]
        if new:
            crops = self._cut([keys[i][1] for i in new], matrices[new])
            for i, values in zip(new, make(crops), strict=True):
                seen[i] = values
        return [values for values in seen if values is not None]

    def _glimpse(self, frame: int, matrix: Floats) -> Tensor | None:
        """What was made of a crop that :meth:`single` has just looked at, or None."""
        if frame not in self._glimpsed:
            return None
        matrices, values = self._glimpsed[frame]
        same = np.flatnonzero(np.abs(matrices - matrix).max(axis=(1, 2)) < 1e-9)
        return values[same[0]] if len(same) else None

    def _prepare(self, keys: Sequence[PersonFrame]) -> None:
        """See to it that the keys, and in cached mode the frames round them, have features."""
        self.absorb(list(dict.fromkeys(keys)))
        if self.mode == "cached":
            near = dict.fromkeys((key[0], f) for key in keys for f in self._window(key[1]))
            self._make(self._stale(list(near)), candidate=False)

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
            self._pooled(key),
            np.stack([self._pooled(one) for one in candidates]),
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
        held = self.cache.about(key)
        return self.scene.box(*key) if held is None else held.box

    def _with_references(
        self, keys: Sequence[PersonFrame], references: Sequence[References], matrices: Floats
    ) -> NDArray[np.float32]:
        if self.rules.k == 0 and self.rules.n == 0:  # nothing but the keys fills the slots
            return self.engine.alone(torch.stack([self._of(key).values for key in keys]))

        def run(part: slice) -> NDArray[np.float32]:
            return self.engine.fuse(*self._gather(keys[part], references[part], matrices[part]))

        return concatenated(self.engine.in_batches(len(keys), run))

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
        return held if held is not None else self._features([key], candidate=True)[0]

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

    def _pooled(self, key: PersonFrame) -> NDArray[np.float32]:
        held = self.cache.about(key)
        return (held or self._of(key)).pooled
