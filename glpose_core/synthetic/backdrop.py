"""The picture of a place without people, and how far away what stands in front of them is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .camera import View
from .place import Place, Upright

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Backdrop:
    """A place as the camera sees it.

    Attributes:
        picture: float32 sRGB ``[h, w, 3]``, 0 … 255.
        ground: which pixels show the floor, bool ``[h, w]``.
        cover: opacity of uprights that people may pass behind, float32 ``[h, w]``, 0 … 1.
        nearness: 1 / metres of these, float32 ``[h, w]``; 0 where there is none.
    """

    picture: Floats
    ground: NDArray[np.bool_]
    cover: Floats
    nearness: Floats


def see_place(place: Place, view: View) -> Backdrop:
    """Draw a place without people."""
    width, height = view.size
    if place.backdrop is not None:
        picture, ground = _photograph(place.backdrop, view), np.zeros((height, width), bool)
    else:
        picture, ground = _sky_and_ground(place, view)
    cover = np.zeros((height, width), np.float32)
    nearness = np.zeros((height, width), np.float32)
    far_first = sorted(
        place.uprights, key=lambda one: -float(np.linalg.norm(one.middle - view.eye))
    )
    for upright in far_first:
        _stand(upright, view, picture, ground, cover, nearness)
    return Backdrop(picture, ground, cover, nearness)


def _rays(view: View) -> Floats:
    """Directions of all pixels in the world (not normalised): float32 ``[h, w, 3]``."""
    width, height = view.size
    x = (np.arange(width, dtype=np.float32) - (width - 1) / 2) / np.float32(view.focal)
    y = (np.arange(height, dtype=np.float32) - (height - 1) / 2) / np.float32(view.focal)
    turn = view.turn.astype(np.float32)
    return np.asarray(x[None, :, None] * turn[0] + y[:, None, None] * turn[1] + turn[2])


def _sky_and_ground(place: Place, view: View) -> tuple[Floats, NDArray[np.bool_]]:
    rays = _rays(view)
    ground: NDArray[np.bool_] = rays[:, :, 1] < -2e-3
    picture = np.zeros(rays.shape, np.float32)
    above = np.flatnonzero(~ground.all(axis=1))
    if len(above):
        rows = slice(int(above[0]), int(above[-1]) + 1)
        picture[rows] = _sky(place, rays[rows])
    below = np.flatnonzero(ground.any(axis=1))
    if len(below):
        rows = slice(int(below[0]), int(below[-1]) + 1)
        floor = rays[rows]
        down = np.maximum(-floor[:, :, 1], np.float32(2e-3))
        away = np.asarray(np.float32(view.eye[1]) / down, dtype=np.float32)
        span = np.sqrt(floor[:, :, 0] ** 2 + floor[:, :, 2] ** 2)
        haze = np.clip(away * span / 160, 0, 0.6)[:, :, None]  # far ground fades into the horizon
        drawn = _ground(place, view, floor, away)
        drawn += (place.sky[-1].mean(axis=0).astype(np.float32) - drawn) * haze
        np.copyto(picture[rows], drawn, where=ground[rows][:, :, None])
    return picture, ground


def _sky(place: Place, rays: Floats) -> Floats:
    """The panorama along every ray (the horizon below it)."""
    span = np.sqrt(rays[:, :, 0] ** 2 + rays[:, :, 2] ** 2)
    rise = np.arctan2(np.maximum(rays[:, :, 1], 0), span) / np.float32(np.pi / 2)
    round_ = np.mod(np.arctan2(rays[:, :, 0], rays[:, :, 2]) / np.float32(2 * np.pi), 1)
    high, wide = place.sky.shape[:2]
    seen = cv2.remap(place.sky, round_ * (wide - 1), (1 - rise) * (high - 1), cv2.INTER_LINEAR)
    return seen.astype(np.float32)


def _ground(place: Place, view: View, rays: Floats, away: Floats) -> Floats:
    """Colour of the floor along every ray, from the coarser pictures where a pixel spans more of it."""
    x = (float(view.eye[0]) + away * rays[:, :, 0]) / place.grain
    z = (float(view.eye[2]) + away * rays[:, :, 2]) / place.grain
    lean = np.sqrt(np.maximum(-rays[:, :, 1], 2e-3))
    footprint = away / (view.focal * place.grain) / lean
    level = np.clip(np.log2(np.maximum(footprint, 1e-3)), 0, len(place.blurred) - 1.001)
    total = np.zeros((*away.shape, 3), np.float32)
    for step, picture in enumerate(place.blurred):
        rows = np.flatnonzero((np.abs(level - step) < 1).any(axis=1))
        if not len(rows):
            continue
        band = slice(int(rows[0]), int(rows[-1]) + 1)
        share = np.maximum(1 - np.abs(level[band] - step), 0)
        size = picture.shape[0]
        u = np.mod(x[band] * np.float32(0.5**step) + size / 2, size)
        v = np.mod(z[band] * np.float32(0.5**step) + size / 2, size)
        part = cv2.remap(picture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        total[band] += part * share[:, :, None]
    return total


def _photograph(photo: NDArray[np.uint8], view: View) -> Floats:
    """A photograph far behind everything, larger than the view, so that the camera may turn."""
    width, height = view.size
    zoom = 1.25 * max(width / photo.shape[1], height / photo.shape[0])
    ahead = view.turn[2]
    shift = view.focal * np.array(
        [np.arctan2(ahead[0], -ahead[2]), -np.arcsin(np.clip(ahead[1], -1, 1))]
    )
    room = (zoom * np.array([photo.shape[1], photo.shape[0]]) - [width, height]) / 2 - 1
    shift = np.clip(shift, -room, room)
    offset = (
        np.array([width, height]) - zoom * np.array([photo.shape[1], photo.shape[0]])
    ) / 2 - shift
    matrix = np.array([[zoom, 0, offset[0]], [0, zoom, offset[1]]])
    return cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_LINEAR).astype(np.float32)


def _stand(
    upright: Upright,
    view: View,
    picture: Floats,
    ground: NDArray[np.bool_],
    cover: Floats,
    nearness: Floats,
) -> None:
    """Draw an upright over what is behind it, and note what it hides."""
    corners = upright.origin + np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) @ np.stack(
        [upright.across, upright.down]
    )
    xy, depth = view.project(corners)
    width, height = view.size
    if (depth < 0.3).any():
        return
    low = np.clip(np.floor(xy.min(axis=0)).astype(int), 0, [width, height])
    high = np.clip(np.ceil(xy.max(axis=0)).astype(int) + 1, 0, [width, height])
    if (high <= low).any():
        return
    tall, wide = upright.picture.shape[:2]
    shift = np.array([[1.0, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]])
    plane = view.plane(upright.origin, upright.across / wide, upright.down / tall)
    source = upright.picture
    shrink = float(np.linalg.norm(xy[3] - xy[0])) / tall
    if shrink < 0.5:  # a minified picture glitters unless it is made smaller first
        source = np.asarray(
            cv2.resize(
                source, None, fx=shrink * 1.4, fy=shrink * 1.4, interpolation=cv2.INTER_AREA
            ),
            np.uint8,
        )
        plane = plane @ np.diag([wide / source.shape[1], tall / source.shape[0], 1.0])
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    drawn = cv2.warpPerspective(source, shift @ plane, size, flags=cv2.INTER_LINEAR).astype(
        np.float32
    )
    alpha = drawn[:, :, 3] / 255
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    picture[window] += (drawn[:, :, :3] - picture[window]) * alpha[:, :, None]
    ground[window] &= alpha < 0.5
    # 1 / depth of a plane is affine in the picture's x and y.
    terms, *_ = np.linalg.lstsq(np.column_stack([xy, np.ones(4)]), 1 / depth, rcond=None)
    x, y = np.arange(low[0], high[0]), np.arange(low[1], high[1])[:, None]
    near = (terms[0] * x + terms[1] * y + terms[2]).astype(np.float32)
    seen = alpha > 0.02
    cover[window] = np.where(seen, alpha, cover[window])
    nearness[window] = np.where(seen, near, nearness[window])
