"""Labelled and predicted people of one video as arrays, frame by frame side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from ..errors import FormatError
from ..formats.posetrack_file import PoseTrackFile
from ..formats.posetrack_names import frame_numbers
from ..geometry import person_boxes
from .joints import JOINTS, SLOTS, Bools, Floats, Ints

NO_SCORE = -9999.0
"""The score that the official scorer gives a joint whose file has none."""
HEAD_SHARE = 0.6
"""The head size is this much of the diagonal of the labelled head box (PoseTrack, MPII)."""


@dataclass(frozen=True)
class People:
    """N people in the frames of a video (or of several, one after the other), sorted by frame.

    Attributes:
        frame: which listed frame, int64 ``[N]``.
        track: track number, int64 ``[N]``.
        xy: joint positions in picture pixels, float64 ``[N, 15, 2]``, in the order of ``JOINTS``
            (of COCO's files: as the file has them).
        present: which joints there are, ``[N, 15]``.
        score: joint scores, float64 ``[N, 15]`` (``NO_SCORE`` where the file has none).
        head_size: 0.6 × the diagonal of the head box in pixels, float64 ``[N]``; NaN without a box.
        box: person boxes x, y, w, h, float64 ``[N, 4]``, from the joints where the file gives none.
        pose_score: the person's score, float64 ``[N]``; NaN where the file has none.
    """

    frame: Ints
    track: Ints
    xy: Floats
    present: Bools
    score: Floats
    head_size: Floats
    box: Floats
    pose_score: Floats

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, rows: Bools | Ints) -> People:
        """Some of them, in the given order."""
        return People(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def counts(self, frames: int) -> Ints:
        """How many people are in each frame: int64 ``[frames]``."""
        return np.bincount(self.frame, minlength=frames).astype(np.int64)


@dataclass(frozen=True)
class Video:
    """One video, ready to be scored.

    Attributes:
        name: for tables: the name of the truth's file.
        numbers: the frame of the video that each listed frame is, from 0, int64 ``[frames]``.
        truth, predictions: the people; their ``frame`` points into ``numbers``.
        regions: ignore regions of each frame, polygons ``[K, 2]`` float64, from the truth.
        version: 17, 18 or 21: whose form the truth has; 0 for COCO.
        joints: names of the joints.
    """

    name: str
    numbers: Ints
    truth: People
    predictions: People
    regions: tuple[tuple[Floats, ...], ...]
    version: int = 18
    joints: tuple[str, ...] = JOINTS


def people_of(file: PoseTrackFile) -> People:
    """The people of a file, in its order within each frame."""
    rows = file.annotations
    image = file.image_index if len(rows) else np.zeros(0, np.int64)
    order = np.argsort(image, kind="stable")
    keypoints, head = rows.keypoints[:, SLOTS], rows.bbox_head
    # As the official code has it: corner plus size, and the difference of the corners again.
    size = (head[:, :2] + head[:, 2:]) - head[:, :2]
    scores = rows.scores[:, SLOTS]
    people = People(
        frame=image.astype(np.int64),
        track=rows.track_id,
        xy=keypoints[..., :2],
        present=rows.present[:, SLOTS],
        score=np.where(np.isnan(scores), NO_SCORE, scores),
        head_size=HEAD_SHARE * np.sqrt((size**2).sum(axis=1)),
        box=np.where(np.isnan(rows.bbox), _boxes(file), rows.bbox),
        pose_score=rows.score,
    )
    return people.take(order)


def _boxes(file: PoseTrackFile) -> Floats:
    """Person boxes from the joints, for people whose file gives none: PoseTrack's own rule."""
    return person_boxes(file.annotations.keypoints[..., :2], file.annotations.present)


def pair_video(truth: PoseTrackFile, predictions: PoseTrackFile, name: str | None = None) -> Video:
    """Lay labels and predictions of one video side by side, image by image, as the scorer does.

    Raises:
        FormatError: the two list different numbers of images, or the same ones in another order.
    """
    wanted, given = len(truth.images), len(predictions.images)
    if wanted != given:
        raise FormatError(
            f"lists {given} images, but the truth lists {wanted}",
            file=predictions.path,
            field="images",
            remedy="list every image of the truth, in the same order, with or without people",
        )
    mine, theirs = _basenames(truth), _basenames(predictions)
    if mine != theirs and (sorted(mine) == sorted(theirs) or set(mine) & set(theirs)):
        at = next(i for i, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b)
        raise FormatError(
            f'is "{theirs[at]}" where the truth has "{mine[at]}"',
            file=predictions.path,
            field=f"images[{at}].file_name",
            remedy="list the images of the truth in the same order",
        )
    if name is None:
        name = truth.path.stem if truth.path else "video"
    return Video(
        name,
        numbers_of(truth),
        _without_pointless(truth),
        _without_pointless(predictions),
        tuple(image.ignore_regions for image in truth.images),
        truth.version,
    )


def other_names(truth: PoseTrackFile, predictions: PoseTrackFile) -> bool:
    """Whether the two call their pictures differently, so that only their order pairs them."""
    return _basenames(truth) != _basenames(predictions)


def _without_pointless(file: PoseTrackFile) -> People:
    people = people_of(file)
    if file.version != 17:
        return people
    # PoseTrack17's people without points leave, but a frame that had some still counts as labelled:
    # they stay as rows of track −1 until frames have been chosen.
    return replace(people, track=np.where(people.present.any(axis=1), people.track, POINTLESS))


POINTLESS = -(2**62)
"""The track number of a PoseTrack17 person without points."""


def _basenames(file: PoseTrackFile) -> list[str]:
    return [PurePosixPath(image.file_name.replace("\\", "/")).name for image in file.images]


def numbers_of(file: PoseTrackFile) -> Ints:
    """Which frame of the video each image is, int64 ``[images]``; its place where the names tell no frame."""
    try:
        return frame_numbers(file)
    except FormatError:
        return np.arange(len(file.images), dtype=np.int64)


def joined(videos: Sequence[Video], which: str) -> tuple[People, Ints]:
    """The truth or the predictions (``which``) of several videos one after the other, their frames
    counted on; with the number of frames before each video, int64 ``[videos + 1]``. At least one."""
    starts = np.cumsum([0, *(len(video.numbers) for video in videos)]).astype(np.int64)
    parts: list[People] = [getattr(video, which) for video in videos]
    shifted = [replace(p, frame=p.frame + s) for p, s in zip(parts, starts[:-1], strict=True)]
    columns = (
        np.concatenate([getattr(part, name) for part in shifted])
        for name in People.__dataclass_fields__
    )
    return People(*columns), starts
