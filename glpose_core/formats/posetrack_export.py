"""From a project to PoseTrack18 files: what people have labelled, or what a model predicted.

Labels hold human joints only, predictions machine ones only; the two never mix. An annotation that was
imported and has not been changed since is written as it stood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import GLPoseError
from ..geometry import person_boxes
from ..labels import POSE_DTYPE, PoseRows, ProjectState, Sequence, Source, Visibility, is_human
from ..labels.heads import has_head_box
from ..labels.poses import OUTLINING
from ..labels.schedule import scheduled_frames
from .columns import Floats, Ints
from .occluded import Occluded
from .posetrack import annotations_from
from .posetrack_file import JOINTS, Annotations, PoseTrackFile
from .posetrack_frames import Listing, list_frames, plain_listing
from .posetrack_import import Kept, head_boxes, kept, pose_rows
from .posetrack_names import TRACK_LIMIT, annotation_ids
from .posetrack_report import ExportReport, label_report, prediction_report

NUDGE = 0.001
"""A hidden joint at exactly (0, 0) moves right by this many pixels: 0, 0, 0 means that there is none."""


class NothingConfirmed(GLPoseError):
    """Labels were asked for, and no person has confirmed or placed anything."""


@dataclass(frozen=True)
class _Poses:
    """N poses ready to be written. ``placed`` ``[N, 17]``; boxes are NaN where there is none."""

    xy: Floats
    placed: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    box: Floats
    head_box: Floats
    score: Floats
    scores: Floats


def export_labels(
    state: ProjectState,
    *,
    sequence: int | Sequence | None = None,
    occluded: Occluded = "keep",
    split: str = "train",
    empty_ok: bool = False,
    scheduled: bool = True,
) -> tuple[PoseTrackFile, ExportReport]:
    """Write what people have labelled. All frames of the sequence are listed.

    ``is_labeled`` is true where a person has reviewed the frame. Joints are the accepted and placed
    ones; ears stay empty unless a person labelled them. Of somebody of whom only a head box is drawn that
    and the body it proposes are written, without joints: the official scorer passes over them. The person box is the drawn one or the joints'
    extent × 1.3; the head box the drawn one or the one the two head joints propose. Without either it
    is left out, and the report says so: the official scorer needs one.

    Args:
        state: the project.
        sequence: id of a sequence, or one that the project need not have; by default the first, or the
            whole video.
        occluded: what becomes of hidden joints.
        split: the folder between ``images/`` and the sequence's.
        empty_ok: write a file even if nobody has confirmed anything.
        scheduled: leave out labels of frames that the project's schedule, if it has one, does not ask
            for; all frames are listed all the same.

    Raises:
        NothingConfirmed: no human joint, drawn head box or reviewed frame, and not ``empty_ok``.
    """
    listing = list_frames(state, sequence, split)
    asked = scheduled_frames(state) if scheduled else None
    listing = listing if asked is None else listing.only(asked)
    rows = _label_rows(state, listing)
    if not len(rows) and not listing.reviewed.any() and not empty_ok:
        raise NothingConfirmed(
            "no joint and no frame has been confirmed by a person, so there are no labels to export",
            file=state.video.path,
            remedy="accept the frames that are right, or export predictions instead",
        )
    poses = _human_poses(rows)
    notes = [kept(state.annotation_extra(int(row["person"]), int(row["frame"]))) for row in rows]
    written = _lay_over_imported(rows, poses, notes, listing, occluded)
    tracks = _track_numbers(state, rows["person"])
    annotations = _number(written, listing, listing.place(rows["frame"]), tracks, notes)
    report = label_report(state, listing, rows, annotations, occluded)
    return PoseTrackFile(listing.images, annotations, listing.head), report


def export_predictions(
    state: ProjectState,
    *,
    sequence: int | Sequence | None = None,
    occluded: Occluded = "keep",
    split: str = "train",
) -> tuple[PoseTrackFile, ExportReport]:
    """Write what the active run predicted, untouched by corrections.

    Tracks are people, so repaired identities count; people and poses that a human deleted are left out.
    ``is_labeled`` is false everywhere. Arguments are those of :func:`export_labels`.

    Raises:
        NothingConfirmed: no run is active.
    """
    if state.active_run is None:
        raise NothingConfirmed(
            "holds no predictions that are shown",
            file=state.video.path,
            remedy="predict first, show a run, or export labels",
        )
    listing = list_frames(state, sequence, split).unlabelled()
    rows = _predicted_rows(state, listing)
    tracks = _track_numbers(state, rows["person"])
    annotations = _write_rows(rows, tracks, listing, occluded)
    report = prediction_report(listing, annotations)
    return PoseTrackFile(listing.images, annotations, listing.head), report


def predictions_file(
    rows: PoseRows,
    *,
    name: str,
    frames: int,
    width: int,
    height: int,
    occluded: Occluded = "keep",
    split: str = "train",
    tracks: Mapping[int, int] | None = None,
) -> PoseTrackFile:
    """Write the rows of a run (PREDICTION_DTYPE) without a project.

    Args:
        rows: one row a pose, at most one of a track in a frame.
        name: the video's name, from which its numbers are made.
        frames, width, height: of the whole video; every frame is listed.
        occluded, split: as in :func:`export_labels`.
        tracks: the number to write for each track; by default its own.
    """
    listing = plain_listing(name, range(frames), width, height, split)
    poses = np.zeros(len(rows), POSE_DTYPE)
    for field in ("frame", "xy", "visibility", "score", "box", "pose_score"):
        poses[field] = rows[field]
    own = rows["track"].astype(np.int64)
    numbers = own if tracks is None else np.array([tracks[t] for t in own.tolist()], dtype=np.int64)
    annotations = _write_rows(poses, numbers, listing, occluded)
    return PoseTrackFile(listing.images, annotations, listing.head)


def labels_file(
    rows: PoseRows,
    *,
    name: str,
    frames: int,
    width: int,
    height: int,
    occluded: Occluded = "keep",
    split: str = "train",
) -> PoseTrackFile:
    """Write labels (POSE_DTYPE) without a project: every placed joint counts, whoever placed it.

    Args:
        rows: one row a pose, at most one of a person in a frame; ``person`` is the track number.
        name, frames, width, height: as in :func:`predictions_file`. All frames are marked as labelled.
        occluded, split: as in :func:`export_labels`.
    """
    listing = plain_listing(name, range(frames), width, height, split)
    poses = rows.copy()
    poses["source"] = Source.PLACED
    poses["box_source"] = Source.PLACED
    tracks = rows["person"].astype(np.int64)
    none: list[Kept | None] = [None] * len(rows)
    written = _annotations(_human_poses(poses), occluded)
    annotations = _number(written, listing, listing.place(rows["frame"]), tracks, none)
    images = tuple(replace(image, is_labeled=True) for image in listing.images)
    return PoseTrackFile(images, annotations, listing.head)


# Which poses


def _label_rows(state: ProjectState, listing: Listing) -> PoseRows:
    """Label rows to write: of living people, in listed frames, with a human joint that has a position, with a
    drawn head box, or imported."""
    rows = state.labels.rows()
    living = [p.id for p in state.people()]
    rows = rows[~rows["deleted"] & np.isin(rows["person"], living)]
    rows = rows[listing.takes(rows["frame"])]
    human = is_human(rows["source"])
    said = (human & (rows["visibility"] != Visibility.ABSENT)).any(axis=1) | has_head_box(rows)
    for at in np.flatnonzero(~said):
        extra = state.annotation_extra(int(rows["person"][at]), int(rows["frame"][at]))
        said[at] = kept(extra) is not None
    chosen: PoseRows = rows[said]
    return chosen


def _predicted_rows(state: ProjectState, listing: Listing) -> PoseRows:
    found = []
    for person in state.people():
        predicted = state.marks(person.id).predicted
        for frame in predicted[listing.place(predicted) >= 0].tolist():
            label = state.label(person.id, frame)
            row = state.prediction(person.id, frame)
            if row is not None and not (label is not None and label["deleted"]):
                found.append(row)
    rows = np.zeros(len(found), POSE_DTYPE)
    for at, row in enumerate(found):
        rows[at] = row
    return rows


def _human_poses(rows: PoseRows) -> _Poses:
    placed = is_human(rows["source"]) & (rows["visibility"] != Visibility.ABSENT)
    drawn = (rows["box_source"] == Source.PLACED) & np.isfinite(rows["box"]).all(axis=1)
    extent = person_boxes(rows["xy"], placed)
    own = has_head_box(rows)
    # A head and a few joints beside it give no body: the one that the head box proposes is better.
    few = own & (placed.sum(axis=1) < OUTLINING) | ~(extent[:, 2:] > 0).all(axis=1)
    drawn |= few & np.isfinite(rows["box"]).all(axis=1)
    box = np.where(drawn[:, None], rows["box"], extent)
    head_box = np.where(own[:, None], rows["head_box"], head_boxes(rows["xy"], placed))
    return _Poses(
        xy=rows["xy"],
        placed=placed,
        hidden=placed & (rows["visibility"] == Visibility.OCCLUDED),
        box=box,
        head_box=head_box,
        score=np.full(len(rows), np.nan),
        scores=np.full((len(rows), JOINTS), np.nan),
    )


def _machine_poses(rows: PoseRows) -> _Poses:
    """Positions to a thousandth of a pixel, scores to a millionth: more than float32 rows hold."""
    placed = rows["visibility"] != Visibility.ABSENT
    xy = rows["xy"].round(3)
    own = np.isfinite(rows["box"]).all(axis=1)
    return _Poses(
        xy=xy,
        placed=placed,
        hidden=placed & (rows["visibility"] == Visibility.OCCLUDED),
        box=np.where(own[:, None], rows["box"], person_boxes(xy, placed)).round(3),
        head_box=np.full((len(rows), 4), np.nan),
        score=rows["pose_score"].astype(np.float64).round(6),
        scores=np.where(placed, rows["score"].astype(np.float64), 0.0).round(6),
    )


# How they are written


def _annotations(poses: _Poses, occluded: Occluded, uses_two: bool = False) -> Annotations:
    """Poses as new annotations, without ids."""
    written = poses.placed & ~poses.hidden if occluded == "drop" else poses.placed
    kept_hidden = poses.hidden & (occluded == "keep")
    seen, hidden = (2.0, 1.0) if uses_two else (1.0, 0.0)
    keypoints = np.zeros((len(poses.xy), JOINTS, 3))
    keypoints[..., :2] = np.where(written[..., None], poses.xy, 0.0)
    keypoints[..., 2] = np.where(written, np.where(kept_hidden, hidden, seen), 0.0)
    keypoints[written & (keypoints == 0).all(axis=2), 0] = NUDGE
    none = np.full(len(keypoints), -1, dtype=np.int64)
    return Annotations(
        id=none,
        image_id=none,
        track_id=none,
        keypoints=keypoints,
        bbox=poses.box,
        bbox_head=poses.head_box,
        score=poses.score,
        scores=poses.scores,
        records=[{} for _ in range(len(keypoints))],
    )


def _lay_over_imported(
    rows: PoseRows,
    poses: _Poses,
    notes: list[Kept | None],
    listing: Listing,
    occluded: Occluded,
) -> Annotations:
    """New annotations, but those that were imported keep their records, and unchanged ones everything."""
    speaks_two = listing.uses_two and bool((poses.placed & ~poses.hidden).any())
    written = _annotations(poses, occluded, speaks_two)
    at = np.array([i for i, note in enumerate(notes) if note is not None], dtype=np.int64)
    if len(at) == 0:
        return written
    old = annotations_from([note.record for note in notes if note is not None])
    same = _unchanged(rows[at], pose_rows(old, listing.uses_two))
    same &= speaks_two == listing.uses_two
    same &= (occluded == "keep") | ~poses.hidden[at].any(axis=1)
    for place, record in zip(at.tolist(), old.records, strict=True):
        written.records[place] = record
    written.id[at] = old.id
    written.score[at], written.scores[at] = old.score, old.scores
    for mine, its in (
        (written.keypoints, old.keypoints),
        (written.bbox, old.bbox),
        (written.bbox_head, old.bbox_head),
    ):
        mine[at[same]] = its[same]
    return written


def _unchanged(rows: PoseRows, old: PoseRows) -> NDArray[np.bool_]:
    """Which rows still say what was imported: ``[N]``."""
    human = is_human(rows["source"]) & (rows["visibility"] != Visibility.ABSENT)
    placed = old["visibility"] != Visibility.ABSENT
    joints = human == placed
    joints &= ~placed | (rows["visibility"] == old["visibility"])
    joints &= ~placed | (rows["xy"] == old["xy"]).all(axis=2)
    drawn = np.where((rows["box_source"] == Source.PLACED)[:, None], rows["box"], np.nan)
    boxes = _same(drawn, old["box"]) & _same(rows["head_box"], old["head_box"])
    unchanged: NDArray[np.bool_] = joints.all(axis=1) & boxes
    return unchanged


def _same(a: Floats, b: Floats) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = ((a == b) | (np.isnan(a) & np.isnan(b))).all(axis=1)
    return same


def _write_rows(rows: PoseRows, tracks: Ints, listing: Listing, occluded: Occluded) -> Annotations:
    written = _annotations(_machine_poses(rows), occluded)
    return _number(written, listing, listing.place(rows["frame"]), tracks, [None] * len(rows))


def _number(
    annotations: Annotations,
    listing: Listing,
    places: Ints,
    tracks: Ints,
    notes: list[Kept | None],
) -> Annotations:
    """Give annotations their ids and their order: imported ones as they stood, then by frame and track.

    ``places`` says which image each belongs to, ``tracks`` the track number to write: int64 ``[N]``.
    """
    last = len(annotations) + max((n.position for n in notes if n is not None), default=0)
    position = np.array([last if n is None else n.position for n in notes], dtype=np.int64)
    order = np.lexsort((tracks, places, position))
    image_ids = np.array([image.id for image in listing.images], dtype=np.int64)[places]
    people = tracks if tracks.max(initial=0) < 100 else _rank_in_frame(places, tracks)
    new = annotation_ids(image_ids, people)
    used: set[int] = set()
    ids = annotations.id.copy()
    for at in order.tolist():
        id_ = int(ids[at]) if ids[at] >= 0 else int(new[at])
        while id_ in used:
            id_ += 1
        ids[at] = -1 if ids[at] < 0 and annotations.records[at] else id_
        used.add(id_)
    annotations = replace(annotations, id=ids, image_id=image_ids, track_id=tracks)
    return annotations.take(order)


def _rank_in_frame(places: Ints, tracks: Ints) -> Ints:
    """The place of each pose among those of its frame, by track: int64 ``[N]``."""
    order = np.lexsort((tracks, places))
    ranks = np.zeros(len(places), dtype=np.int64)
    first = np.searchsorted(places[order], places[order])
    ranks[order] = np.arange(len(places)) - first
    return ranks


def _track_numbers(state: ProjectState, people: NDArray[np.int32]) -> Ints:
    """The track number of each person: the imported one, else the person's own, else a free one.

    They are given to all people of the project at once, so that every export agrees on them.
    """
    numbers: dict[int, int] = {}
    everybody = state.people()
    for person in everybody:
        if person.track_id is not None and person.track_id not in numbers.values():
            numbers[person.id] = person.track_id
    taken = set(numbers.values())
    free = (n for n in range(len(everybody) + len(taken) + TRACK_LIMIT) if n not in taken)
    for person in everybody:
        if person.id not in numbers:
            own = person.id < TRACK_LIMIT and person.id not in taken
            numbers[person.id] = person.id if own else next(free)
            taken.add(numbers[person.id])
    return np.array([numbers[id_] for id_ in people.tolist()], dtype=np.int64)
