"""The project in memory: labels over the predictions of the active run.

:class:`ProjectState` answers what is seen in a frame without looking at the rest of the project, and
changes only through :meth:`ProjectState.write` (and rows of a run arriving). It knows no file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .changes import (
    AGREED,
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
from .known import KnownBoxes, boxes_of, seen_rows
from .owners import Owners
from .poses import (
    POSE_DTYPE,
    PREDICTION_DTYPE,
    PoseRows,
    PoseTable,
    as_pose,
    as_poses,
    is_human,
    lay_over,
    lay_over_all,
)
from .records import Run, VideoRecord

Frames: TypeAlias = NDArray[np.int64]
_UNKNOWN = FrameState()


@dataclass(frozen=True)
class Marks:
    """Frames of one person, ascending: with a prediction, and with at least one human joint."""

    predicted: Frames
    labelled: Frames


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
        self._owners = Owners()
        self._sequences: dict[int, Sequence] = {}
        self._agreed: dict[tuple[Kind, tuple[int, ...]], bytes] = {}
        self._labelled: dict[int, Frames] = {}
        self._seen: dict[int, Frames] = {}
        self._predicted: dict[int, Frames] = {}
        self._reviewed: frozenset[int] | None = None
        self._regions: dict[int, tuple[Polygon, ...]] | None = None

    # What is seen

    def poses(self, frame: int) -> PoseRows:
        """What is seen in a frame: label over prediction, per joint; ``[people]`` of POSE_DTYPE.

        Ordered by person; deleted people and poses are left out.
        """
        owners = self._owners.among(self.predictions.in_frame(frame), frame)
        everybody = sorted(owners.keys() | self.labels.in_frame(frame))
        people = [person for person in everybody if self._lives(person)]
        row_at = self.predictions.places_in(frame, [owners.get(person) for person in people])
        label_at = self.labels.places_in(frame, people)
        predicted, labelled = row_at >= 0, label_at >= 0
        seen = np.zeros(len(people), POSE_DTYPE)
        owned = np.array(people, dtype=np.int64)[predicted]
        seen[predicted] = as_poses(self.predictions.at(row_at[predicted]), owned)
        labels = self.labels.at(label_at[labelled])
        over = predicted[labelled]
        labels[over] = lay_over_all(labels[over], seen[labelled & predicted])
        seen[labelled] = labels
        living: PoseRows = seen[~seen["deleted"]]
        return living

    def pose(self, person: int, frame: int) -> np.void | None:
        """What is seen of one person in a frame, or ``None``. A copy, of POSE_DTYPE."""
        if not self._lives(person):
            return None
        return self._pose(person, frame, self._track(person, frame))

    def _lives(self, person: int) -> bool:
        record = self._people.get(person)
        return record is not None and not record.deleted

    def _pose(self, person: int, frame: int, track: int | None) -> np.void | None:
        label = self.labels.get(person, frame)
        if label is not None and label["deleted"]:
            return None
        prediction = self._prediction(person, frame, track)
        if label is None:
            return prediction
        return label if prediction is None else lay_over(label, prediction)

    def seen(self, people: Iterable[int], start: int = 0, stop: int | None = None) -> PoseRows:
        """What is seen of ``people`` in frames ``start`` … ``stop`` − 1 (``None``: to the end) at once, by
        person as given and by frame; deleted poses too, marked as such."""
        frames = range(start, self.video.frames if stop is None else stop)
        tracks = self._owners.by_person()
        return seen_rows(people, frames, self.labels, self.predictions, tracks)

    def predicted(self, person: int, start: int = 0, stop: int | None = None) -> PoseRows:
        """The active run's poses of a person in frames ``start`` … ``stop`` − 1 (``None``: to the end),
        POSE_DTYPE by frame, whatever labels lie over them."""
        frames = range(start, self.video.frames if stop is None else stop)
        bare, tracks = PoseTable(POSE_DTYPE, "person"), self._owners.by_person()
        return seen_rows([person], frames, bare, self.predictions, tracks)

    def label(self, person: int, frame: int) -> np.void | None:
        """The label alone, without what shows through, or ``None``."""
        return self.labels.get(person, frame)

    def prediction(self, person: int, frame: int) -> np.void | None:
        """The active run's pose of a person in a frame, as POSE_DTYPE, or ``None``.

        Where two tracks of one person overlap, the newer track wins.
        """
        return self._prediction(person, frame, self._track(person, frame))

    def _track(self, person: int, frame: int) -> int | None:
        """The newest track of the active run that shows a person in a frame."""
        return self._owners.among(self.predictions.in_frame(frame), frame).get(person)

    def _prediction(self, person: int, frame: int, track: int | None) -> np.void | None:
        row = None if track is None else self.predictions.get(track, frame)
        return None if row is None else as_pose(row, person)

    def annotation_extra(self, person: int, frame: int) -> dict[str, Any]:
        """Unknown fields of the imported annotation, or an empty dict."""
        return self._extras.get((person, frame), {})

    # People and frames

    def living(self) -> list[Person]:
        """Everybody who is not deleted, seen or not, by id."""
        return [person for _, person in sorted(self._people.items()) if not person.deleted]

    def people(self) -> list[Person]:
        """Living people that are seen somewhere, by id."""
        return [person for person in self.living() if len(self.frames_of(person.id))]

    def person(self, person: int) -> Person | None:
        """One person's record, deleted or not."""
        return self._people.get(person)

    def frames_of(self, person: int) -> Frames:
        """Frames in which a person is seen, ascending. The array is cached: do not write to it."""
        cached = self._seen.get(person)
        if cached is None:
            labelled = self.labels.frames_of(person)
            frames = np.union1d(self._predicted_frames(person), labelled)
            cached = frames[~np.isin(frames, labelled[self.labels.field("deleted", person)])]
            self._seen[person] = cached
        return cached

    def marks(self, person: int) -> Marks:
        """Where a person is predicted and where labelled by hand."""
        return Marks(self._predicted_frames(person), self._labelled_frames(person))

    def joint_scores(self, person: int, joint: int) -> tuple[Frames, NDArray[np.float64]]:
        """The active run's confidence in one joint of a person: frames ascending and scores, ``[N]`` each.

        In frames where the person is seen. Joints that a human placed keep the model's score, because it
        says where the model is in doubt. Where two tracks overlap, the newer one counts.
        """
        frames, scores = self.predicted_column(person, "score", joint)
        return frames, scores.astype(np.float64)

    def predicted_column(
        self, person: int, name: str, joint: int
    ) -> tuple[Frames, NDArray[np.generic]]:
        """One field of the active run for one joint of a person: frames ascending ``[N]`` and values ``[N, …]``, in
        frames where the person is seen; where two tracks overlap, the newer one counts."""
        of = self.predictions
        frames, values = [np.zeros(0, np.int64)], [of.field(name, -1, joint)]
        for track, span in self._owners.by_person().get(person, ()):
            of_track = of.frames_of(track)
            inside = slice(*np.searchsorted(of_track, (span.start, span.stop)))
            frames.append(of_track[inside])
            values.append(of.field(name, track, joint)[inside])
        unique, last = np.unique(np.concatenate(frames)[::-1], return_index=True)
        shown = np.isin(unique, self.frames_of(person), assume_unique=True)
        return unique[shown], np.concatenate(values)[::-1][last][shown]

    @property
    def reviewed(self) -> frozenset[int]:
        """Frames that a person has reviewed."""
        if self._reviewed is None:
            self._reviewed = frozenset(f for f, state in self._frames.items() if state.reviewed)
        return self._reviewed

    @property
    def regions(self) -> dict[int, tuple[Polygon, ...]]:
        """Ignore regions by frame. The dictionary is cached: do not write to it."""
        if self._regions is None:
            states = self._frames.items()
            self._regions = {frame: state.regions for frame, state in states if state.regions}
        return self._regions

    def frame_state(self, frame: int) -> FrameState:
        """State of one frame (the empty state where nothing is known)."""
        return self._frames.get(frame, _UNKNOWN)

    @property
    def sequences(self) -> list[Sequence]:
        """Sequences by id."""
        return [self._sequences[id_] for id_ in sorted(self._sequences)]

    def known_boxes(self, *, spare_locked: bool = False) -> KnownBoxes:
        """Every box of every person, for a run that must respect them. ``spare_locked``: locked people are
        followed as deleted ones are, so that nobody is predicted in their place."""
        gone = [p.id for p in self._people.values() if p.deleted or (spare_locked and p.locked)]
        return boxes_of(self.seen(self._people), gone)

    def tracks_of_run(self, run: int) -> dict[int, tuple[Span, ...]]:
        """Tracks of a run with the people their frames belong to."""
        return self._owners.of_run(run)

    def tracks_of_person(self, person: int, frame: int) -> list[int]:
        """Tracks of the active run, carried ones too, that belong to a person in a frame; newest first."""
        return self._owners.of_person(person, frame)

    # Cells

    def read(self, kind: Kind, key: tuple[int, ...]) -> bytes | None:
        """The present value of a cell: what a change of it must restore."""
        if kind in AGREED:
            return self._agreed.get((kind, key))
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
            spans = self._owners.get(key[0], key[1])
            return None if spans is None else spans_change(key[0], key[1], spans).value
        if kind == "sequence":
            sequence = self._sequences.get(key[0])
            return None if sequence is None else sequence_change(sequence).value
        return None if self.active_run is None else to_json(self.active_run)

    def write(self, change: Change) -> None:
        """Set one cell. Changing the active run does not load its rows: see :meth:`show_run`."""
        key, value = change.key, change.value
        if change.kind in AGREED:
            _set(self._agreed, (change.kind, tuple(key)), value)
        elif change.kind == "label":
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
            self._reviewed = self._regions = None
        elif change.kind == "spans":
            self._owners.assign(key[0], key[1], None if value is None else decode_spans(value))
            self._forget_tracks()
        elif change.kind == "sequence":
            _set(self._sequences, key[0], None if value is None else decode_sequence(key, value))
        else:
            self.active_run = None if value is None else json.loads(value)
            self._owners.activate(self.active_run)
            self._forget_tracks()

    def show_run(self, predictions: PoseTable) -> None:
        """Let the rows of the active run show through."""
        self.predictions = predictions
        self._forget_tracks()

    def add_predictions(self, rows: PoseRows) -> None:
        """Let more rows of the active run show through. ``rows`` are of PREDICTION_DTYPE."""
        self.predictions.put_many(rows)
        for track in np.unique(rows["track"]).tolist():
            for span in self._owners.of_track(track):
                if span.person is not None:
                    self._seen.pop(span.person, None)
                    self._predicted.pop(span.person, None)

    def put_labels(self, rows: PoseRows) -> None:
        """Set many labels at once, POSE_DTYPE ``[N]``."""
        self.labels.put_many(rows)
        for person in np.unique(rows["person"]).tolist():
            self._labelled.pop(person, None)
            self._seen.pop(person, None)

    def set_run_status(self, run: int, status: str) -> None:
        """Note how a run ended."""
        self.runs[run] = replace(self.runs[run], status=status)

    # Indexes

    def _forget_tracks(self) -> None:
        self._seen.clear()
        self._predicted.clear()

    def _predicted_frames(self, person: int) -> Frames:
        cached = self._predicted.get(person)
        if cached is None:
            parts = [np.zeros(0, np.int64)]
            for track, span in self._owners.by_person().get(person, ()):
                frames = self.predictions.frames_of(track)
                low, high = np.searchsorted(frames, (span.start, span.stop))
                parts.append(frames[low:high])
            cached = self._predicted[person] = np.unique(np.concatenate(parts))
        return cached

    def _labelled_frames(self, person: int) -> Frames:
        cached = self._labelled.get(person)
        if cached is None:
            human = is_human(self.labels.field("source", person)).any(axis=1)
            human &= ~self.labels.field("deleted", person)
            cached = self.labels.frames_of(person)[human]
            self._labelled[person] = cached
        return cached


def _set(cells: dict[Any, Any], key: Any, value: Any) -> None:
    if value is None:
        cells.pop(key, None)
    else:
        cells[key] = value
