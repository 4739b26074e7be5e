"""How sure a network must be of a pose before it counts as somebody's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ...geometry import Floats, box_iou
from ..find import Detections
from .boxes import Poses
from .judge import GROUND, GROUND_OF_CROPS
from .state import Followed

PoseFinder: TypeAlias = Callable[[int, Floats], Poses]
"""Frame and boxes ``[N, 4]`` → poses. What people are followed by."""

GROUND_SIZES = (0.35, 0.6)
"""Heights of the crops of nothing in particular, as shares of the picture's."""


class Trust:
    """Tells people from other things by the trust (mean heatmap maximum) in their poses."""

    def __init__(self, state: Followed, poses: PoseFinder | None) -> None:
        self._state = state
        self._poses = poses
        self._ground, self._ground_known = 0.0, False

    def is_person(self, trust: float, share: float = 1.0) -> bool:
        """Whether a pose of this trust is somebody's: whether it reaches this share of what is demanded.

        A network that says nothing leaves the decision to others.
        """
        rules = self._state.rules
        if self._poses is None or trust < rules.no_opinion:
            return True
        certain = [t.usual_trust for t in self._state.tracks if t.confirmed and t.trust]
        least = max(rules.new_trust, rules.above_ground * self._ground)
        if certain:
            least = max(least, rules.beside_others * float(np.median(certain)))
        return trust >= share * least

    @property
    def nobody(self) -> float:
        """The trust in what only looks like somebody: a network that is unsure of everything has less."""
        return min(GROUND, GROUND_OF_CROPS * self._ground) if self._ground > 0 else GROUND

    def weigh(self, frame: int, found: Detections) -> None:
        """Learn the network's trust in crops of nothing in particular: networks differ in it."""
        if self._poses is None or self._ground_known:
            return
        self._ground_known = True
        height, width = self._state.picture(frame).shape[:2]
        tries = []
        for size in GROUND_SIZES:
            high = size * height
            wide = high * 0.42
            for across in (0.125, 0.375, 0.625, 0.875):
                for down in (0.35, 0.65):
                    left, top = across * width - wide / 2, down * height - high / 2
                    tries.append([left, top, wide, high])
        boxes = np.array(tries)
        claims = [track.boxes[frame] for track in self._state.tracks if frame in track.boxes]
        taken = box_iou(boxes, np.stack([*found.boxes, *claims, np.zeros(4)])).max(axis=1)
        boxes = boxes[taken < 0.1]
        if len(boxes):
            poses = self._poses(frame, boxes)
            self._ground = float(np.median([poses[i].confidence for i in range(len(poses))]))
