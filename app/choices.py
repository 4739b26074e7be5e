"""What a person chose to have predicted, and what that asks of the core's job.

The choice (:class:`PredictChoices`) comes from a dialog or a key; :func:`make_request` turns it and the project into
what the job needs: where people are known to be, from where they are followed, and what comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glpose_core.errors import UsageError
from glpose_core.labels import PoseRows, ProjectState, is_human, seen_box
from glpose_core.people.find import DEFAULT_DETECTOR
from glpose_core.predict.job import KnownBoxes, Mode, Precision, PredictRequest, Seed
from glpose_core.video import FrameIndex

WHOLE_POSE = 8
"""Joints by hand from which a box follows that can be relied on: with fewer the model's own joints make most of it."""


@dataclass(frozen=True)
class PredictChoices:
    """What a person chose to have predicted.

    Attributes:
        weights: name of bundled or pulled weights, or a file.
        start, stop: frames, half open.
        person: predict only this person, followed both ways from the boxes drawn by hand; ``None``:
            everybody.
        find_people: look for people nobody has drawn (ignored where ``person`` is given).
        device: "auto", "cpu", "cuda:0".
        mode: "cached" (fast) or "paper" (as published, slower).
        detector: what finds people: a name, or an ONNX file.
        k, n: local references on each side and non-local ones; ``None`` takes the weights' own.
        precision: "auto", "float32" or "bfloat16".
        second: predict the people there are a second time, to be compared with what is seen.
    """

    weights: str
    start: int
    stop: int
    person: int | None = None
    find_people: bool = True
    device: str = "auto"
    mode: Mode = "cached"
    detector: str = DEFAULT_DETECTOR
    k: int | None = None
    n: int | None = None
    precision: Precision = "auto"
    second: bool = False


def make_request(
    state: ProjectState, video: Path, choices: PredictChoices, focus: int
) -> PredictRequest:
    """The job's request: where people are known to be, what a human deleted, and what comes first.

    Raises:
        UsageError: the range is empty, or the person to follow has no box in it.
    """
    if not 0 <= choices.start < choices.stop <= state.video.frames:
        raise UsageError(
            f"frames {choices.start} to {choices.stop - 1} are not a range of this video",
            remedy=f"choose frames between 0 and {state.video.frames - 1}",
        )
    only = choices.person
    return PredictRequest(
        video=video,
        weights=choices.weights,
        index=FrameIndex.from_bytes(state.video.index) if state.video.index else None,
        start=choices.start,
        stop=choices.stop,
        focus=min(max(focus, choices.start), choices.stop - 1),
        find_people=choices.find_people and only is None,
        known=known_people(state, not choices.second) if only is None else known_of(state, only),
        seeds=() if only is None else seeds_of(state, only, choices.start, choices.stop),
        detector=choices.detector,
        device=choices.device,
        mode=choices.mode,
        early=True,
        k=choices.k,
        n=choices.n,
        precision=choices.precision,
    )


def known_people(state: ProjectState, spare_locked: bool = False) -> KnownBoxes:
    """Every box of everybody, drawn, predicted or deleted."""
    known = state.known_boxes(spare_locked=spare_locked)
    return KnownBoxes.of(known.person, known.frame, known.box, known.human, known.deleted)


def known_of(state: ProjectState, person: int) -> KnownBoxes:
    """The boxes of one person that a human decided on: drawn ones and deleted ones."""
    rows = state.labels.rows(person)
    rows = rows[_drawn(rows) | rows["deleted"]]
    boxes = [seen_box(row) for row in rows]
    rows = rows[[box is not None for box in boxes]]
    return KnownBoxes.of(
        rows["person"],
        rows["frame"],
        np.array([box for box in boxes if box is not None]).reshape(-1, 4),
        _drawn(rows),
        rows["deleted"],
    )


def _drawn(rows: PoseRows) -> NDArray[np.bool_]:
    """Which label rows have a box that a human drew or accepted: ``[N]``."""
    drawn: NDArray[np.bool_] = is_human(rows["box_source"]) & np.isfinite(rows["box"]).all(axis=1)
    return drawn


def seeds_of(state: ProjectState, person: int, start: int, stop: int) -> tuple[Seed, ...]:
    """The boxes from which one person is followed, as :func:`boxes_to_follow`.

    Raises:
        UsageError: there is none.
    """
    seeds = boxes_to_follow(state, person, start, stop)
    if not seeds:
        record = state.person(person)
        name = f"person {person}" if record is None else record.name
        raise UsageError(
            f"{name} has no box between frames {start} and {stop - 1} to be followed from",
            remedy="draw one with B, then predict again",
        )
    return seeds


def boxes_to_follow(state: ProjectState, person: int, start: int, stop: int) -> tuple[Seed, ...]:
    """Boxes of one person within the frames ``start`` … ``stop`` − 1 that a human drew, and those round poses that a
    human placed or accepted; where there is neither, those round single joints of that kind."""
    rows = state.labels.rows(person)
    rows = rows[(rows["frame"] >= start) & (rows["frame"] < stop) & ~rows["deleted"]]
    joints = is_human(rows["source"]).sum(axis=1)
    sure = _drawn(rows) | (joints >= WHOLE_POSE)
    rows = rows[sure] if sure.any() else rows[joints > 0]
    seeds = []
    for row in np.sort(rows, order="frame"):
        pose = state.pose(person, int(row["frame"]))
        box = None if pose is None else seen_box(pose)
        if box is not None:
            x, y, w, h = (float(value) for value in box)
            seeds.append(Seed(person, int(row["frame"]), (x, y, w, h)))
    return tuple(seeds)
