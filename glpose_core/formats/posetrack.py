"""PoseTrack18 JSON: one file per video, ``{images, annotations, categories}``.

Reading keeps every record as it stood, beside arrays of what this project understands. Writing lays the
arrays over the records: what did not change is written as it stood (``1`` and ``1.0``, the order of
fields, unknown fields, a missing box), so that reading and writing loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..skeleton import POSETRACK17
from .columns import Columns, Floats, is_too_large
from .documents import Record, Stream, Watch, json_kind, read_json, write_json
from .paths import unsafe_path
from .posetrack_file import JOINTS, NO_ID, Annotations, Image, PoseTrackFile, complete

BOX_TOLERANCE = 1e-6
"""Boxes computed from the same joints may differ by rounding; nearer than this they are the same."""


def read_posetrack(path: Path | str, watch: Watch | None = None) -> PoseTrackFile:
    """Read a PoseTrack18 file. ``watch`` as in :func:`read_json`.

    Raises:
        FormatError: the file is not what the format demands; the sentence names the place.
    """
    path = Path(path)
    return from_document(read_json(path, watch), path)


def write_posetrack(file: PoseTrackFile, path: Path | str, watch: Watch | None = None) -> None:
    """Write a file; the old one stays until the new one is complete. Equal content, equal bytes. ``watch`` as in
    :func:`write_json`.

    Raises:
        FormatError: the folder cannot be written.
    """
    people = Stream(len(file.annotations), laid_over(file.annotations))
    write_json(_document(file, people), Path(path), watch)


def from_document(document: Record, path: Path | None = None) -> PoseTrackFile:
    """Understand a parsed file. ``path`` is named in complaints. Raises :class:`FormatError`."""
    if document.get("images") is None:
        raise FormatError(
            "is missing",
            file=path,
            field="images",
            remedy="a PoseTrack file lists all frames of its video there",
        )
    for section in ("images", "annotations", "categories"):
        _demand_records(document.get(section, []), section, path)
    _check_categories(document.get("categories", []), path)
    try:
        images = _read_images(Columns(path, "images", document["images"]))
        annotations = annotations_from(document.get("annotations", []), path)
    except OverflowError as error:
        raise FormatError(
            "holds a number too large for a picture", file=path, remedy="export the file again"
        ) from error
    _check_links(Columns(path, "annotations", annotations.records), images, annotations)
    head = {k: None if k in ("images", "annotations") else v for k, v in document.items()}
    return PoseTrackFile(images, annotations, head, path, _version(images, annotations))


def to_document(file: PoseTrackFile) -> Record:
    """The JSON object that :func:`write_posetrack` writes."""
    return _document(file, annotation_records(file.annotations))


def _document(file: PoseTrackFile, people: list[Record] | Stream) -> Record:
    document = dict(file.head)
    document["images"] = [image_record(image) for image in file.images]
    if "annotations" in document or len(file.annotations):
        document["annotations"] = people
    return document


def annotations_from(records: Sequence[Record], path: Path | None = None) -> Annotations:
    """Columns of annotation records. Raises :class:`FormatError` naming the record."""
    columns = Columns(path, "annotations", records)
    scores = columns.lists("scores", JOINTS, "give one score for each joint, or none at all")
    return Annotations(
        id=columns.integers("id", "use image id × 100 + person", missing=NO_ID),
        image_id=columns.integers("image_id", "use the id of an image in the file"),
        track_id=columns.integers("track_id", "number each person of the video"),
        keypoints=_read_keypoints(columns, complete(scores)),
        bbox=columns.lists("bbox", 4, "give x, y, width and height"),
        bbox_head=columns.lists("bbox_head", 4, "give x, y, width and height"),
        score=columns.numbers("score", "give a number, or leave the field out"),
        scores=scores,
        records=list(records),
    )


def image_record(image: Image) -> Record:
    """An image as a JSON object: its record as it stood, with what changed laid over it."""
    record = dict(image.record)
    if bool(record.get("is_labeled")) != image.is_labeled:
        record["is_labeled"] = image.is_labeled
    _lay(record, "file_name", image.file_name)
    for axis, name in ((1, "ignore_regions_y"), (0, "ignore_regions_x")):
        lists = [[_number(v) for v in region[:, axis].tolist()] for region in image.ignore_regions]
        if lists or record.get(name):
            _lay(record, name, lists)
    _lay(record, "id", image.id)
    return record


def annotation_records(annotations: Annotations) -> list[Record]:
    """Annotations as JSON objects: each record as it stood, with what changed laid over it."""
    return list(laid_over(annotations))


def laid_over(annotations: Annotations) -> Iterator[Record]:
    """:func:`annotation_records`, made as they are asked for."""
    columns = zip(
        annotations.records,
        annotations.bbox_head.tolist(),
        annotations.keypoints.reshape(-1, JOINTS * 3).tolist(),
        annotations.track_id.tolist(),
        annotations.image_id.tolist(),
        annotations.bbox.tolist(),
        annotations.score.tolist(),
        annotations.scores.tolist(),
        annotations.id.tolist(),
        strict=True,
    )
    for record, head, keypoints, track, image, box, score, scores, id_ in columns:
        new = dict(record)
        _lay(new, "bbox_head", _list_over(record.get("bbox_head"), head, BOX_TOLERANCE))
        _lay(new, "keypoints", _keypoints_over(record.get("keypoints"), keypoints))
        _lay(new, "track_id", track)
        _lay(new, "image_id", image)
        _lay(new, "bbox", _list_over(record.get("bbox"), box, BOX_TOLERANCE))
        _lay(new, "score", None if score != score else _number(score))
        _lay(new, "scores", _list_over(record.get("scores"), scores))
        if not record:
            new.setdefault("scores", [])
            new["category_id"] = 1
        _lay(new, "id", None if id_ == NO_ID else id_)
        if "num_keypoints" in record and new.get("keypoints") is not record.get("keypoints"):
            new["num_keypoints"] = sum(v > 0 for v in keypoints[2::3])
        yield new


# Reading


def _demand_records(section: Any, name: str, path: Path | None) -> None:
    if not isinstance(section, list):
        raise FormatError(
            f"is {json_kind(section)} where a list belongs",
            file=path,
            field=name,
            remedy="choose a PoseTrack18 file",
        )
    for at, record in enumerate(section):
        if not isinstance(record, dict):
            raise FormatError(
                f"is {json_kind(record)} where an object belongs",
                file=path,
                field=f"{name}[{at}]",
                remedy="choose a PoseTrack18 file",
            )


def _check_categories(categories: list[Record], path: Path | None) -> None:
    for at, category in enumerate(categories):
        joints = category.get("keypoints", list(POSETRACK17.joints))
        if joints != list(POSETRACK17.joints):
            raise FormatError(
                f"lists other joints than PoseTrack18’s {JOINTS}, or in another order",
                file=path,
                field=f"categories[{at}].keypoints",
                remedy=f"bring the joints into the order {', '.join(POSETRACK17.joints)}",
            )


def _read_images(columns: Columns) -> tuple[Image, ...]:
    ids = columns.integers("id", "give each image a number of its own")
    names = columns.texts("file_name", unsafe_path, "use a path below the folder of the data set")
    labeled = columns.flags("is_labeled", "write true where a person labelled the frame")
    columns.demand_unique("id", ids, "give each image a number of its own")
    return tuple(
        Image(id_, name, flag, _read_regions(columns, at), record)
        for at, (id_, name, flag, record) in enumerate(
            zip(ids.tolist(), names, labeled, columns.records, strict=True)
        )
    )


def _read_regions(columns: Columns, at: int) -> tuple[Floats, ...]:
    record = columns.records[at]
    xs, ys = record.get("ignore_regions_x") or [], record.get("ignore_regions_y") or []
    if not xs and not ys:
        return ()
    remedy = "give as many lists of x as of y, and in each as many x as y"
    for name, lists in (("ignore_regions_x", xs), ("ignore_regions_y", ys)):
        if not isinstance(lists, list) or not all(isinstance(part, list) for part in lists):
            columns.fail(at, name, "is not a list of lists of numbers", remedy)
        if not all(type(value) in (int, float) for part in lists for value in part):
            columns.fail(at, name, "holds something other than numbers", remedy)
        if any(is_too_large(value) for part in lists for value in part):
            columns.fail(at, name, "holds a number that is too large", remedy)
    if [len(part) for part in xs] != [len(part) for part in ys]:
        columns.fail(at, "ignore_regions_x", "does not match ignore_regions_y", remedy)
    return tuple(
        np.array([x, y], dtype=np.float64).T.reshape(-1, 2) for x, y in zip(xs, ys, strict=True)
    )


def _read_keypoints(columns: Columns, predicted: NDArray[np.bool_]) -> Floats:
    remedy = f"give x, y and visibility for each of the {JOINTS} joints"
    column = columns.lists("keypoints", JOINTS * 3, remedy, may_be_empty=False)
    keypoints = np.nan_to_num(column, nan=0.0).reshape(-1, JOINTS, 3)
    visibility = keypoints[..., 2]
    wrong = (visibility != 0) & (visibility != 1) & (visibility != 2) & ~predicted[:, None]
    if wrong.any():
        at, joint = (int(v) for v in np.argwhere(wrong)[0])
        columns.fail(
            at,
            f"keypoints[{3 * joint + 2}]",
            f"is {visibility[at, joint]:g} where a visibility belongs",
            "write 0 for hidden or absent, 1 for visible (or COCO’s 0, 1, 2)",
        )
    return keypoints


def _version(images: tuple[Image, ...], annotations: Annotations) -> int:
    later = any("person_id" in record for record in annotations.records)
    return 21 if later or any("has_labeled_person" in i.record for i in images) else 18


def _check_links(columns: Columns, images: tuple[Image, ...], annotations: Annotations) -> None:
    ids = np.array([image.id for image in images], dtype=np.int64)
    unknown = np.flatnonzero(~np.isin(annotations.image_id, ids))
    if len(unknown):
        at = int(unknown[0])
        columns.fail(
            at,
            "image_id",
            f"is {annotations.image_id[at]}, and no image has that id",
            "use the id of an image in the file",
        )
    given = np.flatnonzero(annotations.id != NO_ID)
    if len(given) == len(annotations):
        columns.demand_unique("id", annotations.id, "give each annotation an id of its own")
    columns.demand_unique(
        "track_id",
        annotations.track_id,
        "a person stands once in a frame: give the other one another track",
        within=annotations.image_id,
    )


# Writing


def _lay(record: Record, name: str, value: Any) -> None:
    """Set a field unless it says the same already. ``None`` takes away what is there, but leaves a
    field that says nothing (null, an empty list) as it stood."""
    old = record.get(name)
    if value is None:
        if old not in (None, []):
            del record[name]
    elif old != value:
        record[name] = value


def _list_over(old: Any, new: list[float], tolerance: float = 0.0) -> Any:
    """``old`` if it holds the numbers of ``new``; ``None`` if ``new`` is not there (NaN)."""
    if new[0] != new[0]:
        return None
    if old and all(abs(a - b) <= tolerance for a, b in zip(old, new, strict=True)):
        return old
    return [_number(value) for value in new]


def _keypoints_over(old: Any, new: list[float]) -> Any:
    """The keypoints to write: ``old`` itself if nothing changed, else number by number."""
    if old is None:
        return [_number(value) for value in new] if any(new) else None
    if old == new:
        return old
    return [a if a == b else _number(b) for a, b in zip(old, new, strict=True)]


def _number(value: float) -> int | float:
    """Whole numbers without a point, as in official files."""
    return int(value) if value.is_integer() else value
