"""Seconds as people say them."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """Seconds as people read them: "4.000 s", "1:04.250", "1:02:03.000"."""
    sign, seconds = ("−", -seconds) if seconds < 0 else ("", seconds)
    if seconds < 59.9995:
        return f"{sign}{seconds:.3f} s"
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest / 1000:06.3f}"
    return f"{sign}{hours}:{minutes:02d}:{tail}" if hours else f"{sign}{minutes}:{tail}"


def time_left(seconds: float) -> str:
    """ "0:14", "12:05", "1:02:03"."""
    whole = max(round(seconds), 0)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
