"""Importing label files (PoseTrack 2017, 2018, 2021, COCO): the choices, what they would change, and the edit. Knows no window."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import GLPoseError
from glpose_core.formats.posetrack import PoseTrackFile
from glpose_core.formats.posetrack_import import check_video, import_labels, prediction_rows
from glpose_core.formats.posetrack_names import frame_numbers, frames_among
from glpose_core.formats.registry import read_labels
from glpose_core.labels import (
    POSE_DTYPE,
    Change,
    Edit,
    Person,
    PoseRows,
    Project,
    ProjectState,
    Run,
    is_human,
)
from glpose_core.labels.changes import (
    decode_frame,
    decode_label,
    decode_person,
    label_change,
    person_change,
)
from glpose_core.labels.heads import has_head_box
from glpose_core.labels.locks import spare_locked
from glpose_core.labels.poses import seen_boxes
from glpose_core.video.folder_reader import list_pictures

from .news import only_news
from .ranges import counted

LEAST_OVERLAP = 0.3
"""Boxes of one person in both must overlap by this much on average (intersection over union)."""
SAME = 0.01
"""Pixels: joints that lie no farther apart are the same."""

As = Literal["labels", "predictions"]
People = Literal["match", "add"]
Existing = Literal["replace", "keep"]


@dataclass(frozen=True)
class ImportChoices:
    """What a person chose.

    Attributes:
        path: the file.
        what: take its poses as labels (somebody made them) or as predictions (a new run).
        people: "match" gives tracks to the people who are there already, by track number or by where they
            are; "add" makes a new person of every track.
        existing: where a label is there already, replace it or keep it.
    """

    path: Path
    what: As = "labels"
    people: People = "match"
    existing: Existing = "keep"


@dataclass(frozen=True)
class Reading:
    """A file that was read and fits the open video, with the frame of each image (int64 ``[images]``)."""

    path: Path
    file: PoseTrackFile
    frames: NDArray[np.int64]

    @property
    def scored(self) -> bool:
        """Whether its poses carry scores, so come from a model."""
        return len(self.file.annotations) > 0 and bool(self.file.annotations.predicted.all())


def read(state: ProjectState, path: Path, video: Path | None = None) -> Reading:
    """Read a file and check that it belongs to the open video.

    ``video``: where that lies. In a folder of pictures the file's images are found by their names.

    Raises:
        GLPoseError: it cannot be read, or names frames that the video has not.
    """
    file = read_labels(path)
    try:
        file, frames = _placed(file, video)
        check_video(state, file, frames)
    except GLPoseError as error:
        if error.file is None:
            raise type(error)(
                error.message, file=path, field=error.field, remedy=error.remedy
            ) from error
        raise
    return Reading(path, file, frames)


def _placed(file: PoseTrackFile, video: Path | None) -> tuple[PoseTrackFile, NDArray[np.int64]]:
    """A file and the frame of each of its images, which say the same."""
    if video is None or not video.is_dir():
        return file, frame_numbers(file)
    frames = frames_among(file, [picture.name for picture in list_pictures(video)])
    images = tuple(
        replace(image, record=image.record | {"frame_index": frame}) if image.guessed else image
        for image, frame in zip(file.images, frames.tolist(), strict=True)
    )
    return replace(file, images=images), frames


def import_file(project: Project, reading: Reading, choices: ImportChoices) -> str:
    """Do it. Returns what was done, as a sentence.

    Raises:
        GLPoseError: the project cannot be written.
    """
    if choices.what == "predictions":
        return _import_run(project, reading, choices)
    bringing = labels_brought(project.state, reading, choices)
    left_out = _left_out(project.state, bringing.locked)
    name = choices.path.name
    if not bringing.edit.changes:
        return left_out or f"{name} says nothing new: the project is as it was."
    done = f"Imported {_listed(project.state, bringing.edit)} from {name}."
    project.apply(bringing.edit)
    return f"{done} {left_out}".strip()


@dataclass(frozen=True)
class Bringing:
    """What a file's labels would bring in.

    Attributes:
        said: all that the file says, given to those whose it becomes.
        edit: what is new of that and may be changed; without changes where nothing is.
        locked: who is locked and would have been changed, ascending.
    """

    said: Edit
    edit: Edit
    locked: tuple[int, ...]


def labels_brought(state: ProjectState, reading: Reading, choices: ImportChoices) -> Bringing:
    """Work out what comes in as labels."""
    said = import_labels(state, reading.file, frames=reading.frames)
    said = give_to(said, owners(state, said, choices.people), state)
    wanted = without_labels_of_mine(said, state) if choices.existing == "keep" else said
    spared = spare_locked(state, only_news(state, wanted))
    # Again, as what is left beside locked people's poses may be nothing that anybody would see.
    edit = only_news(state, spared.edit) if spared.people else spared.edit
    return Bringing(said, edit, spared.people)


def owners(state: ProjectState, edit: Edit, people: People) -> dict[int, int]:
    """To whom each person of an import edit goes: ``{id in the edit: id}``, those who stay left out."""
    rows = _label_rows(edit)
    ids = np.unique(rows["person"]).tolist()
    fresh = {change.key[0] for change in edit.changes if change.kind == "person"}
    if people == "add":
        # Those whom the core matched by track number become somebody new as well.
        first = max([state.next_person - 1, *fresh]) + 1
        known = [id_ for id_ in ids if id_ not in fresh]
        return {id_: first + at for at, id_ in enumerate(known)}
    taken = {id_ for id_ in ids if id_ not in fresh}
    return _by_place(state, rows, [id_ for id_ in ids if id_ in fresh], taken)


def give_to(edit: Edit, owner: Mapping[int, int], state: ProjectState) -> Edit:
    """Rewrite an import edit so that people's labels go to others, who keep or get the track number."""
    fresh = {change.key[0]: change for change in edit.changes if change.kind == "person"}
    changes: list[Change] = []
    for change in edit.changes:
        if change.kind == "person" and change.key[0] in owner:
            continue
        if change.kind in ("label", "label_extra") and change.key[0] in owner:
            change = _moved(change, owner[change.key[0]])
        changes.append(change)
    for id_, target in owner.items():
        record = state.person(target)
        if record is None:
            changes.insert(0, person_change(Person(target, f"person {target}")))
        elif record.track_id is None:
            track = _track_of(fresh[id_])
            changes.insert(0, person_change(replace(record, track_id=track)))
    return replace(edit, changes=tuple(changes))


def without_labels_of_mine(edit: Edit, state: ProjectState) -> Edit:
    """Leave out labels for people and frames where a human has decided already."""

    def decided(change: Change) -> bool:
        if change.kind not in ("label", "label_extra"):
            return False
        label = state.label(*change.key)
        return label is not None and (
            bool(label["deleted"]) or bool(is_human(label["source"]).any())
        )

    return replace(edit, changes=tuple(c for c in edit.changes if not decided(c)))


class Foretold(NamedTuple):
    """What an import would change, and whether that is anything."""

    sentences: list[str]
    warnings: list[str]
    possible: bool


def foretell_import(state: ProjectState, reading: Reading, choices: ImportChoices) -> Foretold:
    """Say what the import would change."""
    annotations = reading.file.annotations
    poses, images = len(annotations), len(reading.frames)
    if poses == 0:
        said = f"{choices.path.name} lists {counted(images)} but no poses."
        return Foretold([], [said], False)
    tracks = len(np.unique(annotations.track_id))
    sentences = [f"{_poses(poses)} of {_people(tracks)} in {counted(images)}."]
    if choices.what == "predictions":
        sentences.append("They become a run of their own; your labels lie over it.")
        return Foretold(sentences, [], True)
    bringing = labels_brought(state, reading, choices)
    people = np.unique(_label_rows(bringing.said)["person"]).tolist()
    known = [id_ for id_ in people if state.person(id_) is not None]
    sentences.append(_recognised([_name(state, id_) for id_ in known], len(people) - len(known)))
    warnings = []
    possible = bool(bringing.edit.changes)
    if possible:
        free = spare_locked(state, bringing.said).edit
        clashes = _label_count(free) - _label_count(without_labels_of_mine(free, state))
        if clashes:
            kept = "yours stay" if choices.existing == "keep" else "yours are replaced"
            warnings.append(f"You have labelled {_poses(clashes)} of these already: {kept}.")
        if not _label_count(bringing.edit):
            sentences.append(f"New is: {_listed(state, bringing.edit)}.")
    elif not bringing.locked:
        sentences.append("Nothing in it is new: all that it says is here already.")
    if bringing.locked:
        warnings.append(_left_out(state, bringing.locked))
    if reading.scored:
        warnings.append(
            "These poses carry scores, so a model made them: better import predictions."
        )
    return Foretold(sentences, warnings, possible)


def _listed(state: ProjectState, edit: Edit) -> str:
    """What comes in with an import: "3 poses and ignore regions in 1 frame"."""
    poses = _label_count(edit)
    reviewed = regions = 0
    for change in edit.changes:
        if change.kind == "frame" and change.value is not None:
            frame, was = decode_frame(change.value), state.frame_state(change.key[0])
            reviewed += frame.reviewed and not was.reviewed
            regions += frame.regions != was.regions
    parts = [_poses(poses)] if poses else []
    if regions:
        parts.append(f"ignore regions in {counted(regions)}")
    if reviewed and not poses:  # frames of poses that come in are reviewed, too
        parts.append(f"the review of {counted(reviewed)}")
    return " and ".join(parts) or "fields that only the file has"


def _left_out(state: ProjectState, locked: Sequence[int]) -> str:
    """That locked people keep their poses, as a sentence; "" for nobody."""
    if not locked:
        return ""
    names = ", ".join(_name(state, person) for person in locked[:4])
    more = f" and {len(locked) - 4} more" if len(locked) > 4 else ""
    verb = "is" if len(locked) == 1 else "are"
    return f"{names}{more} {verb} locked and left out."


def _label_count(edit: Edit) -> int:
    return sum(change.kind == "label" for change in edit.changes)


def _import_run(project: Project, reading: Reading, choices: ImportChoices) -> str:
    rows, tracks = prediction_rows(reading.file, reading.frames)
    known = _people_of_tracks(project.state, rows, tracks) if choices.people == "match" else {}
    run = project.begin_run(
        Run(
            id=0,
            model=choices.path.stem,
            weights="",
            device="imported",
            created=time.time(),
            settings={"file": str(choices.path)},
        )
    )
    project.add_tracks(run, {at: known.get(at) for at in range(len(tracks))})
    project.add_predictions(run, rows)
    project.finish_run(run, "done")
    return f"Imported {_poses(len(rows))} as predictions from {choices.path.name}."


def _people_of_tracks(
    state: ProjectState, rows: PoseRows, tracks: NDArray[np.int64]
) -> dict[int, int]:
    """Whose the tracks of predictions (PREDICTION_DTYPE ``[N]``) are: by track number, else by place."""
    numbered = {p.track_id: p.id for p in reversed(state.people()) if p.track_id is not None}
    known = {at: numbered[track] for at, track in enumerate(tracks.tolist()) if track in numbered}
    poses = np.zeros(len(rows), POSE_DTYPE)
    for name in ("frame", "xy", "visibility", "box"):
        poses[name] = rows[name]
    poses["person"], poses["head_box"] = rows["track"], np.nan
    others = [at for at in range(len(tracks)) if at not in known]
    return known | _by_place(state, poses, others, set(known.values()))


def _by_place(
    state: ProjectState, rows: PoseRows, ids: list[int], taken: set[int]
) -> dict[int, int]:
    """Match newcomers to people who stand in the same places, each person once, best overlap first."""
    candidates = []
    for id_ in ids:
        mine = rows[rows["person"] == id_]
        for person in state.people():
            if person.id not in taken:
                overlap = _overlap(state, mine, person.id)
                if overlap >= LEAST_OVERLAP:
                    candidates.append((overlap, id_, person.id))
    matched: dict[int, int] = {}
    for _, id_, person_id in sorted(candidates, reverse=True):
        if id_ not in matched and person_id not in matched.values():
            matched[id_] = person_id
    return matched


def _overlap(state: ProjectState, rows: PoseRows, person: int) -> float:
    """How far poses are a person's, on average over the frames where both are; 0 if they never meet."""
    theirs = state.seen([person], int(rows["frame"].min()), int(rows["frame"].max()) + 1)
    theirs = theirs[~theirs["deleted"]]
    _, at, of = np.intersect1d(rows["frame"], theirs["frame"], return_indices=True)
    shared = _likeness(rows[at], theirs[of])
    shared = shared[~np.isnan(shared)]
    return float(shared.mean()) if len(shared) else 0.0


def _likeness(one: PoseRows, other: PoseRows) -> NDArray[np.float64]:
    """Of pairs of poses, from 0 to 1 ``[N]``: 1 for poses whose placed joints are the same, else how far their boxes
    overlap (intersection over union), or their head boxes if those do so better; NaN where neither can be said."""
    placed = (one["visibility"] > 0) & (other["visibility"] > 0)
    near = np.where(placed, np.abs(one["xy"] - other["xy"]).max(axis=2), 0) <= SAME
    heads = np.where(
        has_head_box(one) & has_head_box(other),
        _iou(one["head_box"], other["head_box"]),
        np.nan,
    )
    boxes = _iou(seen_boxes(one), seen_boxes(other))
    return np.where(placed.any(axis=1) & near.all(axis=1), 1.0, np.fmax(boxes, heads))


def _iou(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each box with its partner, ``[N, 4]`` (x y w h) → ``[N]``; NaN where one is NaN."""
    low = np.maximum(one[:, :2], other[:, :2])
    high = np.minimum(one[:, :2] + one[:, 2:], other[:, :2] + other[:, 2:])
    shared: NDArray[np.float64] = np.clip(high - low, 0, None).prod(axis=1)
    union = one[:, 2:].prod(axis=1) + other[:, 2:].prod(axis=1) - shared
    iou: NDArray[np.float64] = np.divide(shared, union, out=shared * 0, where=union > 0)
    return iou


def _label_rows(edit: Edit) -> PoseRows:
    rows = [
        decode_label(change.value)
        for change in edit.changes
        if change.kind == "label" and change.value is not None
    ]
    return np.array(rows)


def _moved(change: Change, person: int) -> Change:
    if change.kind == "label" and change.value is not None:
        row = decode_label(change.value)
        row["person"] = person
        return label_change(row)
    return change._replace(key=(person, change.key[1]))


def _track_of(change: Change) -> int | None:
    return None if change.value is None else decode_person(change.key, change.value).track_id


def _name(state: ProjectState, person: int) -> str:
    record = state.person(person)
    return f"person {person}" if record is None else record.name


def _recognised(names: list[str], new: int) -> str:
    newcomers = {0: "nobody new", 1: "1 new person"}.get(new, f"{new} new people")
    if not names:
        return f"{newcomers[:1].upper()}{newcomers[1:]}."
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"Recognised: {', '.join(names[:4])}{more}; {newcomers}."


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _poses(count: int) -> str:
    return "1 pose" if count == 1 else f"{count} poses"
