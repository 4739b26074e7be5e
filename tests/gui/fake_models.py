"""Predictions and trainings of a few lines, without a network: see fake_jobs."""

from __future__ import annotations

import os
import signal

import numpy as np
from fake_jobs import Cancel, Emit, until_cancelled

from app.workers.finetune import Figures, TrainBegan, TrainOrder, TrainReport, TrainTick
from glpose_core.errors import Cancelled
from glpose_core.labels import PREDICTION_DTYPE, PoseRows, Visibility
from glpose_core.predict.job import (
    Finished,
    PredictRequest,
    Progress,
    Rows,
    Started,
    TracksFound,
)


def predict(request: PredictRequest, emit: Emit, cancelled: Cancel) -> None:
    """A prediction without a network: everybody known and one newcomer, who owns two tracks."""
    generation = request.generation
    stop = request.stop or 0
    emit(Started(generation, "CPU, 2 threads", "fake model", request.start, stop))
    people = sorted({int(p) for p in request.known.person} | {s.person for s in request.seeds})
    if request.find_people:
        people += [-1, -1]
    emit(TracksFound(generation, dict(enumerate(people))))
    middle = (request.start + stop) // 2
    poses = 0
    for frame in range(request.start, stop):
        if cancelled():
            raise Cancelled
        rows = []
        for track, person in enumerate(people):
            if person == -1 and (track == len(people) - 1) == (frame < middle):
                continue
            rows.append(predicted(track, frame, x=100.0 * (track + 1)))
        poses += len(rows)
        emit(Rows(generation, np.concatenate(rows)))
        left = float(stop - frame - 1)
        emit(
            Progress(
                generation, frame + 1 - request.start, stop - request.start, left, "predicting"
            )
        )
    emit(Finished(generation, poses, len(set(people))))


def look_for_ever(request: PredictRequest, emit: Emit, cancelled: Cancel) -> None:
    """Somebody is found, but there is no pose before the cancelling."""
    emit(Started(request.generation, "CPU, 2 threads", "fake model", request.start, request.start))
    emit(TracksFound(request.generation, {0: -1}))
    emit(Progress(request.generation, 1, 100, None, "looking for people"))
    until_cancelled(request, lambda event: None, cancelled)


def find_nobody(request: PredictRequest, emit: Emit, cancelled: Cancel) -> None:
    """Looks everywhere, and nobody is there."""
    emit(Started(request.generation, "CPU, 2 threads", "fake model", request.start, request.start))
    emit(Finished(request.generation, 0, 0))


def predict_for_ever(request: PredictRequest, emit: Emit, cancelled: Cancel) -> None:
    """One frame, then nothing until cancelled."""
    emit(Started(request.generation, "CPU, 2 threads", "fake model", request.start, request.start))
    emit(TracksFound(request.generation, {0: -1}))
    emit(Rows(request.generation, predicted(0, request.start, x=50.0)))
    emit(Progress(request.generation, 1, 100, None, "predicting"))
    until_cancelled(request, lambda event: None, cancelled)


def predict_early(request: PredictRequest, emit: Emit, cancelled: Cancel) -> None:
    """Two frames provisionally, then one of them for good, then nothing until cancelled."""
    generation = request.generation
    emit(Started(generation, "CPU, 2 threads", "fake model", request.start, request.start + 5))
    emit(TracksFound(generation, {0: -1}))
    early = np.concatenate([predicted(0, frame, x=50.0) for frame in (2, 3)])
    emit(Rows(generation, early, provisional=True))
    emit(Rows(generation, predicted(0, 2, x=52.0)))
    until_cancelled(request, lambda event: None, cancelled)


def predict_and_die(request: PredictRequest, emit: Emit, cancelled: Cancel) -> None:
    """One frame, then as if the system had run out of memory."""
    emit(Started(request.generation, "CPU, 2 threads", "fake model", request.start, request.start))
    emit(TracksFound(request.generation, {0: -1}))
    emit(Rows(request.generation, predicted(0, request.start, x=50.0)))
    os.kill(os.getpid(), signal.SIGKILL)


def predicted(track: int, frame: int, x: float) -> PoseRows:
    """One row of PREDICTION_DTYPE: all joints at (x, frame)."""
    row = np.zeros(1, PREDICTION_DTYPE)
    row["track"], row["frame"] = track, frame
    row["xy"] = (x, float(frame))
    row["visibility"], row["score"] = Visibility.VISIBLE, 0.8
    row["box"] = (x - 20, 0, 40, 100)
    row["box_score"] = row["pose_score"] = 0.9
    return row


def train(order: TrainOrder, emit: Emit, cancelled: Cancel) -> None:
    """A training without a network: writes an empty file of weights and claims to have helped."""
    emit(TrainBegan(30, 8, "cpu"))
    emit(TrainTick(0, 2, None, "reading"))
    emit(TrainTick(1, 2, 1.0, "learning"))
    order.out.mkdir(parents=True)
    weights = order.out / "weights.safetensors"
    weights.touch()
    better = Figures(0.7, 8.0, 8, 96)
    emit(TrainReport(weights, Figures(0.6, 12.0, 8, 96), better, 2.0))


def train_for_ever(order: TrainOrder, emit: Emit, cancelled: Cancel) -> None:
    emit(TrainTick(1, 100, None, "learning"))
    until_cancelled(order, lambda event: None, cancelled)


def agree(request: PredictRequest, emit: Emit, cancelled: Cancel) -> None:
    """The people there are, exactly as the tests' made-up predictions have them."""
    _second(request, emit, 0.0)


def disagree(request: PredictRequest, emit: Emit, cancelled: Cancel) -> None:
    """The same with another left wrist."""
    _second(request, emit, 40.0)


def _second(request: PredictRequest, emit: Emit, off: float) -> None:
    from app.canvas.stance import standing

    stop = request.stop or 0
    emit(Started(0, "CPU, 2 threads", "fake model", request.start, stop, {"network": "HRNet"}))
    known = request.known
    people = sorted(set(known.person.tolist()))
    emit(TracksFound(0, dict(enumerate(people))))
    for frame in range(request.start, stop):
        for track, person in enumerate(people):
            box = known.box[(known.person == person) & (known.frame == frame)][0]
            row = predicted(track, frame, x=0.0)
            row["xy"], row["visibility"] = standing(box)
            row["xy"][0, 9, 0] += off
            emit(Rows(0, row))
    emit(Finished(0, len(people) * (stop - request.start), len(people)))
