"""Predictions drawn into pictures: the overlay video."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled
from ..labels.poses import PoseRows, Visibility
from ..skeleton import POSETRACK17
from ..video import BrokenFrame, VideoReader, write_video

Colour: TypeAlias = tuple[int, int, int]
Picture: TypeAlias = NDArray[np.uint8]

PALETTE: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((0x5E, 0xC8, 0xFF), (0x2F, 0x7D, 0xD1), (0x9F, 0xDC, 0xFF)),
    ((0xFF, 0xC3, 0x6B), (0xE0, 0x79, 0x2F), (0xFF, 0xE0, 0xB0)),
    ((0x58, 0xDD, 0xAC), (0x1E, 0x8E, 0x6B), (0xAE, 0xF1, 0xD7)),
    ((0xF4, 0x84, 0xCB), (0xBC, 0x46, 0x90), (0xFB, 0xCB, 0xE8)),
    ((0xEF, 0xE4, 0x5C), (0xA3, 0x96, 0x1B), (0xF8, 0xF3, 0xB2)),
    ((0xB4, 0x9C, 0xFF), (0x72, 0x50, 0xDA), (0xDB, 0xCF, 0xFF)),
    ((0xC3, 0xCB, 0xD6), (0x7C, 0x87, 0x96), (0xE6, 0xEA, 0xF0)),
    ((0xB7, 0xDF, 0x57), (0x6E, 0x94, 0x20), (0xDE, 0xF3, 0xAE)),
)
"""RGB per person: left limbs light, right limbs deep, the middle pale."""

SURE, FAINTEST = 0.6, 0.25
"""Joint score from which a limb is drawn in full, and the least opacity below."""

_TONE = {"left": 0, "right": 1, "middle": 2}
_SUBPIXEL = 4
_DARK: Colour = (14, 17, 22)


def write_overlay(
    reader: VideoReader,
    rows: PoseRows,
    people: Mapping[int, int],
    path: Path,
    span: tuple[int, int],
    listen: Callable[[int, int], None] = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Write frames ``span`` (half open) of a video with the poses drawn in.

    The file appears when it is complete.

    Args:
        rows: ``PREDICTION_DTYPE``.
        people: the number to write for each track; the colour goes by it.
        listen: told (frames done, all frames).

    Raises:
        VideoError: the file cannot be written.
        Cancelled: if ``cancelled`` says so.
    """
    info = reader.info
    order = np.argsort(rows["frame"], kind="stable")
    rows = rows[order]
    with write_video(path, info.width, info.height, info.average_rate or 25.0) as writer:
        picture = np.zeros((info.height, info.width, 3), dtype=np.uint8)
        for frame in range(*span):
            if cancelled():
                raise Cancelled
            with contextlib.suppress(BrokenFrame):  # the picture before stands in, as in any player
                picture = reader[frame]
            first, last = np.searchsorted(rows["frame"], [frame, frame + 1])
            writer.write(draw_poses(picture, rows[first:last], people))
            listen(frame + 1 - span[0], span[1] - span[0])


def draw_poses(picture: Picture, rows: PoseRows, people: Mapping[int, int]) -> Picture:
    """Return a copy of an RGB picture with poses (``PREDICTION_DTYPE``) drawn in; ``people`` as above."""
    canvas = np.ascontiguousarray(picture).copy()
    for row in rows:
        number = people.get(int(row["track"]), int(row["track"]))
        tones = PALETTE[number % len(PALETTE)]
        _draw_limbs(canvas, row, tones)
        _draw_joints(canvas, row, tones)
        _draw_box(canvas, row, f"person {number}", tones)
    return canvas


def _width(canvas: Picture, row: np.void) -> int:
    """Line width in pixels: by the person's size, and never hair-thin in a large picture."""
    by_person = round(float(row["box"][3]) / 120)
    return int(max(by_person, round(canvas.shape[0] / 540), 1))


def _blend(
    canvas: Picture, opacity: float, draw: Callable[[Picture], None], box: NDArray[np.float64]
) -> None:
    """Draw with an opacity, touching only the part of the canvas inside ``box`` (x0, y0, x1, y1)."""
    height, width = canvas.shape[:2]
    x0, y0 = np.floor(box[:2]).clip(0, (width, height)).astype(int)
    x1, y1 = np.ceil(box[2:]).clip(0, (width, height)).astype(int)
    if x1 <= x0 or y1 <= y0:
        return
    part = canvas[y0:y1, x0:x1]
    before = part.copy()
    draw(canvas)
    cv2.addWeighted(part, opacity, before, 1 - opacity, 0, dst=part)


def _point(xy: NDArray[np.float64]) -> tuple[int, int]:
    """A position in OpenCV's fixed-point units, kept within what it can count."""
    x, y = np.clip(np.round(np.asarray(xy, dtype=np.float64) * 2**_SUBPIXEL), -(2**24), 2**24)
    return int(x), int(y)


def _opacity(score: float) -> float:
    return float(np.clip(score / SURE, FAINTEST, 1.0))


def _draw_limbs(canvas: Picture, row: np.void, tones: tuple[Colour, Colour, Colour]) -> None:
    thick = _width(canvas, row)
    for a, b in POSETRACK17.limbs:
        if Visibility.ABSENT in (row["visibility"][a], row["visibility"][b]):
            continue
        ends = np.asarray(row["xy"][[a, b]], dtype=np.float64)
        tone = tones[_TONE[_side(a, b)]]
        reach = np.concatenate([ends.min(axis=0) - thick - 2, ends.max(axis=0) + thick + 2])

        def draw(target: Picture, ends: NDArray[np.float64] = ends, tone: Colour = tone) -> None:
            p, q = _point(ends[0]), _point(ends[1])
            cv2.line(target, p, q, _DARK, thick + 2, cv2.LINE_AA, _SUBPIXEL)
            cv2.line(target, p, q, tone, thick, cv2.LINE_AA, _SUBPIXEL)

        _blend(canvas, _opacity(float(min(row["score"][a], row["score"][b]))), draw, reach)


def _side(a: int, b: int) -> str:
    """The side of a limb: that of its joints if they agree."""
    sides = {POSETRACK17.sides[a], POSETRACK17.sides[b]}
    return sides.pop() if len(sides) == 1 else "middle"


def _draw_joints(canvas: Picture, row: np.void, tones: tuple[Colour, Colour, Colour]) -> None:
    """Visible joints are discs, hidden ones rings; absent ones are not drawn."""
    radius = _width(canvas, row) + 1
    for joint in np.flatnonzero(row["visibility"] != Visibility.ABSENT):
        xy = np.asarray(row["xy"][joint], dtype=np.float64)
        tone = tones[_TONE[POSETRACK17.sides[joint]]]
        hidden = row["visibility"][joint] == Visibility.OCCLUDED
        reach = np.concatenate([xy - radius - 4, xy + radius + 4])

        def draw(
            target: Picture,
            xy: NDArray[np.float64] = xy,
            tone: Colour = tone,
            hidden: bool = bool(hidden),
        ) -> None:
            size = (radius + 1) << _SUBPIXEL
            if not hidden:
                cv2.circle(target, _point(xy), size, _DARK, -1, cv2.LINE_AA, _SUBPIXEL)
            line = max(1, radius // 2) if hidden else -1
            cv2.circle(target, _point(xy), radius << _SUBPIXEL, tone, line, cv2.LINE_AA, _SUBPIXEL)

        _blend(canvas, _opacity(float(row["score"][joint])), draw, reach)


def _draw_box(
    canvas: Picture, row: np.void, label: str, tones: tuple[Colour, Colour, Colour]
) -> None:
    x, y, w, h = (float(v) for v in row["box"])
    thin = max(1, round(canvas.shape[0] / 720))
    corners = np.array([[x, y], [x + w, y + h]])
    cv2.rectangle(
        canvas, _point(corners[0]), _point(corners[1]), tones[1], thin, cv2.LINE_AA, _SUBPIXEL
    )
    scale = max(0.4, canvas.shape[0] / 1400)
    (wide, high), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, thin)
    pad = max(2, high // 3)
    left = int(np.clip(x, 0, max(canvas.shape[1] - wide - 2 * pad, 0)))
    top = int(np.clip(y - high - 2 * pad, 0, max(canvas.shape[0] - high - 2 * pad, 0)))
    cv2.rectangle(canvas, (left, top), (left + wide + 2 * pad, top + high + 2 * pad), _DARK, -1)
    cv2.putText(
        canvas,
        label,
        (left + pad, top + high + pad),
        cv2.FONT_HERSHEY_SIMPLEX,
        scale,
        tones[0],
        thin,
        cv2.LINE_AA,
    )
