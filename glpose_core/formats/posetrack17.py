"""PoseTrack17: one file a video, ``annolist``; JSON with every scalar in a one-element list, or ``.mat``.

Read into the same columns as PoseTrack18, so that everything else works on both. Joints go by number
(0 is the right ankle, 14 the head top), ``x1 … y2`` of a person is the *head* box, pictures are numbered
from 1. There is no person box: it is what PoseTrack18 made of the joints.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FormatError
from ..geometry import person_boxes
from ..skeleton import POSETRACK17
from .columns import is_too_large
from .documents import Record, Watch, json_kind, read_json
from .paths import unsafe_path
from .posetrack_file import JOINTS, Annotations, Image, PoseTrackFile
from .posetrack_names import annotation_ids, image_ids_of

JOINT_NUMBERS = (
    "right_ankle",
    "right_knee",
    "right_hip",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "head_bottom",
    "nose",
    "head_top",
)
"""PoseTrack17's joints by their number. What it calls the neck is PoseTrack18's head bottom."""

NO_SCORE = -9999.0
"""What the official scorer takes for a point without a score."""

_SLOTS = tuple(POSETRACK17.index(joint) for joint in JOINT_NUMBERS)
_REMEDY = "choose a PoseTrack17 file, as published or as its own tools write it"


def read_posetrack17(path: Path | str, watch: Watch | None = None) -> PoseTrackFile:
    """Read a PoseTrack17 file, JSON or ``.mat``. The result's ``version`` is 17. ``watch`` as in :func:`read_json`.

    People without points stay, as rows without joints. A point whose visibility is not given counts as
    visible. ``scores`` are the points' own; a point without one among others that have one gets the
    official scorer's least.

    Raises:
        FormatError: the file is not what the format demands; the sentence names the place.
    """
    path = Path(path)
    if path.suffix.lower() == ".mat":
        from .posetrack17_mat import read_mat

        document = read_mat(path)
    else:
        document = read_json(path, watch)
    frames = document.get("annolist")
    if not isinstance(frames, list):
        raise FormatError("is missing", file=path, field="annolist", remedy=_REMEDY)
    reader = _Reader(path)
    for at, frame in enumerate(frames):
        reader.read_frame(at, frame)
        if watch is not None:
            watch(at + 1, len(frames))
    return reader.file()


@dataclass
class _Reader:
    """Gathers images and poses, frame by frame."""

    path: Path
    images: list[Image] = field(default_factory=list)
    image: list[int] = field(default_factory=list)
    track: list[int] = field(default_factory=list)
    keypoints: list[np.ndarray[Any, Any]] = field(default_factory=list)
    scores: list[np.ndarray[Any, Any]] = field(default_factory=list)
    head: list[list[float]] = field(default_factory=list)
    score: list[float] = field(default_factory=list)

    def fail(self, place: str, message: str) -> FormatError:
        return FormatError(message, file=self.path, field=place, remedy=_REMEDY)

    def read_frame(self, at: int, frame: Any) -> None:
        place = f"annolist[{at}]"
        if not isinstance(frame, dict):
            raise self.fail(place, f"is {json_kind(frame)} where an object belongs")
        pictures = self.records(frame, "image", place)
        name = _scalar(pictures[0].get("name")) if pictures else None
        wrong = "is missing" if not isinstance(name, str) else unsafe_path(name)
        if not isinstance(name, str) or wrong is not None:
            raise self.fail(f"{place}.image.name", wrong or "is missing")
        people = self.records(frame, "annorect", place)
        labelled = _scalar(frame.get("is_labeled"))
        regions = tuple(
            self.polygon(region, f"{place}.ignore_regions[{i}]")
            for i, region in enumerate(self.records(frame, "ignore_regions", place))
        )
        record: Record = {"has_no_densepose": True, "is_labeled": False}
        flag = bool(labelled) if isinstance(labelled, (int, float)) else bool(people)
        self.images.append(Image(at, name, flag, regions, record))
        seen: set[int] = set()
        for i, person in enumerate(people):
            self.read_person(at, person, f"{place}.annorect[{i}]", seen)

    def read_person(self, at: int, person: Record, place: str, seen: set[int]) -> None:
        track = self.number(person, "track_id", place)
        if not track.is_integer() or abs(track) > 2**53:
            raise self.fail(f"{place}.track_id", f"is {track} where a whole number belongs")
        if int(track) in seen:
            raise self.fail(f"{place}.track_id", f"is {int(track)} again in the same frame")
        seen.add(int(track))
        keypoints, scores = np.zeros((JOINTS, 3)), np.full(JOINTS, np.nan)
        taken: set[int] = set()
        for i, point in enumerate(self.points(person, place)):
            where = f"{place}.annopoints.point[{i}]"
            number = self.number(point, "id", where)
            if number not in range(len(_SLOTS)) or number in taken:
                continue  # the scorer looks up the first point of each of the fifteen numbers
            taken.add(int(number))
            slot = _SLOTS[int(number)]
            x, y = self.number(point, "x", where), self.number(point, "y", where)
            visible = _scalar(point.get("is_visible"))
            shown = visible is None or visible in (1, "1", True) or x == y == 0
            keypoints[slot] = x, y, 1.0 if shown else 0.0
            if _scalar(point.get("score")) is not None:
                scores[slot] = self.number(point, "score", where)
        placed = (keypoints != 0).any(axis=1)
        scored = not np.isnan(scores[placed]).all()
        scores[np.isnan(scores)] = NO_SCORE
        scores[~placed] = 0.0
        edges = ("x1", "y1", "x2", "y2")
        boxed = all(_is_number(person, edge) for edge in edges)
        self.image.append(at)
        self.track.append(int(track))
        self.keypoints.append(keypoints)
        self.scores.append(scores if scored else np.full(JOINTS, np.nan))
        x1, y1, x2, y2 = (self.number(person, e, place) if boxed else np.nan for e in edges)
        self.head.append([min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)])
        sure = _is_number(person, "score")
        self.score.append(self.number(person, "score", place) if sure else np.nan)

    def points(self, person: Record, place: str) -> Iterator[Record]:
        for part in self.records(person, "annopoints", place):
            yield from self.records(part, "point", f"{place}.annopoints")

    def polygon(self, region: Record, place: str) -> np.ndarray[Any, Any]:
        corners = self.records(region, "point", place)
        values = [[self.number(c, "x", place), self.number(c, "y", place)] for c in corners]
        return np.array(values, dtype=np.float64).reshape(-1, 2)

    def records(self, record: Record, name: str, place: str) -> list[Record]:
        """A list of objects; a missing one is empty."""
        value = record.get(name)
        if value is None:
            return []
        if isinstance(value, dict):
            return [value]
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise self.fail(f"{place}.{name}", "is not a list of objects")
        return value

    def number(self, record: Record, name: str, place: str) -> float:
        value = _scalar(record.get(name))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            what = (
                "is missing" if value is None else f"is {json_kind(value)} where a number belongs"
            )
            raise self.fail(f"{place}.{name}", what)
        if is_too_large(value):
            raise self.fail(f"{place}.{name}", "is a number that is too large")
        return float(value)

    def file(self) -> PoseTrackFile:
        """The whole file, with the ids that PoseTrack18 would give."""
        count = len(self.image)
        image, track = np.array(self.image, np.int64), np.array(self.track, np.int64)
        keypoints = np.array(self.keypoints).reshape(count, JOINTS, 3)
        placed = (keypoints != 0).any(axis=2)
        ids = image_ids_of([image.file_name for image in self.images])
        images = tuple(
            Image(int(id_), old.file_name, old.is_labeled, old.ignore_regions, old.record)
            for id_, old in zip(ids, self.images, strict=True)
        )
        rank = np.arange(count) - np.searchsorted(image, image)
        own = ids[image] if count else np.zeros(0, np.int64)
        annotations = Annotations(
            id=annotation_ids(own, rank),
            image_id=own,
            track_id=track,
            keypoints=keypoints,
            bbox=person_boxes(keypoints[..., :2], placed),
            bbox_head=np.array(self.head, np.float64).reshape(count, 4),
            score=np.array(self.score, np.float64),
            scores=np.array(self.scores).reshape(count, JOINTS),
            records=[{} for _ in range(count)],
        )
        return PoseTrackFile(images, annotations, path=self.path, version=17)


def _is_number(record: Record, name: str) -> bool:
    value = _scalar(record.get(name))
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _scalar(value: Any) -> Any:
    """What stands in a one-element list, or alone; ``None`` for nothing."""
    while isinstance(value, list):
        value = value[0] if value else None
    return value
