"""Poses as arrays: the row types, and a growable table with an index by frame and by person.

Every pose has the 17 slots of PoseTrack. Positions are float pixels of the decoded picture with pixel
centres at whole numbers; boxes are x, y, w, h. No Python object exists per joint.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..geometry import person_box, person_boxes
from ..skeleton import POSETRACK17

JOINTS = len(POSETRACK17)


class Visibility(IntEnum):
    """What a person sees of a joint."""

    ABSENT = 0
    """It cannot be placed."""
    OCCLUDED = 1
    """It is placed, but not seen."""
    VISIBLE = 2


class Source(IntEnum):
    """Who says so. The last two are human, and a machine never changes them."""

    NONE = 0
    """Nobody has looked."""
    MODEL = 1
    INTERPOLATED = 2
    """Proposed from what a person placed: poses before and after, or a head box. On screen: "proposed"."""
    ACCEPTED = 3
    """A person confirmed a machine's joint."""
    PLACED = 4
    """A person put it there, or said otherwise than a machine whether it is seen."""


PoseRows: TypeAlias = NDArray[np.void]
"""Rows of :data:`POSE_DTYPE` or :data:`PREDICTION_DTYPE`, ``[N]``."""

POSE_DTYPE = np.dtype(
    [
        ("person", "<i4"),
        ("frame", "<i4"),
        ("xy", "<f8", (JOINTS, 2)),
        ("visibility", "u1", (JOINTS,)),
        ("source", "u1", (JOINTS,)),
        ("score", "<f4", (JOINTS,)),
        ("box", "<f8", (4,)),
        ("box_source", "u1"),
        ("head_box", "<f8", (4,)),
        ("pose_score", "<f4"),
        ("deleted", "?"),
    ]
)
"""One person in one frame, as labelled or as seen. ``box`` and ``head_box`` are NaN where there is none;
``deleted`` marks a pose that a person took away, so that no prediction shows through."""

PREDICTION_DTYPE = np.dtype(
    [
        ("track", "<i4"),
        ("frame", "<i4"),
        ("xy", "<f4", (JOINTS, 2)),
        ("visibility", "u1", (JOINTS,)),
        ("score", "<f4", (JOINTS,)),
        ("box", "<f4", (4,)),
        ("box_score", "<f4"),
        ("pose_score", "<f4"),
    ]
)
"""One row of a run. ``track`` is the run's own number; spans of a track belong to people."""


REFERENCE_DTYPE = np.dtype([("frame", "<i4"), ("box", "<f4", (4,))])
"""One crop that a pose was predicted from: its frame, and the person box (x, y, w, h) it was cut by."""


def is_human(source: NDArray[np.uint8] | int) -> Any:
    """Whether a source is a person's (``ACCEPTED`` or ``PLACED``); works on scalars and arrays."""
    return np.asarray(source) >= Source.ACCEPTED


def empty_pose(person: int = -1, frame: int = -1) -> np.void:
    """A row of :data:`POSE_DTYPE` about which nobody has said anything."""
    row = np.zeros(1, POSE_DTYPE)
    row["person"], row["frame"] = person, frame
    row["box"] = np.nan
    row["head_box"] = np.nan
    empty: np.void = row[0]
    return empty


OUTLINING = 8
"""Joints of a skeleton that says where a person is, so that no other box is needed."""


def outlined(rows: PoseRows | np.void) -> NDArray[np.bool_]:
    """Which poses (POSE_DTYPE ``[N]`` or one) a person has placed so much of that the joints make the box.

    A machine's box may lie elsewhere by then, even if it was accepted with the joints. A drawn box stays.
    """
    placed = is_human(rows["source"]) & (rows["visibility"] != Visibility.ABSENT)
    many = placed.sum(axis=-1) >= OUTLINING
    outline: NDArray[np.bool_] = many & (rows["box_source"] != Source.PLACED)
    return outline


def seen_box(pose: np.void) -> NDArray[np.float64] | None:
    """The box of a pose, ``[4]``: its own, or the person box of its placed joints where it has none or a
    person has placed them (:func:`outlined`); ``None`` where there is neither."""
    if np.isfinite(pose["box"]).all() and not outlined(pose):
        return np.array(pose["box"], dtype=np.float64)
    return person_box(pose["xy"], pose["visibility"] != Visibility.ABSENT)


def seen_boxes(poses: PoseRows) -> NDArray[np.float64]:
    """:func:`seen_box` of many poses at once: POSE_DTYPE ``[N]`` → ``[N, 4]``, NaN where there is none."""
    boxes = np.array(poses["box"], dtype=np.float64)
    own = np.isfinite(boxes).all(axis=1) & ~outlined(poses)
    if not own.all():
        placed = poses["visibility"][~own] != Visibility.ABSENT
        boxes[~own] = person_boxes(poses["xy"][~own], placed)
    return boxes


def lay_over(label: np.void, prediction: np.void) -> np.void:
    """What is seen where a label lies over a prediction: per joint, the label unless nobody has looked; the
    label's box if a person drew or accepted it.

    ``label`` and ``prediction`` are rows of :data:`POSE_DTYPE` (:func:`as_pose`); returns a new row.
    """
    seen: np.void = label.copy()
    open_joints = label["source"] == Source.NONE
    for field in ("xy", "visibility", "source", "score"):
        seen[field][open_joints] = prediction[field][open_joints]
    if not (np.isfinite(label["box"]).all() and is_human(label["box_source"])):
        seen["box"], seen["box_source"] = prediction["box"], prediction["box_source"]
    seen["pose_score"] = prediction["pose_score"]
    return seen


def as_pose(prediction: np.void, person: int) -> np.void:
    """Turn one row of a run into a row of :data:`POSE_DTYPE` for ``person``.

    Slots that the model does not predict (no score, absent) stay "nobody has looked".
    """
    row = empty_pose(person, int(prediction["frame"]))
    row["xy"] = prediction["xy"]
    row["visibility"] = prediction["visibility"]
    row["score"] = prediction["score"]
    predicted = (prediction["score"] > 0) | (prediction["visibility"] != Visibility.ABSENT)
    row["source"] = np.where(predicted, Source.MODEL, Source.NONE)
    row["box"] = prediction["box"]
    row["box_source"] = Source.MODEL
    row["pose_score"] = prediction["pose_score"]
    return row


def as_poses(predictions: PoseRows, people: NDArray[np.int64]) -> PoseRows:
    """Many rows of a run as rows of :data:`POSE_DTYPE`; ``people`` ``[N]`` are whose they are.

    The same as :func:`as_pose` row by row.
    """
    rows = np.zeros(len(predictions), POSE_DTYPE)
    rows["person"] = people
    for name in ("frame", "xy", "visibility", "score", "box", "pose_score"):
        rows[name] = predictions[name]
    predicted = (predictions["score"] > 0) | (predictions["visibility"] != Visibility.ABSENT)
    rows["source"] = np.where(predicted, Source.MODEL, Source.NONE)
    rows["box_source"] = Source.MODEL
    rows["head_box"] = np.nan
    return rows


def lay_over_all(labels: PoseRows, predictions: PoseRows) -> PoseRows:
    """:func:`lay_over` for many rows at once; both are ``[N]`` of :data:`POSE_DTYPE`."""
    seen = labels.copy()
    open_joints = labels["source"] == Source.NONE
    for name in ("xy", "visibility", "source", "score"):
        seen[name][open_joints] = predictions[name][open_joints]
    boxless = ~(np.isfinite(labels["box"]).all(axis=1) & is_human(labels["box_source"]))
    for name in ("box", "box_source"):
        seen[name][boxless] = predictions[name][boxless]
    seen["pose_score"] = predictions["pose_score"]
    return seen


class PoseTable:
    """Rows of a structured dtype in one growing array, found by owner and frame without searching.

    ``owner`` is the field that, with ``frame``, names a row: ``person`` for labels, ``track`` for runs.
    """

    def __init__(self, dtype: np.dtype[np.void], owner: str) -> None:
        self._rows = np.zeros(64, dtype)
        self._owner = owner
        self._used = 0
        self._free: list[int] = []
        self._at: dict[tuple[int, int], int] = {}
        self._by_frame: dict[int, dict[int, int]] = {}
        self._by_owner: dict[int, dict[int, int]] = {}
        self._sorted: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def __len__(self) -> int:
        return len(self._at)

    def get(self, owner: int, frame: int) -> np.void | None:
        """A copy of the row of ``owner`` in ``frame``, or ``None``."""
        at = self._at.get((owner, frame))
        return None if at is None else self._rows[at].copy()

    def places(self, keys: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
        """Where the rows of some (owner, frame) lie, ``[N]``; −1 where there is none."""
        return np.array([self._at.get(key, -1) for key in keys], dtype=np.int64)

    def places_in(self, frame: int, owners: Iterable[int | None]) -> NDArray[np.int64]:
        """Where the rows of some owners in ``frame`` lie, ``[N]``; −1 for one without, and for ``None``."""
        here = self._by_frame.get(frame, {})
        return np.array(
            [-1 if one is None else here.get(one, -1) for one in owners], dtype=np.int64
        )

    def owners(self) -> list[int]:
        """Owners that have at least one row, in ascending order."""
        return sorted(owner for owner, rows in self._by_owner.items() if rows)

    def in_frame(self, frame: int) -> list[int]:
        """Owners with a row in ``frame``: O(people in that frame)."""
        return list(self._by_frame.get(frame, ()))

    def frames_of(self, owner: int) -> NDArray[np.int64]:
        """Frames in which ``owner`` has a row, ascending. The array is cached: do not write to it."""
        return self._in_order(owner)[0]

    def rows(self, owner: int | None = None) -> PoseRows:
        """All rows, or those of one owner by ascending frame, as a copied structured array."""
        return self._rows[self._places(owner)]

    def at(self, places: NDArray[np.int64]) -> PoseRows:
        """The rows at some of :meth:`places_of`, as a copied structured array."""
        return self._rows[places]

    def places_of(self, owner: int) -> NDArray[np.int64]:
        """Where the rows of an owner lie, by ascending frame, until the table changes."""
        return self._in_order(owner)[1]

    def field(self, name: str, owner: int | None = None, slot: int | None = None) -> NDArray[Any]:
        """One field of :meth:`rows`, in the same order, without copying the others: ``[N, …]``.

        ``slot`` chooses one element of a field that has several, such as a joint's score.
        """
        values = self._rows[name] if slot is None else self._rows[name][:, slot]
        return np.asarray(values[self._places(owner)])

    def _places(self, owner: int | None) -> NDArray[np.int64]:
        if owner is not None:
            return self._in_order(owner)[1]
        return np.fromiter(self._at.values(), dtype=np.int64, count=len(self._at))

    def _in_order(self, owner: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The frames of an owner, ascending, and where their rows lie."""
        cached = self._sorted.get(owner)
        if cached is None:
            rows = self._by_owner.get(owner, {})
            frames = np.fromiter(rows, dtype=np.int64, count=len(rows))
            places = np.fromiter(rows.values(), dtype=np.int64, count=len(rows))
            order = np.argsort(frames, kind="stable")
            cached = self._sorted[owner] = frames[order], places[order]
        return cached

    def put(self, row: np.void) -> None:
        """Insert a row, or replace the one of the same owner and frame."""
        owner, frame = int(row[self._owner]), int(row["frame"])
        at = self._at.get((owner, frame))
        if at is None:
            at = self._free.pop() if self._free else self._grow()
            self._link(owner, frame, at)
            self._sorted.pop(owner, None)
        self._rows[at] = row

    def put_many(self, rows: PoseRows) -> None:
        """Insert or replace many rows at once; a later row wins over an earlier one."""
        if len(self._at) == 0:
            self._fill(rows)
            return
        self.reserve(self._used + len(rows) - len(self._free))
        places = []
        added: dict[int, list[tuple[int, int]]] = {}
        for key in _pairs(rows, self._owner):
            at = self._at.get(key)
            if at is None:
                at = self._free.pop() if self._free else self._grow()
                self._link(*key, at)
                added.setdefault(key[0], []).append((key[1], at))
            places.append(at)
        self._rows[places] = rows
        for owner, new in added.items():
            self._sort_in(owner, new)

    def reserve(self, rows: int) -> None:
        """Make room for so many rows, so that adding them one part after the other never copies all that are there.

        The room costs no memory before it is used.
        """
        if rows > len(self._rows):
            larger = np.zeros(max(rows, 2 * len(self._rows)), self._rows.dtype)
            larger[: self._used] = self._rows[: self._used]
            self._rows = larger

    def remove(self, owner: int, frame: int) -> None:
        """Remove a row if it is there."""
        at = self._at.pop((owner, frame), None)
        if at is None:
            return
        del self._by_frame[frame][owner]
        del self._by_owner[owner][frame]
        self._sorted.pop(owner, None)
        self._free.append(at)

    def _link(self, owner: int, frame: int, at: int) -> None:
        self._at[owner, frame] = at
        self._by_frame.setdefault(frame, {})[owner] = at
        self._by_owner.setdefault(owner, {})[frame] = at

    def _sort_in(self, owner: int, new: list[tuple[int, int]]) -> None:
        """Keep the order of an owner's frames, now that there are ``new`` ones (frame, place)."""
        cached = self._sorted.get(owner)
        if cached is not None:
            frames, places = np.concatenate([np.stack(cached), np.array(new, np.int64).T], axis=1)
            order = np.argsort(frames, kind="stable")
            self._sorted[owner] = frames[order], places[order]

    def _grow(self) -> int:
        self.reserve(self._used + 1)
        self._used += 1
        return self._used - 1

    def _fill(self, rows: PoseRows) -> None:
        """The first load: one copy of the array, then only the indexes."""
        self.reserve(len(rows))
        self._rows[: len(rows)] = rows
        self._used, self._free = len(rows), []
        self._sorted.clear()
        for at, (owner, frame) in enumerate(_pairs(rows, self._owner)):
            old = self._at.get((owner, frame))
            if old is not None:
                self._free.append(old)
            self._link(owner, frame, at)


def _pairs(rows: PoseRows, owner: str) -> Iterable[tuple[int, int]]:
    return zip(rows[owner].tolist(), rows["frame"].tolist(), strict=True)
