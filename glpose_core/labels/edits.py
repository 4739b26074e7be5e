"""Every edit a person can make, as a pure function: state in, :class:`Edit` out.

Nothing here changes the state or touches a file; ``Project.apply`` does. A function that finds nothing
to do returns an edit without changes. Joints are slots of POSETRACK17; positions are picture pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..skeleton import POSETRACK17
from .changes import (
    Change,
    Edit,
    Person,
    Polygon,
    Span,
    active_run_change,
    extra_change,
    frame_change,
    label_change,
    no_label,
    person_change,
    spans_change,
)
from .poses import JOINTS, OUTLINING, Source, Visibility, empty_pose, is_human, seen_box
from .state import ProjectState, split_spans

VISIBILITY_WORDS = {
    Visibility.ABSENT: "absent",
    Visibility.OCCLUDED: "hidden",
    Visibility.VISIBLE: "visible",
}


def joint_title(joint: int) -> str:
    """A joint's name as people read it: "left wrist"."""
    return POSETRACK17.joints[joint].replace("_", " ")


# One joint


def move_joint(state: ProjectState, person: int, frame: int, joint: int, xy: ArrayLike) -> Edit:
    """Put a joint at ``xy`` (``[2]``). An absent joint becomes visible."""
    label, seen = label_and_seen(state, person, frame)
    label["xy"][joint] = np.asarray(xy, dtype=np.float64)
    shown = seen["visibility"][joint]
    label["visibility"][joint] = Visibility.VISIBLE if shown == Visibility.ABSENT else shown
    label["score"][joint] = seen["score"][joint]
    label["source"][joint] = Source.PLACED
    return Edit(f"Move {joint_title(joint)}", (label_change(label),), frame)


def set_visibility(
    state: ProjectState, person: int, frame: int, joint: int, visibility: Visibility
) -> Edit:
    """Say that a joint is visible, occluded or absent.

    A machine's position counts as accepted. A joint that has no position yet is put where its
    neighbours suggest.
    """
    label, seen = label_and_seen(state, person, frame)
    judge(label, seen, joint, visibility)
    title = f"Mark {joint_title(joint)} {VISIBILITY_WORDS[Visibility(visibility)]}"
    return Edit(title, (label_change(label),), frame)


def judge(label: np.void, seen: np.void, joint: int, visibility: Visibility) -> None:
    """Write into ``label`` what a person says of a joint of the pose that is ``seen``."""
    human = is_human(seen["source"][joint])
    if seen["source"][joint] == Source.NONE and visibility != Visibility.ABSENT:
        label["xy"][joint] = _guess_position(seen, joint)
    else:
        label["xy"][joint] = seen["xy"][joint]
    label["visibility"][joint] = visibility
    label["score"][joint] = seen["score"][joint]
    if human:
        label["source"][joint] = seen["source"][joint]
    else:
        machine = seen["source"][joint] != Source.NONE
        label["source"][joint] = Source.ACCEPTED if machine else Source.PLACED


def _guess_position(seen: np.void, joint: int) -> NDArray[np.float64]:
    placed = seen["visibility"] != Visibility.ABSENT
    near = [b if a == joint else a for a, b in POSETRACK17.limbs if joint in (a, b)]
    known = [other for other in near if placed[other]]
    if known:
        return np.asarray(seen["xy"][known].mean(axis=0))
    box = seen_box(seen)
    return np.zeros(2) if box is None else box[:2] + box[2:] / 2


# Accepting what a machine proposed


def accept_joint(state: ProjectState, person: int, frame: int, joint: int) -> Edit:
    """Confirm one joint that a machine placed."""
    only = np.zeros(JOINTS, dtype=bool)
    only[joint] = True
    changes = _accept(state, _living(state, person), range(frame, frame + 1), only)
    return Edit(f"Accept {joint_title(joint)}", changes, frame)


def accept_joints(
    state: ProjectState, person: int, joints: Sequence[int], start: int, stop: int
) -> Edit:
    """Confirm some joints of a person in the frames ``start`` … ``stop`` − 1, where a machine placed them."""
    only = np.zeros(JOINTS, dtype=bool)
    only[list(joints)] = True
    what = joint_title(joints[0]) if len(joints) == 1 else f"{len(joints)} joints"
    where = "" if stop - start == 1 else f" in frames {start}–{stop - 1}"
    changes = _accept(state, _living(state, person), range(start, stop), only)
    return Edit(f"Accept {what}{where}", changes, start)


def accept_pose(state: ProjectState, person: int, frame: int) -> Edit:
    """Confirm every machine's joint of one person in one frame, absent ones too."""
    changes = _accept(state, _living(state, person), range(frame, frame + 1))
    return Edit("Accept pose", changes, frame)


def accept_frame(state: ProjectState, frame: int) -> Edit:
    """Confirm every person of a frame, and mark the frame as reviewed."""
    return Edit("Accept frame", _accept_frames(state, range(frame, frame + 1)), frame)


def accept_range(state: ProjectState, start: int, stop: int) -> Edit:
    """Confirm and mark as reviewed the frames ``start`` … ``stop`` − 1."""
    title = f"Accept frames {start}–{stop - 1}"
    return Edit(title, _accept_frames(state, range(start, stop)), start)


def _accept_frames(state: ProjectState, frames: range) -> tuple[Change, ...]:
    reviewed = [change for frame in frames for change in _review(state, frame, True)]
    if len(frames) == 1:
        people = state.poses(frames.start)["person"].tolist()
    else:
        people = [person.id for person in state.people()]
    return (*_accept(state, people, frames), *reviewed)


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
    for at, key in enumerate(zip(seen["person"].tolist(), seen["frame"].tolist(), strict=True)):
        label = state.label(*key)
        if label is not None:
            labels[at] = label
    for field in ("xy", "visibility", "score"):
        labels[field][chosen] = seen[field][chosen]
    labels["source"][chosen] = Source.ACCEPTED
    if only is None:
        boxed = np.isfinite(seen["box"]).all(axis=1) & ~is_human(seen["box_source"])
        labels["box"][boxed], labels["box_source"][boxed] = seen["box"][boxed], Source.ACCEPTED
    return tuple(label_change(row) for row in labels)


def _living(state: ProjectState, person: int) -> list[int]:
    record = state.person(person)
    return [] if record is None or record.deleted else [person]


# Whole poses


def move_person(state: ProjectState, person: int, frame: int, dx: float, dy: float) -> Edit:
    """Move every placed joint of a person, and the boxes, by (dx, dy) pixels."""
    label, seen = label_and_seen(state, person, frame)
    placed = seen["visibility"] != Visibility.ABSENT
    for field in ("visibility", "score"):
        label[field][placed] = seen[field][placed]
    label["xy"][placed] = seen["xy"][placed] + (dx, dy)
    label["source"][placed] = Source.PLACED
    if np.isfinite(seen["box"]).all():
        label["box"] = seen["box"] + (dx, dy, 0, 0)
        label["box_source"] = Source.PLACED
    if np.isfinite(seen["head_box"]).all():
        label["head_box"] = seen["head_box"] + (dx, dy, 0, 0)
    return Edit("Move person", (label_change(label),), frame)


def set_box(state: ProjectState, person: int, frame: int, box: ArrayLike) -> Edit:
    """Draw a person's box by hand: ``[4]`` x, y, w, h."""
    label, _ = label_and_seen(state, person, frame)
    label["box"], label["box_source"] = np.asarray(box, dtype=np.float64), Source.PLACED
    return Edit("Draw box", (label_change(label),), frame)


def set_head_box(state: ProjectState, person: int, frame: int, box: ArrayLike | None) -> Edit:
    """Draw a person's head box by hand (``[4]`` x, y, w, h), or take it away."""
    label, _ = label_and_seen(state, person, frame)
    label["head_box"] = np.nan if box is None else np.asarray(box, dtype=np.float64)
    return Edit("Draw head box", (label_change(label),), frame)


def add_pose(
    state: ProjectState,
    person: int,
    frame: int,
    xy: ArrayLike,
    visibility: ArrayLike,
    box: ArrayLike | None = None,
) -> Edit:
    """Place a whole skeleton by hand.

    ``xy`` is ``[17, 2]``, ``visibility`` ``[17]`` of :class:`Visibility`. Absent joints stay open, so
    that a prediction may fill them.
    """
    label, _ = label_and_seen(state, person, frame)
    shown = np.asarray(visibility, dtype=np.uint8)
    placed = shown != Visibility.ABSENT
    label["xy"][placed] = np.asarray(xy, dtype=np.float64)[placed]
    label["visibility"][placed] = shown[placed]
    label["source"][placed] = Source.PLACED
    if box is not None:
        label["box"], label["box_source"] = np.asarray(box, dtype=np.float64), Source.PLACED
    return Edit("Place skeleton", (label_change(label),), frame)


def copy_pose(state: ProjectState, person: int, source: int, target: int) -> Edit:
    """Copy what is seen of a person in frame ``source`` to frame ``target``, as placed by hand.

    A skeleton of :data:`OUTLINING` joints makes its own box there, which follows its joints; the box of a
    sparser one is copied, too.
    """
    seen = state.pose(person, source)
    if seen is None:
        return Edit("Copy pose", (), target)
    label = empty_pose(person, target)
    known = seen["source"] != Source.NONE
    for field in ("xy", "visibility"):
        label[field][known] = seen[field][known]
    label["source"][known] = Source.PLACED
    if (seen["visibility"] != Visibility.ABSENT).sum() < OUTLINING:
        label["box"], label["box_source"] = seen["box"], Source.PLACED
    label["head_box"] = seen["head_box"]
    return Edit(f"Copy pose from frame {source}", (label_change(label),), target)


def delete_pose(state: ProjectState, person: int, frame: int) -> Edit:
    """Take a person out of one frame. What was seen is kept, marked as deleted, so that a later run
    knows which box a human did not want."""
    seen = state.pose(person, frame)
    if seen is None:
        return Edit("Delete pose", (), frame)
    seen["deleted"] = True
    return Edit("Delete pose", (label_change(seen),), frame)


# People


def add_person(
    state: ProjectState,
    frame: int,
    *,
    box: ArrayLike | None = None,
    xy: ArrayLike | None = None,
    visibility: ArrayLike | None = None,
    name: str | None = None,
) -> tuple[Edit, int]:
    """Add a person by a box (``[4]``), a skeleton (``xy [17, 2]``, ``visibility [17]``), or both.

    Returns the edit and the new person's id. Joints of a skeleton given without visibility are visible,
    but for the ears, which PoseTrack leaves empty.
    """
    person = state.next_person
    label = empty_pose(person, frame)
    if box is not None:
        label["box"], label["box_source"] = np.asarray(box, dtype=np.float64), Source.PLACED
    if xy is not None:
        shown = _without_ears() if visibility is None else np.asarray(visibility, dtype=np.uint8)
        placed = shown != Visibility.ABSENT
        label["xy"][placed] = np.asarray(xy, dtype=np.float64)[placed]
        label["visibility"] = shown
        label["source"][placed] = Source.PLACED
    record = Person(person, name or f"person {person}")
    return Edit("Add person", (person_change(record), label_change(label)), frame), person


def _without_ears() -> NDArray[np.uint8]:
    ears = np.array([joint.endswith("_ear") for joint in POSETRACK17.joints])
    return np.where(ears, Visibility.ABSENT, Visibility.VISIBLE).astype(np.uint8)


def rename_person(state: ProjectState, person: int, name: str) -> Edit:
    """Give a person another name."""
    return _change_person(state, person, f"Rename to {name}", lambda p: replace(p, name=name))


def delete_person(state: ProjectState, person: int) -> Edit:
    """Take a person out of the whole project. No run brings them back; Undo does."""
    return _change_person(state, person, "Delete person", lambda p: replace(p, deleted=True))


def _change_person(
    state: ProjectState, person: int, title: str, change: Callable[[Person], Person]
) -> Edit:
    record = state.person(person)
    return Edit(title, () if record is None else (person_change(change(record)),))


def swap_people(state: ProjectState, a: int, b: int, frame: int) -> Edit:
    """Exchange two identities from ``frame`` on, labels and predictions alike."""
    other = {a: b, b: a}
    changes = _relabel(state, a, b, frame) + _relabel(state, b, a, frame)
    filled = {(change.kind, change.key) for change in changes if change.value is not None}
    changes = [c for c in changes if c.value is not None or (c.kind, c.key) not in filled]
    changes += _respan(state, lambda person: other.get(person, person), frame)
    return Edit(f"Swap {_name(state, a)} and {_name(state, b)} from here", tuple(changes), frame)


def merge_people(state: ProjectState, keep: int, other: int) -> Edit:
    """Give everything of ``other`` to ``keep``, in every run. Where both have a label, that of ``keep``
    stays; where one of the two was taken out of a frame, the one who is still seen there stays."""
    title = f"Merge {_name(state, other)} into {_name(state, keep)}"
    if keep == other:
        return Edit(title, ())
    doubles = _deleted_frames(state, other) & set(state.frames_of(keep).tolist())
    gaps = _deleted_frames(state, keep) & set(state.frames_of(other).tolist())
    changes: list[Change] = []
    for frame in sorted(gaps):
        changes += [no_label(keep, frame), extra_change(keep, frame, {})]
    stays = doubles | (set(state.labels.frames_of(keep).tolist()) - gaps)
    changes += [
        change
        for change in _relabel(state, other, keep, 0)
        if change.value is None or change.key[1] not in stays
    ]
    for run in state.runs:
        for track, spans in state.tracks_of_run(run).items():
            new = spans
            if run == state.active_run:
                new = _to_nobody(_to_nobody(new, other, doubles), keep, gaps)
            new = tuple(replace(s, person=keep) if s.person == other else s for s in new)
            if new != spans:
                changes.append(spans_change(run, track, _joined(new)))
    if state.person(other) is not None:
        changes.append(Change("person", (other,), None))
    return Edit(title, tuple(changes))


def _deleted_frames(state: ProjectState, person: int) -> set[int]:
    frames = state.labels.frames_of(person)
    return set(frames[state.labels.field("deleted", person)].tolist())


def _to_nobody(spans: tuple[Span, ...], person: int, frames: set[int]) -> tuple[Span, ...]:
    """Take frames of a track from a person, so that they show nowhere."""
    for frame in sorted(frames):
        if any(s.person == person and s.start <= frame < s.stop for s in spans):
            spans = split_spans(split_spans(spans, frame), frame + 1)
            spans = tuple(
                replace(s, person=None) if s.start == frame and s.person == person else s
                for s in spans
            )
    return _joined(spans)


def _relabel(state: ProjectState, source: int, target: int, start: int) -> list[Change]:
    """Move the labels of ``source`` from frame ``start`` on to ``target``."""
    changes: list[Change] = []
    rows = state.labels.rows(source)
    for row in rows[rows["frame"] >= start]:
        frame = int(row["frame"])
        extra = state.annotation_extra(source, frame)
        changes.append(no_label(source, frame))
        row = row.copy()
        row["person"] = target
        changes.append(label_change(row))
        if extra:
            changes.append(extra_change(source, frame, {}))
            changes.append(extra_change(target, frame, extra))
    return changes


def _respan(state: ProjectState, owner: Callable[[int], int], start: int) -> list[Change]:
    """Give the active run's tracks from frame ``start`` on to other people."""
    if state.active_run is None:
        return []
    changes = []
    for track, spans in state.tracks_of_run(state.active_run).items():
        new = tuple(
            span
            if span.start < start or span.person is None
            else replace(span, person=owner(span.person))
            for span in split_spans(spans, start)
        )
        if new != spans:
            changes.append(spans_change(state.active_run, track, _joined(new)))
    return changes


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and last.person == span.person and last.stop == span.start:
            joined[-1] = replace(last, stop=span.stop)
        else:
            joined.append(span)
    return tuple(joined)


def _name(state: ProjectState, person: int) -> str:
    record = state.person(person)
    return f"person {person}" if record is None else record.name


# Frames and runs


def set_reviewed(state: ProjectState, frames: Iterable[int], reviewed: bool) -> Edit:
    """Mark frames as reviewed, or as work to do."""
    wanted = sorted(frames)
    changes = tuple(change for frame in wanted for change in _review(state, frame, reviewed))
    title = "Mark as reviewed" if reviewed else "Mark as not reviewed"
    return Edit(title, changes, wanted[0] if wanted else None)


def _review(state: ProjectState, frame: int, reviewed: bool) -> tuple[Change, ...]:
    old = state.frame_state(frame)
    return (
        () if old.reviewed == reviewed else (frame_change(frame, replace(old, reviewed=reviewed)),)
    )


def set_regions(state: ProjectState, frame: int, regions: Iterable[Polygon]) -> Edit:
    """Set the ignore regions of a frame: polygons of (x, y) picture pixels."""
    new = replace(state.frame_state(frame), regions=tuple(regions))
    return Edit("Set ignore regions", (frame_change(frame, new),), frame)


def activate_run(state: ProjectState, run: int | None) -> Edit:
    """Show the predictions of another run, or of none."""
    title = "Hide predictions" if run is None else f"Show predictions of {state.runs[run].model}"
    return Edit(title, (active_run_change(run),))


def label_and_seen(state: ProjectState, person: int, frame: int) -> tuple[np.void, np.void]:
    """The label to change (an empty one where there is none or it was deleted) and what is seen."""
    label = state.label(person, frame)
    if label is None or label["deleted"]:
        label = empty_pose(person, frame)
    seen = state.pose(person, frame)
    return label, empty_pose(person, frame) if seen is None else seen
