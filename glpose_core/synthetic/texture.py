"""Pictures for surfaces, made from noise: ground, walls, trees, skies. All seeded, all our own."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]
Tone = tuple[int, int, int]


def clouds(
    shape: tuple[int, int], cell: float, rng: np.random.Generator, octaves: int = 4
) -> Plane:
    """Fractal noise of about −1 … 1, float32 ``[height, width]``; ``cell`` is the largest lump in pixels."""
    height, width = shape
    total = np.zeros(shape, dtype=np.float32)
    size = 1.0
    for _ in range(octaves):
        grid = (max(int(height / cell) + 2, 2), max(int(width / cell) + 2, 2))
        lumps = rng.normal(0, 1, grid).astype(np.float32)
        total += size * cv2.resize(lumps, (width, height), interpolation=cv2.INTER_CUBIC)
        cell, size = max(cell / 2.1, 1.0), size * 0.55
    return np.asarray(total / 1.6, dtype=np.float32)


def tinted(plane: Plane, tone: Tone, strength: float) -> Picture:
    """A surface of one tone that noise makes lighter and darker (``strength`` in sRGB steps)."""
    picture = np.asarray(tone, np.float32) + plane[:, :, None] * strength
    return np.clip(picture, 0, 255).astype(np.uint8)


def paving(size: int, slab: int, tone: Tone, rng: np.random.Generator) -> Picture:
    """Slabs of stone with joints, uint8 RGB ``[size, size, 3]``."""
    picture = tinted(clouds((size, size), 90, rng), tone, 7).astype(np.float32)
    picture += clouds((size, size), 5, rng, 2)[:, :, None] * 5
    count = size // slab + 1
    each = rng.normal(0, 7, (count, count)).astype(np.float32)
    picture += np.kron(each, np.ones((slab, slab), np.float32))[:size, :size, None]
    for at in range(0, size, slab):
        picture[at : at + 1] -= 34
        picture[:, at : at + 1] -= 34
    return np.clip(picture, 0, 255).astype(np.uint8)


def grass(size: int, rng: np.random.Generator) -> Picture:
    """A lawn with worn places."""
    blades = clouds((size, size), 4, rng, 2)
    patches = clouds((size, size), 150, rng)
    picture = np.asarray((92, 126, 58), np.float32) + blades[:, :, None] * (13, 15, 9)
    picture += patches[:, :, None] * np.asarray((15, 9, 6), np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8)


def boards(size: int, rng: np.random.Generator) -> Picture:
    """A sports floor of boards with court lines."""
    picture = tinted(clouds((size, size), 60, rng), (192, 146, 96), 6).astype(np.float32)
    grain = cv2.resize(rng.normal(0, 1, (size, size // 40)).astype(np.float32), (size, size))
    picture += grain[:, :, None] * 4
    width = 6
    each = rng.normal(0, 6, (size // width + 1, 6)).astype(np.float32)
    picture += np.kron(each, np.ones((width, size // 6 + 1), np.float32))[:size, :size, None]
    middle = size // 2
    for tone, spread in (((236, 236, 232), 0.22), ((58, 92, 148), 0.34)):
        reach = int(size * spread)
        cv2.rectangle(
            picture,
            (middle - reach, middle - reach // 2),
            (middle + reach, middle + reach // 2),
            tone,
            2,
            cv2.LINE_AA,
        )
    cv2.circle(picture, (middle, middle), size // 26, (236, 236, 232), 2, cv2.LINE_AA)
    return np.clip(picture, 0, 255).astype(np.uint8)


def facade(width: int, height: int, tone: Tone, rng: np.random.Generator) -> Picture:
    """The front of a house: plaster or brick, windows in rows, a darker ground floor. RGB."""
    picture = tinted(clouds((height, width), 60, rng), tone, 6)
    if rng.random() < 0.5:
        shade = rng.normal(0, 9, (height // 6 + 1, width // 14 + 1)).astype(np.float32)
        bricks = np.kron(shade, np.ones((6, 14), np.float32))[:height, :width]
        bricks[::6] -= 20
        picture = np.clip(picture.astype(np.float32) + bricks[:, :, None], 0, 255).astype(np.uint8)
    across, storey = int(rng.integers(64, 92)), int(rng.integers(92, 120))
    wide, tall = int(across * 0.46), int(storey * 0.55)
    frame = tuple(int(v) for v in rng.integers(196, 240, 3))
    for y in range(26, height - storey, storey):
        for x in range((width % across) // 2 + across // 4, width - wide - 8, across):
            cv2.rectangle(picture, (x - 4, y - 4), (x + wide + 4, y + tall + 4), frame, -1)
            glass = np.linspace(rng.uniform(120, 170), rng.uniform(50, 90), tall, dtype=np.float32)[
                :, None, None
            ]
            picture[y : y + tall, x : x + wide] = np.clip(glass * (0.82, 0.95, 1.08), 0, 255)
            cv2.line(picture, (x + wide // 2, y), (x + wide // 2, y + tall), frame, 2)
            cv2.rectangle(
                picture, (x - 7, y + tall + 4), (x + wide + 7, y + tall + 9), (120, 116, 112), -1
            )
    picture[-36:] = (picture[-36:] * 0.62).astype(np.uint8)
    picture[:10] = (picture[:10] * 0.7).astype(np.uint8)
    return picture


def tree(width: int, height: int, rng: np.random.Generator) -> Picture:
    """A leafy tree on nothing: uint8 RGBA ``[height, width, 4]``."""
    picture = np.zeros((height, width, 4), dtype=np.uint8)
    middle = width // 2
    trunk = max(width // 26, 3)
    for side in range(-trunk, trunk + 1):
        tone = int(92 - 26 * side / trunk)
        foot = (middle + int(side * 1.5), height - 1)
        cv2.line(
            picture,
            foot,
            (middle + side, int(height * 0.3)),
            (tone, int(tone * 0.82), int(tone * 0.66), 255),
            2,
        )
    green = np.asarray((rng.integers(48, 86), rng.integers(92, 126), rng.integers(36, 60)), float)
    blobs = 900
    angle, reach = rng.uniform(0, 2 * np.pi, blobs), np.sqrt(rng.random(blobs))
    x = middle + 0.44 * width * reach * np.cos(angle)
    y = 0.34 * height + 0.32 * height * reach * np.sin(angle)
    for n in np.argsort(rng.normal(0, 1, blobs) + (y - x * 0.3) / -90):
        light = 1.16 - 0.52 * (y[n] / (0.7 * height)) + rng.normal(0, 0.13)
        tone = np.clip(green * light, 0, 255).astype(int).tolist()
        radius = int(rng.uniform(0.018, 0.045) * width) + 1
        cv2.circle(picture, (int(x[n]), int(y[n])), radius, (*tone, 255), -1, cv2.LINE_AA)
    return picture


def post(width: int, height: int, tone: Tone) -> Picture:
    """A pillar or a lamp post: uint8 RGBA ``[height, width, 4]``."""
    round_ = np.cos(np.linspace(-1.25, 1.1, width)) * 0.75 + 0.3
    picture = np.full((height, width, 4), 255, dtype=np.uint8)
    picture[:, :, :3] = np.clip(np.asarray(tone, float) * round_[None, :, None], 0, 255)
    return picture


def sky(height: int, width: int, rng: np.random.Generator, high: Tone, low: Tone) -> Picture:
    """A sky from the horizon (bottom row) to overhead (top row), with clouds."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    plain = np.asarray(high, np.float32) * (1 - down) + np.asarray(low, np.float32) * down
    cover = np.clip(
        clouds((height, width), 220, rng, 5) * 0.8 + float(rng.uniform(-0.35, 0.3)), 0, 1
    )[:, :, None]
    cover = cover * np.clip(1.3 - down, 0, 1)
    return np.asarray(np.clip(plain * (1 - cover) + 244 * cover, 0, 255), dtype=np.uint8)
