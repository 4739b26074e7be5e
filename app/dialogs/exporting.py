"""Exporting PoseTrack or COCO files: the choices, what they would write, and the writing. Knows no window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glpose_core.formats.documents import Watch
from glpose_core.formats.occluded import Occluded
from glpose_core.formats.posetrack_export import export_labels, export_predictions
from glpose_core.formats.posetrack_names import sequence_name
from glpose_core.formats.posetrack_report import ExportReport
from glpose_core.formats.registry import FORMATS
from glpose_core.labels import Change, Edit, Project, ProjectState, Sequence
from glpose_core.labels.edits import accept_range_in_parts
from glpose_core.labels.heads import has_head_box
from glpose_core.labels.locks import spare_locked
from glpose_core.labels.schedule import to_label

from ..shortcuts import spelled
from .ranges import counted, spoken

What = Literal["labels", "predictions"]


@dataclass(frozen=True)
class ExportChoices:
    """What a person chose to export.

    Attributes:
        path: the file to write.
        what: what people confirmed, or what the model said.
        name: the sequence's name, from which file names and numbers are made.
        start, stop: its frames, half open.
        sequence: export this sequence of the project instead, as it was imported.
        occluded: how hidden joints are written.
        accept_first: accept the frames to be exported before exporting labels.
        scheduled: labels of the scheduled frames alone, where some are scheduled.
        format: a name in ``glpose_core.formats.registry.FORMATS`` that can be written.
    """

    path: Path
    what: What
    name: str
    start: int
    stop: int
    sequence: int | None = None
    occluded: Occluded = "keep"
    accept_first: bool = False
    scheduled: bool = True
    format: str = "posetrack18"


@dataclass(frozen=True)
class Contents:
    """What lies in the chosen frames: how many frames, how many of them reviewed; poses that somebody
    confirmed at least in part or drew a head box of, poses that only the machine knows, and poses of the shown run."""

    frames: int
    reviewed: int
    confirmed: int
    unconfirmed: int
    predicted: int

    @property
    def nothing_confirmed(self) -> bool:
        """Whether labels would be empty."""
        return self.confirmed == 0 and self.reviewed == 0


def contents(state: ProjectState, choices: ExportChoices) -> Contents:
    """Count what the chosen frames hold; fast enough for every keystroke."""
    wanted = wanted_frames(state, choices)
    confirmed = seen = predicted = 0
    for person in state.people():
        marks = state.marks(person.id)
        frames = np.intersect1d(state.frames_of(person.id), wanted)
        headed = has_head_box(state.labels.rows(person.id))
        own = np.union1d(marks.labelled, state.labels.frames_of(person.id)[headed])
        confirmed += len(np.intersect1d(own, frames))
        predicted += len(np.intersect1d(marks.predicted, frames))
        seen += len(frames)
    reviewed = len(state.reviewed.intersection(wanted.tolist()))
    return Contents(len(wanted), reviewed, confirmed, seen - confirmed, predicted)


def wanted_frames(state: ProjectState, choices: ExportChoices) -> NDArray[np.int64]:
    """The frames whose poses are exported, ascending: of labels, the scheduled ones if that was chosen."""
    start, stop = frames_of(state, choices)
    if choices.what == "labels" and choices.scheduled:
        frames = to_label(state)
        return frames[(frames >= start) & (frames < stop)]
    return np.arange(start, max(start, stop), dtype=np.int64)


def frames_of(state: ProjectState, choices: ExportChoices) -> tuple[int, int]:
    """The frames that are exported: those of the sequence, or the chosen ones."""
    for sequence in state.sequences:
        if sequence.id == choices.sequence:
            return sequence.start, sequence.stop
    return choices.start, choices.stop


def foretell_export(state: ProjectState, choices: ExportChoices) -> tuple[list[str], list[str]]:
    """What will be written, and what to think of first: sentences and warnings."""
    found = contents(state, choices)
    if found.frames <= 0:
        return [], ["The last frame lies before the first."]
    if choices.what == "predictions" and found.predicted == 0:
        return [], [spelled("There are no predictions in these frames: predict first (`P`).")]
    if choices.what == "labels" and found.nothing_confirmed and not choices.accept_first:
        return [], [
            "Nothing is confirmed in these frames yet: accept them as shown, or export predictions."
        ]
    sentences = [_listed(state, choices, found)]
    warnings: list[str] = []
    if choices.what == "labels" and choices.accept_first:
        start, stop = frames_of(state, choices)
        whole = found.frames == stop - start
        which = spoken(start, stop) if whole else f"these {counted(found.frames)}"
        sentences.append(
            f"First {which} {'is' if found.frames == 1 else 'are'} accepted as shown and "
            "marked as reviewed; Undo takes that back."
        )
    elif choices.what == "labels":
        warnings = _unfinished(found)
    return sentences + _named(choices), warnings


def may_export(state: ProjectState, choices: ExportChoices) -> bool:
    """Whether there is something to write."""
    found = contents(state, choices)
    if found.frames <= 0 or not choices.name.strip():
        return False
    if choices.what == "predictions":
        return found.predicted > 0
    return choices.accept_first or not found.nothing_confirmed


def export(project: Project, choices: ExportChoices) -> ExportReport:
    """Do it: accept the frames if that was chosen, and write the file.

    Raises:
        GLPoseError: nothing is there to be written, or the file cannot be written.
    """
    if choices.what == "labels" and choices.accept_first:
        title, frame, parts = acceptance(project.state, choices)
        changes = tuple(change for part in parts for change in part)
        project.apply(spare_locked(project.state, Edit(title, changes, frame)).edit)
    return write_file(project.state, choices)


def write_file(
    state: ProjectState, choices: ExportChoices, watch: Watch | None = None
) -> ExportReport:
    """Write what is in a project now; whole, or not at all. ``watch`` is told how many records are written, and may
    raise to stop it.

    Raises:
        GLPoseError: nothing is there to be written, or the file cannot be written.
    """
    sequence: int | Sequence = (
        Sequence(0, choices.name.strip(), choices.start, choices.stop)
        if choices.sequence is None
        else choices.sequence
    )
    occluded = choices.occluded
    if choices.what == "labels":
        file, report = export_labels(
            state, sequence=sequence, occluded=occluded, scheduled=choices.scheduled
        )
    else:
        file, report = export_predictions(state, sequence=sequence, occluded=occluded)
    write = FORMATS[choices.format].write
    assert write is not None, "only formats that can be written are offered"
    write(file, choices.path, watch)
    return report


def acceptance(
    state: ProjectState, choices: ExportChoices
) -> tuple[str, int, Iterator[tuple[Change, ...]]]:
    """One edit that accepts every frame to be exported: its title, its frame, and its changes in parts."""
    frames = wanted_frames(state, choices)
    ranges = [
        (int(part[0]), int(part[-1]) + 1)
        for part in np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1)
        if len(part)
    ]
    made = [accept_range_in_parts(state, start, stop) for start, stop in ranges]
    title = made[0][0] if len(made) == 1 else f"Accept {len(frames)} scheduled frames"
    return title, int(frames[0]), chain.from_iterable(parts for _, parts in made)


def _listed(state: ProjectState, choices: ExportChoices, found: Contents) -> str:
    start, stop = frames_of(state, choices)
    where = counted(found.frames)
    if found.frames < stop - start:
        where = f"{found.frames} scheduled of {counted(stop - start)}"
    if (start, stop) != (0, state.video.frames):
        where += f" ({spoken(start, stop)})"
    if choices.what == "predictions":
        return f"{where} with {_poses(found.predicted)} as the model said them."
    poses = found.confirmed + (found.unconfirmed if choices.accept_first else 0)
    reviewed = found.frames if choices.accept_first else found.reviewed
    return f"{where}, {reviewed} of them reviewed, with {_poses(poses)} that you confirmed."


def _poses(count: int) -> str:
    return "1 pose" if count == 1 else f"{count} poses"


def _unfinished(found: Contents) -> list[str]:
    warnings = []
    if found.unconfirmed:
        warnings.append(
            f"{_poses(found.unconfirmed)} that nobody confirmed "
            f"{'stays' if found.unconfirmed == 1 else 'stay'} out."
        )
    if found.reviewed < found.frames:
        left = found.frames - found.reviewed
        warnings.append(
            f"{counted(left)} {'is' if left == 1 else 'are'} not reviewed and count as unlabelled."
            if left > 1
            else "1 frame is not reviewed and counts as unlabelled."
        )
    return warnings


def _named(choices: ExportChoices) -> list[str]:
    if choices.format == "coco":
        return [
            "Frames that nobody labelled are left out: COCO cannot say that they are unlabelled."
        ]
    if choices.sequence is not None:
        return []
    folder = sequence_name(choices.name.strip() or "video").folder
    return [f"The scorer will know it as {folder}."]
