"""A scene becomes pictures with exact labels.

Each picture is the mean of a few exposures at slightly different moments and places: edges become smooth
and whatever moves is blurred. Labels belong to the middle of the exposure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .backdrop import Backdrop, see_place
from .camera import View
from .raster import Fragments, rasterise
from .scene import Scene
from .shading import shade
from .truth import FrameTruth, read_truth

Floats = NDArray[np.float32]

_EXPOSURES = 4
_JITTER = np.array([[0.0, 0.0], [-0.37, 0.21], [0.29, 0.40], [0.18, -0.38]])
_MOMENTS = np.array([0.0, -0.38, 0.38, 0.15])
"""Offsets in pixels and in shares of the exposure. The first is the middle: labels are read there."""


@dataclass(frozen=True)
class Posed:
    """All people of one moment as one mesh, before the camera.

    Attributes:
        points, normals: ``[V, 3]``. triangles: ``[F, 3]``. person: ``[V]``, place in the scene's actors.
    """

    points: Floats
    normals: Floats
    triangles: NDArray[np.int32]
    person: NDArray[np.int32]


def render(
    scene: Scene, size: tuple[int, int], threads: int = 1
) -> Iterator[tuple[NDArray[np.uint8], FrameTruth]]:
    """Yield each picture, uint8 RGB ``[height, width, 3]``, with its labels, in order.

    ``size`` is (width, height). The pictures are the same whatever the number of ``threads``.
    """
    still = scene.camera.still
    moments = np.arange(scene.frames)[:, None] / scene.rate + _MOMENTS * scene.shutter / scene.rate
    carried = [
        actor.frames(moments.ravel()).reshape(*moments.shape, -1, 3, 4) for actor in scene.actors
    ]
    kept = see_place(scene.place, scene.camera.view(0.0, size)) if still else None

    def picture(frame: int) -> tuple[NDArray[np.uint8], FrameTruth]:
        times = moments[frame]
        backdrop = kept or see_place(scene.place, scene.camera.view(float(times[0]), size))
        return _expose(scene, frame, times, [of[frame] for of in carried], size, backdrop)

    if threads == 1:
        yield from map(picture, range(scene.frames))
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[tuple[NDArray[np.uint8], FrameTruth]]] = deque()
        try:
            for frame in range(scene.frames):
                waiting.append(pool.submit(picture, frame))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for late in waiting:
                late.cancel()


def _expose(
    scene: Scene,
    frame: int,
    moments: NDArray[np.float64],
    bones: list[NDArray[np.float64]],
    size: tuple[int, int],
    backdrop: Backdrop,
) -> tuple[NDArray[np.uint8], FrameTruth]:
    """One picture from exposures at ``moments [E]``, ``bones`` being each actor's frames ``[E, 16, 3, 4]``."""
    width, height = size
    colour = np.zeros((height * width, 3), np.float32)
    weight = np.zeros(height * width, np.float32)
    truth: FrameTruth | None = None
    ground = backdrop.picture
    for number, moment in enumerate(moments.tolist()):
        view = scene.camera.view(moment, size)
        posed = pose_everybody(scene, [of[number] for of in bones])
        xy, depth = view.project(posed.points)
        fragments = rasterise(
            (xy + _JITTER[number]).astype(np.float32),
            depth.astype(np.float32),
            posed.triangles,
            size,
        )
        seen = _in_front(fragments, backdrop, (number + 0.5) / _EXPOSURES)
        if truth is None:
            truth = read_truth(
                scene, moment, view, posed.triangles, posed.person, fragments, seen, xy, depth
            )
            ground = _cast_shadows(scene, view, posed, backdrop)
        _add_exposure(scene, posed, fragments, seen, colour, weight)
    share = (weight / _EXPOSURES)[:, None]
    if not scene.camera.still:
        ground = _pan_blur(scene, float(moments[0]), size, ground)
    picture = ground.reshape(-1, 3) * (1 - share) + colour / _EXPOSURES
    picture = picture.reshape(height, width, 3) + scene.noise * _grain(
        scene.seed, frame, height, width
    )
    assert truth is not None
    return np.clip(picture, 0, 255).astype(np.uint8), truth


def pose_everybody(scene: Scene, bones: list[NDArray[np.float64]]) -> Posed:
    """All people of a moment as one mesh; ``bones`` are each actor's frames ``[16, 3, 4]``."""
    points, normals, triangles, person, offset = [], [], [], [], 0
    for number, (actor, frames) in enumerate(zip(scene.actors, bones, strict=True)):
        placed, facing = actor.body.pose(frames)
        points.append(placed)
        normals.append(facing)
        triangles.append(actor.body.triangles + offset)
        person.append(np.full(len(placed), number, np.int32))
        offset += len(placed)
    return Posed(
        np.concatenate(points),
        np.concatenate(normals),
        np.concatenate(triangles),
        np.concatenate(person),
    )


def _in_front(fragments: Fragments, backdrop: Backdrop, threshold: float) -> NDArray[np.bool_]:
    """Which fragments no tree or post hides, ``[N]``. Soft edges hide in some of the exposures only."""
    cover = backdrop.cover.ravel()[fragments.pixel]
    nearness = backdrop.nearness.ravel()[fragments.pixel]
    return (cover < threshold) | (nearness * fragments.depth < 1)


def _add_exposure(
    scene: Scene,
    posed: Posed,
    fragments: Fragments,
    seen: NDArray[np.bool_],
    colour: Floats,
    weight: Floats,
) -> None:
    pixel, weights = fragments.pixel[seen], fragments.weights[seen]
    corners = posed.triangles[fragments.triangle[seen]]
    person = posed.person[corners[:, 0]]
    offset = 0
    for number, actor in enumerate(scene.actors):
        of = np.flatnonzero(person == number)
        if len(of):
            mine, share = corners[of] - offset, weights[of]
            body = actor.body
            at, fields = _mix(body.vertices, mine, share), _mix(body.fields, mine, share)
            normals = _mix(posed.normals, corners[of], share)
            colour[pixel[of]] += shade(body, at, normals, fields, scene.place.light)
            weight[pixel[of]] += 1
        offset += len(actor.body.vertices)


def _mix(values: Floats, corners: NDArray[np.int32], share: Floats) -> Floats:
    """Values ``[V, K]`` at points inside triangles: ``[N, K]``."""
    total = values[corners[:, 0]] * share[:, 0, None]
    total += values[corners[:, 1]] * share[:, 1, None]
    total += values[corners[:, 2]] * share[:, 2, None]
    return total


def _cast_shadows(scene: Scene, view: View, posed: Posed, backdrop: Backdrop) -> Floats:
    """The backdrop with people's shadows on its floor."""
    light = scene.place.light
    if light.shade <= 0 or not backdrop.ground.any():
        return backdrop.picture
    height, width = backdrop.ground.shape
    flat = posed.points - posed.points[:, 1:2] / light.sun[1] * light.sun
    xy, depth = view.project(flat)
    mask = np.zeros((height, width), np.uint8)
    offset = 0
    for actor in scene.actors:
        count = len(actor.body.vertices)
        bone = actor.body.weights.argmax(axis=1)
        mine, near = xy[offset : offset + count], depth[offset : offset + count]
        for which in np.unique(bone):
            of = (bone == which) & (near > 0.2)
            if of.sum() > 2:
                hull = cv2.convexHull((mine[of] * 16).astype(np.int32))
                cv2.fillConvexPoly(mask, hull, 255, cv2.LINE_8, 4)
        offset += count
    soft = cv2.GaussianBlur(mask, (0, 0), max(height / 260, 1.0)).astype(np.float32) / 255
    shade_ = 1 - light.shade * soft * backdrop.ground
    return np.asarray(backdrop.picture * shade_[:, :, None], dtype=np.float32)


def _pan_blur(scene: Scene, seconds: float, size: tuple[int, int], picture: Floats) -> Floats:
    """Blur the backdrop along the way that the camera turns while a picture is exposed."""
    half = scene.shutter / scene.rate / 2
    ends = []
    for moment in (seconds - half, seconds + half):
        view = scene.camera.view(moment, size)
        ends.append(view.project(np.array([0.0, 0.9, -4.0]))[0])
    way = ends[1] - ends[0]
    length = float(np.linalg.norm(way))
    if not 1.2 < length < 200:
        return picture
    side = int(np.ceil(length)) | 1
    kernel = np.zeros((side, side), np.float32)
    middle = (side - 1) / 2
    start, end = (np.round(middle + sign * way / 2).astype(int).tolist() for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), dtype=np.float32)


def _grain(seed: int, frame: int, height: int, width: int) -> Floats:
    """Sensor noise of size 1: one sheet for all, shifted at random, since a new one costs more than it shows."""
    down, right = np.random.default_rng((seed, frame)).integers(0, (height, width))
    return np.asarray(
        np.roll(_sheet(height, width), (int(down), int(right)), axis=(0, 1)), np.float32
    )


@lru_cache(maxsize=4)
def _sheet(height: int, width: int) -> Floats:
    return np.random.default_rng(5).normal(0, 1, (height, width, 1)).astype(np.float32)
