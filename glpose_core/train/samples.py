"""Labelled people on stills, ready to be cropped.

A person becomes one row: the picture they are in, the person box (the extent of the labelled joints
× 1.3, whatever box the source used), joint positions and which of them are known. Unknown joints are
masked out of every loss.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..geometry import crop_affine, crop_box, person_box
from ..predict.crops import cut_crops
from ..skeleton import POSETRACK17, slots_of
from .augment import change_look, draw_geometry, place_joints
from .pictures import PictureFiles
from .views import Sample, View


@dataclass
class PoseSamples:
    """Struct of arrays over N labelled people.

    Attributes:
        joints: joint names, J of them.
        pictures: RGB uint8 pictures ``[h, w, 3]``, in memory or read when asked for; several people may
            share one.
        picture: index into ``pictures`` per person, ``[N]``.
        boxes: person boxes x y w h, ``[N, 4]`` float64.
        xy: joint positions in picture pixels, ``[N, J, 2]`` float64.
        known: joints with a position, ``[N, J]`` bool.
        name: what logs call them.
    """

    joints: tuple[str, ...]
    pictures: Sequence[NDArray[np.uint8]]
    picture: NDArray[np.int64]
    boxes: NDArray[np.float64]
    xy: NDArray[np.float64]
    known: NDArray[np.bool_]
    name: str = "stills"

    def __len__(self) -> int:
        return len(self.picture)

    def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
        """See person ``row`` in one crop. A still has no neighbours in time: ``view.k`` and ``view.n`` are 0.

        Raises:
            ValueError: if references are asked for (:class:`.motion.MovingStills` makes them up).
        """
        if view.slots != 1:
            raise ValueError("a still has no references: wrap it in MovingStills")
        xy, known, size = self.xy[row], self.known[row], view.size
        geometry = draw_geometry(self.boxes[row], xy, known, self.joints, size, view.how, rng)
        picture = self.pictures[self.picture[row]]
        crop = change_look(cut_crops(picture, geometry.matrix[None], size)[0], view.how, rng)
        placed, seen = place_joints(geometry, xy, known, self.joints)
        plain = crop_affine(crop_box(self.boxes[row], size[0] / size[1]), size)
        return Sample(crop[None], placed, seen, float(1 / np.linalg.norm(plain[:, 1])))


def load_stills(path: str | Path, joints: Sequence[str]) -> PoseSamples:
    """Read a COCO-keypoints file; the pictures it names (relative to its folder) are read when needed.

    People without labelled joints and crowd regions are left out.

    Args:
        path: JSON whose ``keypoints`` follow the file's own category, or PoseTrack-17 order without one.
        joints: the joint list wanted; joints that the file lacks stay unknown.

    Raises:
        FormatError: if the file is not such JSON or a picture is missing.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        names = data["categories"][0].get("keypoints") or list(POSETRACK17.joints)
        images = {image["id"]: path.parent / image["file_name"] for image in data["images"]}
        annotations = [
            a
            for a in data["annotations"]
            if not a.get("iscrowd") and any(a.get("keypoints", [])[2::3])
        ]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise FormatError(
            f"is not a COCO keypoint file ({error})",
            file=path,
            remedy="give a JSON file with images, annotations and categories",
        ) from error
    slots = slots_of(names, joints)
    order: dict[int, int] = {}
    pictures: list[Path] = []
    rows = []
    for number, annotation in enumerate(annotations):
        image_id = annotation.get("image_id")
        if image_id not in images:
            raise FormatError(
                f"names the image {image_id!r}, which is not listed",
                file=path,
                field=f"annotations[{number}].image_id",
                remedy="list it under images",
            )
        if image_id not in order:
            order[image_id] = len(pictures)
            pictures.append(images[image_id])
        numbers = np.asarray(annotation["keypoints"], dtype=np.float64)
        if numbers.size != 3 * len(names):
            raise FormatError(
                f"has {numbers.size} numbers, not {3 * len(names)}",
                file=path,
                field=f"annotations[{number}].keypoints",
                remedy="give x, y and visibility of each joint of the category",
            )
        keypoints = numbers.reshape(-1, 3)
        mapped = np.where(slots[:, None] >= 0, keypoints[slots], 0.0)
        known = mapped[:, 2] > 0
        box = person_box(mapped[:, :2], known)
        if box is not None:
            rows.append((order[image_id], box, mapped[:, :2], known))
    missing = next((picture for picture in pictures if not picture.is_file()), None)
    if missing is not None:
        raise FormatError(
            "names a picture that is missing", file=path, field=str(missing), remedy="put it there"
        )
    return PoseSamples(
        joints=tuple(joints),
        pictures=PictureFiles(pictures),
        picture=np.array([row[0] for row in rows], dtype=np.int64),
        boxes=np.array([row[1] for row in rows]).reshape(-1, 4),
        xy=np.array([row[2] for row in rows]).reshape(-1, len(joints), 2),
        known=np.array([row[3] for row in rows], dtype=bool).reshape(-1, len(joints)),
        name=path.stem,
    )
