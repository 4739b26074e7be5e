"""Where a person is seen: a track ended, cut out of, and carried on through frames without a pose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..changes import Edit, label_changes
from ..poses import POSE_DTYPE, PoseRows, Source, Visibility, seen_boxes
from ..state import ProjectState
from .looking import living, name_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def cut_track(state: ProjectState, person: int, start: int, stop: int) -> Edit:
    """Take a person out of the frames ``start`` … ``stop`` − 1, as :func:`.whole.delete_pose` does in one: no
    later run brings these poses back."""
    seen = state.seen(living(state, person), start, stop)
    seen = seen[~seen["deleted"]]
    seen["deleted"] = True
    title = f"Cut {name_of(state, person)} out of {_stretch(seen['frame'])}"
    return Edit(title, tuple(label_changes(seen)), start)


def end_of_cut(state: ProjectState, person: int, frame: int) -> int:
    """Where a track that is ended at ``frame`` may go on: the next frame that a human has labelled, or the
    number of frames. Labelled frames that follow one another from ``frame`` on belong to what is ended."""
    labelled = state.marks(person).labelled
    after = labelled[np.searchsorted(labelled, frame) :]
    unbroken = int((after == frame + np.arange(len(after))).sum())
    return int(after[unbroken]) if unbroken < len(after) else state.video.frames


def carry_track(state: ProjectState, person: int, start: int, stop: int) -> Edit:
    """Give a person provisional poses in those of the frames ``start`` … ``stop`` − 1 where they are not
    seen: between the nearest poses at both sides, or a copy of the one there is.

    The joints are ``INTERPOLATED``, to be confirmed as a model's. A stretch that was cut out is filled, too:
    it is a human who asks for it.
    """
    name, seen = name_of(state, person), state.frames_of(person)
    wanted = np.setdiff1d(np.arange(start, stop), seen)
    title = f"Carry {name} on through {_stretch(wanted)}"
    if not living(state, person) or not len(seen) or not len(wanted):
        return Edit(title, (), start)
    at = np.searchsorted(seen, wanted)
    before, after = seen[np.maximum(at - 1, 0)], seen[np.minimum(at, len(seen) - 1)]
    before, after = np.where(at > 0, before, after), np.where(at < len(seen), after, before)
    ends = state.seen([person], int(before.min()), int(after.max()) + 1)
    left, right = (ends[np.searchsorted(ends["frame"], side)] for side in (before, after))
    rows = _between(left, right, wanted)
    # Nothing may show through the poses that take the place of deleted ones.
    cut = np.isin(wanted, state.labels.frames_of(person))
    rows["source"][cut] = Source.INTERPOLATED
    return Edit(title, tuple(label_changes(rows)), int(wanted[0]))


def gap_after(state: ProjectState, person: int, frame: int) -> tuple[int, int] | None:
    """The frames (half open) without a pose from ``frame`` on, up to the next with one; those around it where
    the person is not seen in ``frame``. ``None`` where they have no end, or no beginning."""
    seen = state.frames_of(person)
    at = int(np.searchsorted(seen, frame))
    if at < len(seen) and seen[at] == frame:
        at += int((seen[at:] == frame + np.arange(len(seen) - at)).sum())
    return (int(seen[at - 1]) + 1, int(seen[at])) if 0 < at < len(seen) else None


def _between(left: PoseRows, right: PoseRows, frames: Ints) -> PoseRows:
    """Poses on the straight line between two, ``[N]`` each; what only one of both has comes from the nearer."""
    span = np.maximum(right["frame"] - left["frame"], 1)
    share = ((frames - left["frame"]) / span).astype(np.float64)
    rows = np.where(share < 0.5, left, right).astype(POSE_DTYPE)
    placed = (left["visibility"] != Visibility.ABSENT) & (right["visibility"] != Visibility.ABSENT)
    xy = left["xy"] + share[:, None, None] * (right["xy"] - left["xy"])
    rows["xy"][placed] = xy[placed]
    rows["source"][rows["source"] != Source.NONE] = Source.INTERPOLATED
    for field, (a, b) in {
        "box": (seen_boxes(left), seen_boxes(right)),
        "head_box": (left["head_box"], right["head_box"]),
    }.items():
        nearer = np.where((share < 0.5)[:, None], a, b)
        line = a + share[:, None] * (b - a)
        rows[field] = np.where(np.isfinite(line), line, nearer)
    boxed = np.isfinite(rows["box"]).all(axis=1)
    rows["box_source"] = np.where(boxed, Source.INTERPOLATED, Source.NONE)
    rows["frame"], rows["deleted"] = frames, False
    return rows


def _stretch(frames: Ints) -> str:
    """ "frame 7", "frames 7–9", "12 frames between 7 and 30"."""
    if len(frames) == 1:
        return f"frame {frames[0]}"
    if not len(frames):
        return "no frame"
    first, last = int(frames[0]), int(frames[-1])
    return (
        f"frames {first}–{last}"
        if len(frames) == last - first + 1
        else f"{len(frames)} frames between {first} and {last}"
    )
