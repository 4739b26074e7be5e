"""Train a backbone on still pictures: HRNet, alone, before there are any clips (spec section 6).

The schedule runs on a budget of minutes rather than epochs, because the same recipe must serve a
laptop and a GPU: learning rate and resolution follow the share of the budget that is used up.
"""

from __future__ import annotations

import csv
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..evaluate.percentage_correct import pck, torso_size
from ..geometry import apply_affine, crop_affine, crop_box, invert_affine
from ..network import half_where_fast
from ..predict.crops import normalise
from ..predict.decode import decode_heatmaps
from .augment import Augmentation, change_look, cut, draw_geometry, place_joints
from .samples import PoseSamples
from .targets import gaussian_sigma, gaussian_targets, heatmap_loss, location_loss
from .temporal import LARGEST_GRADIENT, SQUARED_ERROR_WEIGHT, Average, schedule

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Stage:
    """A stretch of training at one resolution: crop (width, height) until ``until`` of the budget."""

    size: tuple[int, int]
    until: float
    batch: int = 32
    compile: bool = False


@dataclass(frozen=True)
class StillsRecipe:
    """Everything that decides a training run on stills."""

    minutes: float
    stages: tuple[Stage, ...] = (
        Stage((96, 128), 0.7, compile=True),
        Stage((144, 192), 1.0),
    )
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    warm_up: float = 0.01
    ema: float = 0.998
    location_weight: float = 1.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0
    evaluate_every_minutes: float = 10.0


@dataclass(frozen=True)
class Progress:
    """One line of the training log."""

    samples: int
    minutes: float
    loss: float
    pck: float


@dataclass(frozen=True)
class Batch:
    """Crops ``[B, h, w, 3]`` uint8 with their joints ``[B, J, 2]`` in crop pixels and ``[B, J]`` mask."""

    crops: NDArray[np.uint8]
    xy: NDArray[np.float32]
    mask: NDArray[np.float32]


def draw_batch(
    samples: PoseSamples,
    size: tuple[int, int],
    count: int,
    how: Augmentation,
    rng: np.random.Generator,
) -> Batch:
    """Draw ``count`` random people by weight, each in a random crop of (width, height) ``size``."""
    share = samples.weight / samples.weight.sum()
    chosen = rng.choice(len(samples), count, p=share)
    crops, places, masks = [], [], []
    for row in chosen:
        xy, known = samples.xy[row], samples.known[row]
        geometry = draw_geometry(samples.boxes[row], xy, known, samples.joints, size, how, rng)
        picture = samples.pictures[samples.picture[row]]
        crops.append(change_look(cut(picture, geometry.matrix, size), how, rng))
        placed, seen = place_joints(geometry, xy, known, samples.joints)
        places.append(placed)
        masks.append(seen)
    return Batch(
        np.stack(crops), np.stack(places).astype(np.float32), np.stack(masks).astype(np.float32)
    )


def _ahead(make: Callable[[], Batch], stop: threading.Event) -> Iterator[Batch]:
    """Make batches on a thread, two ahead of their use."""
    ready: queue.Queue[Batch] = queue.Queue(maxsize=2)

    def fill() -> None:
        while not stop.is_set():
            batch = make()
            while not stop.is_set():
                try:
                    ready.put(batch, timeout=0.2)
                    break
                except queue.Full:
                    continue

    thread = threading.Thread(target=fill, daemon=True, name="batches")
    thread.start()
    try:
        while True:
            yield ready.get()
    finally:
        stop.set()
        thread.join()


@torch.no_grad()
def predict_samples(
    model: nn.Module, samples: PoseSamples, size: tuple[int, int], batch: int = 32
) -> NDArray[np.float64]:
    """Predict every sample from its plain crop. Returns positions ``[N, J, 2]`` in picture pixels."""
    model.eval()
    found = []
    for start in range(0, len(samples), batch):
        rows = range(start, min(start + batch, len(samples)))
        matrices = [crop_affine(crop_box(samples.boxes[r], size[0] / size[1]), size) for r in rows]
        crops = np.stack(
            [
                cut(samples.pictures[samples.picture[r]], m, size)
                for r, m in zip(rows, matrices, strict=True)
            ]
        )
        with half_where_fast(CPU):
            heatmaps = model(normalise(crops, CPU))
        xy, _ = decode_heatmaps(heatmaps.float().numpy())
        found.append(apply_affine(invert_affine(np.stack(matrices)), xy))
    return np.concatenate(found)


def torso_pck(
    found: NDArray[np.float64], samples: PoseSamples, threshold: float = 0.2
) -> tuple[float, NDArray[np.float64], int]:
    """PCK normalised by the torso, ‖left_shoulder − right_hip‖.

    People without one of those two joints are left out. Returns the share of known joints that are right,
    that share per joint ``[J]`` (NaN where no joint is known), and how many people counted.
    """
    size = torso_size(samples.xy, samples.known, samples.joints)
    score = pck(found, samples.xy, samples.known, size, threshold)
    return 0.0 if np.isnan(score.pooled) else score.pooled, score.per_joint, score.people


def train_on_stills(
    model: nn.Module,
    train: PoseSamples,
    validate: PoseSamples,
    recipe: StillsRecipe,
    out: Path,
    save: Callable[[Path, dict[str, Tensor], Progress], None],
    log: Callable[[str], None] = print,
) -> Progress:
    """Train ``model`` (crops → heatmaps) on stills; write the averaged weights and a log to ``out``.

    Every evaluation calls ``save(path, averaged_state, progress)`` and adds a row to ``log.csv``.
    """
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(recipe.seed)
    torch.manual_seed(recipe.seed)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = Average(model, recipe.ema)
    optimiser = torch.optim.AdamW(
        _decayed(model, recipe.weight_decay), lr=recipe.learning_rate, betas=(0.9, 0.99)
    )
    began, samples, share = time.monotonic(), 0, 0.0
    shown = began
    progress = Progress(0, 0.0, math.nan, math.nan)
    for stage in recipe.stages:
        run = torch.compile(model) if stage.compile else model
        stop = threading.Event()
        batches = _ahead(
            lambda stage=stage: draw_batch(  # type: ignore[misc]
                train, stage.size, stage.batch, recipe.augmentation, rng
            ),
            stop,
        )
        losses: list[float] = []
        while share < stage.until:
            share = (time.monotonic() - began) / 60 / recipe.minutes
            for group in optimiser.param_groups:
                group["lr"] = recipe.learning_rate * schedule(min(share, 1.0), recipe.warm_up)
            losses.append(_step(run, next(batches), stage, recipe, optimiser))
            average.update(model)
            samples += stage.batch
            due = time.monotonic() - shown > 60 * recipe.evaluate_every_minutes
            if due or share >= stage.until:
                shown = time.monotonic()
                progress = _evaluate(model, average, validate, stage, samples, began, losses)
                losses.clear()
                save(out / "backbone.safetensors", average.state, progress)
                _note(out / "log.csv", progress, stage, log)
                model.train()
        batches.close()  # type: ignore[attr-defined]
    return progress


def _decayed(model: nn.Module, decay: float) -> list[dict[str, object]]:
    """Weight decay on convolutions only."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def _step(
    run: Callable[[Tensor], Tensor],
    batch: Batch,
    stage: Stage,
    recipe: StillsRecipe,
    optimiser: torch.optim.Optimizer,
) -> float:
    with half_where_fast(CPU):
        heatmaps = run(normalise(batch.crops, CPU))
    heatmaps = heatmaps.float()
    mask = torch.from_numpy(batch.mask)
    targets = gaussian_targets(
        torch.from_numpy(batch.xy), stage.size, gaussian_sigma(stage.size[1])
    )
    loss = SQUARED_ERROR_WEIGHT * heatmap_loss(heatmaps, targets, mask)
    if recipe.location_weight:
        loss = loss + recipe.location_weight * location_loss(heatmaps, targets, mask)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(
        [p for group in optimiser.param_groups for p in group["params"]], LARGEST_GRADIENT
    )
    optimiser.step()
    return float(loss.detach())


def _evaluate(
    model: nn.Module,
    average: Average,
    validate: PoseSamples,
    stage: Stage,
    samples: int,
    began: float,
    losses: Sequence[float],
) -> Progress:
    present = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(average.state)
    found = predict_samples(model, validate, stage.size)
    model.load_state_dict(present)
    pck, _, _ = torso_pck(found, validate)
    return Progress(samples, (time.monotonic() - began) / 60, float(np.mean(losses)), pck)


def _note(path: Path, progress: Progress, stage: Stage, log: Callable[[str], None]) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        if new:
            rows.writerow(["samples", "minutes", "width", "height", "loss", "pck"])
        rows.writerow(
            [progress.samples, round(progress.minutes, 1), *stage.size]
            + [round(value, 4) for value in (progress.loss, progress.pck)]
        )
    log(
        f"{progress.samples} samples, {progress.minutes:.1f} min at {stage.size[0]}×{stage.size[1]}: "
        f"loss {progress.loss:.3f}, PCK@0.2 torso {progress.pck:.3f}"
    )
