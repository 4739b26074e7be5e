"""The features of person-frames: made once, and kept as long as somebody may need them.

They are begun where they are asked for and waited for where they are needed, so that the network may be at them while
its caller goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Floats
from ..network.pixels import Crops
from .crops import crop_matrices
from .engine import Engine
from .features import Feature, FeatureCache
from .feeding import Feeder
from .glimpses import Glimpses, Look
from .references import PersonFrame
from .scene import Scene

_NOWHERE = np.full((2, 3), np.nan)


@dataclass(frozen=True, eq=False)
class _Coming:
    """Features that are being made, of N person-frames.

    Attributes:
        boxes: ``[N, 4]``. matrices: picture → crop, ``[N, 2, 3]``.
        candidates: the keys that may serve as non-local references.
        seen: what is there already. given: what comes of the others, part by part.
    """

    keys: Sequence[PersonFrame]
    boxes: Floats
    matrices: Floats
    scores: Sequence[float]
    candidates: Collection[PersonFrame]
    seen: Sequence[Look | None]
    given: Sequence[Future[Callable[[], list[Look]]]]

    def features(self) -> Iterator[tuple[PersonFrame, Feature]]:
        """Wait for them."""
        made = iter([look for looks in self.given for look in looks.result()()])
        for row, (key, look) in enumerate(zip(self.keys, self.seen, strict=True)):
            values, pooled = look or next(made)
            assert pooled is not None
            box, matrix, score = self.boxes[row], self.matrices[row], self.scores[row]
            yield key, Feature(values, matrix, pooled, score, box, key in self.candidates)


class FeatureMaker:
    """Makes features of person-frames where there are none yet.

    Args:
        cache: where they are kept.
        feeder: gives the network crops.
        glimpses: what following has looked at already.
        pixel_aspect: width / height of one picture pixel.
    """

    def __init__(
        self,
        engine: Engine,
        scene: Scene,
        cache: FeatureCache,
        feeder: Feeder,
        glimpses: Glimpses,
        pixel_aspect: float,
    ) -> None:
        self._engine = engine
        self._scene = scene
        self._cache = cache
        self._feeder = feeder
        self._glimpses = glimpses
        self._pixel_aspect = pixel_aspect
        self._coming: deque[_Coming] = deque()
        self._on_the_way: set[PersonFrame] = set()

    def begin(self, keys: Collection[PersonFrame], near: Sequence[PersonFrame] = ()) -> None:
        """See to it that the keys, which may serve as references from now on, and frames near them have features, or
        that these are being made.

        The box of a person-frame that has once been a key stays as it is; others may have been made while another box
        stood in for theirs, and are made anew.
        """
        wanted = [key for key in dict.fromkeys((*keys, *near)) if not self._settled(key)]
        if not wanted:
            return
        # Frame by frame, so that every picture is fetched, and travels, once.
        wanted.sort(key=lambda key: (key[1], key[0]))
        boxes = np.array([self._scene.box(*key) for key in wanted], dtype=np.float64)
        matrices = crop_matrices(boxes, self._engine.size, self._pixel_aspect)
        stale = self._stale(wanted, matrices)
        if len(stale):
            made = [wanted[row] for row in stale.tolist()]
            self._coming.append(self._begun(made, boxes[stale], matrices[stale], keys))
            self._on_the_way.update(set(made).intersection(keys))
        for key in set(wanted).intersection(keys):
            self._cache.promote(key)

    def end(self, but: int = 0) -> None:
        """Wait for features that are being made, the oldest first, and keep them; ``but`` for the newest so many
        that were begun together."""
        while len(self._coming) > but:
            coming = self._coming.popleft()
            self._on_the_way.difference_update(coming.keys)
            for key, feature in coming.features():
                self._cache.put(key, feature)

    def of(self, key: PersonFrame) -> Feature:
        """The feature of a person-frame; made anew if the cache was too small to keep it."""
        held = self._cache.get(key)
        if held is not None:
            return held
        boxes = np.array([self._scene.box(*key)], dtype=np.float64)
        matrices = crop_matrices(boxes, self._engine.size, self._pixel_aspect)
        ((_, made),) = self._begun([key], boxes, matrices, {key}).features()
        return made

    def pooled(self, key: PersonFrame) -> NDArray[np.float32]:
        """The pooled feature of a person-frame at unit length, ``[C]``."""
        return (self._cache.about(key) or self.of(key)).pooled

    def _settled(self, key: PersonFrame) -> bool:
        """Whether the feature of a person-frame is there, or being made, in a box that stays."""
        if key in self._on_the_way:
            return True
        held = self._cache.about(key)
        return held is not None and held.candidate

    def _stale(self, keys: Sequence[PersonFrame], matrices: Floats) -> NDArray[np.int64]:
        """Which person-frames have no feature, or one made while another box stood in for theirs."""
        held = [self._cache.about(key) for key in keys]
        made = np.array([_NOWHERE if one is None else one.matrix for one in held])
        return np.flatnonzero(~np.isclose(made, matrices).all(axis=(1, 2)))

    def _begun(
        self,
        keys: Sequence[PersonFrame],
        boxes: Floats,
        matrices: Floats,
        candidates: Collection[PersonFrame],
    ) -> _Coming:
        """Begin to make features of person-frames."""
        seen = self._glimpses.find(keys, matrices)
        new = [row for row, look in enumerate(seen) if look is None]
        given = self._feeder.give([keys[row][1] for row in new], matrices[new], self._looked_at)
        scores = [self._scene.score(*key) for key in keys]
        return _Coming(keys, boxes, matrices, scores, candidates, seen, given)

    def _looked_at(self, crops: Crops) -> Callable[[], list[Look]]:
        """What the backbone makes of crops; calling what is returned waits for it. Done in the lane."""
        values = self._engine.features(crops)
        pooled = self._engine.pooled_soon(values)
        return lambda: list(zip(values, pooled(), strict=True))
