"""What pictures for a people finder are made of, how often each kind is drawn, and what a drawn picture is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..geometry import Floats
from .augment import Augmentation
from .scenes import Scene

Picture = NDArray[np.uint8]

LEAST_SEEN = 0.3
"""Share of a person that must be seen; with less they are neither somebody nor nobody."""
SMALLEST = 10.0
"""Height or width in pixels below which nobody can be told."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawn picture.

    Attributes:
        picture: RGB ``[size, size, 3]`` uint8.
        boxes: what is seen of people, ``[N, 4]``, within the picture.
        ignored: regions about which nothing is said, ``[M, 4]``; boxes lie over them.
    """

    picture: Picture
    boxes: Floats
    ignored: Floats


@dataclass(frozen=True)
class CompositeRecipe:
    """What is drawn how often.

    Attributes:
        composites, stills, coco, rendered: how often each kind of picture is drawn, relatively.
        least, most: heights of people, in pixels and in shares of the picture's side.
        people: most people pasted into a picture. decoys: most shapes of people that are nobody.
        empty: share of composites with nobody.
        crowds: share of composites that show many people on common ground, ``crowd`` of them at most.
        joined: share of pieces of labelled pictures into which people are pasted, too.
        fill: how much of the picture's side a labelled picture covers, at least.
        quarters: share of pictures made of four others, half as large: small people in places of their own.
        look: changes of colour and sharpness. camera: whether pictures lose detail as cameras and codecs do it.
    """

    composites: float = 0.45
    stills: float = 0.30
    coco: float = 0.17
    rendered: float = 0.08
    least: float = 26.0
    most: float = 0.95
    people: int = 6
    decoys: int = 2
    empty: float = 0.08
    crowds: float = 0.0
    crowd: int = 24
    joined: float = 0.0
    fill: float = 0.0
    quarters: float = 0.0
    look: Augmentation = field(
        default_factory=lambda: Augmentation(colour=0.3, blur_chance=0.08, occlusion_chance=0.0)
    )
    camera: bool = True


@dataclass(frozen=True, eq=False)
class Material:
    """What pictures are made of.

    Attributes:
        cutouts: RGBA people in groups; groups are drawn by ``shares``, their members alike.
        backgrounds: RGB pictures without people.
        stills, coco, rendered: labelled pictures.
    """

    cutouts: Sequence[Sequence[Picture]]
    shares: Sequence[float]
    backgrounds: Sequence[Picture]
    stills: Sequence[Scene]
    coco: Sequence[Scene]
    rendered: Sequence[Scene]
