"""From a PoseTrack18 file into a project: one edit, from which the same file can be written again.

What the project has no place for (unknown fields, how numbers were written, the order of records) is
kept beside frames, labels and the sequence under :data:`FIELD`, as JSON text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import PurePath, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..geometry import head_box_from_joints, person_boxes
from ..labels import (
    POSE_DTYPE,
    PREDICTION_DTYPE,
    Change,
    Edit,
    Person,
    PoseRows,
    Project,
    Run,
    Sequence,
    Source,
    Visibility,
    is_human,
)
from ..labels.changes import (
    Polygon,
    extra_change,
    frame_change,
    label_change,
    person_change,
    sequence_change,
)
from ..labels.heads import has_head_box, head_alone
from ..labels.state import ProjectState
from ..skeleton import EARS, POSETRACK17
from .columns import Floats, Ints
from .documents import Record, Watch, Watched
from .posetrack import image_record, laid_over
from .posetrack_file import Annotations, PoseTrackFile, complete
from .posetrack_names import frame_numbers

FIELD = "posetrack18"
"""The key under which imported records are kept in the extras of a project."""
DERIVED_BOX = 0.01
"""A box nearer than this (pixels) to the one that the joints give was not drawn, but computed."""
_HEAD_TOP, _HEAD_BOTTOM = POSETRACK17.index("head_top"), POSETRACK17.index("head_bottom")


@dataclass(frozen=True)
class Kept:
    """An imported record, as it is kept with a frame or a label.

    Attributes:
        position: its place in its list.
        sequence: the sequence it came with.
        text: the JSON object as it stood in the file.
    """

    position: int
    sequence: int
    text: str

    def beside(self, others: dict[str, Any]) -> dict[str, Any]:
        """The extras of a cell with this record in them."""
        return {**others, FIELD: [self.position, self.sequence, self.text]}

    @property
    def record(self) -> Record:
        """The JSON object as it stood in the file."""
        record: Record = json.loads(self.text)
        return record


def kept(extra: dict[str, Any]) -> Kept | None:
    """The imported record in the extras of a frame or a label, if there is one."""
    return Kept(*extra[FIELD]) if FIELD in extra else None


@dataclass(frozen=True)
class KeptHead:
    """What is kept of a file as a whole, with its sequence.

    Attributes:
        head: the top-level fields (:attr:`PoseTrackFile.head`).
        uses_two: how the file's visibility reads (:attr:`Annotations.uses_two`).
    """

    head: Record
    uses_two: bool

    def as_extra(self) -> dict[str, Any]:
        """The extras of a sequence with this in them."""
        return {FIELD: [json.dumps(self.head), self.uses_two]}


def kept_head(sequence: Sequence) -> KeptHead | None:
    """What is kept of the file that a sequence came from, if it came from one."""
    if FIELD not in sequence.extra:
        return None
    text, uses_two = sequence.extra[FIELD]
    return KeptHead(json.loads(text), uses_two)


def import_labels(
    state: ProjectState,
    file: PoseTrackFile,
    *,
    frames: Ints | None = None,
    watch: Watch | None = None,
) -> Edit:
    """Make the edit that brings a file's labels into a project.

    Tracks become people, who keep their track numbers; a living person who has the number already is
    taken. Joints become placed: with visibility 1 (or 2) visible, with 0 and a position hidden; where a
    file uses the 2, its 1 means hidden, as in COCO. A joint without a position is "absent, placed", but
    for the ears and, in files that use the 2, for joints that the whole file lacks: nobody has looked
    at those, nor at any joint of an annotation that has none. A box that is not the joints' extent × 1.3, and a head box that is not the one the head joints
    propose, counts as drawn; so does one that is not the body that a head box proposes. Labelled frames become reviewed.

    Args:
        state: the project the edit will be applied to.
        file: what was read.
        frames: the frame of each image, int64 ``[images]``; by default :func:`frame_numbers`.
        watch: told how many poses are understood.

    Raises:
        FormatError: there are no images, or one is no frame of the project's video or of another size.
    """
    if not file.images:
        raise FormatError(
            "is empty", file=file.path, field="images", remedy="choose a file that lists its frames"
        )
    frames = frame_numbers(file) if frames is None else frames
    check_video(state, file, frames)
    rows = pose_rows(file.annotations, file.annotations.uses_two)
    rows["frame"] = frames[file.image_index]
    rows = _with_bodies(state, rows)
    sequence = _sequence(state, file, frames)
    people, changes = people_of(state, file.annotations.track_id)
    rows["person"] = [people[track] for track in file.annotations.track_id.tolist()]
    records = laid_over(file.annotations)
    if watch is not None:
        records = map(Watched(len(rows), watch), records)
    for position, (row, record) in enumerate(zip(rows, records, strict=True)):
        person, frame = int(row["person"]), int(row["frame"])
        note = Kept(position, sequence.id, json.dumps(record))
        changes.append(label_change(row))
        changes.append(
            extra_change(person, frame, note.beside(state.annotation_extra(person, frame)))
        )
    changes += _frame_changes(state, file, frames, sequence.id)
    changes.append(sequence_change(sequence))
    return Edit("Import labels", tuple(changes), int(frames.min()))


def pose_rows(annotations: Annotations, uses_two: bool) -> PoseRows:
    """Annotations as label rows (POSE_DTYPE ``[N]``, person and frame −1), every joint placed by hand.

    ``uses_two``: a visibility of 1 means hidden (:attr:`Annotations.uses_two`).
    """
    rows = np.zeros(len(annotations), POSE_DTYPE)
    rows["person"], rows["frame"] = -1, -1
    present = annotations.present
    visible = seen_joints(annotations, uses_two)
    rows["xy"] = annotations.keypoints[..., :2] * present[..., None]
    rows["visibility"] = np.where(
        visible, Visibility.VISIBLE, np.where(present, Visibility.OCCLUDED, Visibility.ABSENT)
    )
    unasked = np.zeros(present.shape[1], dtype=bool)
    unasked[list(EARS)] = True
    if uses_two:
        unasked |= ~present.any(axis=0)
    some = np.asarray(present.any(axis=1))
    asked = present | ~unasked & some[:, None]
    rows["source"] = np.where(asked, Source.PLACED, Source.NONE)
    rows["score"] = np.nan_to_num(annotations.scores)
    rows["pose_score"] = np.nan_to_num(annotations.score)
    drawn = drawn_boxes(annotations)
    rows["box"] = np.where(drawn[:, None], annotations.bbox, np.nan)
    rows["box_source"] = np.where(drawn, Source.PLACED, Source.NONE)
    proposed = head_boxes(rows["xy"], present)
    derived = np.asarray((np.abs(annotations.bbox_head - proposed) <= DERIVED_BOX).all(axis=1))
    rows["head_box"] = np.where(derived[:, None], np.nan, annotations.bbox_head)
    return rows


def _with_bodies(state: ProjectState, rows: PoseRows) -> PoseRows:
    """Rows in which a box that a head box proposes is a machine's again, and a head without joints proposes
    them as it does when it is drawn."""
    rows = rows.copy()
    for at in np.flatnonzero(has_head_box(rows)).tolist():
        row = rows[at]
        alone = head_alone(state, int(row["person"]), int(row["frame"]), row["head_box"])
        if np.isfinite(row["box"]).all() and np.abs(row["box"] - alone["box"]).max() > DERIVED_BOX:
            continue
        if not row["visibility"].any() and not np.asarray(is_human(row["source"])).any():
            rows[at] = alone
        elif np.isfinite(row["box"]).all():
            rows["box_source"][at] = Source.INTERPOLATED
    return rows


def seen_joints(annotations: Annotations, uses_two: bool) -> NDArray[np.bool_]:
    """Which joints the file calls visible: ``[N, 17]``."""
    least = np.where(annotations.predicted | (not uses_two), 0, 1)
    visible: NDArray[np.bool_] = annotations.keypoints[..., 2] > least[:, None]
    return visible


def drawn_boxes(annotations: Annotations) -> NDArray[np.bool_]:
    """Which person boxes say more than the joints do: ``[N]``."""
    derived = person_boxes(annotations.keypoints[..., :2], annotations.present)
    same = (np.abs(annotations.bbox - derived) <= DERIVED_BOX).all(axis=1)
    drawn: NDArray[np.bool_] = complete(annotations.bbox) & ~same
    return drawn


def head_boxes(xy: Floats, placed: NDArray[np.bool_]) -> Floats:
    """Head boxes that the two head joints propose, ``[N, 4]``; NaN where one is missing."""
    boxes = np.full((len(xy), 4), np.nan)
    for at in np.flatnonzero(placed[:, _HEAD_TOP] & placed[:, _HEAD_BOTTOM]):
        boxes[at] = head_box_from_joints(xy[at, _HEAD_TOP], xy[at, _HEAD_BOTTOM])
    return boxes


def import_predictions(
    project: Project, file: PoseTrackFile, *, frames: Ints | None = None, model: str | None = None
) -> int:
    """Bring a file's poses into a project as a finished run, and show it. Returns the run's number.

    Nothing in it counts as confirmed. Tracks become people as in :func:`import_labels`. ``model`` is
    what the run is called; by default the file's name.

    Raises:
        FormatError: as :func:`import_labels`.
    """
    frames = frame_numbers(file) if frames is None else frames
    check_video(project.state, file, frames)
    rows, tracks = prediction_rows(file, frames)
    people, changes = people_of(project.state, tracks)
    project.apply(Edit("Import people", tuple(changes)))
    source = model or (file.path.name if file.path else "PoseTrack18 file")
    owners = {at: people[track] for at, track in enumerate(tracks.tolist())}
    return project.add_run(Run.new(source, "", "imported"), owners, rows)


def prediction_rows(file: PoseTrackFile, frames: Ints | None = None) -> tuple[PoseRows, Ints]:
    """A file's poses as the rows of a run (PREDICTION_DTYPE ``[N]``), and the tracks' numbers.

    ``track`` of a row is the place of its track number in the second answer, int64 ``[tracks]``.
    """
    annotations = file.annotations
    frames = frame_numbers(file) if frames is None else frames
    tracks, track = np.unique(annotations.track_id, return_inverse=True)
    labels = pose_rows(annotations, annotations.uses_two)
    rows = np.zeros(len(annotations), PREDICTION_DTYPE)
    rows["track"] = track
    rows["frame"] = frames[file.image_index]
    for name in ("xy", "visibility", "score", "pose_score"):
        rows[name] = labels[name]
    derived = person_boxes(labels["xy"], annotations.present)
    rows["box"] = np.where(complete(annotations.bbox)[:, None], annotations.bbox, derived)
    rows["box_score"] = labels["pose_score"]
    return rows, tracks


def people_of(state: ProjectState, tracks: Ints) -> tuple[dict[int, int], list[Change]]:
    """The person of each track number, and the changes that make those who are new."""
    people = {
        person.track_id: person.id
        for person in reversed(state.people())
        if person.track_id is not None
    }
    changes: list[Change] = []
    new = state.next_person
    for track in np.unique(tracks).tolist():
        if track not in people:
            people[track] = new
            changes.append(person_change(Person(new, f"person {new}", track_id=track)))
            new += 1
    return people, changes


def check_video(state: ProjectState, file: PoseTrackFile, frames: Ints) -> None:
    """Raise FormatError if an image is no frame of the project's video, or of another size."""
    video = state.video
    for at, (image, frame) in enumerate(zip(file.images, frames.tolist(), strict=True)):
        place = f"images[{at}]"
        remedy = "open the video that these labels belong to"
        if not 0 <= frame < video.frames:
            raise FormatError(
                f"is frame {frame}, but the video has frames 0 to {video.frames - 1}",
                file=file.path,
                field=f"{place}.file_name",
                remedy=remedy,
            )
        record = image.record
        size = record.get("width") or video.width, record.get("height") or video.height
        if size != (video.width, video.height):
            raise FormatError(
                f"is {size[0]}×{size[1]} pixels, but the video is {video.width}×{video.height}",
                file=file.path,
                field=place,
                remedy=remedy,
            )


def _frame_changes(
    state: ProjectState, file: PoseTrackFile, frames: Ints, sequence: int
) -> list[Change]:
    changes = []
    for position, (image, frame) in enumerate(zip(file.images, frames.tolist(), strict=True)):
        old = state.frame_state(frame)
        regions: tuple[Polygon, ...] = tuple(
            tuple((x, y) for x, y in region.tolist()) for region in image.ignore_regions
        )
        note = Kept(position, sequence, json.dumps(image_record(image)))
        new = replace(
            old,
            reviewed=old.reviewed or image.is_labeled,
            regions=regions or old.regions,
            extra=note.beside(old.extra),
        )
        changes.append(frame_change(frame, new))
    return changes


def _sequence(state: ProjectState, file: PoseTrackFile, frames: Ints) -> Sequence:
    """The sequence that the file describes; one of the same name is replaced."""
    folders = [PurePosixPath(image.file_name.replace("\\", "/")).parent for image in file.images]
    name = folders[0].name or PurePath(state.video.path).stem
    same = [sequence.id for sequence in state.sequences if sequence.name == name]
    number = same[0] if same else max((s.id for s in state.sequences), default=0) + 1
    steps = np.unique(np.diff(np.sort(frames)))
    return Sequence(
        id=number,
        name=name,
        start=int(frames.min()),
        stop=int(frames.max()) + 1,
        stride=int(steps[0]) if len(steps) == 1 else 1,
        extra=KeptHead(file.head, file.annotations.uses_two).as_extra(),
    )
