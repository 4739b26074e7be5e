"""What the official scorer demands of a PoseTrack18 file."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from ..formats.documents import Record, json_kind
from ..formats.posetrack_names import SCORED_FRAMES, SOURCES, TRACK_LIMIT
from ..skeleton import POSETRACK17
from .faults import Faults, Role, records, repeated
from .joints import JOINTS

_EARS = ("left_ear", "right_ear")
_LENGTHS = (len(JOINTS), len(POSETRACK17))


def has_scores(document: Record) -> bool:
    """Whether any person carries joint scores, in either form of file."""
    if any(person.get("scores") for person in records(document.get("annotations"))):
        return True
    return any(
        "score" in point
        for frame in records(document.get("annolist"))
        for person in records(frame.get("annorect"))
        for part in records(person.get("annopoints"))
        for point in records(part.get("point"))
    )


def check18(document: Record, role: Role, faults: Faults) -> None:
    """Add the faults of a PoseTrack18 file."""
    for section in ("images", "annotations", "categories"):
        value = document.get(section)
        if not isinstance(value, list):
            what = "is missing" if value is None else f"is {json_kind(value)}, not a list"
            faults.refuse(section, what)
        elif len(records(value)) != len(value):
            faults.refuse(section, "holds something other than objects")
    joints = _categories(document, faults)
    images = records(document.get("images"))
    if isinstance(document.get("images"), list) and not images:
        faults.refuse("images", "is empty: list every frame of the video")
    _images(images, faults)
    known = {image.get("id") for image in images if isinstance(image.get("id"), int)}
    people = records(document.get("annotations"))
    for at, person in enumerate(people):
        _person(f"annotations[{at}]", person, role, joints, known, faults)
    _tracks(people, faults)
    ids = [person["id"] for person in people if isinstance(person.get("id"), int)]
    if repeated(ids):
        faults.add("remark", "annotations", f"the id {repeated(ids)[0]} stands more than once")


def _categories(document: Record, faults: Faults) -> list[str]:
    """The joint names that the file gives, for the lengths of its lists."""
    categories = records(document.get("categories"))
    if not isinstance(document.get("categories"), list):
        return list(POSETRACK17.joints)
    if len(categories) != 1:
        faults.refuse("categories", f"has {len(categories)} entries instead of one")
        return list(POSETRACK17.joints)
    if categories[0].get("name") != "person":
        faults.refuse("categories[0].name", 'is not "person"')
    joints = categories[0].get("keypoints")
    if not isinstance(joints, list) or len(joints) not in _LENGTHS:
        faults.refuse("categories[0].keypoints", "does not list 15 or 17 joints")
        return list(POSETRACK17.joints)
    missing = [joint for joint in JOINTS if joint not in joints]
    if missing:
        faults.refuse("categories[0].keypoints", f"lacks {', '.join(missing)}")
    elif joints != list(POSETRACK17.joints):
        faults.add(
            "remark",
            "categories[0].keypoints",
            "is not in PoseTrack18’s order: the scorer goes by the names, other programs may not",
        )
    return joints


def _images(images: list[Record], faults: Faults) -> None:
    videos: list[int] = []
    frames: list[int] = []
    for at, image in enumerate(images):
        place = f"images[{at}]"
        if not isinstance(image.get("id"), int):
            faults.refuse(f"{place}.id", "is missing or no whole number")
        _regions(place, image, faults)
        name = image.get("file_name")
        if not isinstance(name, str):
            faults.refuse(f"{place}.file_name", "is missing")
            continue
        path = PurePosixPath(name)
        words = path.parent.name.split("_")
        if not re.fullmatch(r"[0-9]+", words[0]) or len(words) < 2 or words[1] not in SOURCES:
            faults.refuse(
                f"{place}.file_name",
                f'the folder "{path.parent.name}" is not called <digits>_<mpii|bonn|mpiinew>_…',
                "folder",
            )
        else:
            videos.append(int(words[0]))
        stem = path.name.split(".")[0]
        if not re.fullmatch(r"[0-9]+", stem):
            faults.refuse(f"{place}.file_name", f'"{path.name}" is not a frame number', "number")
        elif int(stem) >= SCORED_FRAMES:
            faults.refuse(
                f"{place}.file_name", f"frame numbers must stay below {SCORED_FRAMES}", "large"
            )
        else:
            frames.append(int(stem))
    ids = [image["id"] for image in images if isinstance(image.get("id"), int)]
    if repeated(ids):
        faults.misread("images", f"the id {repeated(ids)[0]} stands more than once: its people too")
    if len(set(videos)) > 1:
        faults.misread("images", "lists several videos: only the first is scored, split the file")
    if frames != sorted(frames):
        faults.misread("images", "is not in the order of the frames: tracks would jump in time")


def _regions(place: str, image: Record, faults: Faults) -> None:
    xs, ys = image.get("ignore_regions_x") or [], image.get("ignore_regions_y") or []
    if not isinstance(xs, list) or not isinstance(ys, list) or len(xs) != len(ys):
        faults.misread(f"{place}.ignore_regions_x", "does not match ignore_regions_y")
        return
    for x, y in zip(xs, ys, strict=True):
        lists = isinstance(x, list) and isinstance(y, list)
        if not lists or len(x) != len(y):
            faults.misread(f"{place}.ignore_regions_x", "does not match ignore_regions_y")
        elif len(x) < 3:
            faults.refuse(f"{place}.ignore_regions_x", "has a polygon of fewer than three corners")


def _person(
    place: str, person: Record, role: Role, joints: list[str], known: set[Any], faults: Faults
) -> None:
    if person.get("image_id") not in known:
        faults.misread(f"{place}.image_id", "names no image of the file: the person is passed over")
    track = person.get("track_id")
    if not isinstance(track, int) or isinstance(track, bool):
        faults.refuse(f"{place}.track_id", "is missing or no whole number")
    elif track >= TRACK_LIMIT:
        faults.refuse(f"{place}.track_id", f"is not below {TRACK_LIMIT}")
    elif track < 0:
        faults.misread(f"{place}.track_id", "is negative: tracks of different videos may collide")
    keypoints = person.get("keypoints")
    if keypoints is None or not _numbers(keypoints, 3 * len(joints)):
        faults.refuse(f"{place}.keypoints", f"are not {3 * len(joints)} numbers")
    elif len(joints) == len(POSETRACK17):
        _ears(place, keypoints, joints, faults)
    scores = person.get("scores")
    if scores and not _numbers(scores, len(joints)):
        faults.refuse(f"{place}.scores", f"are not {len(joints)} numbers")
    if role == "predictions" and not scores:
        faults.misread(
            f"{place}.scores", f"has no {len(joints)} scores: every joint gets the least, −9999"
        )
    if role == "truth":
        _head(place, person.get("bbox_head"), faults)


def _ears(place: str, keypoints: list[float], joints: list[str], faults: Faults) -> None:
    for at, joint in enumerate(joints):
        if joint in _EARS and any(keypoints[3 * at : 3 * at + 3]):
            faults.misread(
                f"{place}.keypoints",
                f"{joint} is written as a real joint: PoseTrack labels no ears, write 0, 0, 0",
                "ears",
            )


def _head(place: str, box: Any, faults: Faults) -> None:
    if not box:
        faults.refuse(
            f"{place}.bbox_head", "is missing: without a head box nothing can be measured"
        )
    elif not _numbers(box, 4):
        faults.refuse(f"{place}.bbox_head", "is not x, y, width and height")
    elif box[2] == 0 and box[3] == 0:
        faults.misread(f"{place}.bbox_head", "is empty: no joint of the person can be right")


def _tracks(people: list[Record], faults: Faults) -> None:
    where: dict[str, set[int]] = {}
    for at, person in enumerate(people):
        track = person.get("track_id")
        if not isinstance(track, int):
            continue
        tracks = where.setdefault(str(person.get("image_id")), set())
        if track in tracks:
            faults.refuse(
                f"annotations[{at}].track_id",
                f"is {track}, which another person of the image has: tracks are unique in a frame",
                "duplicate",
            )
        tracks.add(track)


def _numbers(value: Any, length: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == length
        and all(type(number) in (int, float) for number in value)
    )
