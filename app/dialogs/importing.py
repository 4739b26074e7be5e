"""Importing label files (PoseTrack 2017, 2018, 2021, COCO): the choices, what they would change, and the edit. Knows no window."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import GLPoseError
from glpose_core.formats.posetrack import PoseTrackFile
from glpose_core.formats.posetrack_import import check_video, import_labels, prediction_rows
from glpose_core.formats.posetrack_names import frame_numbers, frames_among
from glpose_core.formats.registry import read_labels
from glpose_core.geometry import box_iou
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
    seen_box,
)
from glpose_core.labels.changes import decode_label, decode_person, label_change, person_change
from glpose_core.labels.heads import has_head_box
from glpose_core.labels.locks import spare_locked
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
    edit = spare_locked(project.state, labels_edit(project.state, reading, choices)).edit
    if not edit.changes:
        return f"{choices.path.name} says nothing new: the project is as it was."
    project.apply(edit)
    return f"Imported {_poses(_label_count(edit))} from {choices.path.name}."


def labels_edit(state: ProjectState, reading: Reading, choices: ImportChoices) -> Edit:
    """The edit that brings in as labels what is new in the file; without changes where nothing is."""
    edit = import_labels(state, reading.file, frames=reading.frames)
    edit = give_to(edit, owners(state, edit, choices.people), state)
    if choices.existing == "keep":
        edit = without_labels_of_mine(edit, state)
    return only_news(state, edit)


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


def foretell_import(
    state: ProjectState, reading: Reading, choices: ImportChoices
) -> tuple[list[str], list[str]]:
    """What the import would change: sentences and warnings."""
    annotations = reading.file.annotations
    poses, images = len(annotations), len(reading.frames)
    if poses == 0:
        return [], [f"{choices.path.name} lists {counted(images)} but no poses."]
    tracks = len(np.unique(annotations.track_id))
    sentences = [f"{_poses(poses)} of {_people(tracks)} in {counted(images)}."]
    warnings: list[str] = []
    if choices.what == "predictions":
        sentences.append("They become a run of their own; your labels lie over it.")
        return sentences, warnings
    edit = import_labels(state, reading.file, frames=reading.frames)
    edit = give_to(edit, owners(state, edit, choices.people), state)
    people = np.unique(_label_rows(edit)["person"]).tolist()
    known = [id_ for id_ in people if state.person(id_) is not None]
    sentences.append(_recognised([_name(state, id_) for id_ in known], len(people) - len(known)))
    clashes = _label_count(edit) - _label_count(without_labels_of_mine(edit, state))
    if not may_import(state, reading, choices):
        sentences.append("Nothing in it is new: all that it says is here already.")
    elif clashes:
        kept = "yours stay" if choices.existing == "keep" else "yours are replaced"
        warnings.append(f"You have labelled {_poses(clashes)} of these already: {kept}.")
    if reading.scored:
        warnings.append(
            "These poses carry scores, so a model made them: better import predictions."
        )
    return sentences, warnings


def may_import(state: ProjectState, reading: Reading, choices: ImportChoices) -> bool:
    """Whether there is anything to bring in."""
    if len(reading.file.annotations) == 0:
        return False
    return choices.what == "predictions" or bool(labels_edit(state, reading, choices).changes)


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
    shared = [
        alike
        for ours, other in zip(rows[at], theirs[of], strict=True)
        if (alike := _likeness(ours, other)) is not None
    ]
    return float(np.mean(shared)) if shared else 0.0


def _likeness(one: np.void, other: np.void) -> float | None:
    """From 0 to 1: 1 for poses whose placed joints are the same, else how far their boxes overlap (intersection
    over union), or their head boxes if those do so better; ``None`` where neither can be said."""
    placed = (one["visibility"] > 0) & (other["visibility"] > 0)
    if placed.any() and np.abs(one["xy"] - other["xy"])[placed].max() <= SAME:
        return 1.0
    pairs = [(seen_box(one), seen_box(other))]
    if has_head_box(one) and has_head_box(other):
        pairs.append((one["head_box"], other["head_box"]))
    overlaps = [float(box_iou(a, b)[0, 0]) for a, b in pairs if a is not None and b is not None]
    return max(overlaps, default=None)


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
