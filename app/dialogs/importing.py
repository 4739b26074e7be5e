"""Importing label files (PoseTrack 2017, 2018, 2021, COCO): the choices, what they would change, and the edit. Knows no
window, and no thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import GLPoseError
from glpose_core.formats.documents import Watch
from glpose_core.formats.posetrack_file import PoseTrackFile
from glpose_core.formats.posetrack_import import check_video, import_labels, prediction_rows
from glpose_core.formats.posetrack_names import (
    frame_numbers,
    frames_among,
    may_be_one_video,
    videos_named,
)
from glpose_core.formats.registry import read_labels
from glpose_core.labels import Change, Edit, PoseRows, Project, ProjectState, Run, is_human
from glpose_core.labels.changes import decode_frame
from glpose_core.labels.locks import spare_locked
from glpose_core.video.folder_reader import list_pictures

from .news import only_news
from .ranges import counted
from .whose import People, give_to, label_rows, owners, people_of_tracks

As = Literal["labels", "predictions"]
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


def read(
    state: ProjectState, path: Path, video: Path | None = None, watch: Watch | None = None
) -> Reading:
    """Read a file and check that it belongs to the open video.

    ``video``: where that lies. In a folder of pictures the file's images are found by their names. ``watch`` is told
    how far it is.

    Raises:
        GLPoseError: it cannot be read, or names frames that the video has not.
    """
    file = read_labels(path, watch)
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
    """Do it, and wait for it. Returns what was done, as a sentence.

    Raises:
        GLPoseError: the project cannot be written.
    """
    prepared = Comparison(project.state, reading).prepare(choices)
    if prepared.run is not None:
        project.bring_run(*prepared.run).finish()
    elif prepared.edit is not None:
        project.apply(prepared.edit)
    return prepared.done


class Foretold(NamedTuple):
    """What an import would change, and whether that is anything."""

    sentences: list[str]
    warnings: list[str]
    possible: bool


class RunBrought(NamedTuple):
    """A file's poses as a run: whose its tracks are (``None``: somebody new's), and rows of PREDICTION_DTYPE."""

    run: Run
    tracks: dict[int, int | None]
    rows: PoseRows


@dataclass(frozen=True)
class Prepared:
    """An import that is worked out.

    Attributes:
        choices: how.
        foretold: what it says beforehand.
        done: what it says afterwards.
        edit: the labels that are new; ``None`` where none are. run: the predictions.
    """

    choices: ImportChoices
    foretold: Foretold
    done: str
    edit: Edit | None = None
    run: RunBrought | None = None


class Comparison:
    """A file held against the project: what each choice would bring in."""

    def __init__(self, state: ProjectState, reading: Reading) -> None:
        """``state`` is only read, by one thread at a time."""
        self.reading = reading
        self._state = state
        self._said: Edit | None = None

    def prepare(self, choices: ImportChoices, watch: Watch | None = None) -> Prepared:
        """Work it out. ``watch`` is told how far that is.

        Raises:
            GLPoseError: the file's labels are none of this video.
        """
        annotations, name = self.reading.file.annotations, choices.path.name
        poses, images = len(annotations), len(self.reading.frames)
        if poses == 0:
            said = f"{name} lists {counted(images)} but no poses."
            return Prepared(choices, Foretold([], [said], False), said)
        tracks = len(np.unique(annotations.track_id))
        sentences = [f"{_poses(poses)} of {_people(tracks)} in {counted(images)}."]
        warnings = other_video(self._state, self.reading.file)
        if choices.what == "predictions":
            sentences.append("They become a run of their own; your labels lie over it.")
            brought = self._as_run(choices)
            done = f"Imported {_poses(len(brought.rows))} as predictions from {name}."
            return Prepared(choices, Foretold(sentences, warnings, True), done, run=brought)
        bringing = self._as_labels(choices, watch or _nothing)
        foretold = self._foretell(choices, bringing, sentences, warnings)
        left_out = _left_out(self._state, bringing.locked)
        if not bringing.edit.changes:
            done = left_out or f"{name} says nothing new: the project is as it was."
            return Prepared(choices, foretold, done)
        done = f"Imported {_listed(self._state, bringing.edit)} from {name}. {left_out}".strip()
        return Prepared(choices, foretold, done, edit=bringing.edit)

    def _as_labels(self, choices: ImportChoices, watch: Watch) -> Bringing:
        state = self._state
        if self._said is None:
            frames = self.reading.frames
            self._said = import_labels(state, self.reading.file, frames=frames, watch=watch)
        watch(0, 0)
        said = give_to(self._said, owners(state, self._said, choices.people), state)
        watch(0, 0)
        wanted = without_labels_of_mine(said, state) if choices.existing == "keep" else said
        spared = spare_locked(state, only_news(state, wanted))
        watch(0, 0)
        # Again, as what is left beside locked people's poses may be nothing that anybody would see.
        edit = only_news(state, spared.edit) if spared.people else spared.edit
        return Bringing(said, edit, spared.people)

    def _as_run(self, choices: ImportChoices) -> RunBrought:
        rows, tracks = prediction_rows(self.reading.file, self.reading.frames)
        match = choices.people == "match"
        known = people_of_tracks(self._state, rows, tracks) if match else {}
        run = Run.new(choices.path.stem, "", "imported", {"file": str(choices.path)})
        return RunBrought(run, {at: known.get(at) for at in range(len(tracks))}, rows)

    def _foretell(
        self, choices: ImportChoices, bringing: Bringing, sentences: list[str], warnings: list[str]
    ) -> Foretold:
        state = self._state
        people = np.unique(label_rows(bringing.said)["person"]).tolist()
        known = [id_ for id_ in people if state.person(id_) is not None]
        recognised = _recognised([_name(state, id_) for id_ in known], len(people) - len(known))
        sentences, warnings = [*sentences, recognised], list(warnings)
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
        if self.reading.scored:
            warnings.append(
                "These poses carry scores, so a model made them: better import predictions."
            )
        return Foretold(sentences, warnings, possible)


def foretell_import(state: ProjectState, reading: Reading, choices: ImportChoices) -> Foretold:
    """Say what the import would change."""
    return Comparison(state, reading).prepare(choices).foretold


def other_video(state: ProjectState, file: PoseTrackFile) -> list[str]:
    """A warning where a file calls its video by a name that is none of the project's: renamed clips are as usual as
    labels of another camera's, which fit as well, so a person has to decide."""
    video = PurePath(state.video.path)
    own = [video.stem, video.name, *(sequence.name for sequence in state.sequences)]
    named = videos_named(file)
    if not named or any(may_be_one_video(name, one) for name in named for one in own):
        return []
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return [
        f"The file speaks of the video {named[0]}{more}, but {video.name} is open: import it only if that is the "
        "same recording."
    ]


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


def _nothing(_done: int, _total: int) -> None:
    pass
