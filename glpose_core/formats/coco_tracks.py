"""Who is who in a COCO file, which has no tracks of its own.

They are taken from ``track_id``, as it stands or among CVAT's ``attributes``; people without one are linked from
picture to picture by where they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..geometry import box_iou, person_boxes
from .columns import Columns, Floats, Ints
from .documents import Record

LEAST_OVERLAP = 0.2
"""Boxes of one person in pictures that follow each other overlap by so much (intersection over union)."""


def tracks_of(
    columns: Columns, people: Ints, image: Ints, keypoints: Floats, heads: Floats
) -> Ints:
    """The track of each person: as the file says; those without one are linked by their boxes.

    Args:
        columns: all annotations of the file.
        people: which of them are people, int64 ``[P]``.
        image: the rank in time of each one's picture, int64 ``[P]``.
        keypoints: ``[P, 17, 3]`` as COCO says them, 0 where a joint is not labelled; picture pixels.
        heads: ``[P, 4]`` x, y, w, h, which stand for who has no joints; NaN where there is none.

    Returns:
        int64 ``[P]``.

    Raises:
        FormatError: a person stands twice in a picture, or a track's number is too large.
    """
    given = [_given_track(columns.records[at]) for at in people.tolist()]
    told = np.array([track is not None for track in given], dtype=bool)
    tracks = np.zeros(len(people), dtype=np.int64)
    if told.any():
        tracks[told] = _told_tracks(
            columns, people[told], image[told], [t for t in given if t is not None]
        )
    placed = keypoints[..., 2] > 0
    boxes = person_boxes(keypoints[..., :2], placed)
    boxes = np.where(np.asarray(placed.any(axis=1))[:, None], boxes, heads)
    free = np.setdiff1d(np.arange(2 * len(people)), tracks[told])
    tracks[~told] = free[_followed(image[~told], boxes[~told])]
    return tracks


def _told_tracks(columns: Columns, people: Ints, image: Ints, given: Sequence[int]) -> Ints:
    """The tracks that a file gives, each once in a picture: int64 ``[P]``."""
    # In the order of the file, so that a complaint names the place there.
    every = [0] * len(columns.records)
    for at, track in zip(people.tolist(), given, strict=True):
        every[at] = track
    own = Columns(columns.file, columns.section, [{"track_id": track} for track in every])
    tracks = own.integers("track_id", "give each person a small number of their own")
    apart = -1 - np.arange(len(tracks))  # what is nobody is in no picture
    apart[people] = image
    own.demand_unique(
        "track_id",
        tracks,
        "a person stands once in a frame: give the other one another track",
        within=apart,
    )
    told: Ints = tracks[people]
    return told


def _given_track(record: Record) -> int | None:
    attributes = record.get("attributes")
    inner = attributes.get("track_id") if isinstance(attributes, dict) else None
    track = record.get("track_id", inner)
    return track if type(track) is int else None


def _followed(image: Ints, boxes: Floats) -> Ints:
    """People of pictures in a row, linked where their boxes overlap most: int64 ``[P]``."""
    tracks = np.zeros(len(image), dtype=np.int64)
    last = np.zeros(0, dtype=np.int64)
    count = 0
    for place in np.unique(image):
        here = np.flatnonzero(image == place)
        tracks[here] = -1
        if len(last):
            overlap = box_iou(boxes[here], boxes[last])
            for a, b in zip(*linear_sum_assignment(-overlap), strict=True):
                if overlap[a, b] >= LEAST_OVERLAP:
                    tracks[here[a]] = tracks[last[b]]
        for at in here[tracks[here] < 0].tolist():
            tracks[at] = count
            count += 1
        last = here
    return tracks
