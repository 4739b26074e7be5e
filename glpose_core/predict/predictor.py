"""Poses of person-frames, with their references.

Two modes. *cached* makes one backbone pass per person and frame, in the person's own box, and
resamples the features into the key's box where they serve as local references. *paper* is GLPose as
written: the key's box crops every local reference. Non-local references are the same in both, since they
are cropped by their own boxes; so both keep their features.

A pose depends on the boxes alone and not on what was asked first, once everything within
:attr:`Predictor.settled_after` frames has been absorbed; asked for earlier, it is provisional.

What the network does is given to a :class:`Lane`, so that it may work beside the caller: crops are cut while it looks at
those before, references are chosen and joints read off while it compares others. Results are the same either way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from ..geometry import Floats
from ..labels.poses import PREDICTION_DTYPE, REFERENCE_DTYPE, PoseRows
from ..network.pixels import Crops
from .choosing import Candidates, choose, windows
from .crops import crop_matrices
from .cutting import Cutter
from .engine import Engine, Peaks
from .features import FeatureCache, room_for_features
from .feeding import Feeder
from .glimpses import Glimpses, Look
from .job import Mode
from .lane import Lane
from .making import FeatureMaker
from .references import PersonFrame, ReferenceRules, References
from .rows import in_picture, prediction_rows, to_slots
from .scene import Scene
from .slots import Slots

GLIMPSES = 10
"""Frames looked at while following whose features (or heatmaps) are kept until their boxes have settled."""


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


@dataclass(frozen=True, eq=False)
class Begun:
    """Poses under way.

    Attributes:
        used: what each is predicted from, ``REFERENCE_DTYPE [N, 2k + n]``.
    """

    used: PoseRows
    _peaks: Future[list[Callable[[], Peaks]]]
    _rows: Callable[[Peaks], PoseRows]

    @property
    def ready(self) -> bool:
        """Whether the network has done its part (on a graphics processor: has been told all of it)."""
        return self._peaks.done()

    def end(self) -> PoseRows:
        """Wait for the poses: rows of ``PREDICTION_DTYPE [N]``, in the order of the keys.

        Raises:
            Cancelled, DeviceError: as :meth:`Engine.in_batches`.
        """
        parts = [read() for read in self._peaks.result()]
        return self._rows(
            (np.concatenate([xy for xy, _ in parts]), np.concatenate([top for _, top in parts]))
        )


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
        lane: Lane | None = None,
    ) -> None:
        """``cut_on_device`` None: crops are cut where the network runs, unless that is the processor.

        ``lane``: where the network works, its caller's to close; None: on the caller's thread.

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
        self._cutter = Cutter(scene.picture, engine.size, engine.device if on_device else None)
        self._lane = lane or Lane(beside=False)
        self._feeder = Feeder(engine, self._cutter, self._lane)
        self._glimpses = Glimpses(GLIMPSES)
        self._maker = FeatureMaker(
            engine, scene, self.cache, self._feeder, self._glimpses, pixel_aspect
        )
        self._candidates = Candidates(self.cache.table())

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
        crops = self._cutter.cut([frame] * len(matrices), matrices)
        looks, read = self._lane.give(partial(self._glance, crops)).result()
        self._glimpses.keep(frame, matrices, looks())
        return to_slots(in_picture(*read(), matrices), self.engine.joints)

    def absorb(self, keys: Sequence[PersonFrame]) -> None:
        """Begin to make the features of person-frames that have none yet, while their pictures are at hand.

        From now on they may serve as references, and their boxes must stay as they are. Where the network works beside
        the caller, they are waited for when poses are predicted, or more is taken in.
        """
        if self.engine.config is not None:
            self._maker.begin(dict.fromkeys(keys))
            self._maker.end(but=1 if self._lane.beside else 0)

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
        begun = self.begin(keys)
        return begun.end(), begun.used

    def begin(self, keys: Sequence[PersonFrame]) -> Begun:
        """Begin to predict person-frames, at least one: what they are predicted from is settled when this returns."""
        boxes = self._boxes(keys)
        matrices = crop_matrices(boxes, self.engine.size, self.pixel_aspect)
        if self.engine.config is None:
            used = np.zeros((len(keys), 0), REFERENCE_DTYPE)
            work = self._one_by_one(keys, matrices)
        else:
            near = windows(keys, self.scene, self.rules) if self.mode == "cached" else []
            self._maker.begin(dict.fromkeys(keys), near)
            references = self._choose(keys)
            used, work = self._compared(keys, references, matrices, boxes)
        tracks, frames = np.array(keys, dtype=np.int64).T
        scores = np.array([self.scene.score(*key) for key in keys])

        def rows(peaks: Peaks) -> PoseRows:
            return prediction_rows(
                in_picture(*peaks, matrices),
                self.engine.joints,
                tracks,
                frames,
                boxes,
                scores,
                self.engine.thresholds,
            )

        return Begun(used, self._lane.give(work), rows)

    def explain(self, key: PersonFrame, references: References) -> PoseExplanation:
        """Estimate one pose from the references given, and say how much each of them weighed.

        Raises:
            ValueError: if the network looks at single frames.
        """
        if self.engine.config is None:
            raise ValueError("a single-frame network has no references")
        matrices = crop_matrices(self.scene.box(*key)[None], self.engine.size, self.pixel_aspect)
        local = references.local if self.mode == "cached" else ()
        self._maker.begin(dict.fromkeys((key, *local, *references.nonlocal_)))
        self._maker.end()
        slots, _ = self._filled([key], [references], matrices, self._boxes([key]))
        found = self._lane.give(lambda: self.engine.explain(*slots.laid_out(slice(0, 1)))).result()
        peaks = self.engine.read(torch.from_numpy(found.heatmaps))()
        xy, maxima = to_slots(in_picture(*peaks, matrices), self.engine.joints)
        return PoseExplanation(
            found.heatmaps[0], xy[0], maxima[0], found.local_weights, found.global_weights[0]
        )

    @property
    def _slots(self) -> tuple[int, int]:
        """How many local and non-local references a pose has."""
        return 2 * self.rules.slots[0], self.rules.slots[1]

    def _boxes(self, keys: Sequence[PersonFrame]) -> Floats:
        return np.array([self.scene.box(*key) for key in keys], dtype=np.float64)

    def _choose(self, keys: Sequence[PersonFrame]) -> list[References]:
        """The references of every key, from what has been absorbed so far, which is waited for."""
        self._maker.end()
        if self._candidates.table is not self.cache.table():
            self._candidates = Candidates(self.cache.table())
        return choose(keys, self.scene, self.rules, self._candidates, self._maker.pooled)

    # --- what is done in the lane

    def _glance(self, crops: Crops) -> tuple[Callable[[], list[Look]], Callable[[], Peaks]]:
        """Look at crops one by one: what was made of them, and the joints."""
        if self.engine.config is None:
            maps = self.engine.maps_of(crops)
            return lambda: [(each, None) for each in maps], self.engine.read(maps)
        values = self.engine.features(crops)
        pooled = self.engine.pooled_soon(values)
        read = self.engine.read(self.engine.maps_alone(values))
        return lambda: list(zip(values, pooled(), strict=True)), read

    def _one_by_one(
        self, keys: Sequence[PersonFrame], matrices: Floats
    ) -> Callable[[], list[Callable[[], Peaks]]]:
        """Predict by a single-frame network, which :meth:`single` has perhaps shown some of the crops."""
        seen = self._glimpses.find(keys, matrices)
        new = [i for i, look in enumerate(seen) if look is None]
        given = self._feeder.give([keys[i][1] for i in new], matrices[new], self.engine.maps_of)

        def work() -> list[Callable[[], Peaks]]:
            made = iter([each for maps in given for each in maps.result()])
            every = [next(made) if look is None else look[0] for look in seen]
            return [self.engine.read(torch.stack(every))]

        return work

    def _compared(
        self,
        keys: Sequence[PersonFrame],
        references: Sequence[References],
        matrices: Floats,
        boxes: Floats,
    ) -> tuple[PoseRows, Callable[[], list[Callable[[], Peaks]]]]:
        """Predict from references: what a project keeps of them ``[N, 2k + n]``, and what is to be done."""
        engine = self.engine
        slots, cut_by = self._filled(keys, references, matrices, boxes)

        def work() -> list[Callable[[], Peaks]]:
            if self.rules.k == 0 and self.rules.n == 0:  # nothing but the keys fills the slots
                return [engine.read(engine.maps_alone(torch.stack(list(slots.keys))))]
            return engine.in_batches(
                len(slots), lambda part: engine.read(engine.maps_fused(*slots.laid_out(part))[0])
            )

        return self._record(references, cut_by), work

    def _record(self, references: Sequence[References], cut_by: Floats) -> PoseRows:
        """What a project keeps of references that boxes ``[N, 2k + n, 4]`` have cut: ``[N, 2k + n]``."""
        used = np.zeros(cut_by.shape[:2], REFERENCE_DTYPE)
        if used.size:
            used["frame"] = [[frame for _, frame in each.slots] for each in references]
            used["box"] = cut_by
        return used

    def _filled(
        self,
        keys: Sequence[PersonFrame],
        references: Sequence[References],
        matrices: Floats,
        boxes: Floats,
    ) -> tuple[Slots, Floats]:
        """The features of keys and references, and the boxes that cut the references ``[N, 2k + n, 4]``."""
        cached, (near, far) = self.mode == "cached", self._slots
        local = [one for each in references for one in each.local]
        alike = [one for each in references for one in each.nonlocal_]
        # Each once: what does not fit into memory is read from a file.
        wanted = dict.fromkeys((*keys, *alike, *(local if cached else ())))
        held = {one: self._maker.of(one) for one in wanted}
        targets = np.repeat(matrices, near, axis=0)
        if cached:
            beside = [held[one].values for one in local]
            sources = np.array([held[one].matrix for one in local]).reshape(-1, 2, 3)
            cut_by = np.array([held[one].box for one in local])
        else:
            given = self._feeder.give([at for _, at in local], targets, self.engine.features)
            beside = [each for values in given for each in values.result()]
            sources, cut_by = None, np.repeat(boxes, near, axis=0)
        slots = Slots(
            [held[key].values for key in keys],
            beside,
            [held[one].values for one in alike],
            sources,
            targets,
        )
        behind = np.array([held[one].box for one in alike]).reshape(len(keys), far, 4)
        return slots, np.concatenate([cut_by.reshape(len(keys), near, 4), behind], axis=1)
