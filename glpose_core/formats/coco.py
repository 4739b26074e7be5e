"""COCO keypoints, as CVAT, Label Studio, MMPose and many more write and read them: one JSON file for many pictures.

Read into the same columns as PoseTrack18. Joints go by their names in ``categories``; those that PoseTrack does
not have (eyes) are left out, those that the file does not have stay unlooked-at. COCO says 0, 1, 2 for not
labelled, hidden, visible; crowds are ignore regions. It has no tracks: :mod:`.coco_tracks` says who is who.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..geometry import person_boxes
from ..skeleton import COCO17, POSETRACK17, slots_of
from .coco_tracks import tracks_of
from .columns import LARGEST, Columns, Floats, Ints
from .documents import Record, Watch, read_json, write_json
from .paths import unsafe_path
from .posetrack_file import CATEGORY, JOINTS, Annotations, Image, PoseTrackFile, complete
from .posetrack_names import annotation_ids, image_ids_of

_FRAMES = 10**9
"""More frames than any video has."""
_REMEDY = "choose a COCO keypoint file: images, annotations and categories"
_NUMBER = re.compile(r"(\d{1,9})\D*$")


def read_coco(path: Path | str, watch: Watch | None = None) -> PoseTrackFile:
    """Read a COCO keypoint data set of one video's frames, or of pictures. ``watch`` as in :func:`read_json`.

    A picture counts as labelled where it says so (``reviewed``, ours), else where somebody is labelled in it. Frames are counted by ``frame_index``, or by the
    last number in the pictures' names where all differ.

    Raises:
        FormatError: the file is not what the format demands; the sentence names the place.
    """
    path = Path(path)
    document = read_json(path, watch)
    for section in ("images", "annotations"):
        if not _are_records(document.get(section)):
            raise FormatError("is no list of objects", file=path, field=section, remedy=_REMEDY)
    listed = Columns(path, "images", document["images"])
    ids = listed.integers("id", "give each image a number of its own")
    listed.demand_unique("id", ids, "give each image a number of its own")
    names = listed.texts("file_name", unsafe_path, "use a path below the folder of the data set")
    columns = Columns(path, "annotations", document["annotations"])
    image = _places(columns, ids)
    crowd = np.array(columns.flags("iscrowd", "write 0 or 1"), dtype=bool)
    keypoints, scores = _joints(columns, _joint_names(document, path))
    heads = columns.lists("bbox_head", 4, "give x, y, width and height")
    # Of somebody there may be a head box alone; a body's box alone is a detector's, and nobody's labels.
    placed = np.asarray((keypoints[..., 2] > 0).any(axis=1))
    people = np.flatnonzero((placed | complete(heads)) & ~crowd)
    people = people[np.argsort(image[people], kind="stable")]
    new_ids = image_ids_of(names, _frames_told(listed.records))
    labelled = set(image[people[placed[people]]].tolist())
    regions = _regions(columns, image, crowd)
    records = _image_records(listed.records, names)
    images = _images(listed.records, names, new_ids, labelled, regions, records)
    box = columns.lists("bbox", 4, "give x, y, width and height")[people]
    rank = np.arange(len(people)) - np.searchsorted(image[people], image[people])
    own = new_ids[image[people]]
    annotations = Annotations(
        id=annotation_ids(own, rank),
        image_id=own,
        track_id=tracks_of(
            columns, people, _in_time(records)[image[people]], keypoints[people], heads[people]
        ),
        keypoints=_as_posetrack(keypoints[people], complete(scores[people])),
        bbox=box,
        bbox_head=heads[people],
        score=columns.numbers("score", "give a number")[people],
        scores=scores[people],
        records=[{} for _ in people],
    )
    return PoseTrackFile(images, annotations, path=path)


def write_coco(file: PoseTrackFile, path: Path | str, watch: Watch | None = None) -> None:
    """Write labels or predictions with PoseTrack's joints by name; the old file stays until the new one is complete.

    Pictures that nobody has labelled are left out, since COCO has no other way to say so. ``track_id``,
    ``bbox_head``, joint ``scores``, and ``reviewed`` and ``frame_index`` of pictures stand beside COCO's own fields.
    ``watch`` as in :func:`write_json`.

    Raises:
        FormatError: the folder cannot be written.
    """
    people, at = file.annotations, file.image_index
    shown = [
        place
        for place, image in enumerate(file.images)
        if image.is_labeled or image.ignore_regions or (at == place).any()
    ]
    number = {place: new + 1 for new, place in enumerate(shown)}
    images = [_image_out(file.images[place], number[place]) for place in shown]
    records = [
        record | {"image_id": number[place]}
        for place, record in zip(at.tolist(), _people_out(people), strict=True)
    ]
    records += [
        _crowd_out(region) | {"image_id": number[place]}
        for place in shown
        for region in file.images[place].ignore_regions
        if len(region)
    ]
    for id_, record in enumerate(records, 1):
        record["id"] = id_
    document = {"images": images, "annotations": records, "categories": [dict(CATEGORY)]}
    write_json(document, Path(path), watch)


# Reading


def _are_records(section: Any) -> bool:
    return isinstance(section, list) and all(isinstance(record, dict) for record in section)


def _joint_names(document: Record, path: Path) -> tuple[str, ...]:
    categories = document.get("categories")
    for category in categories if isinstance(categories, list) else ():
        names = category.get("keypoints") if isinstance(category, dict) else None
        if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
            return tuple(names)
    first = next((r["keypoints"] for r in document["annotations"] if r.get("keypoints")), None)
    if isinstance(first, list) and len(first) == 3 * len(COCO17):
        return COCO17.joints
    raise FormatError(
        "does not name the joints",
        file=path,
        field="categories[0].keypoints",
        remedy="list their names there, in the order of the numbers",
    )


def _places(columns: Columns, ids: Ints) -> Ints:
    """For each annotation, the place of its picture: int64 ``[N]``."""
    asked = columns.integers("image_id", "use the id of an image in the file")
    unknown = np.flatnonzero(~np.isin(asked, ids))
    if len(unknown):
        at = int(unknown[0])
        columns.fail(
            at,
            "image_id",
            f"is {asked[at]}, and no image has that id",
            "use the id of an image in the file",
        )
    order = np.argsort(ids)
    places: Ints = order[np.searchsorted(ids[order], asked)].astype(np.int64)
    return places


def _joints(columns: Columns, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Joints in PoseTrack's order: ``[N, 17, 3]`` with COCO's 0, 1, 2, and their scores ``[N, 17]`` (NaN: none)."""
    slots = slots_of(names, POSETRACK17.joints)
    if not (slots >= 0).any():
        raise FormatError(
            f"has joints of other names ({', '.join(names)[:60]} …)",
            file=columns.file,
            field="categories[0].keypoints",
            remedy=f"name them as COCO and PoseTrack do: {', '.join(POSETRACK17.joints)}",
        )
    remedy = "give x, y and visibility for each joint of the category"
    given = np.nan_to_num(columns.lists("keypoints", 3 * len(names), remedy))
    given = given.reshape(-1, len(names), 3)
    wrong = np.argwhere(~np.isin(given[..., 2], (0, 1, 2)))
    if len(wrong):
        at, joint = wrong[0].tolist()
        columns.fail(
            at,
            f"keypoints[{3 * joint + 2}]",
            f"is {given[at, joint, 2]:g} where a visibility belongs",
            "write 0, 1 or 2; how sure a model is goes into scores",
        )
    given[given[..., 2] == 0] = 0.0
    scores = columns.lists("scores", len(names), "give one score for each joint, or none at all")
    has = slots >= 0
    keypoints = np.where(has[:, None], given[:, slots], 0.0)
    complete = ~np.isnan(scores).any(axis=1)
    mapped = np.where(has, scores[:, slots], 0.0)
    mapped[~complete] = np.nan
    return keypoints, mapped


def _as_posetrack(keypoints: Floats, predicted: NDArray[np.bool_]) -> Floats:
    """The visibility as PoseTrack18 reads it ``[N, 17, 3]``, of labels and of what a model ``predicted`` (``[N]``).

    There a file of labels without any 2 would have its 1 read as visible, and a prediction always has.
    """
    read = keypoints.copy()
    visibility = keypoints[..., 2]
    if not (visibility[~predicted] == 2).any():
        read[~predicted, :, 2] = 0.0
    read[predicted, :, 2] = visibility[predicted] == 2
    return read


def _image_records(given: Sequence[Record], names: Sequence[str]) -> list[Record]:
    """What is kept of each image, with the frame it is where that can be told."""
    numbers = [_NUMBER.search(PurePosixPath(name).stem) for name in names]
    counted = [int(match[1]) for match in numbers if match is not None]
    plain = len(set(counted)) == len(names)
    records: list[Record] = []
    for at, record in enumerate(given):
        kept: Record = {"has_no_densepose": True, "is_labeled": False}
        kept |= {name: record[name] for name in ("width", "height") if name in record}
        if _tells_frame(record):
            kept["frame_index"] = record["frame_index"]
        elif plain:
            kept["frame_index"] = counted[at]
        records.append(kept)
    return records


def _images(
    given: Sequence[Record],
    names: Sequence[str],
    ids: Ints,
    labelled: Collection[int],
    regions: Mapping[int, tuple[Floats, ...]],
    records: Sequence[Record],
) -> tuple[Image, ...]:
    """The images as listed. One counts as labelled where it says so, else where it is among ``labelled``."""
    return tuple(
        Image(
            id_,
            name,
            said if type(said := record.get("reviewed")) is bool else at in labelled,
            regions.get(at, ()),
            kept,
            guessed=not _tells_frame(record),
        )
        for at, (id_, name, record, kept) in enumerate(
            zip(ids.tolist(), names, given, records, strict=True)
        )
    )


def _tells_frame(record: Record) -> bool:
    frame = record.get("frame_index")
    return type(frame) is int and frame >= 0


def _frames_told(given: Sequence[Record]) -> list[int] | None:
    """The ``frame_index`` of each image, if all have one that a frame can have."""
    frames = [record["frame_index"] for record in given if _tells_frame(record)]
    told = frames and len(frames) == len(given) and max(frames) < _FRAMES
    return frames if told else None


def _regions(
    columns: Columns, image: Ints, crowd: NDArray[np.bool_]
) -> Mapping[int, tuple[Floats, ...]]:
    """Ignore regions by picture: the outlines of crowds, or their boxes where they have none that is a polygon."""
    boxes = columns.lists("bbox", 4, "give x, y, width and height")
    found: dict[int, tuple[Floats, ...]] = {}
    for at in np.flatnonzero(crowd).tolist():
        outlines = columns.records[at].get("segmentation")
        polygons = [
            np.array(outline, dtype=np.float64).reshape(-1, 2)
            for outline in (outlines if isinstance(outlines, list) else ())
            if _is_outline(outline)
        ]
        if not polygons and not np.isnan(boxes[at]).any():
            x, y, w, h = boxes[at]
            polygons = [np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])]
        place = int(image[at])
        found[place] = (*found.get(place, ()), *polygons)
    return found


def _is_outline(outline: Any) -> bool:
    return (
        isinstance(outline, list)
        and len(outline) >= 6
        and len(outline) % 2 == 0
        and all(type(n) in (int, float) and abs(n) < LARGEST for n in outline)
    )


def _in_time(records: Sequence[Record]) -> Ints:
    """The rank of each picture in the order of frames, or as listed where that cannot be told. int64 ``[images]``."""
    frames = [record.get("frame_index", at) for at, record in enumerate(records)]
    rank = np.zeros(len(frames), dtype=np.int64)
    rank[sorted(range(len(frames)), key=frames.__getitem__)] = np.arange(len(frames))
    return rank


# Writing


def _image_out(image: Image, id_: int) -> Record:
    record: Record = {"id": id_, "file_name": image.file_name, "reviewed": image.is_labeled}
    for name in ("width", "height", "frame_index"):
        if name in image.record:
            record[name] = image.record[name]
    return record


def _people_out(people: Annotations) -> list[Record]:
    """The people as COCO's records, without id and image."""
    placed = people.present
    seen = people.keypoints[..., 2] > (1 if people.uses_two else 0)
    state = np.where(placed, np.where(seen, 2, 1), 0)
    joints = np.concatenate([people.keypoints[..., :2], state[..., None]], axis=-1)
    extent = person_boxes(people.keypoints[..., :2], placed)
    box = np.where(np.isnan(people.bbox), extent, people.bbox)
    records = []
    for at in range(len(people)):
        record: Record = {"category_id": 1, "iscrowd": 0, "track_id": int(people.track_id[at])}
        record["keypoints"] = [_number(v) for v in joints[at].ravel().tolist()]
        record["num_keypoints"] = int((state[at] > 0).sum())
        if not np.isnan(box[at]).any():
            record["bbox"] = [_number(v) for v in box[at].tolist()]
            record["area"] = _number(float(box[at, 2] * box[at, 3]))
        if not np.isnan(people.bbox_head[at]).any():
            record["bbox_head"] = [_number(v) for v in people.bbox_head[at].tolist()]
        if not np.isnan(people.score[at]):
            record["score"] = float(people.score[at])
        if not np.isnan(people.scores[at]).any():
            record["scores"] = people.scores[at].tolist()
        records.append(record)
    return records


def _crowd_out(region: Floats) -> Record:
    low, high = region.min(axis=0), region.max(axis=0)
    width, height = (high - low).tolist()
    return {
        "category_id": 1,
        "iscrowd": 1,
        "segmentation": [[_number(v) for v in region.ravel().tolist()]],
        "keypoints": [0] * (3 * JOINTS),
        "num_keypoints": 0,
        "bbox": [*low.tolist(), width, height],
        "area": width * height,
    }


def _number(value: float) -> int | float:
    """Whole numbers without a point."""
    return int(value) if float(value).is_integer() else round(float(value), 3)
