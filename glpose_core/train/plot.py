"""The course of a training as a picture: loss above, the share of right joints below (SVG)."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 30, 34
COLOURS = ("#3b6fb6", "#d9822b", "#3f8f5b", "#a04a9a", "#8a6d3b")
Curve = tuple[str, NDArray[np.float64], NDArray[np.float64]]


def draw_log(rows: Sequence[Mapping[str, str]]) -> str:
    """Draw the rows of a ``log.csv`` over the samples seen."""
    loss = _curves(rows, {"loss": "loss"})
    names = sorted({name for row in rows for name in row if name.startswith("pck ")})
    pck = _curves(rows, {name: name.removeprefix("pck ") for name in names})
    panels = [("loss", loss)] + ([("PCK@0.2 torso", pck)] if pck else [])
    height = HEIGHT * len(panels)
    body = [_panel(title, curves, HEIGHT * place) for place, (title, curves) in enumerate(panels)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _curves(rows: Sequence[Mapping[str, str]], names: Mapping[str, str]) -> list[Curve]:
    curves = []
    for name, title in names.items():
        points = [(float(r["samples"]), float(r[name])) for r in rows if r.get(name)]
        xy = np.array([p for p in points if np.isfinite(p[1])]).reshape(-1, 2)
        if len(xy):
            curves.append((title, xy[:, 0], xy[:, 1]))
    return curves


def _panel(title: str, curves: Sequence[Curve], top: int) -> str:
    """One panel: axes with three ticks each, curves, and their names at the right."""
    box = (LEFT, top + TOP, WIDTH - RIGHT, top + HEIGHT - BOTTOM)
    parts = [
        f'<text x="{LEFT}" y="{top + 18}" font-weight="bold">{html.escape(title)}</text>',
        f'<rect x="{box[0]}" y="{box[1]}" width="{box[2] - box[0]}" height="{box[3] - box[1]}" '
        'fill="none" stroke="#bbb"/>',
    ]
    if not curves:
        return "\n".join(parts)
    x_end = max(float(x.max()) for _, x, _ in curves) or 1.0
    low = min(float(y.min()) for _, _, y in curves)
    high = max(float(y.max()) for _, _, y in curves)
    room = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    low, high = low - room, high + room
    for share in (0.0, 0.5, 1.0):
        x, y = box[0] + share * (box[2] - box[0]), box[3] - share * (box[3] - box[1])
        parts += [
            f'<text x="{x:.0f}" y="{box[3] + 16}" text-anchor="middle" fill="#555">'
            f"{share * x_end:,.0f}</text>",
            f'<text x="{box[0] - 6}" y="{y + 4:.0f}" text-anchor="end" fill="#555">'
            f"{low + share * (high - low):.3g}</text>",
        ]
    parts.append(
        f'<text x="{(box[0] + box[2]) / 2:.0f}" y="{box[3] + 30}" text-anchor="middle" fill="#555">'
        "poses seen</text>"
    )
    for number, (name, seen, value) in enumerate(curves):
        across = box[0] + seen / x_end * (box[2] - box[0])
        down = box[3] - (value - low) / (high - low) * (box[3] - box[1])
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{a:.1f},{d:.1f}" for a, d in zip(across, down, strict=True))
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
            f'<circle cx="{across[-1]:.1f}" cy="{down[-1]:.1f}" r="2.5" fill="{colour}"/>',
            f'<text x="{box[2] + 8}" y="{box[1] + 12 + 18 * number}" fill="{colour}">'
            f"{html.escape(name)} {value[-1]:.3g}</text>",
        ]
    return "\n".join(parts)
