"""Pictures with people's boxes: what a people finder learns from.

Some pictures are labelled everywhere (nobody stands outside the boxes), of others only one person is
known. Pictures are held as JPEG, because thousands of them are drawn from at random.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..synthetic.render import pose_everybody, render
from ..synthetic.scene import Scene as RenderedScene
from ..synthetic.scene import SceneOptions, draw_scene
from .cutouts import WORK_SIDE, Cutout, cut_out, torso_length
from .pictures import read_picture
from .samples import PoseSamples

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]
_BODY_BEYOND_JOINTS = 0.14
"""How far a body reaches beyond its joints where no outline is known, in torso lengths."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One picture.

    Attributes:
        jpeg: the encoded picture, uint8 ``[n]``.
        boxes: what is seen of each person, x y w h in pixels, ``[N, 4]``.
        ignored: regions that may hold people who are not told apart, ``[M, 4]``.
        everywhere: whether nobody stands outside ``boxes`` and ``ignored``.
    """

    jpeg: Picture
    boxes: Floats
    ignored: Floats
    everywhere: bool

    @classmethod
    def of(cls, picture: Picture, boxes: Floats, ignored: Floats, everywhere: bool) -> Scene:
        """Encode an RGB picture ``[h, w, 3]``."""
        _, jpeg = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), _QUALITY)
        return cls(
            np.asarray(jpeg, np.uint8).reshape(-1),
            np.asarray(boxes, np.float64).reshape(-1, 4),
            np.asarray(ignored, np.float64).reshape(-1, 4),
            everywhere,
        )

    def picture(self) -> Picture:
        """The RGB picture ``[h, w, 3]``."""
        return np.asarray(cv2.imdecode(self.jpeg, cv2.IMREAD_COLOR_RGB), np.uint8)


def keep_scenes(scenes: Sequence[Scene], path: Path) -> None:
    """Write scenes to one file (npz without pickle)."""
    boxes = [(n, 0, *box) for n, scene in enumerate(scenes) for box in scene.boxes]
    boxes += [(n, 1, *box) for n, scene in enumerate(scenes) for box in scene.ignored]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        jpegs=np.concatenate([scene.jpeg for scene in scenes] or [np.zeros(0, np.uint8)]),
        sizes=np.array([len(scene.jpeg) for scene in scenes], np.int64),
        boxes=np.array(boxes, np.float64).reshape(-1, 6),
        everywhere=np.array([scene.everywhere for scene in scenes], bool),
    )


def read_scenes(path: Path) -> list[Scene]:
    """Read what :func:`keep_scenes` wrote. Raises FormatError if it is no such file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            jpegs = np.split(file["jpegs"], np.cumsum(file["sizes"]))[:-1]
            rows, everywhere = file["boxes"], file["everywhere"]
    except (OSError, ValueError, KeyError) as error:
        raise FormatError(
            f"holds no scenes ({error})", file=path, remedy="delete it; it is made again"
        ) from error
    scenes = []
    for number, (jpeg, whole) in enumerate(zip(jpegs, everywhere.tolist(), strict=True)):
        mine = rows[rows[:, 0] == number]
        boxes, ignored = (mine[mine[:, 1] == kind, 2:] for kind in (0, 1))
        scenes.append(Scene(jpeg, boxes, ignored, whole))
    return scenes


def coco_scenes(path: Path) -> list[Scene]:
    """The pictures of a COCO file with all its boxes. Raises FormatError if it is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        names = {image["id"]: image["file_name"] for image in data["images"]}
        boxes: dict[int, tuple[list[list[float]], list[list[float]]]] = {n: ([], []) for n in names}
        for one in data["annotations"]:
            boxes[one["image_id"]][bool(one.get("iscrowd"))].append(one["bbox"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(
            f"is not a COCO file ({error})",
            file=path,
            remedy="give a JSON file with images and annotations",
        ) from error
    return [
        Scene.of(
            read_picture(path.parent / name),
            _inner_edges(np.array(boxes[number][0], np.float64)),
            _inner_edges(np.array(boxes[number][1], np.float64)),
            True,
        )
        for number, name in names.items()
    ]


def _inner_edges(boxes: Floats) -> Floats:
    """COCO counts from the picture's corner, we from the middle of its first pixel."""
    moved: Floats = boxes.reshape(-1, 4) - np.array([0.5, 0.5, 0.0, 0.0])
    return moved


def still_scenes(
    samples: PoseSamples,
    everywhere: bool,
    cut: int,
    side: int = WORK_SIDE,
    rows: range | None = None,
) -> Iterable[tuple[Scene, Cutout | None, bool]]:
    """The pictures of stills of one person each, their cut-outs, and whether they stand upright.

    The first ``cut`` people are cut out, ``side`` pixels long at most. The box is the outline's where there is one,
    else the joints' and a little more. ``rows`` are all people by default.
    """
    for row in range(len(samples)) if rows is None else rows:
        picture, xy, known = (
            samples.pictures[samples.picture[row]],
            samples.xy[row],
            samples.known[row],
        )
        found = cut_out(picture, xy, known, samples.joints, side) if row < cut else None
        box = outline_box(found) if found is not None else None
        if box is None:
            room = _BODY_BEYOND_JOINTS * (torso_length(xy, known, samples.joints) or 0.0)
            low, high = xy[known].min(axis=0) - room, xy[known].max(axis=0) + room
            low = np.maximum(low, -0.5)
            high = np.minimum(high, np.array(picture.shape[1::-1]) - 0.5)
            box = np.concatenate([low, high - low])
        nobody = np.zeros((0, 4))
        yield Scene.of(picture, box, nobody, everywhere), found, _upright(xy, known, samples.joints)


def outline_box(cutout: Cutout) -> Floats:
    """The box of a cut-out's person in pixels of the still, ``[4]``."""
    x, y, step = cutout.origin
    body = cutout.rgba[..., 3] > 127
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    low = np.array([x, y]) + (np.array([columns[0], rows[0]]) - 0.5) * step
    size = np.array([columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1]) * step
    return np.concatenate([low, size])


def _upright(xy: Floats, known: NDArray[np.bool_], joints: Sequence[str]) -> bool:
    """Whether shoulders are above hips and these above knees, as far as they are labelled."""

    def height(part: str) -> float | None:
        rows = [n for n, joint in enumerate(joints) if joint.endswith(part) and known[n]]
        return float(xy[rows, 1].mean()) if rows else None

    found = [height(part) for part in ("shoulder", "hip", "knee", "ankle")]
    levels = [level for level in found if level is not None]
    return len(levels) > 1 and all(np.diff(levels) > 0)


def rendered_scenes(
    seeds: Iterable[int], options: SceneOptions, size: tuple[int, int]
) -> Iterable[Scene]:
    """Pictures of rendered people, ``options.frames`` of each seed, with the boxes of their meshes.

    The options' rate says how far apart the pictures of a clip are; they are exposed as at 25 a second.
    """
    for seed in seeds:
        drawn = draw_scene(seed, options)
        scene = replace(drawn, shutter=drawn.shutter * drawn.rate / 25)
        for frame, (picture, truth) in enumerate(render(scene, size)):
            boxes = mesh_boxes(scene, frame / scene.rate, size)
            seen = truth.labelled & np.isfinite(boxes).all(axis=1)
            yield Scene.of(picture, boxes[seen], boxes[~seen & np.isfinite(boxes[:, 0])], True)


def mesh_boxes(scene: RenderedScene, seconds: float, size: tuple[int, int]) -> Floats:
    """The boxes of everybody's bodies, cut off at the picture's edges: ``[P, 4]``; NaN: outside."""
    posed = pose_everybody(scene, [actor.frames(np.array([seconds]))[0] for actor in scene.actors])
    xy, depth = scene.camera.view(seconds, size).project(posed.points)
    boxes = np.full((len(scene.actors), 4), np.nan)
    for person in range(len(scene.actors)):
        points = xy[(posed.person == person) & (depth > 0.1)]
        if len(points) == 0:
            continue
        low = np.clip(points.min(axis=0), -0.5, np.array(size) - 0.5)
        high = np.clip(points.max(axis=0), -0.5, np.array(size) - 0.5)
        if (high - low > 1).all():
            boxes[person] = [*low, *(high - low)]
    return boxes
