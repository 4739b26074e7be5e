"""Edits as data: what changed, in a form that memory, the file and the journal share.

A :class:`Change` sets one cell of the project (one label row, one person, one frame's state …) to a new
value. An :class:`Edit` is one finished gesture: a title and its changes. The inverse of an edit is the
same cells with the values they had before, so undo needs no code per kind of edit.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from .poses import POSE_DTYPE, PoseRows

Kind: TypeAlias = Literal[
    "label",
    "label_extra",
    "person",
    "frame",
    "spans",
    "active_run",
    "sequence",
    "schedule",
    "guideline",
]

KEY_NAMES: dict[Kind, tuple[str, ...]] = {
    "label": ("person", "frame"),
    "label_extra": ("person", "frame"),
    "person": ("id",),
    "frame": ("frame",),
    "spans": ("run", "track"),
    "active_run": (),
    "sequence": ("id",),
    "schedule": (),
    "guideline": ("topic",),
}
"""What a kind's key consists of; also the key columns of its table in the project file. Journals name kinds by
their place here: new ones go to the end."""

_KINDS: tuple[Kind, ...] = tuple(KEY_NAMES)


AGREED: frozenset[Kind] = frozenset({"schedule", "guideline"})
"""Kinds that say how a project is to be labelled, and nothing of what is seen in it."""


class Change(NamedTuple):
    """Set one cell. ``value`` is a label row's bytes, or JSON; ``None`` empties the cell."""

    kind: Kind
    key: tuple[int, ...]
    value: bytes | None


@dataclass(frozen=True)
class Edit:
    """One finished gesture: what Undo takes back in one step.

    Attributes:
        title: what the menu says ("Move left wrist").
        changes: cells with their new values.
        frame: the frame to show when the edit is undone or redone; ``None`` to stay.
        whole: whether a part of the changes is worth nothing without the rest.
        confirms: whether it only says that what is shown is right.
        joints: whether it says anything new of joints, where it has just been made in one part.
        frames: whose labels or marks were changed, where it has been taken back or made again; empty where
            these are not all in which something looks different, and in any other edit.
    """

    title: str
    changes: tuple[Change, ...]
    frame: int | None = None
    whole: bool = False
    confirms: bool = False
    joints: bool = True
    frames: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Person:
    """One identity. ``track_id`` is the number it had in an imported file, if it had one; ``locked`` says
    that its poses stay as they are."""

    id: int
    name: str
    deleted: bool = False
    track_id: int | None = None
    locked: bool = False


Polygon: TypeAlias = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class FrameState:
    """What is known about a whole frame. ``extra`` holds unknown fields of an imported file."""

    reviewed: bool = False
    regions: tuple[Polygon, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """Frames ``start`` … ``stop`` − 1 of a track belong to ``person`` (``None``: to nobody)."""

    start: int
    stop: int
    person: int | None


@dataclass(frozen=True)
class Sequence:
    """A named range of frames with a stride. ``extra`` holds unknown fields of an imported file."""

    id: int
    name: str
    start: int
    stop: int
    stride: int = 1
    extra: dict[str, Any] = field(default_factory=dict)


def label_change(row: np.void) -> Change:
    """Set the label of the row's person and frame. ``row`` is of :data:`POSE_DTYPE`."""
    return Change("label", (int(row["person"]), int(row["frame"])), row.tobytes())


def label_changes(rows: PoseRows) -> list[Change]:
    """:func:`label_change` for many rows at once, POSE_DTYPE ``[N]``."""
    size, data = POSE_DTYPE.itemsize, rows.tobytes()
    keys = zip(rows["person"].tolist(), rows["frame"].tolist(), strict=True)
    return [Change("label", key, data[at * size : (at + 1) * size]) for at, key in enumerate(keys)]


def no_label(person: int, frame: int) -> Change:
    """Take a label away (the prediction shows again)."""
    return Change("label", (person, frame), None)


def extra_change(person: int, frame: int, extra: dict[str, Any]) -> Change:
    """Keep the unknown fields of one imported annotation."""
    return Change("label_extra", (person, frame), to_json(extra) if extra else None)


def person_change(person: Person) -> Change:
    """Set one person's record."""
    value = {"name": person.name, "deleted": person.deleted, "track_id": person.track_id}
    if person.locked:  # left out otherwise: version 0.1 knows no locks
        value["locked"] = True
    return Change("person", (person.id,), to_json(value))


def frame_change(frame: int, state: FrameState) -> Change:
    """Set one frame's state; the empty state empties the cell."""
    if not (state.reviewed or state.regions or state.extra):
        return Change("frame", (frame,), None)
    value = {"reviewed": state.reviewed, "regions": state.regions, "extra": state.extra}
    return Change("frame", (frame,), to_json(value))


def spans_change(run: int, track: int, spans: Iterable[Span]) -> Change:
    """Say to whom the frames of a track belong."""
    return Change(
        "spans", (run, track), to_json([[span.start, span.stop, span.person] for span in spans])
    )


def active_run_change(run: int | None) -> Change:
    """Show the predictions of ``run``, or none."""
    return Change("active_run", (), None if run is None else to_json(run))


def sequence_change(sequence: Sequence) -> Change:
    """Set one sequence."""
    value = asdict(sequence)
    del value["id"]
    return Change("sequence", (sequence.id,), to_json(value))


def decode_label(value: bytes) -> np.void:
    """Bytes of a label cell → a row of :data:`POSE_DTYPE`."""
    (row,) = np.frombuffer(value, POSE_DTYPE)
    copied: np.void = row.copy()
    return copied


def decode_person(key: tuple[int, ...], value: bytes) -> Person:
    """A person cell → the record."""
    data = json.loads(value)
    return Person(
        key[0], data["name"], data["deleted"], data["track_id"], data.get("locked", False)
    )


@lru_cache(maxsize=256)
def decode_frame(value: bytes) -> FrameState:
    """A frame cell → the state; the same one for cells that say the same, as a kept region makes thousands."""
    data = json.loads(value)
    regions = tuple(tuple((x, y) for x, y in polygon) for polygon in data["regions"])
    return FrameState(data["reviewed"], regions, data["extra"])


def decode_spans(value: bytes) -> tuple[Span, ...]:
    """A spans cell → spans in ascending order."""
    return tuple(Span(start, stop, person) for start, stop, person in json.loads(value))


def decode_sequence(key: tuple[int, ...], value: bytes) -> Sequence:
    """A sequence cell → the sequence."""
    return Sequence(id=key[0], **json.loads(value))


def to_json(value: Any) -> bytes:
    """Compact UTF-8 JSON. Halves of surrogate pairs, which JSON files may hold, are kept."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


_HEAD = struct.Struct("<BBi")
_WHOLE_HEADS = tuple(struct.Struct(f"<BBi{keys}q") for keys in range(4))
_KIND_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}


def pack(changes: Iterable[Change]) -> bytes:
    """Changes → the bytes of a journal entry (read back by :func:`unpack`)."""
    parts = []
    for change in changes:
        value, kind, keys = change.value, _KIND_NUMBERS[change.kind], len(change.key)
        length = -1 if value is None else len(value)
        parts.append(_WHOLE_HEADS[keys].pack(kind, keys, length, *change.key))
        if value:
            parts.append(value)
    return b"".join(parts)


def unpack(data: bytes) -> tuple[Change, ...]:
    """Bytes of a journal entry → changes."""
    return tuple(unpacked(data))


def unpacked(data: bytes) -> Iterator[Change]:
    """:func:`unpack`, one change after the other."""
    at = 0
    while at < len(data):
        kind, keys, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        key = struct.unpack_from(f"<{keys}q", data, at)
        at += 8 * keys
        value = None if length < 0 else data[at : at + length]
        at += max(length, 0)
        yield Change(_KINDS[kind], key, value)


def check_change(change: Change) -> None:
    """Raise ValueError, LookupError or TypeError if a change that was read from a file is none."""
    key, value = change.key, change.value
    if len(key) != len(KEY_NAMES[change.kind]):
        raise ValueError(f"{change.kind} has {len(key)} keys")
    if value is None:
        return
    if change.kind == "label":
        row = decode_label(value)
        if (row["person"], row["frame"]) != key:
            raise ValueError(f"the label of {key} is another’s")
    elif change.kind == "person":
        decode_person(key, value)
    elif change.kind == "frame":
        decode_frame(value)
    elif change.kind == "spans":
        decode_spans(value)
    elif change.kind == "sequence":
        decode_sequence(key, value)
    else:
        json.loads(value)
