"""Boxes to follow people from, as a JSON file: ``[{"frame": 0, "person": 1, "bbox": [x, y, w, h]}, …]``."""

from __future__ import annotations

import json
import math
from pathlib import Path

from ..errors import FormatError
from .job import Seed

_EXAMPLE = 'write entries like {"frame": 0, "person": 1, "bbox": [10, 20, 50, 120]}'


def read_boxes(path: Path, frames: int) -> tuple[Seed, ...]:
    """Read a boxes file for a video of so many frames.

    Raises:
        FormatError: naming the file, the entry and the remedy, if it is not such a file.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FormatError(
            f"cannot be read ({error.strerror})", file=path, remedy="check the path"
        ) from error
    except ValueError as error:
        raise FormatError(f"is not JSON ({error})", file=path, remedy=_EXAMPLE) from error
    if not isinstance(data, list) or not data:
        raise FormatError("must be a list of at least one box", file=path, remedy=_EXAMPLE)
    seeds = tuple(_seed(entry, f"[{row}]", path, frames) for row, entry in enumerate(data))
    seen: dict[tuple[int, int], int] = {}
    for row, seed in enumerate(seeds):
        first = seen.setdefault((seed.person, seed.frame), row)
        if first != row:
            raise FormatError(
                f"gives person {seed.person} a second box in frame {seed.frame}, after [{first}]",
                file=path,
                field=f"[{row}]",
                remedy="keep one of the two",
            )
    return seeds


def _seed(entry: object, where: str, path: Path, frames: int) -> Seed:
    if not isinstance(entry, dict):
        raise FormatError("must be an object", file=path, field=where, remedy=_EXAMPLE)
    for name in ("frame", "person", "bbox"):
        if name not in entry:
            raise FormatError("is missing", file=path, field=f"{where}.{name}", remedy=_EXAMPLE)
    frame = _whole(entry["frame"], f"{where}.frame", path)
    if frame >= frames:
        raise FormatError(
            f"{frame} lies beyond the video",
            file=path,
            field=f"{where}.frame",
            remedy=f"frames count from 0 to {frames - 1}",
        )
    person = _whole(entry["person"], f"{where}.person", path)
    return Seed(person, frame, _box(entry["bbox"], f"{where}.bbox", path))


def _whole(value: object, where: str, path: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise FormatError(
            f"must be a whole number from 0, not {value!r}", file=path, field=where, remedy=_EXAMPLE
        )
    return value


def _box(value: object, where: str, path: Path) -> tuple[float, float, float, float]:
    numbers = value if isinstance(value, list) else []
    good = all(
        isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers
    )
    if len(numbers) != 4 or not good:
        raise FormatError(
            "must be four numbers x, y, w, h", file=path, field=where, remedy=_EXAMPLE
        )
    x, y, w, h = (float(n) for n in numbers)
    if w <= 0 or h <= 0:
        raise FormatError(
            f"has no area ({w:g} × {h:g})",
            file=path,
            field=where,
            remedy="width and height must be positive",
        )
    return x, y, w, h
