"""Close the loop: teach the weights in use what a person corrected, and say whether it helped.

Labelled frames are split into blocks; some blocks are held out and predicted before and after, so the
figures speak of frames the network has not learned from.
"""

from __future__ import annotations

import copy
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from ..bundled import name_of
from ..errors import Cancelled, UsageError, WeightsError
from ..network import GLPose, choose_device, find_weights, load_weights, save_weights
from ..predict.engine import crop_size
from .clips import ClipSamples
from .labelled import cut_clips, read_labels
from .mixture import Part
from .optimise import move_back
from .processes import alone
from .recipe import Recipe, corrections
from .scoring import Score, predict_set
from .temporal import Network, references
from .training import Callback, Training

BLOCKS = 10
HELD_OUT_BLOCKS = (3, 8)
"""Of ten blocks of labelled frames in order, these two are held out."""
FEWEST_HELD_OUT = 4
BACK = 0.5
"""How far the result goes back to the weights that it began with."""
PASSES, FEWEST_STEPS, MOST_STEPS = 20, 60, 600
SECONDS_BETWEEN_PROGRESS = 0.5


@dataclass(frozen=True)
class TrainRequest:
    """Fine-tune weights on what a person corrected.

    Attributes:
        data: a ``.glpose`` project or a PoseTrack18 JSON file with its pictures.
        weights: a weights file, or the name of bundled ones.
        out: folder for the result: ``weights.safetensors``, ``report.json``.
        steps: training steps; ``None`` chooses by the number of labelled poses.
        batch: labelled poses a step.
        learning_rate: of the temporal modules and the head.
        seed: decides every random choice.
        device: "auto", "cpu", "cuda" …
        generation: repeated in every event.
    """

    data: Path
    weights: str
    out: Path
    steps: int | None = None
    batch: int = 8
    learning_rate: float = 4e-4
    seed: int = 0
    device: str = "auto"
    generation: int = 0


@dataclass(frozen=True)
class TrainStarted:
    """The labels are read: so many poses to learn from, so many held out."""

    generation: int
    poses: int
    held_out: int
    device: str


@dataclass(frozen=True)
class TrainProgress:
    """``done`` of ``total`` steps of a stage ("reading", "scoring", "learning"); the loss where learning."""

    generation: int
    done: int
    total: int
    seconds_left: float | None
    stage: str
    loss: float | None = None


@dataclass(frozen=True)
class TrainFinished:
    """The result, with the held-out figures before and after (``None`` if too few were labelled)."""

    generation: int
    weights: Path
    before: Score | None
    after: Score | None
    seconds: float


TrainEvent: TypeAlias = TrainStarted | TrainProgress | TrainFinished
Emit: TypeAlias = Callable[[TrainEvent], None]


def run(request: TrainRequest, emit: Emit, cancelled: Callable[[], bool]) -> None:
    """Fine-tune, tell what happens through ``emit``, and leave the result in ``request.out``.

    The weights in use are never touched; nothing is written before the end.

    Raises:
        Cancelled: soon after ``cancelled()`` says so.
        GLPoseError: if labels, weights or the folder cannot be used.
    """
    began = time.monotonic()
    source = find_weights(request.weights)
    model = load_weights(source)
    _check(request, model)
    device = choose_device(request.device)
    told = _Teller(request, emit, cancelled)
    labels = read_labels(request.data)
    k, _ = references(model)
    size = crop_size(model)
    clips = cut_clips(labels, model.joint_names, size, k, told.reading)
    train_rows, held_rows = split_blocks(clips.frame)
    train = clips.take(train_rows)
    held = replace(clips.take(held_rows), pool=train)
    emit(TrainStarted(request.generation, len(train), len(held), str(device)))
    start = {name: value.clone() for name, value in model.state_dict().items()}
    model.to(device)
    before = _score(model, held, size, device, told)
    training = Training(model, [Part(train)], _recipe(request, train), alone(device))
    training.run([told])
    model = training.average.model
    new = _note_learned(model, train)

    def score(model: Network) -> Score | None:
        return _score(model, held, size, device, told)

    model, after, back = _settle(model, start, new, before, score)
    result = _Result(model.to("cpu"), before, after, len(train), back)
    weights = _save(request, result, source)
    emit(TrainFinished(request.generation, weights, before, after, time.monotonic() - began))


def split_blocks(frames: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split samples into rows to learn from and rows held out, by blocks of neighbouring frames.

    ``frames`` is ``[N]``. With fewer than ``BLOCKS`` labelled frames nothing is held out.
    """
    distinct = np.unique(frames)
    if len(distinct) < BLOCKS:
        return np.arange(len(frames)), np.zeros(0, dtype=np.int64)
    block = np.searchsorted(distinct, frames) * BLOCKS // len(distinct)
    held = np.isin(block, HELD_OUT_BLOCKS)
    return np.flatnonzero(~held), np.flatnonzero(held)


def _check(request: TrainRequest, model: Network) -> None:
    if request.batch < 1 or (request.steps is not None and request.steps < 1):
        raise UsageError("steps and batch must be at least 1", remedy="leave them out")
    folder = next(
        place for place in (request.out, *request.out.absolute().parents) if place.exists()
    )
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise WeightsError(
            "cannot be written", file=request.out, remedy="choose a folder you may write to"
        )
    if "left_shoulder" not in model.joint_names or "right_hip" not in model.joint_names:
        raise WeightsError(
            "the weights know no shoulders or hips", file=request.weights, field="joints"
        )


class _Teller(Callback):
    """Says how far things are, not too often, and stops the run where the caller wants it stopped."""

    def __init__(self, request: TrainRequest, emit: Emit, cancelled: Callable[[], bool]) -> None:
        self._generation = request.generation
        self._emit = emit
        self._cancelled = cancelled
        self._stage, self._began, self._told = "", 0.0, 0.0

    def reading(self, done: int, total: int) -> None:
        self.tell("reading", done, total)

    def scoring(self, done: int, total: int) -> None:
        self.tell("scoring", done, total)

    def after_step(self, training: Training) -> None:
        assert training.total is not None
        self.tell("learning", training.step, training.total, training.loss)

    def tell(self, stage: str, done: int, total: int, loss: torch.Tensor | None = None) -> None:
        if self._cancelled():
            raise Cancelled
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._told = stage, now, 0.0
        if now - self._told < SECONDS_BETWEEN_PROGRESS and done < total:
            return
        self._told = now
        spent = now - self._began
        left = spent / done * (total - done) if done > 2 else None
        shown = None if loss is None else float(loss)
        self._emit(TrainProgress(self._generation, done, total, left, stage, shown))


def _score(
    model: Network,
    held: ClipSamples,
    size: tuple[int, int],
    device: torch.device,
    told: _Teller,
) -> Score | None:
    if len(held) < FEWEST_HELD_OUT:
        return None
    return predict_set(model, held, size, device, batch=8, tell=told.scoring).score()


def _recipe(request: TrainRequest, train: ClipSamples) -> Recipe:
    """The recipe for corrections, at the network's size and for as long as there are labels."""
    return replace(
        corrections().at_size(train.size),
        steps=request.steps or default_steps(len(train), request.batch),
        batch=request.batch,
        learning_rate=request.learning_rate,
        seed=request.seed,
    )


def default_steps(poses: int, batch: int) -> int:
    """``PASSES`` over the labels, within bounds: with more steps it got no better (docs/decisions/0057)."""
    return min(max(FEWEST_STEPS, math.ceil(PASSES * poses / batch)), MOST_STEPS)


def _settle(
    end: Network,
    start: dict[str, torch.Tensor],
    new: bool,
    before: Score | None,
    score: Callable[[Network], Score | None],
) -> tuple[Network, Score | None, float]:
    """Choose the result: half way back to ``start``, or the ``end`` of the training as it is.

    Held-out frames lie between learned ones and always speak for going further than is good for the rest of the
    clip, so half way is taken wherever it helps at all. It cannot where joints are ``new``, for it leads to noise.

    Returns:
        The network, its score, and how far it went back.
    """
    after = None
    if not new:
        half = copy.deepcopy(end)
        move_back(half, start, BACK)
        after = score(half)
        if before is None or after is None or _rank(after) > _rank(before):
            return half, after, BACK
    whole = score(end)
    if whole is None or after is None or _rank(whole) > _rank(after):
        return end, whole, 0.0
    return half, after, BACK


def _rank(score: Score) -> tuple[float, float]:
    """Orders scores, the better one last; what could not be measured is worst."""
    return (
        0.0 if math.isnan(score.pck) else score.pck,
        -math.inf if math.isnan(score.error) else -score.error,
    )


def _note_learned(model: Network, train: ClipSamples) -> bool:
    """Imported weights record the joints that they know nothing about; those with labels are learned now.

    Returns whether there were such joints.
    """
    untrained = model.record.get("untrained_joints")
    if not isinstance(untrained, list):
        return False
    learned = np.array(train.joints)[train.known.any(axis=0)]
    left = [joint for joint in untrained if joint not in learned]
    model.record = {**model.record, "untrained_joints": left}
    return len(left) < len(untrained)


@dataclass(frozen=True)
class _Result:
    """What came of it. ``back``: how far the weights went back to those that they began with."""

    model: Network
    before: Score | None
    after: Score | None
    poses: int
    back: float


def _save(request: TrainRequest, result: _Result, source: Path) -> Path:
    model = result.model
    if isinstance(model, GLPose):
        model.freeze_backbone(model.config.freeze_backbone)
    record = {
        **model.record,
        "fine_tuned_from": name_of(source),
        "fine_tuned_on": request.data.name,
        "poses": result.poses,
        "seed": request.seed,
        "moved_back": result.back,
        "before": _figures(result.before),
        "after": _figures(result.after),
    }
    try:
        request.out.mkdir(parents=True, exist_ok=True)
        path = request.out / "weights.safetensors"
        save_weights(model, path, record)
        report = json.dumps(record, indent=2, ensure_ascii=False)
        (request.out / "report.json").write_text(report + "\n", encoding="utf-8")
    except OSError as error:
        raise WeightsError(
            f"cannot be written ({error})", file=request.out, remedy="choose another folder"
        ) from error
    return path


def _figures(score: Score | None) -> dict[str, float | None] | None:
    """A score as JSON can hold it: what could not be measured is null."""
    if score is None:
        return None
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in asdict(score).items()
    }
