"""Head boxes: drawn by hand, and what they and the two head joints propose to one another.

With c the middle of a head box, D its diagonal and u the unit vector from c to the middle of the shoulders
(straight down while they are unknown), PoseTrack's head bottom is c + 0.40·D·u and its head top c − 0.30·D·u.
The other way round, the two joints propose a square (:func:`..geometry.head_box_from_joints`). A
proposed joint is a machine's until a person confirms it; a proposed head box is never stored. A head without a
body proposes where the body is, so that a later prediction finds it there and keeps the identity.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..geometry import head_box_from_joints
from ..skeleton import EARS, POSETRACK17
from .changes import Change, Edit, Person, label_change, person_change
from .poses import PoseRows, Source, Visibility, empty_pose, is_human, seen_box
from .state import ProjectState

HEAD_TOP, HEAD_BOTTOM = POSETRACK17.index("head_top"), POSETRACK17.index("head_bottom")
HEAD_JOINTS = (HEAD_TOP, HEAD_BOTTOM)
FACE = (POSETRACK17.index("nose"), HEAD_TOP, HEAD_BOTTOM, *EARS)
"""Joints of which the middle lies in the head."""
SHOULDERS = (POSETRACK17.index("left_shoulder"), POSETRACK17.index("right_shoulder"))
UP, DOWN = 0.30, 0.40
"""How far head top and head bottom lie from the middle of a head box, in diagonals."""
BODY = np.array([3.2, 8.6])
"""Width and height of the person box of somebody standing, in sides of the head box."""
BODY_BELOW = 2.8
"""How far its middle lies below that of the head box."""
STILL = 0.01
"""Pixels within which a joint lies where a box had proposed it."""

Floats = NDArray[np.float64]


def has_head_box(rows: PoseRows | np.void) -> NDArray[np.bool_]:
    """Which poses (POSE_DTYPE ``[N]`` or one) have a drawn head box."""
    return np.asarray(np.isfinite(rows["head_box"]).all(axis=-1))


def joints_of_head_box(box: ArrayLike, pose: np.void) -> Floats:
    """Where a head box ``[4]`` proposes head top and head bottom of a pose: ``[2, 2]`` picture pixels."""
    x, y, w, h = np.asarray(box, dtype=np.float64)
    centre, diagonal = np.array([x + w / 2, y + h / 2]), float(np.hypot(w, h))
    down = np.array([0.0, 1.0])
    placed = [joint for joint in SHOULDERS if pose["visibility"][joint] != Visibility.ABSENT]
    if len(placed) == len(SHOULDERS):
        towards = pose["xy"][placed].mean(axis=0) - centre
        length = float(np.hypot(*towards))
        down = towards / length if length > 0 else down
    return np.stack([centre - UP * diagonal * down, centre + DOWN * diagonal * down])


def body_of_head(box: ArrayLike, width: int, height: int) -> Floats:
    """Where the body below a head box ``[4]`` would be if it stood: a person box ``[4]`` within the picture."""
    x, y, w, h = np.asarray(box, dtype=np.float64)
    side = float(np.hypot(w, h)) / np.sqrt(2)
    centre = np.array([x + w / 2, y + h / 2 + BODY_BELOW * side])
    low = np.maximum(centre - BODY * side / 2, -0.5)
    high = np.minimum(centre + BODY * side / 2, (width - 0.5, height - 0.5))
    return np.concatenate([low, np.maximum(high - low, 1.0)])


def proposed_head_box(pose: np.void) -> Floats | None:
    """The head box ``[4]`` that the two head joints of a pose propose; ``None`` where one is not placed."""
    if (pose["visibility"][list(HEAD_JOINTS)] == Visibility.ABSENT).any():
        return None
    box = head_box_from_joints(pose["xy"][HEAD_TOP], pose["xy"][HEAD_BOTTOM])
    return box if (box[2:] > 0).all() else None


def seen_head_box(pose: np.void) -> Floats | None:
    """The head box of a pose ``[4]``: the drawn one, else the one that its joints propose."""
    return np.array(pose["head_box"]) if has_head_box(pose) else proposed_head_box(pose)


def whose_head(poses: PoseRows, box: ArrayLike, chosen: int | None = None) -> int | None:
    """Whose head a box ``[4]`` is drawn around, of the poses of a frame (POSE_DTYPE ``[N]``).

    Somebody without a drawn head box whose head joints lie in it in the middle: ``chosen`` if that is one of
    them, else the nearest. Where there is none: ``chosen``, if their head is not elsewhere; else ``None``.
    """
    x, y, w, h = np.asarray(box, dtype=np.float64)
    centre, half = np.array([x + w / 2, y + h / 2]), np.array([w, h]) / 2
    away: dict[int, float] = {}
    elsewhere = set()
    for pose in poses:
        person = int(pose["person"])
        placed = [joint for joint in FACE if pose["visibility"][joint] != Visibility.ABSENT]
        if has_head_box(pose):
            elsewhere.add(person)
        elif placed:
            offset = np.abs(pose["xy"][placed].mean(axis=0) - centre)
            if (offset <= half).all():
                away[person] = float(np.hypot(*offset))
            else:
                elsewhere.add(person)
    if chosen is not None and (chosen in away or (not away and chosen not in elsewhere)):
        return chosen
    return min(away, key=lambda person: away[person]) if away else None


def draw_head_box(state: ProjectState, person: int, frame: int, box: ArrayLike) -> Edit:
    """Draw or redraw a head box. Head joints that nobody has seen to lie where it proposes them."""
    seen = state.pose(person, frame)
    seen = empty_pose(person, frame) if seen is None else seen
    label = _with_proposals(state, _label(state, person, frame), seen, np.asarray(box))
    return Edit("Draw head box", (label_change(label),), frame)


def add_head(state: ProjectState, frame: int, box: ArrayLike) -> tuple[Edit, int]:
    """Add a person by a head box. Returns the edit and the new person's id."""
    person = state.next_person
    label = head_alone(state, person, frame, box)
    record = Person(person, f"person {person}")
    return Edit("Add person", (person_change(record), label_change(label)), frame), person


def head_alone(state: ProjectState, person: int, frame: int, box: ArrayLike) -> np.void:
    """The label of somebody of whom nothing but a head box ``[4]`` is known, with what it proposes."""
    label = empty_pose(person, frame)
    return _with_proposals(state, label, label, np.asarray(box))


def remove_head_box(state: ProjectState, person: int, frame: int) -> Edit:
    """Take a drawn head box away, and the joints that only it had proposed."""
    label, seen = state.label(person, frame), state.pose(person, frame)
    if label is None or seen is None or not has_head_box(label):
        return Edit("Remove head box", (), frame)
    for joint in _proposed_before(seen):
        if label["source"][joint] == Source.INTERPOLATED:
            label["source"][joint], label["visibility"][joint] = Source.NONE, Visibility.ABSENT
            label["xy"][joint] = 0.0
    if label["box_source"] == Source.INTERPOLATED:
        label["box"], label["box_source"] = np.nan, Source.NONE
    label["head_box"] = np.nan
    return Edit("Remove head box", (label_change(label),), frame)


def propose_head_joints(state: ProjectState, people: Iterable[int], start: int, stop: int) -> Edit:
    """Put the head joints that nobody has seen to where the drawn head boxes propose them, in the frames
    ``start`` … ``stop`` − 1: once more, now that the shoulders are known."""
    changes: list[Change] = []
    rows = state.seen(people, start, stop)
    for seen in rows[has_head_box(rows) & ~rows["deleted"]]:
        before = _label(state, int(seen["person"]), int(seen["frame"]))
        after = _with_proposals(state, before, seen, seen["head_box"])
        if after.tobytes() != before.tobytes():
            changes.append(label_change(after))
    return Edit("Propose head joints", tuple(changes), start)


def _label(state: ProjectState, person: int, frame: int) -> np.void:
    label = state.label(person, frame)
    return empty_pose(person, frame) if label is None or label["deleted"] else label


def _with_proposals(state: ProjectState, label: np.void, seen: np.void, box: Floats) -> np.void:
    """A label with a head box, and the joints and the body that it proposes."""
    label = label.copy()
    label["head_box"] = box
    if seen_box(seen) is None or label["box_source"] == Source.INTERPOLATED:
        video = state.video
        label["box"] = body_of_head(box, video.width, video.height)
        label["box_source"] = Source.INTERPOLATED
    missing = {joint for joint in HEAD_JOINTS if _is_open(seen, joint)}
    for joint, xy in zip(HEAD_JOINTS, joints_of_head_box(box, seen), strict=True):
        if joint in missing | set(_proposed_before(seen)):
            label["xy"][joint], label["source"][joint] = xy, Source.INTERPOLATED
            label["visibility"][joint], label["score"][joint] = Visibility.VISIBLE, 0.0
    return label


def _is_open(seen: np.void, joint: int) -> bool:
    """Whether nobody has seen to a joint, and no machine has placed it."""
    return not is_human(seen["source"][joint]) and seen["visibility"][joint] == Visibility.ABSENT


def _proposed_before(seen: np.void) -> list[int]:
    """The head joints that still lie where the drawn head box had proposed them: they follow it."""
    machine = [joint for joint in HEAD_JOINTS if seen["source"][joint] == Source.INTERPOLATED]
    if not machine or not has_head_box(seen):
        return []
    # As it was proposed then: with the shoulders, or before they were known.
    bare = empty_pose()
    before = [joints_of_head_box(seen["head_box"], pose) for pose in (seen, bare)]
    return [
        joint
        for at, joint in enumerate(HEAD_JOINTS)
        if joint in machine
        and any(np.abs(seen["xy"][joint] - xy[at]).max() <= STILL for xy in before)
    ]
