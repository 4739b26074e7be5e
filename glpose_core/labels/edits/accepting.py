"""Confirming what a machine proposed: a joint, a pose, a frame, a range."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..changes import Change, Edit, label_changes
from ..poses import JOINTS, Source, empty_pose, is_human
from ..state import ProjectState
from ..turns import PART
from .frames import review
from .joints import joint_title
from .looking import living, name_of


def accept_joint(state: ProjectState, person: int, frame: int, joint: int) -> Edit:
    """Confirm one joint that a machine placed."""
    only = np.zeros(JOINTS, dtype=bool)
    only[joint] = True
    changes = _accept(state, living(state, person), range(frame, frame + 1), only)
    return Edit(f"Accept {joint_title(joint)}", changes, frame, confirms=True)


def accept_joints(
    state: ProjectState, person: int, joints: Sequence[int], start: int, stop: int
) -> Edit:
    """Confirm some joints of a person in the frames ``start`` … ``stop`` − 1, where a machine placed them."""
    only = np.zeros(JOINTS, dtype=bool)
    only[list(joints)] = True
    what = joint_title(joints[0]) if len(joints) == 1 else f"{len(joints)} joints"
    where = "" if stop - start == 1 else f" in frames {start}–{stop - 1}"
    changes = _accept(state, living(state, person), range(start, stop), only)
    return Edit(f"Accept {what}{where}", changes, start, confirms=True)


def accept_pose(state: ProjectState, person: int, frame: int) -> Edit:
    """Confirm every machine's joint of one person in one frame, absent ones too."""
    changes = _accept(state, living(state, person), range(frame, frame + 1))
    return Edit("Accept pose", changes, frame, confirms=True)


def accept_frame(state: ProjectState, frame: int, without: Collection[int] = ()) -> Edit:
    """Confirm every person of a frame but those ``without``, and mark the frame as reviewed if that is
    everybody: locked people have to be confirmed already."""
    changes = _accept_frames(state, range(frame, frame + 1), without)
    return Edit("Accept frame", changes, frame, confirms=True)


def accept_range(state: ProjectState, start: int, stop: int, without: Collection[int] = ()) -> Edit:
    """:func:`accept_frame` for the frames ``start`` … ``stop`` − 1."""
    title = f"Accept frames {start}–{stop - 1}"
    changes = _accept_frames(state, range(start, stop), without)
    return Edit(title, changes, start, confirms=True)


def accept_range_in_parts(
    state: ProjectState, start: int, stop: int, without: Collection[int] = ()
) -> tuple[str, Iterator[tuple[Change, ...]]]:
    """:func:`accept_range` for :meth:`.Project.in_turns`: its title, and its changes some frames at a time, each part
    made when it is asked for."""
    poses = sum(len(state.frames_of(person.id)) for person in state.people())
    state.labels.reserve(poses)
    step = max(PART * state.video.frames // max(poses + state.video.frames, 1), 1)
    parts = (
        _accept_frames(state, range(at, min(at + step, stop)), without)
        for at in range(start, stop, step)
    )
    return f"Accept frames {start}–{stop - 1}", parts


def accept_person_in_parts(
    state: ProjectState, person: int, start: int, stop: int
) -> tuple[str, Iterator[tuple[Change, ...]]]:
    """:func:`accept_pose` for the frames ``start`` … ``stop`` − 1, as :func:`accept_range_in_parts`: others, and whether
    the frames are reviewed, stay as they are."""
    people = living(state, person)
    where = f"frames {start}–{stop - 1}" if stop - start > 1 else f"frame {start}"
    parts = (
        _accept(state, people, range(at, min(at + PART, stop))) for at in range(start, stop, PART)
    )
    return f"Accept {name_of(state, person)} in {where}", parts


def _accept_frames(
    state: ProjectState, frames: range, without: Collection[int]
) -> tuple[Change, ...]:
    everybody = state.living()
    people = [person.id for person in everybody if person.id not in without]
    if len(frames) == 1:
        people = [one for one in state.poses(frames.start)["person"].tolist() if one in people]
    left_out = {
        at
        for person in everybody
        if person.id in without
        for at in _within(state.frames_of(person.id), frames)
    } | _waiting(state, [person.id for person in everybody if person.locked], frames)
    reviewed = [
        change for frame in frames if frame not in left_out for change in review(state, frame, True)
    ]
    return (*_accept(state, people, frames), *reviewed)


def _within(ascending: NDArray[np.int64], frames: range) -> list[int]:
    low, high = np.searchsorted(ascending, (frames.start, frames.stop))
    found: list[int] = ascending[low:high].tolist()
    return found


def _waiting(state: ProjectState, people: list[int], frames: range) -> set[int]:
    """Frames in which somebody of ``people`` has a joint that nobody has confirmed."""
    seen = state.seen(people, frames.start, frames.stop)
    machine = (seen["source"] != Source.NONE) & ~is_human(seen["source"])
    return set(seen["frame"][machine.any(axis=1) & ~seen["deleted"]].tolist())


def _accept(
    state: ProjectState, people: list[int], frames: range, only: NDArray[np.bool_] | None = None
) -> tuple[Change, ...]:
    """Confirm machines' joints (``only`` ``[17]``: some of them) of living people in a range of frames."""
    seen = state.seen(people, frames.start, frames.stop)
    machine = (seen["source"] != Source.NONE) & ~is_human(seen["source"])
    machine &= ~seen["deleted"][:, None]
    chosen = machine if only is None else machine & only
    some = chosen.any(axis=1)
    seen, chosen = seen[some], chosen[some]
    labels = np.repeat(np.asarray(empty_pose()), len(seen))
    labels["person"], labels["frame"] = seen["person"], seen["frame"]
    at = state.labels.places(zip(seen["person"].tolist(), seen["frame"].tolist(), strict=True))
    labels[at >= 0] = state.labels.at(at[at >= 0])
    for field in ("xy", "visibility", "score"):
        labels[field][chosen] = seen[field][chosen]
    labels["source"][chosen] = Source.ACCEPTED
    if only is None:
        boxed = np.isfinite(seen["box"]).all(axis=1) & ~is_human(seen["box_source"])
        labels["box"][boxed], labels["box_source"][boxed] = seen["box"][boxed], Source.ACCEPTED
    return tuple(label_changes(labels))
