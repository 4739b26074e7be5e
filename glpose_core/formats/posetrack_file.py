"""A PoseTrack file in memory: its images, its annotations as columns, and what stands beside them.

Every format is read into this and written from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..skeleton import POSETRACK17
from .columns import Floats, Ints
from .documents import Record

JOINTS = len(POSETRACK17)
NO_ID = -1

CATEGORY: Record = {
    "supercategory": "person",
    "id": 1,
    "name": "person",
    "keypoints": list(POSETRACK17.joints),
    "skeleton": [
        [16, 14],
        [14, 12],
        [17, 15],
        [15, 13],
        [12, 13],
        [6, 12],
        [7, 13],
        [6, 7],
        [6, 8],
        [7, 9],
        [8, 10],
        [9, 11],
        [2, 3],
        [1, 2],
        [1, 3],
        [2, 4],
        [3, 5],
        [4, 6],
        [5, 7],
    ],
}
"""The one category of official files, letter by letter."""


@dataclass(frozen=True)
class Image:
    """One frame of the video.

    Attributes:
        id: image id, TSSSSSSFFFF in official files.
        file_name: path of the picture, below the folder of the data set.
        is_labeled: a person has labelled or reviewed the frame.
        ignore_regions: polygons ``[K, 2]`` float64 in picture pixels.
        record: the JSON object as it stood in the file, or the one to begin a new file with.
        guessed: whether its ``frame_index`` was read off its name alone: a folder of pictures knows better.
    """

    id: int
    file_name: str
    is_labeled: bool
    ignore_regions: tuple[Floats, ...] = ()
    record: Record = field(default_factory=dict)
    guessed: bool = False


@dataclass(frozen=True)
class Annotations:
    """N poses as columns. Positions are picture pixels; what a record lacks is NaN (ids: ``NO_ID``).

    Attributes:
        id, image_id, track_id: int64 ``[N]``.
        keypoints: float64 ``[N, 17, 3]``: x, y and the file's visibility (0, 1 or 2). A joint that is
            not there is 0, 0, 0.
        bbox, bbox_head: float64 ``[N, 4]``, x y w h.
        score: float64 ``[N]``, the person's. scores: float64 ``[N, 17]``, the joints'.
        records: the JSON objects as they stood in the file; empty ones for new poses.
    """

    id: Ints
    image_id: Ints
    track_id: Ints
    keypoints: Floats
    bbox: Floats
    bbox_head: Floats
    score: Floats
    scores: Floats
    records: list[Record]

    def __len__(self) -> int:
        return len(self.records)

    def take(self, rows: Ints) -> Annotations:
        """These rows, in this order."""
        return Annotations(
            id=self.id[rows],
            image_id=self.image_id[rows],
            track_id=self.track_id[rows],
            keypoints=self.keypoints[rows],
            bbox=self.bbox[rows],
            bbox_head=self.bbox_head[rows],
            score=self.score[rows],
            scores=self.scores[rows],
            records=[self.records[row] for row in rows],
        )

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which joints have a position, ``[N, 17]``: all but (0, 0, 0), as the official scorer reads."""
        return np.asarray((self.keypoints != 0).any(axis=2))

    @property
    def predicted(self) -> NDArray[np.bool_]:
        """Which poses carry joint scores, so come from a model: ``[N]``."""
        return complete(self.scores)

    @property
    def uses_two(self) -> bool:
        """Whether a visibility of 2 occurs: then 1 means hidden, as in COCO; else 1 means visible."""
        return bool((self.keypoints[~self.predicted, :, 2] == 2).any())


@dataclass(frozen=True)
class PoseTrackFile:
    """One file. ``head`` holds every top-level field in order (``None`` in place of the two lists);
    ``path`` is where it was read from, for complaints; ``version`` is 17, 18 or 21, the PoseTrack
    whose form the file has (21 is known by its ``person_id`` or ``has_labeled_person``)."""

    images: tuple[Image, ...]
    annotations: Annotations
    head: Record = field(
        default_factory=lambda: {"images": None, "annotations": None, "categories": [CATEGORY]}
    )
    path: Path | None = field(default=None, compare=False)
    version: int = field(default=18, compare=False)

    @property
    def image_index(self) -> Ints:
        """For each annotation, the place of its image in ``images``: int64 ``[N]``."""
        ids = np.array([image.id for image in self.images], dtype=np.int64)
        order = np.argsort(ids)
        places: Ints = order[np.searchsorted(ids[order], self.annotations.image_id)]
        return places


def complete(rows: Floats) -> NDArray[np.bool_]:
    """Which rows of ``[N, K]`` have no NaN: ``[N]``."""
    return np.asarray(~np.isnan(rows).any(axis=1))
