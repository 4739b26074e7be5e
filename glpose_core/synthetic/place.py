"""Where a scene happens: sky, ground, and upright pictures that stand about (houses, trees, posts)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from . import texture
from .rig import unit
from .texture import Picture

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Upright:
    """A flat picture that stands in the scene.

    Attributes:
        picture: uint8 RGBA. origin: its top left corner, metres. across, down: its sides, metres.
    """

    picture: Picture
    origin: Floats
    across: Floats
    down: Floats

    @property
    def middle(self) -> Floats:
        """Its centre, ``[3]``."""
        return self.origin + (self.across + self.down) / 2


@dataclass(frozen=True)
class Light:
    """The sun and what the sky and the ground throw back. Colours are linear RGB factors.

    Attributes:
        sun: unit vector towards it. shade: how dark a cast shadow is, 0 … 1.
    """

    sun: Floats
    bright: tuple[float, float, float] = (1.05, 1.0, 0.90)
    above: tuple[float, float, float] = (0.52, 0.56, 0.64)
    below: tuple[float, float, float] = (0.24, 0.22, 0.19)
    shade: float = 0.5


@dataclass(frozen=True)
class Place:
    """A place.

    Attributes:
        sky: RGB panorama, all round from left to right, from straight up to the horizon.
        ground: RGB, centred on the origin, ``grain`` metres a pixel; repeated beyond its edge.
        uprights: what stands about, in any order.
        backdrop: a picture that fills the view in place of sky and ground, or ``None``.
    """

    name: str
    sky: Picture
    ground: Picture
    grain: float
    light: Light
    uprights: tuple[Upright, ...] = ()
    backdrop: Picture | None = None
    blurred: tuple[Picture, ...] = field(init=False)

    def __post_init__(self) -> None:
        levels: list[Picture] = [self.ground]
        for _ in range(5):  # coarser and coarser, for the ground far away
            half = cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            levels.append(np.asarray(half, dtype=np.uint8))
        object.__setattr__(self, "blurred", tuple(levels))


def standing(
    picture: Picture, x: float, z: float, width: float, height: float, facing: float = 0.0
) -> Upright:
    """Stand a picture on the floor with the middle of its foot at (x, z); ``facing`` 0 looks towards +z."""
    if picture.shape[2] == 3:
        picture = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    across = np.array([np.cos(facing), 0.0, -np.sin(facing)]) * width
    origin = np.array([x, height, z]) - across / 2
    return Upright(picture, origin, across, np.array([0.0, -height, 0.0]))


def draw_place(rng: np.random.Generator, kind: str | None = None) -> Place:
    """Draw a place of one of :data:`KINDS` (any of them by default).

    People are expected within some 4 m of the origin, and the camera on its +z side.
    """
    name = kind or str(rng.choice(sorted(KINDS)))
    return KINDS[name](rng)


def photo_place(picture: Picture, rng: np.random.Generator) -> Place:
    """A place that is one photograph, behind everything: RGB uint8 ``[h, w, 3]``."""
    plain = np.full((64, 64, 3), 128, dtype=np.uint8)
    return Place("photo", plain, plain, 0.03, _daylight(rng, 0.0), (), picture)


def _daylight(rng: np.random.Generator, shade: float = 0.5) -> Light:
    side = float(rng.uniform(-0.9, 0.9))
    sun = unit(np.array([side, rng.uniform(0.75, 1.3), rng.uniform(0.15, 0.9)]))
    warm = float(rng.uniform(0.82, 1.0))
    return Light(sun, (1.08, 0.98 + 0.02 * warm, warm), shade=shade)


def _street(rng: np.random.Generator) -> Place:
    ground = texture.paving(1400, 22, (150, 146, 140), rng)
    road = texture.tinted(texture.clouds((300, 1400), 6, rng, 3), (92, 93, 97), 8)
    ground[150:450] = road
    ground[140:150] = (188, 184, 176)
    ground[298:302, ::1] = np.where(
        (np.arange(1400) // 60 % 2 == 0)[None, :, None], 214, road[148:152]
    )
    walls = ((196, 168, 140), (176, 108, 88), (208, 196, 172), (150, 156, 160), (214, 186, 128))
    uprights, x = [], -26.0
    while x < 26:
        wide, tall = float(rng.uniform(6, 11)), float(rng.uniform(7, 13))
        front = texture.facade(int(wide * 44), int(tall * 44), walls[rng.integers(len(walls))], rng)
        uprights.append(
            standing(front, x + wide / 2, -16.5 + float(rng.uniform(-0.6, 0.6)), wide, tall)
        )
        x += wide
    for at in rng.uniform(-9, 9, 4):
        tall = float(rng.uniform(3.6, 5.5))
        uprights.append(
            standing(
                texture.tree(300, 420, rng),
                float(at),
                float(rng.uniform(-7, -4)),
                tall * 0.72,
                tall,
            )
        )
    uprights.append(
        standing(
            texture.post(10, 300, (70, 76, 82)),
            float(rng.uniform(-2.4, 2.4)),
            float(rng.uniform(1.2, 2.2)),
            0.13,
            4.6,
        )
    )
    sky = texture.sky(256, 1024, rng, (88, 140, 206), (214, 226, 236))
    return Place("street", sky, ground, 0.035, _daylight(rng), tuple(uprights))


def _park(rng: np.random.Generator) -> Place:
    ground = texture.grass(1400, rng)
    path = texture.tinted(texture.clouds((190, 1400), 7, rng, 3), (188, 170, 140), 8)
    bend = (26 * np.sin(np.arange(1400) / 150)).astype(int)
    for column in range(1400):
        ground[600 + bend[column] : 790 + bend[column], column] = path[:, column]
    uprights = []
    for at in np.linspace(-24, 24, 15):
        tall = float(rng.uniform(5, 9))
        z = float(rng.uniform(-22, -10))
        uprights.append(
            standing(
                texture.tree(300, 400, rng), float(at + rng.uniform(-1.4, 1.4)), z, tall * 0.8, tall
            )
        )
    hedge = texture.tinted(texture.clouds((60, 900), 9, rng, 3), (62, 92, 48), 20)
    uprights.append(standing(hedge, 0, -23, 60, 2.2))
    if rng.random() < 0.7:
        x, z = float(rng.uniform(-2.6, 2.6)), float(rng.uniform(0.9, 2.0))
        uprights.append(standing(texture.post(34, 300, (104, 84, 66)), x, z, 0.32, 5.0))
    sky = texture.sky(256, 1024, rng, (96, 150, 214), (222, 232, 236))
    return Place("park", sky, ground, 0.035, _daylight(rng), tuple(uprights))


def _hall(rng: np.random.Generator) -> Place:
    ground = texture.boards(2000, rng)
    tone = ((222, 216, 204), (188, 204, 210), (214, 204, 178))[rng.integers(3)]
    wall = texture.tinted(texture.clouds((360, 1800), 120, rng), tone, 5)
    wall[-90:] = (wall[-90:] * np.array([0.62, 0.56, 0.5])).astype(np.uint8)
    for x in range(60, 1780, 230):
        wall[36:132, x : x + 150] = (206, 222, 234)
        wall[36:132, x + 73 : x + 77] = wall[82:86, x : x + 150] = 150
    for x in range(150, 1780, 460):  # wall bars
        for y in range(180, 350, 12):
            wall[y : y + 4, x : x + 110] = (176, 128, 80)
    uprights = [
        standing(wall, 0, -9, 34, 6.8),
        standing(wall, -12, 0, 30, 6.8, np.pi / 2),
        standing(wall, 12, 0, 30, 6.8, -np.pi / 2),
    ]
    sky = np.full((64, 64, 3), 206, dtype=np.uint8)
    sun = unit(np.array([rng.uniform(-0.5, 0.5), 1.0, rng.uniform(0.2, 0.8)]))
    light = Light(sun, (0.72, 0.71, 0.68), (0.62, 0.62, 0.62), (0.34, 0.29, 0.22), 0.32)
    return Place("hall", sky, ground, 0.020, light, tuple(uprights))


KINDS: dict[str, Callable[[np.random.Generator], Place]] = {
    "street": _street,
    "park": _park,
    "hall": _hall,
}
"""Places that can be drawn."""
