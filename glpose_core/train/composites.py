"""Pictures for a people finder, drawn at random: people pasted into empty places, and pieces of real pictures."""

from __future__ import annotations

import cv2
import numpy as np

from ..geometry import Floats, apply_affine
from .augment import change_look
from .material import LEAST_SEEN, SMALLEST, CompositeRecipe, Drawn, Material, Picture
from .pasting import Canvas, draw_composite, draw_height, draw_place, paste_people
from .scenes import Scene

MOST_HIDDEN = 0.35
"""Share of a box that may be covered: the rest of a person is told by the box as it was."""


def draw(material: Material, recipe: CompositeRecipe, size: int, rng: np.random.Generator) -> Drawn:
    """Draw one picture of ``size`` × ``size`` pixels."""
    if recipe.quarters and rng.random() < recipe.quarters:
        drawn = _quarters(material, recipe, size, rng)
    else:
        drawn = _draw_plain(material, recipe, size, rng)
    picture = change_look(drawn.picture, recipe.look, rng)
    if recipe.camera:
        picture = _camera(picture, rng)
    return Drawn(picture, drawn.boxes, drawn.ignored)


def _quarters(
    material: Material, recipe: CompositeRecipe, size: int, rng: np.random.Generator
) -> Drawn:
    """Four pictures side by side."""
    half = size // 2
    canvas = np.empty((2 * half, 2 * half, 3), np.uint8)
    boxes, ignored = [], []
    for top in (0, half):
        for left in (0, half):
            part = _draw_plain(material, recipe, half, rng)
            canvas[top : top + half, left : left + half] = part.picture
            away = np.array([left, top, 0.0, 0.0])
            boxes.append(part.boxes + away)
            ignored.append(part.ignored + away)
    return Drawn(canvas, np.concatenate(boxes), np.concatenate(ignored))


def _draw_plain(
    material: Material, recipe: CompositeRecipe, size: int, rng: np.random.Generator
) -> Drawn:
    kinds = np.array([recipe.composites, recipe.stills, recipe.coco, recipe.rendered])
    kinds *= [True, bool(material.stills), bool(material.coco), bool(material.rendered)]
    kind = int(rng.choice(4, p=kinds / kinds.sum()))
    if kind == 0:
        drawn = draw_composite(material, recipe, size, rng)
    else:
        scenes = (material.stills, material.coco, material.rendered)[kind - 1]
        scene = scenes[int(rng.integers(len(scenes)))]
        drawn = _piece(scene, material, recipe, size, rng)
        if recipe.joined and rng.random() < recipe.joined:
            drawn = _joined(drawn, material, recipe, rng)
    return drawn


def _piece(
    scene: Scene, material: Material, recipe: CompositeRecipe, size: int, rng: np.random.Generator
) -> Drawn:
    """A piece round one of the people of a labelled picture, over a place without people."""
    picture = scene.picture()
    high, wide = picture.shape[:2]
    if len(scene.boxes):
        x, y, w, h = scene.boxes[int(rng.integers(len(scene.boxes)))]
    else:
        x, y, w, h = 0.0, 0.0, float(wide), float(high)
    least = max(0.2, min(recipe.fill * size / max(high, wide), 3.0))
    zoom = float(np.clip(draw_height(recipe, size, rng) / max(w, h), least, 3.0))
    stretch = float(np.exp(rng.normal(0, 0.06)))
    target = rng.uniform(0.1, 0.9, 2) * size
    across, down = zoom * stretch, zoom / stretch
    matrix = np.array(
        [
            [across, 0.0, target[0] - across * (x + w / 2)],
            [0.0, down, target[1] - down * (y + h / 2)],
        ]
    )
    if rng.random() < 0.5:
        matrix[0] = -matrix[0]
        matrix[0, 2] += size - 1
    if zoom < 0.6:  # no shimmer
        picture = np.asarray(cv2.blur(picture, (round(0.8 / zoom),) * 2), np.uint8)
    canvas = draw_place(material, size, rng)
    cv2.warpAffine(
        picture,
        matrix,
        (size, size),
        dst=canvas,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    boxes, cut = _inside(map_boxes(matrix, scene.boxes), size)
    ignored = [cut, _inside(map_boxes(matrix, scene.ignored), size, 0.0)[0]]
    if not scene.everywhere:
        frame = np.array([[-0.5, -0.5, wide, high]])
        ignored.append(_inside(map_boxes(matrix, frame), size, 0.0)[0])
    return Drawn(canvas, boxes, np.concatenate(ignored))


def _joined(
    drawn: Drawn, material: Material, recipe: CompositeRecipe, rng: np.random.Generator
) -> Drawn:
    """People pasted into a piece; nothing is said any more about people whom they hide for the most part."""
    canvas = Canvas(drawn.picture)
    paste_people(canvas, material, recipe, 1 + int(rng.integers(4)), rng)
    hidden = canvas.covered(drawn.boxes) > MOST_HIDDEN
    boxes, ignored = canvas.seen()
    return Drawn(
        canvas.picture,
        np.concatenate([drawn.boxes[~hidden], boxes]),
        np.concatenate([drawn.ignored, drawn.boxes[hidden], ignored]),
    )


def map_boxes(matrix: Floats, boxes: Floats) -> Floats:
    """Boxes ``[N, 4]`` through an affine map without rotation."""
    ends = np.stack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    placed = apply_affine(matrix, ends)
    low, high = placed.min(axis=1), placed.max(axis=1)
    return np.concatenate([low, high - low], axis=1)


def _inside(boxes: Floats, size: int, least: float = LEAST_SEEN) -> tuple[Floats, Floats]:
    """Boxes cut off at the picture's edges: those of which enough is left, and the others."""
    low = np.clip(boxes[:, :2], -0.5, size - 0.5)
    high = np.clip(boxes[:, :2] + boxes[:, 2:], -0.5, size - 0.5)
    left = np.concatenate([low, high - low], axis=1)
    share = left[:, 2:].prod(axis=1) / np.maximum(boxes[:, 2:].prod(axis=1), 1e-9)
    there = (left[:, 2:] > 0).all(axis=1)
    enough = there & (share >= least) & (left[:, 2:].max(axis=1) >= (SMALLEST if least else 0))
    return left[enough], left[there & ~enough]


def _camera(picture: Picture, rng: np.random.Generator) -> Picture:
    """What cameras and codecs do: loss of detail, grain, blocks, sometimes no colour."""
    size = picture.shape[0]
    if rng.random() < 0.25:
        small = max(round(size * rng.uniform(0.45, 0.9)), 8)
        shrunk = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        picture = np.asarray(
            cv2.resize(shrunk, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8
        )
    if rng.random() < 0.3:
        grain = rng.integers(-12, 13, picture.shape[:2], dtype=np.int16) * float(rng.random())
        picture = np.clip(picture + grain[..., None], 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        _, jpeg = cv2.imencode(
            ".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))]
        )
        picture = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
    if rng.random() < 0.05:
        picture = np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    return np.ascontiguousarray(picture)
