"""Labelled people held in memory, ready to be cropped: what every trainer reads.

Whatever the source (COCO-style stills, a PoseTrack file, a project), a person becomes one row: the
picture they are in, the person box (the extent of the labelled joints × 1.3, whatever box the source
used), joint positions and which of them are known. Unknown joints are masked out of every loss.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..geometry import person_box
from ..skeleton import POSETRACK17, slots_of


@dataclass
class PoseSamples:
    """Struct of arrays over N labelled people.

    Attributes:
        joints: joint names, J of them.
        pictures: RGB uint8 pictures ``[h, w, 3]``; several people may share one.
        picture: index into ``pictures`` per person, ``[N]``.
        boxes: person boxes x y w h, ``[N, 4]`` float64.
        xy: joint positions in picture pixels, ``[N, J, 2]`` float64.
        known: joints with a position, ``[N, J]`` bool.
        weight: how often a person is drawn relative to the others, ``[N]``.
    """

    joints: tuple[str, ...]
    pictures: list[NDArray[np.uint8]]
    picture: NDArray[np.int64]
    boxes: NDArray[np.float64]
    xy: NDArray[np.float64]
    known: NDArray[np.bool_]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.picture)


def concatenate(parts: Sequence[PoseSamples]) -> PoseSamples:
    """Join several sets that share one joint list."""
    first = parts[0]
    offsets = np.cumsum([0] + [len(part.pictures) for part in parts[:-1]])
    return PoseSamples(
        joints=first.joints,
        pictures=[picture for part in parts for picture in part.pictures],
        picture=np.concatenate([p.picture + o for p, o in zip(parts, offsets, strict=True)]),
        boxes=np.concatenate([part.boxes for part in parts]),
        xy=np.concatenate([part.xy for part in parts]),
        known=np.concatenate([part.known for part in parts]),
        weight=np.concatenate([part.weight for part in parts]),
    )


def load_stills(path: str | Path, joints: Sequence[str], weight: float = 1.0) -> PoseSamples:
    """Read a COCO-keypoints file with the pictures it names (relative to the file's folder).

    People without labelled joints and crowd regions are left out.

    Args:
        path: JSON whose ``keypoints`` follow the file's own category, or PoseTrack-17 order without one.
        joints: the joint list wanted; joints that the file lacks stay unknown.
        weight: drawing weight of each person.

    Raises:
        FormatError: if the file is not such JSON or a picture cannot be read.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        names = data["categories"][0].get("keypoints") or list(POSETRACK17.joints)
        images = {image["id"]: image for image in data["images"]}
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
    pictures: list[NDArray[np.uint8]] = []
    rows = []
    for annotation in annotations:
        image_id = annotation["image_id"]
        if image_id not in order:
            order[image_id] = len(pictures)
            pictures.append(read_picture(path.parent / images[image_id]["file_name"]))
        keypoints = np.asarray(annotation["keypoints"], dtype=np.float64).reshape(-1, 3)
        mapped = np.where(slots[:, None] >= 0, keypoints[slots], 0.0)
        known = mapped[:, 2] > 0
        box = person_box(mapped[:, :2], known)
        if box is not None:
            rows.append((order[image_id], box, mapped[:, :2], known))
    return PoseSamples(
        joints=tuple(joints),
        pictures=pictures,
        picture=np.array([row[0] for row in rows], dtype=np.int64),
        boxes=np.array([row[1] for row in rows]).reshape(-1, 4),
        xy=np.array([row[2] for row in rows]).reshape(-1, len(joints), 2),
        known=np.array([row[3] for row in rows], dtype=bool).reshape(-1, len(joints)),
        weight=np.full(len(rows), weight),
    )


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture file as RGB uint8 ``[h, w, 3]``. Raises FormatError if it cannot be read."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise FormatError(
            "cannot be read as a picture", file=path, remedy="check that the file exists"
        )
    return np.ascontiguousarray(picture[..., ::-1])
