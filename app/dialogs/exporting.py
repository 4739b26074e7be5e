"""Exporting PoseTrack files: the choices, what they would write, and the writing. Knows no window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glpose_core.formats.occluded import Occluded
from glpose_core.formats.posetrack import write_posetrack
from glpose_core.formats.posetrack_export import export_labels, export_predictions
from glpose_core.formats.posetrack_names import sequence_name
from glpose_core.formats.posetrack_report import ExportReport
from glpose_core.labels import Project, ProjectState, Sequence
from glpose_core.labels.edits import accept_range

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
        accept_first: accept the frames ``start`` … ``stop`` − 1 before exporting labels.
    """

    path: Path
    what: What
    name: str
    start: int
    stop: int
    sequence: int | None = None
    occluded: Occluded = "keep"
    accept_first: bool = False


@dataclass(frozen=True)
class Contents:
    """What lies in the chosen frames: how many frames, how many of them reviewed; poses that somebody
    confirmed at least in part, poses that only the machine knows, and poses of the shown run."""

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
    start, stop = frames_of(state, choices)
    confirmed = seen = predicted = 0
    for person in state.people():
        marks = state.marks(person.id)
        frames = state.frames_of(person.id)
        confirmed += _within(np.intersect1d(marks.labelled, frames), start, stop)
        predicted += _within(np.intersect1d(marks.predicted, frames), start, stop)
        seen += _within(frames, start, stop)
    reviewed = sum(start <= frame < stop for frame in state.reviewed)
    return Contents(max(stop - start, 0), reviewed, confirmed, seen - confirmed, predicted)


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
        return [], ["There are no predictions in these frames: predict first (P)."]
    if choices.what == "labels" and found.nothing_confirmed and not choices.accept_first:
        return [], [
            "Nothing is confirmed in these frames yet: accept them as shown, or export predictions."
        ]
    sentences = [_listed(state, choices, found)]
    warnings: list[str] = []
    if choices.what == "labels" and choices.accept_first:
        start, stop = frames_of(state, choices)
        sentences.append(
            f"First {spoken(start, stop)} {'is' if stop - start == 1 else 'are'} accepted as shown and "
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
        project.apply(accept_range(project.state, *frames_of(project.state, choices)))
    sequence: int | Sequence = (
        Sequence(0, choices.name.strip(), choices.start, choices.stop)
        if choices.sequence is None
        else choices.sequence
    )
    write = export_labels if choices.what == "labels" else export_predictions
    file, report = write(project.state, sequence=sequence, occluded=choices.occluded)
    write_posetrack(file, choices.path)
    return report


def _within(frames: NDArray[np.int64], start: int, stop: int) -> int:
    low, high = np.searchsorted(frames, (start, stop))
    return max(int(high - low), 0)


def _listed(state: ProjectState, choices: ExportChoices, found: Contents) -> str:
    start, stop = frames_of(state, choices)
    where = counted(found.frames)
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
    if choices.sequence is not None:
        return []
    folder = sequence_name(choices.name.strip() or "video").folder
    return [f"The scorer will know it as {folder}."]
