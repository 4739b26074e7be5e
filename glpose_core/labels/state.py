"""The project in memory: labels over the predictions of the active run.

:class:`ProjectState` answers what is seen in a frame without looking at the rest of the project, and
changes only through :meth:`ProjectState.write` (and rows of a run arriving). It knows no file.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .changes import (
    Change,
    FrameState,
    Kind,
    Person,
    Polygon,
    Sequence,
    Span,
    decode_frame,
    decode_label,
    decode_person,
    decode_sequence,
    decode_spans,
    extra_change,
    frame_change,
    label_change,
    person_change,
    sequence_change,
    spans_change,
    to_json,
)
from .poses import (
    POSE_DTYPE,
    PREDICTION_DTYPE,
    PoseRows,
    PoseTable,
    Source,
    as_pose,
    is_human,
    lay_over,
    seen_box,
)

Frames: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class VideoRecord:
    """The video of a project, with its table of frames frozen when it was added.

    ``times`` are seconds as in the file, float64 ``[frames]``; ``index`` is
    ``glpose_core.video.FrameIndex.to_bytes()`` (empty where nobody made one).
    """

    path: str
    fingerprint: str
    frames: int
    width: int
    height: int
    times: NDArray[np.float64] = field(repr=False, compare=False)
    index: bytes = field(default=b"", repr=False, compare=False)
    rate: float = 25.0
    pixel_aspect: float = 1.0


@dataclass(frozen=True)
class Run:
    """One execution of a model over frames. ``settings`` is whatever the run needs to be repeated."""

    id: int
    model: str
    weights: str
    device: str
    created: float
    settings: dict[str, Any] = field(default_factory=dict)
    status: str = "running"
    first_track: int = 0

    @classmethod
    def new(
        cls, model: str, weights: str, device: str, settings: dict[str, Any] | None = None
    ) -> Run:
        """A run that begins now; ``Project.begin_run`` gives it its number."""
        return cls(0, model, weights, device, time.time(), settings or {})


@dataclass(frozen=True)
class Marks:
    """Frames of one person, ascending: with a prediction, and with at least one human joint."""

    predicted: Frames
    labelled: Frames


@dataclass(frozen=True)
class KnownBoxes:
    """Every box of every person, deleted ones too: what a new run must respect. N rows.

    ``human`` marks boxes that a person drew or accepted; ``deleted`` marks those of deleted people and
    poses, which no machine may bring back.
    """

    person: NDArray[np.int64]
    frame: NDArray[np.int64]
    box: NDArray[np.float64]
    human: NDArray[np.bool_]
    deleted: NDArray[np.bool_]


class ProjectState:
    """Labels, people, frame states and the active run's predictions, indexed by frame and by person."""

    def __init__(self, video: VideoRecord) -> None:
        self.video = video
        self.labels = PoseTable(POSE_DTYPE, "person")
        self.predictions = PoseTable(PREDICTION_DTYPE, "track")
        self.runs: dict[int, Run] = {}
        self.active_run: int | None = None
        self.next_person = 1
        self._people: dict[int, Person] = {}
        self._frames: dict[int, FrameState] = {}
        self._extras: dict[tuple[int, int], dict[str, Any]] = {}
        self._spans: dict[tuple[int, int], tuple[Span, ...]] = {}
        self._sequences: dict[int, Sequence] = {}
        self._tracks: dict[int, list[tuple[int, Span]]] | None = None
        self._labelled: dict[int, Frames] = {}
        self._seen: dict[int, Frames] = {}

    # What is seen

    def poses(self, frame: int) -> PoseRows:
        """What is seen in a frame: label over prediction, per joint; ``[people]`` of POSE_DTYPE.

        Ordered by person; deleted people and poses are left out.
        """
        rows = []
        for person in sorted(self._people_in(frame)):
            pose = self.pose(person, frame)
            if pose is not None:
                rows.append(pose)
        seen = np.zeros(len(rows), POSE_DTYPE)
        for at, row in enumerate(rows):
            seen[at] = row
        return seen

    def pose(self, person: int, frame: int) -> np.void | None:
        """What is seen of one person in a frame, or ``None``. A copy, of POSE_DTYPE."""
        record = self._people.get(person)
        if record is None or record.deleted:
            return None
        return self._pose(person, frame)

    def _pose(self, person: int, frame: int) -> np.void | None:
        label = self.labels.get(person, frame)
        if label is not None and label["deleted"]:
            return None
        prediction = self.prediction(person, frame)
        if label is None:
            return prediction
        return label if prediction is None else lay_over(label, prediction)

    def label(self, person: int, frame: int) -> np.void | None:
        """The label alone, without what shows through, or ``None``."""
        return self.labels.get(person, frame)

    def prediction(self, person: int, frame: int) -> np.void | None:
        """The active run's pose of a person in a frame, as POSE_DTYPE, or ``None``.

        Where two tracks of one person overlap, the newer track wins.
        """
        for track, span in reversed(self._tracks_by_person().get(person, ())):
            if span.start <= frame < span.stop:
                row = self.predictions.get(track, frame)
                if row is not None:
                    return as_pose(row, person)
        return None

    def annotation_extra(self, person: int, frame: int) -> dict[str, Any]:
        """Unknown fields of the imported annotation, or an empty dict."""
        return self._extras.get((person, frame), {})

    # People and frames

    def people(self) -> list[Person]:
        """Living people that are seen somewhere, by id."""
        return [
            person
            for id_, person in sorted(self._people.items())
            if not person.deleted and len(self.frames_of(id_))
        ]

    def person(self, person: int) -> Person | None:
        """One person's record, deleted or not."""
        return self._people.get(person)

    def frames_of(self, person: int) -> Frames:
        """Frames in which a person is seen, ascending. The array is cached: do not write to it."""
        cached = self._seen.get(person)
        if cached is None:
            rows = self.labels.rows(person)
            frames = np.union1d(self._predicted(person), self.labels.frames_of(person))
            cached = frames[~np.isin(frames, rows["frame"][rows["deleted"]])]
            self._seen[person] = cached
        return cached

    def marks(self, person: int) -> Marks:
        """Where a person is predicted and where labelled by hand."""
        return Marks(self._predicted(person), self._labelled_frames(person))

    @property
    def reviewed(self) -> set[int]:
        """Frames that a person has reviewed."""
        return {frame for frame, state in self._frames.items() if state.reviewed}

    @property
    def regions(self) -> dict[int, tuple[Polygon, ...]]:
        """Ignore regions by frame."""
        return {frame: state.regions for frame, state in self._frames.items() if state.regions}

    def frame_state(self, frame: int) -> FrameState:
        """State of one frame (the empty state where nothing is known)."""
        return self._frames.get(frame, FrameState())

    @property
    def sequences(self) -> list[Sequence]:
        """Sequences by id."""
        return [self._sequences[id_] for id_ in sorted(self._sequences)]

    def known_boxes(self) -> KnownBoxes:
        """Every box of every person, for a run that must respect them."""
        rows = []
        for id_, record in self._people.items():
            for frame in np.union1d(self._predicted(id_), self.labels.frames_of(id_)).tolist():
                label = self.labels.get(id_, frame)
                gone = record.deleted or (label is not None and bool(label["deleted"]))
                pose = label if label is not None and label["deleted"] else self._pose(id_, frame)
                box = None if pose is None else seen_box(pose)
                if pose is None or box is None:
                    continue
                human = bool(is_human(pose["box_source"])) and bool(np.isfinite(pose["box"]).all())
                rows.append((id_, frame, box, human, gone))
        return KnownBoxes(
            np.array([row[0] for row in rows], dtype=np.int64),
            np.array([row[1] for row in rows], dtype=np.int64),
            np.array([row[2] for row in rows], dtype=np.float64).reshape(-1, 4),
            np.array([row[3] for row in rows], dtype=bool),
            np.array([row[4] for row in rows], dtype=bool),
        )

    def tracks_of_run(self, run: int) -> dict[int, tuple[Span, ...]]:
        """Tracks of a run with the people their frames belong to."""
        return {track: spans for (of, track), spans in self._spans.items() if of == run}

    # Cells

    def read(self, kind: Kind, key: tuple[int, ...]) -> bytes | None:
        """The present value of a cell: what a change of it must restore."""
        if kind == "label":
            row = self.labels.get(*key)
            return None if row is None else label_change(row).value
        if kind == "label_extra":
            return extra_change(key[0], key[1], self._extras.get((key[0], key[1]), {})).value
        if kind == "person":
            person = self._people.get(key[0])
            return None if person is None else person_change(person).value
        if kind == "frame":
            return frame_change(key[0], self.frame_state(key[0])).value
        if kind == "spans":
            spans = self._spans.get((key[0], key[1]))
            return None if spans is None else spans_change(key[0], key[1], spans).value
        if kind == "sequence":
            sequence = self._sequences.get(key[0])
            return None if sequence is None else sequence_change(sequence).value
        return None if self.active_run is None else to_json(self.active_run)

    def write(self, change: Change) -> None:
        """Set one cell. Changing the active run does not load its rows: see :meth:`show_run`."""
        key, value = change.key, change.value
        if change.kind == "label":
            self._labelled.pop(key[0], None)
            self._seen.pop(key[0], None)
            if value is None:
                self.labels.remove(*key)
            else:
                self.labels.put(decode_label(value))
        elif change.kind == "label_extra":
            _set(self._extras, (key[0], key[1]), None if value is None else json.loads(value))
        elif change.kind == "person":
            _set(self._people, key[0], None if value is None else decode_person(key, value))
            self.next_person = max(self.next_person, key[0] + 1)
        elif change.kind == "frame":
            _set(self._frames, key[0], None if value is None else decode_frame(value))
        elif change.kind == "spans":
            _set(self._spans, (key[0], key[1]), None if value is None else decode_spans(value))
            self._forget_tracks()
        elif change.kind == "sequence":
            _set(self._sequences, key[0], None if value is None else decode_sequence(key, value))
        else:
            self.active_run = None if value is None else json.loads(value)
            self._forget_tracks()

    def show_run(self, predictions: PoseTable) -> None:
        """Let the rows of the active run show through."""
        self.predictions = predictions
        self._forget_tracks()

    def add_predictions(self, rows: PoseRows) -> None:
        """Let more rows of the active run show through. ``rows`` are of PREDICTION_DTYPE."""
        self.predictions.put_many(rows)
        self._seen.clear()

    def load_labels(self, rows: PoseRows) -> None:
        """Fill an empty state with label rows at once."""
        self.labels.put_many(rows)

    def set_run_status(self, run: int, status: str) -> None:
        """Note how a run ended."""
        self.runs[run] = replace(self.runs[run], status=status)

    # Indexes

    def _forget_tracks(self) -> None:
        self._tracks = None
        self._seen.clear()

    def _tracks_by_person(self) -> dict[int, list[tuple[int, Span]]]:
        if self._tracks is None:
            found: dict[int, list[tuple[int, Span]]] = defaultdict(list)
            for (run, track), spans in sorted(self._spans.items()):
                if run == self.active_run:
                    for span in spans:
                        if span.person is not None:
                            found[span.person].append((track, span))
            self._tracks = dict(found)
        return self._tracks

    def _people_in(self, frame: int) -> set[int]:
        found = set(self.labels.in_frame(frame))
        spans = self._spans
        for track in self.predictions.in_frame(frame):
            for span in spans.get((self.active_run or 0, track), ()):
                if span.start <= frame < span.stop and span.person is not None:
                    found.add(span.person)
        return found

    def _predicted(self, person: int) -> Frames:
        parts = []
        for track, span in self._tracks_by_person().get(person, ()):
            frames = self.predictions.frames_of(track)
            low, high = np.searchsorted(frames, (span.start, span.stop))
            parts.append(frames[low:high])
        if not parts:
            return np.zeros(0, np.int64)
        return parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))

    def _labelled_frames(self, person: int) -> Frames:
        cached = self._labelled.get(person)
        if cached is None:
            rows = self.labels.rows(person)
            human = (rows["source"] >= Source.ACCEPTED).any(axis=1) & ~rows["deleted"]
            cached = np.sort(rows["frame"][human].astype(np.int64))
            self._labelled[person] = cached
        return cached


def _set(cells: dict[Any, Any], key: Any, value: Any) -> None:
    if value is None:
        cells.pop(key, None)
    else:
        cells[key] = value


def split_spans(spans: Iterable[Span], at: int) -> tuple[Span, ...]:
    """Cut the span that holds frame ``at`` in two, so that one starts there."""
    cut: list[Span] = []
    for span in spans:
        if span.start < at < span.stop:
            cut += [replace(span, stop=at), replace(span, start=at)]
        else:
            cut.append(span)
    return tuple(cut)
