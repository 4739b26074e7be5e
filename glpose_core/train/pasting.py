"""People pasted into places without people: some here and there, or many on common ground.

Whoever is pasted later stands in front and hides what is behind, so boxes of what is seen are exact. Shapes of
people filled with bits of other pictures are pasted too and are nobody: an edge of paste alone must not
look like a person.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..geometry import Floats
from .material import LEAST_SEEN, SMALLEST, CompositeRecipe, Drawn, Material, Picture


class Canvas:
    """A picture into which people are pasted, and whose pixels they are.

    Attributes:
        picture: RGB ``[size, size, 3]``, changed in place.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._owner = np.zeros(picture.shape[:2], np.int16)
        self._pasted = np.zeros(picture.shape[:2], bool)
        self._whole: list[int] = []

    def paste(self, shape: Picture, centre: Floats, person: bool) -> None:
        """Lay a shape (RGBA) over the picture about ``centre`` (x, y): somebody, or nobody."""
        part = _paste(self.picture, shape, centre)
        if part is None:
            return
        rows, columns, body = part
        if person:
            self._whole.append(int((shape[..., 3] > 127).sum()))
        self._owner[rows, columns][body] = len(self._whole) if person else 0
        self._pasted[rows, columns] |= body

    def seen(self) -> tuple[Floats, Floats]:
        """Boxes of what is seen of each person, and of those of whom too little is."""
        return _seen(self._owner, self._whole)

    def covered(self, boxes: Floats) -> Floats:
        """The share of each box that something pasted lies over, ``[N]``."""
        ends = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1) + 0.5
        ends = np.clip(np.round(ends), 0, None).astype(int)
        pieces = [self._pasted[y:y2, x:x2] for x, y, x2, y2 in ends]
        return np.array([float(piece.mean()) if piece.size else 0.0 for piece in pieces])


def draw_composite(
    material: Material, recipe: CompositeRecipe, size: int, rng: np.random.Generator
) -> Drawn:
    """People pasted into a place without people."""
    canvas = Canvas(draw_place(material, size, rng))
    if recipe.crowds and rng.random() < recipe.crowds:
        _paste_crowd(canvas, material, recipe, rng)
    else:
        count = 0
        if rng.random() >= recipe.empty:
            count = 1 + int(rng.integers(recipe.people) * rng.random())
        paste_people(canvas, material, recipe, count, rng)
    return Drawn(canvas.picture, *canvas.seen())


def paste_people(
    canvas: Canvas,
    material: Material,
    recipe: CompositeRecipe,
    count: int,
    rng: np.random.Generator,
) -> None:
    """Paste people here and there, of any height but often alike, and some shapes that are nobody."""
    size = canvas.picture.shape[0]
    decoys = int(rng.integers(recipe.decoys + 1))
    usual = draw_height(recipe, size, rng)
    where = rng.uniform(0, size, 2)
    order = rng.permutation([True] * count + [False] * decoys)
    for person in order.tolist():
        cutout = _draw_cutout(material, rng)
        height = (
            usual * float(np.exp(rng.normal(0, 0.25)))
            if rng.random() < 0.6
            else draw_height(recipe, size, rng)
        )
        if rng.random() < 0.6:
            where = rng.uniform(-0.05, 1.05, 2) * size
        else:  # beside the one before
            where = where + rng.normal(0, 0.35, 2) * [height, 0.3 * height]
        shape = _resized(cutout, height, rng)
        canvas.paste(shape if person else _filled(shape, material, rng), where, person)


def _paste_crowd(
    canvas: Canvas, material: Material, recipe: CompositeRecipe, rng: np.random.Generator
) -> None:
    """Many people on level ground, far ones small and hidden by near ones, often in groups.

    Heights grow with the distance of the feet below the horizon.
    """
    size = canvas.picture.shape[0]
    count = int(rng.integers(4, max(recipe.crowd, 4) + 1))
    horizon = rng.uniform(-0.3, 0.5) * size
    nearest = rng.uniform(1.0, 1.3) * size
    tallest = max(float(np.exp(rng.uniform(np.log(0.12), np.log(0.9)))) * size, 1.5 * recipe.least)
    farthest = max(recipe.least / tallest, rng.uniform(0.05, 0.6))
    depth = np.sort(np.exp(rng.uniform(np.log(farthest), 0, count)))
    groups = rng.uniform(0, size, (max(count // 4, 1), 2))
    for share in depth.tolist():
        height = tallest * share * float(np.exp(rng.normal(0, 0.08)))
        shape = _resized(_draw_upright(material, rng), height, rng)
        group = groups[int(rng.integers(len(groups)))]
        across = group[0] + rng.normal(0, 0.6) * height
        if rng.random() < 0.5:
            across = rng.uniform(-0.03, 1.03) * size
        feet = horizon + (nearest - horizon) * share
        person = rng.random() >= 0.06
        shape = shape if person else _filled(shape, material, rng)
        canvas.paste(shape, np.array([across, feet - shape.shape[0] / 2]), person)


def draw_place(material: Material, size: int, rng: np.random.Generator) -> Picture:
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


def draw_height(recipe: CompositeRecipe, size: int, rng: np.random.Generator) -> float:
    """A height of a person, in pixels: each octave alike."""
    return float(np.exp(rng.uniform(np.log(recipe.least), np.log(recipe.most * size))))


def _draw_cutout(material: Material, rng: np.random.Generator) -> Picture:
    group = material.cutouts[int(rng.choice(len(material.cutouts), p=material.shares))]
    cutout = group[int(rng.integers(len(group)))]
    if rng.random() < 0.2:  # the upper body, as behind a table
        keep = int(cutout.shape[0] * rng.uniform(0.3, 0.75))
        cutout = cutout[: max(keep, 8)]
    return cutout[:, ::-1] if rng.random() < 0.5 else cutout


def _draw_upright(material: Material, rng: np.random.Generator) -> Picture:
    """A cut-out higher than wide, if one comes up soon."""
    for _ in range(4):
        cutout = _draw_cutout(material, rng)
        if cutout.shape[0] > 1.4 * cutout.shape[1]:
            break
    return cutout


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
    piece = cv2.resize(draw_place(material, 96, rng), (wide, high))
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
