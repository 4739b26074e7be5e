"""Who a rendered person is: their build, and what they wear. Drawn by seed, from tones that people wear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Tone = tuple[int, int, int]
"""sRGB, 0 … 255."""

SKINS: tuple[Tone, ...] = (
    (246, 212, 190), (232, 190, 160), (214, 166, 132), (186, 134, 98), (146, 98, 68), (104, 68, 48), (74, 50, 38),
)  # fmt: skip
HAIRS: tuple[Tone, ...] = (
    (28, 22, 20), (52, 36, 28), (88, 58, 38), (134, 92, 54), (188, 148, 92), (120, 50, 30), (150, 148, 146),
)  # fmt: skip
TOPS: tuple[Tone, ...] = (
    (236, 234, 228), (40, 44, 52), (178, 50, 46), (36, 74, 128), (222, 168, 60), (62, 112, 84),
    (120, 60, 96), (196, 120, 90), (94, 128, 158), (150, 152, 148), (226, 122, 96), (86, 78, 132),
)  # fmt: skip
BOTTOMS: tuple[Tone, ...] = (
    (44, 56, 84), (70, 86, 118), (36, 36, 40), (96, 92, 84), (150, 132, 104), (62, 72, 58), (110, 104, 110),
)  # fmt: skip
SHOES: tuple[Tone, ...] = (
    (232, 230, 226),
    (34, 32, 34),
    (122, 78, 50),
    (168, 52, 50),
    (70, 84, 106),
)
PATTERNS = ("plain", "plain", "stripes", "checks", "print", "heather", "blocks")
HAIR_STYLES = ("short", "crop", "long", "bun", "bald", "cap")


@dataclass(frozen=True)
class Build:
    """Body shape as factors of the usual: 1 is average.

    Attributes:
        girth: thickness of limbs and torso. belly: extra metres at the belly. chest: extra metres at
            the breast. shoulders, hips: width of the torso's upper and lower end.
    """

    girth: float = 1.0
    belly: float = 0.0
    chest: float = 0.0
    shoulders: float = 1.0
    hips: float = 1.0


@dataclass(frozen=True)
class Outfit:
    """What a person looks like.

    Attributes:
        sleeve: metres of arm that the top covers, from the shoulder. leg: metres of leg that the
            bottom covers, from the hip. hem: metres that the top hangs below the hips.
        loose: metres between cloth and body. skirt: the bottom is a skirt.
        pattern: one of :data:`PATTERNS`, on the top. second: the pattern's other tone.
        hair: one of :data:`HAIR_STYLES`.
    """

    skin: Tone
    hair_tone: Tone
    top: Tone
    second: Tone
    bottom: Tone
    shoe: Tone
    sleeve: float = 0.20
    leg: float = 0.80
    hem: float = 0.04
    loose: float = 0.012
    skirt: bool = False
    pattern: str = "plain"
    hair: str = "short"


def draw_person(rng: np.random.Generator) -> tuple[Build, Outfit]:
    """Draw somebody."""
    curvy = rng.random() < 0.45
    build = Build(
        girth=float(np.clip(rng.normal(0.94 if curvy else 1.0, 0.09), 0.8, 1.3)),
        belly=float(max(rng.normal(0.0, 0.02), 0)),
        chest=float(rng.uniform(0.018, 0.035)) if curvy else float(rng.uniform(0, 0.008)),
        shoulders=float(rng.normal(0.94 if curvy else 1.04, 0.04)),
        hips=float(rng.normal(1.08 if curvy else 0.98, 0.05)),
    )
    styles = ("long", "bun", "long", "short", "cap") if curvy else HAIR_STYLES
    top, second = (TOPS[i] for i in rng.choice(len(TOPS), 2, replace=False))
    skirt = bool(curvy and rng.random() < 0.25)
    return build, Outfit(
        skin=SKINS[rng.integers(len(SKINS))],
        hair_tone=HAIRS[rng.integers(len(HAIRS))],
        top=top,
        second=second,
        bottom=BOTTOMS[rng.integers(len(BOTTOMS))],
        shoe=SHOES[rng.integers(len(SHOES))],
        sleeve=float(rng.choice([0.06, 0.19, 0.22, 0.36, 0.56, 0.56])),
        leg=float(rng.uniform(0.38, 0.55))
        if skirt
        else float(rng.choice([0.36, 0.45, 0.80, 0.80, 0.80])),
        hem=float(rng.uniform(-0.02, 0.10)),
        loose=float(rng.uniform(0.006, 0.024)),
        skirt=skirt,
        pattern=str(rng.choice(PATTERNS)),
        hair=str(rng.choice(styles)),
    )
