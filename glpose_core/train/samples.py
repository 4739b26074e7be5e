"""Labelled people on stills, ready to be cropped.

A person becomes one row: the picture they are in, the person box (the extent of the labelled joints
× 1.3, whatever box the source used), joint positions and which of them are known. Unknown joints are
masked out of every loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..geometry import crop_affine, crop_box
from ..predict.crops import cut_crops
from .augment import change_look, draw_geometry, place_joints
from .views import Sample, View


@dataclass
class PoseSamples:
    """Struct of arrays over N labelled people.

    Attributes:
        joints: joint names, J of them.
        pictures: RGB uint8 pictures ``[h, w, 3]``, in memory or read when asked for; several people may
            share one.
        picture: index into ``pictures`` per person, ``[N]``.
        boxes: person boxes x y w h, ``[N, 4]`` float64.
        xy: joint positions in picture pixels, ``[N, J, 2]`` float64.
        known: joints with a position, ``[N, J]`` bool.
        name: what logs call them.
    """

    joints: tuple[str, ...]
    pictures: Sequence[NDArray[np.uint8]]
    picture: NDArray[np.int64]
    boxes: NDArray[np.float64]
    xy: NDArray[np.float64]
    known: NDArray[np.bool_]
    name: str = "stills"

    def __len__(self) -> int:
        return len(self.picture)

    def take(self, rows: NDArray[np.int64]) -> PoseSamples:
        """The people at ``rows``."""
        return replace(
            self,
            picture=self.picture[rows],
            boxes=self.boxes[rows],
            xy=self.xy[rows],
            known=self.known[rows],
        )

    def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
        """See person ``row`` in one crop. A still has no neighbours in time: ``view.k`` and ``view.n`` are 0.

        Raises:
            ValueError: if references are asked for (:class:`.motion.MovingStills` makes them up).
        """
        if view.slots != 1:
            raise ValueError("a still has no references: wrap it in MovingStills")
        xy, known, size = self.xy[row], self.known[row], view.size
        geometry = draw_geometry(self.boxes[row], xy, known, self.joints, size, view.how, rng)
        picture = self.pictures[self.picture[row]]
        crop = change_look(cut_crops(picture, geometry.matrix[None], size)[0], view.how, rng)
        placed, seen = place_joints(geometry, xy, known, self.joints)
        plain = crop_affine(crop_box(self.boxes[row], size[0] / size[1]), size)
        return Sample(crop[None], placed, seen, float(1 / np.linalg.norm(plain[:, 1])))
