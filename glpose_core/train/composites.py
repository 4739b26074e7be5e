"""Pictures for a people finder, drawn at random: people pasted into empty places, and pieces of real pictures.

Whoever is pasted later stands in front and hides what is behind, so boxes of what is seen are exact. Shapes of
people filled with bits of other pictures are pasted too and are nobody: an edge of paste alone must not
look like a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ..geometry import Floats, apply_affine
from .augment import Augmentation, change_look
from .scenes import Scene

Picture = NDArray[np.uint8]

LEAST_SEEN = 0.3
"""Share of a person that must be seen; with less they are neither somebody nor nobody."""
SMALLEST = 10.0
"""Height or width in pixels below which nobody can be told."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawn picture.

    Attributes:
        picture: RGB ``[size, size, 3]`` uint8.
        boxes: what is seen of people, ``[N, 4]``, within the picture.
        ignored: regions about which nothing is said, ``[M, 4]``; boxes lie over them.
    """

    picture: Picture
    boxes: Floats
    ignored: Floats


@dataclass(frozen=True)
class CompositeRecipe:
    """What is drawn how often.

    Attributes:
        composites, stills, coco, rendered: how often each kind of picture is drawn, relatively.
        least, most: heights of people, in pixels and in shares of the picture's side.
        people: most people pasted into a picture. decoys: most shapes of people that are nobody.
        empty: share of composites with nobody.
        look: changes of colour and sharpness.
    """

    composites: float = 0.45
    stills: float = 0.30
    coco: float = 0.17
    rendered: float = 0.08
    least: float = 26.0
    most: float = 0.95
    people: int = 6
    decoys: int = 2
    empty: float = 0.08
    look: Augmentation = field(
        default_factory=lambda: Augmentation(colour=0.3, blur_chance=0.08, occlusion_chance=0.0)
    )


@dataclass(frozen=True, eq=False)
class Material:
    """What pictures are made of.

    Attributes:
        cutouts: RGBA people in groups; groups are drawn by ``shares``, their members alike.
        backgrounds: RGB pictures without people.
        stills, coco, rendered: labelled pictures.
    """

    cutouts: Sequence[Sequence[Picture]]
    shares: Sequence[float]
    backgrounds: Sequence[Picture]
    stills: Sequence[Scene]
    coco: Sequence[Scene]
    rendered: Sequence[Scene]


def draw(material: Material, recipe: CompositeRecipe, size: int, rng: np.random.Generator) -> Drawn:
    """Draw one picture of ``size`` × ``size`` pixels."""
    kinds = np.array([recipe.composites, recipe.stills, recipe.coco, recipe.rendered])
    kinds *= [True, bool(material.stills), bool(material.coco), bool(material.rendered)]
    kind = int(rng.choice(4, p=kinds / kinds.sum()))
    if kind == 0:
        drawn = _composite(material, recipe, size, rng)
    else:
        scenes = (material.stills, material.coco, material.rendered)[kind - 1]
        scene = scenes[int(rng.integers(len(scenes)))]
        drawn = _piece(scene, material, recipe, size, rng)
    picture = change_look(drawn.picture, recipe.look, rng)
    return Drawn(_camera(picture, rng), drawn.boxes, drawn.ignored)


# --- pasted people


def _composite(
    material: Material, recipe: CompositeRecipe, size: int, rng: np.random.Generator
) -> Drawn:
    canvas = _place(material, size, rng)
    count = (
        0 if rng.random() < recipe.empty else 1 + int(rng.integers(recipe.people) * rng.random())
    )
    decoys = int(rng.integers(recipe.decoys + 1))
    owner = np.zeros((size, size), np.int16)
    whole: list[int] = []
    usual = _draw_height(recipe, size, rng)
    where = rng.uniform(0, size, 2)
    order = rng.permutation([True] * count + [False] * decoys)
    for person in order.tolist():
        cutout = _draw_cutout(material, rng)
        height = (
            usual * float(np.exp(rng.normal(0, 0.25)))
            if rng.random() < 0.6
            else _draw_height(recipe, size, rng)
        )
        if rng.random() < 0.6:
            where = rng.uniform(-0.05, 1.05, 2) * size
        else:  # beside the one before
            where = where + rng.normal(0, 0.35, 2) * [height, 0.3 * height]
        shape = _resized(cutout, height, rng)
        if not person:
            shape = _filled(shape, material, rng)
        part = _paste(canvas, shape, where)
        if part is None:
            continue
        rows, columns, body = part
        if person:
            whole.append(int((shape[..., 3] > 127).sum()))
            owner[rows, columns][body] = len(whole)
        else:
            owner[rows, columns][body] = 0
    boxes, ignored = _seen(owner, whole)
    return Drawn(canvas, boxes, ignored)


def _place(material: Material, size: int, rng: np.random.Generator) -> Picture:
    """A piece of a picture without people."""
    picture = material.backgrounds[int(rng.integers(len(material.backgrounds)))]
    height, width = picture.shape[:2]
    side = int(rng.uniform(0.4, 1.0) * min(height, width))
    top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    piece = picture[top : top + side, left : left + side]
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    way = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return np.array(
        cv2.resize(np.ascontiguousarray(piece), (size, size), interpolation=way), np.uint8
    )


def _draw_height(recipe: CompositeRecipe, size: int, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(recipe.least), np.log(recipe.most * size))))


def _draw_cutout(material: Material, rng: np.random.Generator) -> Picture:
    group = material.cutouts[int(rng.choice(len(material.cutouts), p=material.shares))]
    cutout = group[int(rng.integers(len(group)))]
    if rng.random() < 0.2:  # the upper body, as behind a table
        keep = int(cutout.shape[0] * rng.uniform(0.3, 0.75))
        cutout = cutout[: max(keep, 8)]
    return cutout[:, ::-1] if rng.random() < 0.5 else cutout


def _resized(cutout: Picture, height: float, rng: np.random.Generator) -> Picture:
    """A cut-out whose longer side is ``height``, a little stretched, turned and recoloured."""
    zoom = height / max(cutout.shape[:2])
    stretch = float(np.exp(rng.normal(0, 0.06)))
    wide = max(round(cutout.shape[1] * zoom * stretch), 3)
    high = max(round(cutout.shape[0] * zoom / stretch), 3)
    way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    shape = cv2.resize(np.ascontiguousarray(cutout), (wide, high), interpolation=way)
    if rng.random() < 0.3:
        turn = cv2.getRotationMatrix2D(
            ((wide - 1) / 2, (high - 1) / 2), float(rng.normal(0, 8)), 0.97
        )
        shape = cv2.warpAffine(shape, turn, (wide, high))
    gain = np.exp(rng.normal(0, 0.2)) * np.exp(rng.normal(0, 0.06, 3))
    colour = np.clip(shape[..., :3] * gain, 0, 255).astype(np.uint8)
    return np.dstack([colour, shape[..., 3]])


def _filled(shape: Picture, material: Material, rng: np.random.Generator) -> Picture:
    """The outline of a person, often upside down, filled with a piece of some other picture: nobody."""
    alpha = shape[..., 3]
    if rng.random() < 0.6:
        alpha = alpha[::-1]
    if rng.random() < 0.3:
        alpha = np.full_like(alpha, 255)
    high, wide = alpha.shape
    piece = cv2.resize(_place(material, 96, rng), (wide, high))
    return np.dstack([piece, alpha])


def _paste(
    canvas: Picture, shape: Picture, centre: Floats
) -> tuple[slice, slice, NDArray[np.bool_]] | None:
    """Lay a shape over the canvas about ``centre`` (x, y). Returns rows, columns, and where it covers."""
    high, wide = shape.shape[:2]
    left, top = round(float(centre[0]) - wide / 2), round(float(centre[1]) - high / 2)
    rows = slice(max(top, 0), min(top + high, canvas.shape[0]))
    columns = slice(max(left, 0), min(left + wide, canvas.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    part = shape[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    share = part[..., 3:].astype(np.float32) / 255
    under = canvas[rows, columns]
    canvas[rows, columns] = (under + share * (part[..., :3].astype(np.float32) - under)).astype(
        np.uint8
    )
    return rows, columns, part[..., 3] > 127


def _seen(owner: NDArray[np.int16], whole: Sequence[int]) -> tuple[Floats, Floats]:
    """Boxes of what is seen of each person, and of those of whom too little is."""
    boxes: list[tuple[float, ...]] = []
    ignored: list[tuple[float, ...]] = []
    for person, size in enumerate(whole, 1):
        mine = owner == person
        rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
        if len(rows) == 0:
            continue
        box = (
            columns[0] - 0.5,
            rows[0] - 0.5,
            columns[-1] - columns[0] + 1.0,
            rows[-1] - rows[0] + 1.0,
        )
        enough = mine.sum() >= LEAST_SEEN * size and max(box[2:]) >= SMALLEST
        (boxes if enough else ignored).append(box)
    return np.array(boxes).reshape(-1, 4), np.array(ignored).reshape(-1, 4)


# --- pieces of labelled pictures


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
    zoom = float(np.clip(_draw_height(recipe, size, rng) / max(w, h), 0.2, 3.0))
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
    canvas = _place(material, size, rng)
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
