"""COCO keypoints on both sides of a comparison: a data set as the truth, results or a data set against it.

Joints go by the names in ``categories``; nothing is assumed about their order. What COCO ignores (crowds,
people without labelled joints) is marked, not dropped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FormatError
from ..formats.columns import Columns
from ..formats.documents import Record, read_json
from ..skeleton import COCO17, SKELETONS
from .joints import Bools, Floats, Ints
from .oks import OksFound, OksTruth, extent
from .people import NO_SCORE, People, Video

_NUMBERS = "give x, y and visibility for each joint of the category"


@dataclass(frozen=True)
class CocoPeople:
    """N people of a COCO file.

    Attributes:
        joints: joint names, J.
        images: ids of the listed pictures, int64 ``[I]``; ``image``: the place of each person's among
            them, int64 ``[N]``.
        keypoints: float64 ``[N, J, 3]``.
        box: float64 ``[N, 4]``, NaN without one; area: float64 ``[N]`` (of the box where not given).
        score: float64 ``[N]``, NaN without one; crowd, ignored: ``[N]``.
        path: where it was read.
    """

    joints: tuple[str, ...]
    images: Ints
    image: Ints
    keypoints: Floats
    box: Floats
    area: Floats
    score: Floats
    crowd: Bools
    ignored: Bools
    path: Path


def looks_like_coco(path: Path) -> bool:
    """Whether a JSON file is COCO's: a list of results, or a data set whose people have no tracks.

    Raises:
        FormatError: the file cannot be read.
    """
    if path.suffix.lower() != ".json":
        return False
    document = _read(path)
    if isinstance(document, list):
        return True
    people = document.get("annotations")
    if "annolist" in document or not isinstance(people, list):
        return False
    return bool(people) and not any("track_id" in p for p in people if isinstance(p, dict))


def read_coco_truth(path: Path) -> CocoPeople:
    """Read a COCO data set. Raises :class:`FormatError` naming the place."""
    document = read_json(path)
    images = document.get("images")
    if not isinstance(images, list) or not images:
        raise FormatError(
            "is missing", file=path, field="images", remedy="choose a COCO data set, not results"
        )
    ids = Columns(path, "images", images).integers("id", "give each image a number of its own")
    return _people(path, document["annotations"], _joints(document, path), ids)


def read_coco_predictions(path: Path, truth: CocoPeople) -> CocoPeople:
    """Read results (a list), or a data set with scores, for the pictures of ``truth``.

    Raises:
        FormatError: a record is not of that form, has no score, or names a picture that is not listed.
    """
    document = _read(path)
    records = document if isinstance(document, list) else document.get("annotations")
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise FormatError(
            "is not a list of results", file=path, remedy="give COCO results: one record a person"
        )
    people = _people(path, records, truth.joints, truth.images)
    if np.isnan(people.score).any():
        at = int(np.flatnonzero(np.isnan(people.score))[0])
        raise FormatError(
            "is missing",
            file=path,
            field=f"[{at}].score",
            remedy="COCO’s measure sorts people by their score: give each one a score",
        )
    return people


def sigmas_of(joints: tuple[str, ...]) -> Floats:
    """The OKS fall-off of each joint, float64 ``[J]``.

    Raises:
        FormatError: a joint that no known skeleton has.
    """
    known = {j: s for skeleton in SKELETONS.values() for j, s in _sigmas(skeleton.name)}
    for joint in joints:
        if joint not in known:
            raise FormatError(
                f'has the joint "{joint[:40]}", whose fall-off in OKS is not known',
                remedy="use COCO’s or PoseTrack’s joints, or --metric pck",
            )
    return np.array([known[joint] for joint in joints])


def _sigmas(name: str) -> list[tuple[str, float]]:
    skeleton = SKELETONS[name]
    return list(zip(skeleton.joints, skeleton.sigmas, strict=True))


def oks_truth(people: CocoPeople) -> OksTruth:
    """The labelled people as the measure wants them."""
    return OksTruth(
        people.image,
        people.keypoints[..., :2],
        people.keypoints[..., 2] > 0,
        people.area,
        np.nan_to_num(people.box),
        people.ignored,
        people.crowd,
    )


def oks_found(people: CocoPeople) -> OksFound:
    """Detections as the measure wants them: the file's numbers, whatever their visibility says."""
    xy = people.keypoints[..., :2]
    return OksFound(people.image, xy, people.score, extent(xy))


def coco_video(truth: CocoPeople, found: CocoPeople) -> Video:
    """All pictures as the frames of one video; ignored people and those without joints stay out."""
    frames = len(truth.images)
    counted = np.flatnonzero(~truth.ignored)
    return Video(
        name=truth.path.stem,
        numbers=np.arange(frames, dtype=np.int64),
        truth=_as_people(truth, counted),
        predictions=_as_people(found, np.arange(len(found.image))),
        regions=((),) * frames,
        version=0,
        joints=truth.joints,
    )


def _as_people(people: CocoPeople, rows: Ints) -> People:
    rows = rows[np.argsort(people.image[rows], kind="stable")]
    present = (people.keypoints[rows] != 0).any(axis=2)
    score = np.where(np.isnan(people.score[rows]), NO_SCORE, people.score[rows])
    return People(
        frame=people.image[rows],
        track=rows.astype(np.int64),
        xy=people.keypoints[rows, :, :2],
        present=present,
        score=np.repeat(score[:, None], present.shape[1], axis=1),
        head_size=np.full(len(rows), np.nan),
        box=people.box[rows],
        pose_score=people.score[rows],
    )


def _read(path: Path) -> Any:
    """A JSON object or a list."""
    try:
        return read_json(path)
    except FormatError:
        try:
            document = json.loads(path.read_bytes(), parse_constant=_refuse)
        except (OSError, ValueError, RecursionError):
            document = None
        if not isinstance(document, list):
            raise
        return document


def _refuse(text: str) -> float:
    raise ValueError(text)


def _joints(document: Record, path: Path) -> tuple[str, ...]:
    categories = document.get("categories") or []
    for category in categories if isinstance(categories, list) else []:
        joints = category.get("keypoints") if isinstance(category, dict) else None
        if isinstance(joints, list) and joints and all(isinstance(j, str) for j in joints):
            return tuple(joints)
    people = document.get("annotations") or [{}]
    if len(people[0].get("keypoints") or []) == 3 * len(COCO17):
        return COCO17.joints
    raise FormatError(
        "does not name the joints",
        file=path,
        field="categories",
        remedy="list them in categories[0].keypoints",
    )


def _people(path: Path, records: list[Record], joints: tuple[str, ...], ids: Ints) -> CocoPeople:
    for at, record in enumerate(records):
        if not isinstance(record, dict):
            raise FormatError(
                "is not an object", file=path, field=f"[{at}]", remedy="give a record a person"
            )
    columns = Columns(path, "", records)
    picture = columns.integers("image_id", "use the id of a picture in the truth")
    unknown = np.flatnonzero(~np.isin(picture, ids))
    if len(unknown):
        at = int(unknown[0])
        columns.fail(
            at, "image_id", f"is {picture[at]}, which the truth does not list", "use its images"
        )
    order = np.argsort(ids)
    image = order[np.searchsorted(ids[order], picture)].astype(np.int64)
    numbers = np.nan_to_num(columns.lists("keypoints", 3 * len(joints), _NUMBERS))
    keypoints = numbers.reshape(-1, len(joints), 3)
    box = columns.lists("bbox", 4, "give x, y, width and height")
    area = columns.numbers("area", "give a number, or leave the field out")
    crowd = np.array(columns.flags("iscrowd", "write 0 or 1"), dtype=bool)
    nobody = ~(keypoints[..., 2] > 0).any(axis=1)
    return CocoPeople(
        joints=joints,
        images=ids,
        image=image,
        keypoints=keypoints,
        box=box,
        area=np.where(np.isnan(area), np.nan_to_num(box[:, 2] * box[:, 3]), area),
        score=columns.numbers("score", "give a number"),
        crowd=crowd,
        ignored=crowd | nobody,
        path=path,
    )
