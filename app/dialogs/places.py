"""Reading where somebody wants to go: a frame, a time, a share of the clip, or a step."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(r"\d+")
_STEP = re.compile(r"([+\-−])\s*(\d+)")
_SHARE = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
_SECONDS = re.compile(r"(\d+(?:[.,]\d+)?)\s*s")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:[.,]\d+)?)")


def find_place(text: str, frame: int, times: NDArray[np.float64]) -> int | None:
    """The frame that ``text`` means, clipped to the video, or ``None`` if it means none.

    ``"120"`` is frame 120, ``"+10"`` and ``"-10"`` are steps from ``frame``, ``"50%"`` is half way,
    ``"4.2s"``, ``"0:04.2"`` and ``"1:02:03"`` are times since the first frame: the frame shown then.

    Args:
        text: what was typed.
        frame: the present frame.
        times: seconds of each frame as in the file, ``[frames]``.
    """
    text = text.strip()
    last = len(times) - 1
    found: float | None = None
    if _NUMBER.fullmatch(text):
        found = int(text)
    elif match := _STEP.fullmatch(text):
        found = frame + int(match[2]) * (1 if match[1] == "+" else -1)
    elif match := _SHARE.fullmatch(text):
        found = round(_float(match[1]) / 100 * last)
    elif match := _SECONDS.fullmatch(text):
        found = _shown_at(_float(match[1]), times)
    elif match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = int(match[1] or 0), int(match[2]), _float(match[3])
        found = _shown_at(3600 * hours + 60 * minutes + seconds, times)
    return None if found is None or last < 0 else int(min(max(found, 0), last))


def clock(seconds: float) -> str:
    """``"0:04.200"``, ``"1:02:03.000"``."""
    thousandths = round(seconds * 1000)
    whole, rest = divmod(thousandths, 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    head = f"{hours}:{minute:02d}" if hours else f"{minute}"
    return f"{head}:{second:02d}.{rest:03d}"


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _shown_at(seconds: float, times: NDArray[np.float64]) -> int:
    """The frame on show so many seconds after the first one; half a millisecond of leeway."""
    rising = np.maximum.accumulate(times - times[0]) if len(times) else times
    return int(np.searchsorted(rising, seconds + 5e-4, side="right")) - 1
