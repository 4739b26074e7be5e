"""The colours of people: three tones of one hue each, told apart by colour-blind eyes too.

Left limbs are light, right limbs deep, the middle pale. The first eight are chosen by hand; any
further ones are made on the OKLCH colour wheel, alternating in lightness, because neighbours that
differ in lightness stay apart where hues are confused. A person's name is always written as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class PersonColours:
    """One person's tones as ``#RRGGBB``: ``light`` for the left side, ``deep`` for the right,
    ``pale`` for the middle of the body."""

    light: str
    deep: str
    pale: str


_CHOSEN = (
    PersonColours("#5EC8FF", "#2F7DD1", "#9FDCFF"),  # blue
    PersonColours("#FFC36B", "#E0792F", "#FFE0B0"),  # orange
    PersonColours("#58DDAC", "#1E8E6B", "#AEF1D7"),  # green
    PersonColours("#F484CB", "#BC4690", "#FBCBE8"),  # pink
    PersonColours("#EFE45C", "#A3961B", "#F8F3B2"),  # yellow
    PersonColours("#B49CFF", "#7250DA", "#DBCFFF"),  # violet
    PersonColours("#C3CBD6", "#7C8796", "#E6EAF0"),  # grey
    PersonColours("#B7DF57", "#6E9420", "#DEF3AE"),  # lime
)
_GOLDEN_ANGLE = 137.508
_AFTER_RED, _RED_WIDTH = 48.0, 50.0
"""The hues from −2° to 48° are left out: red means doubt."""


def person_colours(person: int) -> PersonColours:
    """Return the tones of the person with this id (ids count from 1; any integer will do).

    The id alone decides, so that nobody changes colour when somebody else is added, merged or deleted.
    """
    index = abs(int(person) - 1)
    return _CHOSEN[index] if index < len(_CHOSEN) else _generated(index)


@lru_cache(maxsize=4096)
def _generated(index: int) -> PersonColours:
    turn = (index * _GOLDEN_ANGLE) % 360.0 / 360.0
    hue = _AFTER_RED + turn * (360.0 - _RED_WIDTH)
    lift = (0.0, 0.07, -0.07)[index % 3]
    chroma = (0.13, 0.10)[index // 3 % 2]
    return PersonColours(
        oklch(0.80 + lift, chroma, hue), oklch(0.58 + lift, chroma, hue), oklch(0.91, 0.06, hue)
    )


def oklch(lightness: float, chroma: float, hue: float) -> str:
    """Return an OKLCH colour as ``#RRGGBB``; chroma is lowered until sRGB can show it.

    Args:
        lightness: 0 (black) to 1 (white).
        chroma: 0 (grey) to about 0.3.
        hue: degrees.
    """
    linear = _oklch_linear(lightness, chroma, hue)
    while chroma > 0 and not all(-1e-4 <= value <= 1.0001 for value in linear):
        chroma = max(0.0, chroma - 0.005)
        linear = _oklch_linear(lightness, chroma, hue)
    return "#" + "".join(f"{round(255 * _encoded(value)):02X}" for value in linear)


def _oklch_linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """OKLab to linear sRGB (Björn Ottosson's matrices)."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _encoded(value: float) -> float:
    value = min(1.0, max(0.0, value))
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
