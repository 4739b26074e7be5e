"""What an export wrote, and what it left out and why, in plain sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..labels import PoseRows, ProjectState, Source, Visibility, is_human
from .columns import Ints
from .posetrack_file import Annotations, complete
from .posetrack_frames import Listing
from .posetrack_names import SCORED_FRAMES, TRACK_LIMIT


@dataclass(frozen=True)
class ExportReport:
    """What is in an exported file.

    Attributes:
        frames: the video's frame of each image in the file, int64 ``[images]``.
        reviewed: how many of them are marked as labelled.
        people, poses, joints: how many are written; of the joints, ``hidden`` are not visible.
        notes: what was left out, and what a reader of the file should know: one sentence each.
    """

    frames: Ints
    reviewed: int
    people: int
    poses: int
    joints: int
    hidden: int
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One sentence for the status line."""
        return (
            f"{counted(len(self.frames), 'frame')}, {self.reviewed} of them reviewed, with "
            f"{counted(self.poses, 'pose')} of {counted(self.people, 'person', 'people')} "
            f"and {counted(self.joints, 'joint')}, {self.hidden} of them hidden."
        )


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 frame", "2 frames"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def label_report(
    state: ProjectState, listing: Listing, rows: PoseRows, annotations: Annotations, occluded: str
) -> ExportReport:
    """Report on an export of labels. ``rows`` are the label rows that were written."""
    human = is_human(rows["source"]) & (rows["visibility"] != Visibility.ABSENT)
    hidden = human & (rows["visibility"] == Visibility.OCCLUDED)
    open_frames = set(rows["frame"].tolist()) - set(listing.frames[listing.reviewed].tolist())
    notes = _left_out(state, listing, rows)
    if open_frames:
        notes.append(
            f"{counted(len(open_frames), 'frame')} with labels not marked as reviewed: written with "
            "is_labeled false."
        )
    if hidden.any() and occluded != "keep":
        done = "left out" if occluded == "drop" else "written as visible"
        notes.append(f"{counted(int(hidden.sum()), 'hidden joint')} {done}, as asked.")
    alone = int((~annotations.present.any(axis=1) & complete(annotations.bbox_head)).sum())
    if alone:
        notes.append(
            f"{counted(alone, 'head box', 'head boxes')} without a confirmed joint: written without joints."
        )
    headless = int((~complete(annotations.bbox_head)).sum())
    if headless:
        notes.append(
            f"{counted(headless, 'pose')} without a head box: the official scorer needs one in "
            "labels; place head top and head bottom, which propose it."
        )
    if listing.added:
        notes.append(f"{counted(listing.added, 'frame')} added that the imported file lacked.")
    return ExportReport(
        frames=listing.frames,
        reviewed=int(listing.reviewed.sum()),
        people=len(np.unique(rows["person"])),
        poses=len(rows),
        joints=int(annotations.present.sum()),
        hidden=int(hidden.sum()) if occluded == "keep" else 0,
        notes=tuple(notes + _scorer_limits(listing, annotations)),
    )


def prediction_report(listing: Listing, annotations: Annotations) -> ExportReport:
    """Report on an export of predictions."""
    present = annotations.present
    hidden = present & (annotations.keypoints[..., 2] == 0)
    notes = [] if len(annotations) else ["The shown run found nobody in these frames."]
    return ExportReport(
        frames=listing.frames,
        reviewed=0,
        people=len(np.unique(annotations.track_id)),
        poses=len(annotations),
        joints=int(present.sum()),
        hidden=int(hidden.sum()),
        notes=tuple(notes + _scorer_limits(listing, annotations)),
    )


def _left_out(state: ProjectState, listing: Listing, rows: PoseRows) -> list[str]:
    """Sentences on what is in the project but not in a file of labels."""
    written = set(zip(rows["person"].tolist(), rows["frame"].tolist(), strict=True))
    elsewhere = unconfirmed = boxes = 0
    for person in state.people():
        frames = state.frames_of(person.id)
        listed = listing.takes(frames)
        labelled = state.marks(person.id).labelled
        elsewhere += len(np.setdiff1d(labelled, frames[listed]))
        for frame in frames[listed].tolist():
            if (person.id, frame) not in written:
                label = state.label(person.id, frame)
                drawn = label is not None and label["box_source"] == Source.PLACED
                boxes += drawn
                unconfirmed += not drawn
    joints = 0 if state.active_run is None else _machine_joints(state, rows)
    notes = []
    if unconfirmed:
        notes.append(
            f"{counted(unconfirmed, 'pose')} left out because nobody has confirmed a joint."
        )
    if joints:
        notes.append(
            f"{counted(joints, 'joint')} of confirmed poses left out because only the machine placed "
            "them."
        )
    if boxes:
        notes.append(
            f"{counted(boxes, 'drawn box', 'drawn boxes')} left out: no joint is placed in them."
        )
    if elsewhere:
        where = "the sequence" if listing.scheduled is None else "the scheduled frames of"
        notes.append(
            f"{counted(elsewhere, 'labelled pose')} left out: not in {where} {listing.name}."
        )
    return notes


def _machine_joints(state: ProjectState, rows: PoseRows) -> int:
    """How many joints of written poses are a machine's alone."""
    seen = state.seen(np.unique(rows["person"]).tolist())
    of, at = (
        one["person"].astype(np.int64) * state.video.frames + one["frame"] for one in (seen, rows)
    )
    seen = seen[np.isin(of, at) & ~seen["deleted"]]
    return int((~is_human(seen["source"]) & (seen["visibility"] != Visibility.ABSENT)).sum())


def _scorer_limits(listing: Listing, annotations: Annotations) -> list[str]:
    notes = []
    if len(listing.frames) and int(listing.frames.max()) >= SCORED_FRAMES:
        notes.append(
            f"The official scorer reads at most {SCORED_FRAMES} frames a video: export a shorter sequence."
        )
    if annotations.track_id.max(initial=0) >= TRACK_LIMIT:
        notes.append(f"The official scorer refuses track numbers from {TRACK_LIMIT} on.")
    return notes
