"""What the official scorer demands of a PoseTrack17 file."""

from __future__ import annotations

from typing import Any

from ..formats.documents import Record
from ..formats.posetrack17 import JOINT_NUMBERS
from ..formats.posetrack_names import TRACK_LIMIT
from .faults import Faults, Role, records


def check17(document: Record, role: Role, faults: Faults) -> None:
    """Add the faults of a PoseTrack17 JSON file: every scalar stands in a list of one."""
    frames = document.get("annolist")
    if not isinstance(frames, list) or not frames or len(records(frames)) != len(frames):
        faults.refuse("annolist", "is not a list of frames")
        return
    for at, frame in enumerate(records(frames)):
        place = f"annolist[{at}]"
        names = [picture.get("name") for picture in records(frame.get("image"))]
        if len(names) != 1 or not isinstance(names[0], str):
            faults.refuse(f"{place}.image", "does not name one picture")
        if not isinstance(frame.get("annorect"), list):
            faults.refuse(f"{place}.annorect", "is missing: an empty list where nobody is")
        for region in records(frame.get("ignore_regions")):
            if len(records(region.get("point"))) < 3:
                faults.refuse(
                    f"{place}.ignore_regions", "has a polygon of fewer than three corners"
                )
        tracks: set[float] = set()
        for i, person in enumerate(records(frame.get("annorect"))):
            _person(f"{place}.annorect[{i}]", person, role, tracks, faults)


def _person(place: str, person: Record, role: Role, tracks: set[float], faults: Faults) -> None:
    track = _single(person.get("track_id"))
    if track is None:
        faults.refuse(f"{place}.track_id", "is not a number in a list of one")
    elif track >= TRACK_LIMIT:
        faults.refuse(f"{place}.track_id", f"is not below {TRACK_LIMIT}")
    elif track in tracks:
        faults.refuse(
            f"{place}.track_id",
            f"is {track:g}, which another person of the frame has: tracks are unique in a frame",
            "duplicate",
        )
    if track is not None:
        tracks.add(track)
    if role == "truth" and any(_single(person.get(e)) is None for e in ("x1", "y1", "x2", "y2")):
        faults.refuse(
            f"{place}.x1", "x1, y1, x2, y2, the head box, are not numbers in lists of one"
        )
    for part in records(person.get("annopoints"))[:1]:
        for i, point in enumerate(records(part.get("point"))):
            _point(f"{place}.annopoints[0].point[{i}]", point, role, faults)


def _point(place: str, point: Record, role: Role, faults: Faults) -> None:
    values = {name: _single(point.get(name)) for name in ("id", "x", "y")}
    for name, value in values.items():
        if value is None:
            faults.refuse(f"{place}.{name}", "is not a number in a list of one")
    if values["id"] is not None and values["id"] not in range(len(JOINT_NUMBERS)):
        faults.misread(f"{place}.id", "is not a joint from 0 to 14: the point is passed over")
    if role == "predictions" and _single(point.get("score")) is None:
        faults.misread(f"{place}.score", "is missing: the joint gets the least score, −9999")


def _single(value: Any) -> float | None:
    if isinstance(value, list) and len(value) == 1 and type(value[0]) in (int, float):
        return float(value[0])
    return None
