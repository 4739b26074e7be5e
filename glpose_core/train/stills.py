"""Labelled people out of a COCO-keypoints file and the pictures that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..formats.documents import read_json
from ..formats.paths import inside
from ..geometry import person_box
from ..skeleton import COCO17, slots_of
from .pictures import PictureFiles
from .samples import PoseSamples

_LARGEST = 2**53
"""No place in a picture is further out."""


def load_stills(path: str | Path, joints: Sequence[str]) -> PoseSamples:
    """Read a COCO-keypoints file; the pictures it names (below its folder) are read when needed.

    People without labelled joints and crowd regions are left out.

    Args:
        path: JSON whose ``keypoints`` follow the file's own category, or are COCO's 17 where it names none.
        joints: the joint list wanted; joints that the file lacks stay unknown.

    Raises:
        FormatError: if the file is not such JSON, or a picture is missing or outside its folder.
    """
    path = Path(path)
    content = _read(path)
    people = [
        (number, row)
        for number, row in enumerate(content.annotations)
        if not row.get("iscrowd") and _says_something(row.get("keypoints"))
    ]
    images = [_image(path, content, number, row) for number, row in people]
    used = list(dict.fromkeys(images))
    pictures = [_picture(path, content.files[image]) for image in used]
    xy, known = _joints(path, content.joints, people, joints)
    boxes = [person_box(*person) for person in zip(xy, known, strict=True)]
    kept = np.array([box is not None for box in boxes], dtype=bool)
    places = {image: place for place, image in enumerate(used)}
    return PoseSamples(
        joints=tuple(joints),
        pictures=PictureFiles(pictures),
        picture=np.array([places[image] for image in images], dtype=np.int64)[kept],
        boxes=np.array([box for box in boxes if box is not None]).reshape(-1, 4),
        xy=xy[kept],
        known=known[kept],
        name=path.stem,
    )


@dataclass(frozen=True)
class _Content:
    """What a file says: its joints in order, picture files by image id, and one entry per person."""

    joints: Sequence[str]
    files: Mapping[object, str]
    annotations: Sequence[Mapping[str, Any]]


def _read(path: Path) -> _Content:
    data = read_json(path)
    try:
        names = data["categories"][0].get("keypoints") or list(COCO17.joints)
        files = {image["id"]: str(image["file_name"]) for image in data["images"]}
        annotations = [dict(row) for row in data["annotations"]]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise FormatError(
            f"is not a COCO keypoint file ({error})",
            file=path,
            remedy="give a JSON file with images, annotations and categories",
        ) from error
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FormatError(
            "is no list of names",
            file=path,
            field="categories[0].keypoints",
            remedy="list the joints there, in the order of the numbers",
        )
    return _Content(names, files, annotations)


def _says_something(keypoints: Any) -> bool:
    """Whether joints are labelled; what is no list says something wrong."""
    return any(keypoints[2::3]) if isinstance(keypoints, list) else keypoints is not None


def _image(path: Path, content: _Content, number: int, row: Mapping[str, Any]) -> object:
    image: object = row.get("image_id")
    if not isinstance(image, int | float | str) or image not in content.files:
        raise FormatError(
            f"names the image {image!r}, which is not listed",
            file=path,
            field=f"annotations[{number}].image_id",
            remedy="list it under images",
        )
    return image


def _picture(path: Path, name: str) -> Path:
    try:
        picture = inside(path.parent, name)
        there = picture.is_file()
    except FormatError as error:
        raise FormatError(
            error.message, file=path, field=error.field, remedy=error.remedy
        ) from error
    except (OSError, ValueError) as error:  # too long, or not a name that the disk knows
        raise FormatError(
            f"names no file ({error})"[:200],
            file=path,
            field="file_name",
            remedy="use paths below the folder of the label file",
        ) from error
    if not there:
        raise FormatError(
            "names a picture that is missing", file=path, field=str(picture), remedy="put it there"
        )
    return picture


def _joints(
    path: Path,
    names: Sequence[str],
    people: Sequence[tuple[int, Mapping[str, Any]]],
    joints: Sequence[str],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Positions ``[N, J, 2]`` and which are labelled ``[N, J]``, in the order of ``joints``."""
    for number, row in people:
        given = row["keypoints"] if isinstance(row["keypoints"], list) else []
        numbers = [n for n in given if isinstance(n, int | float) and abs(n) < _LARGEST]
        if len(numbers) != len(given) or len(numbers) != 3 * len(names):
            raise FormatError(
                f"has {len(numbers)} numbers, not {3 * len(names)}",
                file=path,
                field=f"annotations[{number}].keypoints",
                remedy="give x, y and visibility of each joint of the category",
            )
    points = np.array([row["keypoints"] for _, row in people], dtype=np.float64)
    points = points.reshape(len(people), len(names), 3)
    slots = slots_of(names, joints)
    mapped = np.where(slots[:, None] >= 0, points[:, slots], 0.0)
    return mapped[..., :2], mapped[..., 2] > 0
